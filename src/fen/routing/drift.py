"""Drift: when traffic has left what a guarantee was proved on, the guarantee is revoked.

Four streams bet against "nothing has changed", each with a wealth that starts at 1 and is a martingale, or
falls, while that is true; their mean reaches 1 / delta with a chance of at most delta however long it is
watched (Ville 1939). So false revocations are at most delta over a horizon of requests, after which the watch
begins anew.

- Checked answers, where the reference is known to be right: lost with a chance of at most alpha. Bets as in
  Waudby-Smith and Ramdas (2024), a mixture over sizes of bets.
- Familiarity, the reference's expected probability, and how far feedback falls short of what was expected:
  each exchangeable with the calibration's, by the rank of each value among all before it. Bets are only on
  change for the worse (conformal test martingales with a simple jumper: Vovk et al. 2021).

Feedback is compared with other feedback only, since those who give it are no fair sample.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Mapping

import msgspec

from fen.routing.decision import Decision, Guarantee

HORIZON = 10_000
"""Requests over which false revocations are at most delta."""
SIZES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Sizes of bets on losses above alpha; those that could lose everything are left out."""
SLOPES = (0.0, 0.5, 1.0, 1.5)
"""How much is bet on a rank being high; 0 keeps the money."""
JUMP = 0.01
"""Share of the wealth that is spread evenly over the slopes again at each step."""


class Baseline(msgspec.Struct, frozen=True):
    """What the calibration requests looked like: familiarity, and the reference's expected probability."""

    familiarity: tuple[float, ...] = ()
    p: tuple[float, ...] = ()


class Losses:
    """Bets that answers are lost more often than with a chance of `alpha`."""

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._sizes = [size for size in SIZES if size * alpha < 1.0]
        self._wealth = [1.0] * len(self._sizes)

    def see(self, lost: float) -> None:
        """Take in one answer, 0 kept to 1 lost."""
        over = lost - self._alpha
        self._wealth = [
            wealth * (1.0 + size * over) for wealth, size in zip(self._wealth, self._sizes, strict=True)
        ]

    @property
    def wealth(self) -> float:
        """The mean over all sizes of bets."""
        return sum(self._wealth) / len(self._wealth)


class Ranks:
    """Bets that values become larger; `before` are those of the calibration."""

    def __init__(self, before: Iterable[float], chance: Callable[[], float]) -> None:
        self._seen = sorted(before)
        self._chance = chance
        self._wealth = [1.0 / len(SLOPES)] * len(SLOPES)

    def see(self, value: float) -> None:
        """Take in one value, by its rank among all before it; ties are broken by chance."""
        low, high = bisect_left(self._seen, value), bisect_right(self._seen, value)
        rank = (low + self._chance() * (high - low + 1)) / (len(self._seen) + 1)
        insort(self._seen, value)
        spread = JUMP * sum(self._wealth) / len(SLOPES)
        self._wealth = [
            (wealth * (1.0 - JUMP) + spread) * (1.0 + slope * (rank - 0.5))
            for wealth, slope in zip(self._wealth, SLOPES, strict=True)
        ]

    @property
    def wealth(self) -> float:
        """The sum over all slopes."""
        return sum(self._wealth)


class Watch:
    """Watches one guarantee; once revoked, it stays so until something new is proved."""

    def __init__(
        self,
        guarantee: Guarantee,
        baseline: Baseline,
        chance: Callable[[], float],
        horizon: int = HORIZON,
    ) -> None:
        self._guarantee = guarantee
        self._baseline = baseline
        self._chance = chance
        self._horizon = horizon
        self.revoked = False
        self._begin()

    def see(self, familiarity: float, p: float) -> None:
        """Take in a request: how familiar it is, and what is expected of the reference."""
        self._strange.see(-familiarity)
        self._hard.see(-p)
        self._left -= 1
        self._judge()
        if self._left <= 0 and not self.revoked:
            self._begin()

    def check(self, lost: float) -> None:
        """Take in an answer to a request that the reference is known to get right: 1 if it was wrong."""
        self._losses.see(lost)
        self._judge()

    def feed(self, p: float, score: float) -> None:
        """Take in feedback, 0 to 1, on an answer of which p was expected."""
        self._short.see(p - score)
        self._judge()

    @property
    def wealth(self) -> float:
        """The evidence against the guarantee: the mean of the streams; 1 at first."""
        streams = (self._losses, self._strange, self._hard, self._short)
        return sum(stream.wealth for stream in streams) / len(streams)

    def _begin(self) -> None:
        self._left = self._horizon
        self._losses = Losses(self._guarantee.alpha)
        self._strange = Ranks((-value for value in self._baseline.familiarity), self._chance)
        self._hard = Ranks((-value for value in self._baseline.p), self._chance)
        self._short = Ranks((), self._chance)

    def _judge(self) -> None:
        self.revoked = self.revoked or self.wealth >= 1.0 / self._guarantee.delta


class Watches:
    """The watches of all routes: fed with decisions, asked by the router whether a guarantee holds.

    before: the watches of another artefact. Those of guarantees that the new one has too, such as after a
    model has joined, go on; what was revoked stays so.
    """

    def __init__(
        self,
        baselines: Mapping[str, Baseline],
        chance: Callable[[], float],
        horizon: int = HORIZON,
        before: Watches | None = None,
    ) -> None:
        self._baselines = baselines
        self._chance = chance
        self._horizon = horizon
        self._watches: dict[tuple[str, Guarantee], Watch] = {} if before is None else before.keep(baselines)

    def keep(self, baselines: Mapping[str, Baseline]) -> dict[tuple[str, Guarantee], Watch]:
        """Return the watches that go on by these baselines: of guarantees whose requests are the same.

        What was proved by the same counts on the same requests is nothing new.
        """
        return {
            key: watch
            for key, watch in self._watches.items()
            if self._baselines.get(key[1].reference) == baselines.get(key[1].reference)
        }

    def holds(self, route: str, guarantee: Guarantee) -> bool:
        """Whether no drift has revoked the guarantee."""
        watch = self._watches.get((route, guarantee))
        return watch is None or not watch.revoked

    def see(self, decision: Decision) -> None:
        """Take in a request by what was decided on it, where a guarantee was behind it."""
        guarantee = decision.guarantee
        found = None if guarantee is None else decision.find(guarantee.reference)
        if guarantee is not None and found is not None:
            self._watch(decision.route, guarantee).see(decision.familiarity, found.p)

    def check(self, decision: Decision, *, lost: bool) -> None:
        """Take in what came of a request that the reference is known to get right."""
        if decision.guarantee is not None:
            self._watch(decision.route, decision.guarantee).check(float(lost))

    def feed(self, route: str, guarantee: Guarantee, p: float, score: float) -> None:
        """Take in feedback, 0 to 1, on an answer that was chosen under the guarantee, with p expected of it.

        Each answer counts once: one that is fed again would no longer be exchangeable with the others.
        """
        self._watch(route, guarantee).feed(p, score)

    def _watch(self, route: str, guarantee: Guarantee) -> Watch:
        key = (route, guarantee)
        if key not in self._watches:
            baseline = self._baselines.get(guarantee.reference, Baseline())
            self._watches[key] = Watch(guarantee, baseline, self._chance, self._horizon)
        return self._watches[key]
