"""`[routes."NAME"]` of `fen.toml`, with `target` and `cascade` in it.

It knows nothing of fitted artefacts, whose libraries are loaded where a route has one.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

import msgspec

from fen.routing import Absolute, Cascade, PerCorrect, PerThousand, Relative, RoutePolicy, Target
from fen.wire.money import CURRENCIES, Money

Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Tokens = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]

KINDS = ("relative_to", "probability", "per_correct", "per_thousand")
"""What a target may be: one of these, with what belongs to it."""

MOST_EXPLORED = 0.05


class TargetTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`target` of a route; which kind it is, its one member of KINDS says.

    relative_to: the reference, of whose right answers at most the share alpha is lost, with confidence
    1 - delta. probability: of a right answer. per_correct: the least money for each right answer; most: or
    the best answers within that much for each. per_thousand: money for a thousand requests.
    """

    relative_to: str | None = None
    alpha: Share | None = None
    delta: Share | None = None
    probability: Share | None = None
    per_correct: bool | None = None
    most: str | None = None
    per_thousand: str | None = None

    def make(self) -> Target:
        """Return the target; raises ValueError with what was found and what was expected."""
        kinds = [kind for kind in KINDS if getattr(self, kind)]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none of them"
            raise ValueError(f"found {found}, expected one of {', '.join(KINDS)}")
        [kind] = kinds
        for member, owner in (("alpha", "relative_to"), ("delta", "relative_to"), ("most", "per_correct")):
            if getattr(self, member) is not None and owner != kind:
                raise ValueError(f"found {member} beside {kind}, expected it beside {owner} alone")
        if self.relative_to is not None:
            usual = Relative("")
            return Relative(self.relative_to, self.alpha or usual.alpha, self.delta or usual.delta)
        if self.probability is not None:
            return Absolute(self.probability)
        if self.per_thousand is not None:
            return PerThousand(read_money("per_thousand", self.per_thousand))
        return PerCorrect(None if self.most is None else read_money("most", self.most))


class CascadeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[routes."NAME".cascade]`: when a cheap answer is not kept, as fen.routing.Cascade has it."""

    checks: list[str] = []
    second: str | None = None
    longest: Tokens | None = None
    logprob: Annotated[float, msgspec.Meta(le=0, ge=-100)] | None = None
    verifier: Share | None = None

    def make(self) -> Cascade:
        """Return it as the router takes it."""
        return Cascade(tuple(self.checks), self.second, self.longest, self.logprob, self.verifier)


class RouteTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[routes."NAME"]`: a name that is asked like a model, and who may answer it.

    pool: ids of models; left out, every enabled model whose price is known. target: what its answers are to
    reach. exclude: ids, or vendors. price_cap: the most that a request may be expected to cost. reference:
    whose cost savings are told against. explore: the share of requests whose model is drawn by chance.
    artefact: the path of what `fen route fit` made. context, output: tokens that a member must have. guard:
    whether its calls are guarded whatever their tier says.
    """

    pool: list[str] | None = None
    target: TargetTable | None = None
    exclude: list[str] = []
    price_cap: str | None = None
    reference: str | None = None
    explore: Annotated[float, msgspec.Meta(ge=0, le=MOST_EXPLORED)] = 0.0
    cascade: CascadeTable | None = None
    artefact: str | None = None
    context: Tokens | None = None
    output: Tokens | None = None
    guard: bool | None = None

    def make(self, name: str, pool: tuple[str, ...], usual: RoutePolicy) -> RoutePolicy:
        """Return the policy of a route, over what it has where the table is silent.

        The texts have been checked.
        """
        return RoutePolicy(
            name=name,
            pool=pool,
            target=usual.target if self.target is None else self.target.make(),
            exclude=frozenset(self.exclude),
            price_cap=None if self.price_cap is None else read_money("price_cap", self.price_cap),
            reference=self.reference,
            explore=self.explore,
            cascade=None if self.cascade is None else self.cascade.make(),
            context=self.context or usual.context,
            output=self.output or usual.output,
        )


def read_money(member: str, text: str) -> Money:
    """Return an amount such as `0.02 USD`; raises ValueError with what was found and what was expected."""
    amount, _, currency = text.strip().partition(" ")
    currency = currency.strip()
    if currency not in CURRENCIES or not _is_amount(amount):
        raise ValueError(
            f"{member}: found {text[:40]!r}, expected an amount above 0 and a currency, such as 0.02 USD"
        )
    return Money(Decimal(amount), currency)


def _is_amount(text: str) -> bool:
    return _AMOUNT.fullmatch(text) is not None and Decimal(text) > 0


_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
