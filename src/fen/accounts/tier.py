"""Tiers: what a key may use of a model, as data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from importlib import resources
from typing import Annotated, Any

import msgspec

from fen.accounts.budget import Budget, parse_budget
from fen.catalogue.card import ABILITIES, Card, Fact
from fen.wire.errors import ConfigError, ContextLengthExceeded, Forbidden, InvalidRequest, Unsupported
from fen.wire.money import plain

CODE = "tier_limit"
"""The `code` of every refusal by a tier."""

LARGEST_MARKUP = Decimal(1000)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_Count = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Wait = Annotated[float, msgspec.Meta(ge=0, le=600)]  # a bound keeps infinity and NaN out


class Tier(msgspec.Struct, frozen=True):
    """What a key may use; a limit that is None is the model's own, or none.

    context_window, max_output_tokens, min_output: tokens. abilities: those allowed, None for all that the
    model has. models: glob patterns of model ids, None for all. rpm, tpm: requests and tokens a minute.
    concurrency: requests at once. markup: a charge is the cost times this. min_output: the fewest output
    tokens to which a short budget may cut a request. hold_wait: seconds to wait for budget that only open
    holds stand in the way of. introduce: whether the model is told what it is and what its limits are.
    """

    name: str
    context_window: int | None = None
    max_output_tokens: int | None = None
    abilities: frozenset[str] | None = None
    models: tuple[str, ...] | None = None
    rpm: int | None = None
    tpm: int | None = None
    concurrency: int | None = None
    budgets: tuple[Budget, ...] = ()
    markup: Decimal = Decimal(1)
    min_output: int = 16
    hold_wait: float = 5.0
    introduce: bool = False


class TierTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[tiers.NAME]` of fen.toml; what is absent is as the tier shipped under that name has it, or none.

    budget: one, or several.
    """

    context_window: _Count | None = None
    max_output_tokens: _Count | None = None
    abilities: list[str] | None = None
    models: list[str] | None = None
    rpm: _Count | None = None
    tpm: _Count | None = None
    concurrency: _Count | None = None
    budget: str | list[str] | None = None
    markup: str | int | float | None = None
    min_output: _Count | None = None
    hold_wait: _Wait | None = None
    introduce: bool | None = None


def make_tier(name: str, table: TierTable, base: Tier | None = None) -> Tier:
    """Return the tier of a table, over a base whose values stand where the table has none.

    Raises ConfigError that names the tier, the member, what was found and what was expected.
    """
    if _NAME.match(name) is None:
        raise ConfigError(f"tiers: found the name {name[:64]!r}, expected 1 to 64 of a-z, 0-9, - and _")
    given: dict[str, Any] = {
        member: value for member, value in msgspec.structs.asdict(table).items() if value is not None
    }
    if table.abilities is not None:
        given["abilities"] = _read_abilities(name, table.abilities)
    if table.models is not None:
        given["models"] = tuple(table.models)
    if table.markup is not None:
        given["markup"] = _read_markup(name, table.markup)
    if table.budget is not None:
        given["budgets"] = _read_budgets(name, given.pop("budget"))
    tier = msgspec.structs.replace(base if base is not None else Tier(name), **{**given, "name": name})
    if tier.max_output_tokens is not None and tier.min_output > tier.max_output_tokens:
        expected = f"at most its max_output_tokens, {tier.max_output_tokens}"
        raise _complain(name, "min_output", str(tier.min_output), expected)
    return tier


def make_tiers(tables: Mapping[str, TierTable]) -> dict[str, Tier]:
    """Return the tiers that ship, changed and added to by tables; raises ConfigError."""
    shipped = load_shipped()
    return shipped | {name: make_tier(name, table, shipped.get(name)) for name, table in tables.items()}


def load_shipped() -> dict[str, Tier]:
    """Return the tiers that ship with Fen: `web` and `api`."""
    text = resources.files("fen.accounts").joinpath("data/tiers.toml").read_text("utf-8")
    tables = msgspec.convert(tomllib.loads(text), dict[str, TierTable])
    return {name: make_tier(name, table) for name, table in tables.items()}


def describe_tier(tier: Tier) -> dict[str, Any]:
    """Return what a tier allows as JSON-ready facts; None is the model's own limit, or none."""
    return {
        "name": tier.name,
        "context_window": tier.context_window,
        "max_output_tokens": tier.max_output_tokens,
        "abilities": None if tier.abilities is None else sorted(tier.abilities),
        "models": tier.models,
        "rpm": tier.rpm,
        "tpm": tier.tpm,
        "concurrency": tier.concurrency,
        "budgets": [str(budget) for budget in tier.budgets],
        "markup": plain(tier.markup),
        "min_output": tier.min_output,
        "hold_wait": tier.hold_wait,
        "introduce": tier.introduce,
    }


def allows(tier: Tier, model_id: str) -> bool:
    """Whether a tier lets a model be asked."""
    return tier.models is None or any(fnmatchcase(model_id, pattern) for pattern in tier.models)


def check_tier(tier: Tier, model_id: str, needs: frozenset[str], input_floor: int) -> None:
    """Refuse what a tier does not allow, whatever the model could do.

    needs: abilities that the request needs. input_floor: tokens that it has at least. Raises Forbidden,
    Unsupported or ContextLengthExceeded with the code `tier_limit`, the tier, its limit and the value.
    """
    if not allows(tier, model_id):
        allowed = ", ".join(tier.models or ()) or "none"
        raise Forbidden(
            f"model: found {model_id}, expected one that the tier {tier.name!r} allows: {allowed}",
            param="model",
            code=CODE,
        )
    missing = sorted(needs - tier.abilities) if tier.abilities is not None else []
    if missing:
        allowed = ", ".join(["text", *sorted(tier.abilities or ())])
        raise Unsupported(
            f"found a request that needs {' and '.join(missing)}, expected what the tier {tier.name!r}"
            f" allows: {allowed}",
            code=CODE,
        )
    window = tier.context_window
    if window is not None and input_floor > window:
        raise ContextLengthExceeded(
            f"messages: found at least {input_floor} tokens, expected at most {window}"
            f" in the tier {tier.name!r}",
            param="messages",
            code=CODE,
        )


def check_output(tier: Tier, asked: int, param: str) -> None:
    """Refuse more output tokens than a tier allows; raises ContextLengthExceeded with code `tier_limit`."""
    limit = tier.max_output_tokens
    if limit is not None and asked > limit:
        raise ContextLengthExceeded(
            f"{param}: found {asked}, expected at most {limit} in the tier {tier.name!r}",
            param=param,
            code=CODE,
        )


def limit_window(tier: Tier, card: Card) -> int | None:
    """Return the context window, in tokens: the smaller of the tier's and the model's; None where unknown."""
    return _smaller(tier.context_window, card.context_window)


def limit_output(tier: Tier, card: Card) -> int | None:
    """Return the most output tokens: the smaller of the tier's and the model's; None where unknown."""
    return _smaller(tier.max_output_tokens, card.max_output_tokens)


def _smaller(limit: int | None, fact: Fact[int] | None) -> int | None:
    known = [value for value in (limit, fact.value if fact is not None else None) if value is not None]
    return min(known, default=None)


def _read_abilities(name: str, abilities: list[str]) -> frozenset[str]:
    unknown = sorted(set(abilities) - set(ABILITIES))
    if unknown:
        raise _complain(name, "abilities", repr(unknown[0]), f"some of {', '.join(ABILITIES)}")
    return frozenset(abilities)


def _read_markup(name: str, value: str | float) -> Decimal:
    expected = f"a number from 0 to {LARGEST_MARKUP}, 1 for none"
    try:
        markup = Decimal(str(value))  # through its text, so that 1.1 in a file is 1.1 in the books
    except InvalidOperation:
        raise _complain(name, "markup", repr(value), expected) from None
    if not markup.is_finite() or not 0 <= markup <= LARGEST_MARKUP:
        raise _complain(name, "markup", str(value), expected)
    return markup


def _read_budgets(name: str, texts: str | list[str]) -> tuple[Budget, ...]:
    try:
        return tuple(
            parse_budget(text, "tier", name) for text in ([texts] if isinstance(texts, str) else texts)
        )
    except InvalidRequest as error:
        raise ConfigError(f"tiers.{name}.{error.message}") from None


def _complain(name: str, member: str, found: str, expected: str) -> ConfigError:
    return ConfigError(f"tiers.{name}.{member}: found {found}, expected {expected}")
