"""A cascade: a cheap model is asked first, and the strong one only where the answer is not kept.

Before it: whether it is expected to be cheaper than asking the strong one, and no worse. After the cheap
answer: whether that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from fen.routing.choose import Candidate
from fen.routing.sieve import Sieve
from fen.routing.signals import Signals
from fen.routing.target import Cascade
from fen.wire.errors import ConfigError

AGREED = 0.5
"""Agreement below which two answers differ."""


class Prospect(msgspec.Struct, frozen=True):
    """What a cascade is expected to do: its cost, the chance of a right answer, and that of escalating."""

    cost: float
    p: float
    escalates: float


def foresee(cheap: Candidate, strong: Candidate, sieve: Sieve, beside: float = 0.0) -> Prospect:
    """Return what asking `cheap` first, and `strong` where its answer is not kept, is expected to do.

    beside: money for what the checks themselves ask, such as a second cheap model. Cost is that of the cheap
    answer and, by the chance of escalating, that of the strong one too.
    """
    escalates = cheap.p * sieve.alarms + (1.0 - cheap.p) * sieve.catches
    kept_right = cheap.p * (1.0 - sieve.alarms)
    p = kept_right + escalates * sieve.rescues * strong.p
    return Prospect(cheap.cost + beside + escalates * strong.cost, min(1.0, p), escalates)


def find_lead(
    strong: Candidate, candidates: Sequence[Candidate], sieve: Sieve, beside: float = 0.0
) -> Candidate | None:
    """Return whom to ask before `strong`: the one with the cheapest cascade that is no worse than it.

    None where the strong one alone is expected to cost less, or to be right more often.
    """
    found: list[tuple[float, str, Candidate]] = []
    for cheap in candidates:
        if cheap.model == strong.model or cheap.cost >= strong.cost:
            continue
        prospect = foresee(cheap, strong, sieve, beside)
        if prospect.cost < strong.cost and prospect.p >= strong.p:
            found.append((prospect.cost, cheap.model, cheap))
    return min(found, key=lambda one: one[:2])[2] if found else None


class Verdict(msgspec.Struct, frozen=True):
    """Whether an answer is kept; `check` names what spoke against it, `why` says what was found."""

    kept: bool
    check: str | None = None
    why: str | None = None


KEPT = Verdict(kept=True)


def _cut_short(found: Signals) -> str | None:
    if found.finish in {None, "stop", "tool_calls", "function_call"}:
        return None
    return f"the answer ended by {found.finish}"


_CHECKED: dict[str, Callable[[Signals], str | None]] = {
    "schema": lambda found: "the answer does not meet the schema" if found.schema is False else None,
    "tools": lambda found: "a tool's arguments do not fit" if found.tools is False else None,
    "test": lambda found: "a test or a called tool failed" if found.test is False else None,
    "refusal": lambda found: "the answer declines" if found.refusal else None,
    "finish": _cut_short,
    "empty": lambda found: "there is no answer" if not found.characters and not found.called else None,
}

CHECKS = tuple(_CHECKED)
"""What `Cascade.checks` may name."""


def judge(signals: Signals, cascade: Cascade) -> Verdict:
    """Return whether an answer is kept; a signal that could not be read says nothing.

    The first of the named checks that fails is told, then disagreement, length, log-probability and the
    verifier. Raises ConfigError for a check that is none of CHECKS.
    """
    for name in cascade.checks:
        if name not in _CHECKED:
            raise ConfigError(f"found the check {name} in a cascade, expected one of {', '.join(CHECKS)}")
        why = _CHECKED[name](signals)
        if why is not None:
            return Verdict(kept=False, check=name, why=why)
    for name, why in _measure(signals, cascade):
        if why is not None:
            return Verdict(kept=False, check=name, why=why)
    return KEPT


def _measure(signals: Signals, cascade: Cascade) -> tuple[tuple[str, str | None], ...]:
    return (
        (
            "second",
            _below(signals.agreement, AGREED, "agreement") if cascade.second is not None else None,
        ),
        (
            "longest",
            f"{signals.characters} characters, at most {cascade.longest} are kept"
            if cascade.longest is not None and signals.characters > cascade.longest
            else None,
        ),
        ("logprob", _below(signals.logprob, cascade.logprob, "mean log-probability")),
        ("verifier", _below(signals.verified, cascade.verifier, "probability of being right")),
    )


def _below(found: float | None, least: float | None, name: str) -> str | None:
    if found is None or least is None or found >= least:
        return None
    return f"{name} {found:.3f}, at least {least:g} is kept"
