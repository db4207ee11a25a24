"""Other lists of prices and limits: genai-prices' data, models.dev's api.json, LiteLLM's table.

Each is read as far as Fen can compare it: standard dollar prices of short prompts at all hours, and limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

import msgspec

from fen.catalogue.disagreements import Limit
from fen.catalogue.vendors import VendorRow
from fen.wire.errors import ConfigError
from fen.wire.money import plain
from fen.wire.usage import Meter

Format = Literal["genai-prices", "models.dev", "LiteLLM"]

_MILLION = Decimal(10**6)
_GENAI: tuple[tuple[str, Meter], ...] = (
    ("input_mtok", "input"),
    ("cache_read_mtok", "cached_input"),
    ("cache_write_mtok", "cache_write"),
    ("output_mtok", "output"),
)
_MODELS_DEV: tuple[tuple[str, Meter], ...] = (
    ("input", "input"),
    ("cache_read", "cached_input"),
    ("cache_write", "cache_write"),
    ("output", "output"),
)
_LITELLM: tuple[tuple[str, Meter], ...] = (
    ("input_cost_per_token", "input"),
    ("cache_read_input_token_cost", "cached_input"),
    ("cache_creation_input_token_cost", "cache_write"),
    ("output_cost_per_token", "output"),
)
_NAMES: Mapping[str, str] = {
    "alibaba": "dashscope",
    "dashscope": "dashscope",
    "gemini": "google",
    "moonshotai": "moonshot",
    "zhipuai": "zhipu",
    "x-ai": "xai",
}
"""Vendors that others call otherwise; each of the lists has names of its own for some."""

Tree = Mapping[str, Any]


class Statement(msgspec.Struct, frozen=True):
    """What a list says of a model: dollars per million tokens by meter, and limits in tokens.

    plain: whether it has one price for all lengths of a prompt and all hours, as far as the list says.
    """

    vendor: str
    model: str
    prices: Mapping[Meter, Decimal]
    limits: Mapping[Limit, int]
    plain: bool = True


class Rival(msgspec.Struct, frozen=True):
    """A list: what it is called, where it was read and as of when, its form, and what it says."""

    name: str
    place: str
    dated: date
    format: Format
    statements: tuple[Statement, ...]


def read_rival(name: str, place: str, dated: date, content: bytes, vendors: Mapping[str, VendorRow]) -> Rival:
    """Return a list of one of the three forms, told apart by what they look like.

    Raises ConfigError, saying what was found and what was expected, for anything else.
    """
    try:
        tree: object = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"source {name}: {place}: {error}, expected JSON") from None
    names = {**_NAMES, **{row.genai: vendor for vendor, row in vendors.items() if row.genai}}
    found = _find_format(tree)
    if found is None:
        raise ConfigError(
            f"source {name}: {place}: found JSON of another form, expected genai-prices' data.json,"
            " models.dev's api.json or LiteLLM's model_prices_and_context_window.json"
        )
    form, read = found
    statements = tuple(each for each in read if each.prices or each.limits)
    renamed = tuple(
        msgspec.structs.replace(each, vendor=names.get(each.vendor, each.vendor)) for each in statements
    )
    return Rival(name, place, dated, form, renamed)


def _find_format(tree: object) -> tuple[Format, Iterable[Statement]] | None:
    providers = _table(tree).get("providers")
    if isinstance(providers, list):
        tree = cast(object, providers)
    if isinstance(tree, list):
        rows = [cast(Tree, each) for each in cast(list[object], tree) if isinstance(each, dict)]
        if rows and all(isinstance(each.get("models"), list) for each in rows):
            return "genai-prices", _read_genai(rows)
        return None
    entries = _tables(tree)
    if entries and all(isinstance(each.get("models"), dict) for each in entries.values()):
        return "models.dev", _read_models_dev(entries)
    if any("litellm_provider" in each for each in entries.values()):
        return "LiteLLM", _read_litellm(entries)
    return None


def _read_genai(providers: Iterable[Tree]) -> Iterator[Statement]:
    for provider in providers:
        for model in provider["models"]:
            prices, plain = _choose_prices(model.get("prices"))
            limits = _limits({"context_window": model.get("context_window")})
            yield Statement(
                str(provider.get("id")), str(model.get("id")), _amounts(prices, _GENAI), limits, plain
            )


def _choose_prices(stated: object) -> tuple[Tree, bool]:
    """Return the last price list that has begun, and whether it is the only one for all lengths and hours."""
    if isinstance(stated, dict):
        prices = cast(Tree, stated)
        return _without_steps(prices), not any(isinstance(value, dict) for value in prices.values())
    chosen: Tree = {}
    plain = True
    for each in cast(list[Tree], stated) if isinstance(stated, list) else []:
        limit = each.get("constraint")
        start = cast(Tree, limit).get("start_date") if isinstance(limit, dict) else None
        if limit is not None and start is None:
            plain = False
        elif start is None or str(start) <= date.today().isoformat():  # noqa: DTZ011 (a day of a list)
            chosen = cast(Tree, each.get("prices") or {})
    plain = plain and not any(isinstance(value, dict) for value in chosen.values())
    return _without_steps(chosen), plain


def _without_steps(prices: Tree) -> Tree:
    """Return the prices of the shortest prompts."""
    return {
        key: cast(Tree, value).get("base") if isinstance(value, dict) else value
        for key, value in prices.items()
    }


def _read_models_dev(entries: Mapping[str, Tree]) -> Iterator[Statement]:
    for provider, entry in entries.items():
        for name, model in _tables(entry["models"]).items():
            cost, limit = _table(model.get("cost")), _table(model.get("limit"))
            limits = _limits(
                {"context_window": limit.get("context"), "max_output_tokens": limit.get("output")}
            )
            plain = not any("200k" in key or "over" in key or "tier" in key for key in cost)
            yield Statement(provider, name, _amounts(cost, _MODELS_DEV), limits, plain)


def _read_litellm(entries: Mapping[str, Tree]) -> Iterator[Statement]:
    for name, entry in entries.items():
        provider = entry.get("litellm_provider")
        if not isinstance(provider, str) or entry.get("mode") not in ("chat", "completion", "responses"):
            continue
        limits = _limits(
            {
                "context_window": entry.get("max_input_tokens"),
                "max_output_tokens": entry.get("max_output_tokens"),
            }
        )
        plain = not any("above" in key for key in entry)
        model = name.removeprefix(f"{provider}/")
        yield Statement(provider, model, _amounts(entry, _LITELLM, _MILLION), limits, plain)


def _table(tree: object) -> Tree:
    """Return a tree that is a table; an empty one of anything else."""
    return cast(Tree, tree) if isinstance(tree, dict) else {}


def _tables(tree: object) -> dict[str, Tree]:
    """Return the members of a tree that are tables themselves."""
    return {key: cast(Tree, value) for key, value in _table(tree).items() if isinstance(value, dict)}


def _amounts(
    stated: Tree, keys: Iterable[tuple[str, Meter]], factor: Decimal = Decimal(1)
) -> dict[Meter, Decimal]:
    """Return the prices that are numbers; a float's shortest text is what stood in the file."""
    found: dict[Meter, Decimal] = {}
    for key, meter in keys:
        value = stated.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10**9:
            continue
        if value or meter in ("input", "output"):  # of caches, 0 stands for "has none"
            found[meter] = Decimal(plain((Decimal(str(value)) * factor).normalize()))
    return found


def _limits(stated: Mapping[Limit, object]) -> dict[Limit, int]:
    return {
        limit: value
        for limit, value in stated.items()
        if isinstance(value, int) and not isinstance(value, bool) and value > 0
    }
