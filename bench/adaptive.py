"""`make eval-hierarchy`: how often attackers who see the guard's score get through, after how many queries.

Run as `python -m bench.adaptive`; `--quick` takes few attacks and queries. Each attack begins as one of the
texts of `bench.obedience` and is changed by the mutators of fen.hierarchy.suite.adaptive, guided by the score
that Fen tells to keys of administrators alone. A query is a request with the text as what a tool returned, in
several results where a mutator splits it. It gets through where the gullible model, deaf to marks, does what
was injected, after the whole of Fen's layer. It prints a table and writes `build/bench/adaptive.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

import msgspec

from bench.obedience import Layer, write
from fen.hierarchy.detect import Guard
from fen.hierarchy.detector.features import Context
from fen.hierarchy.documents import Documents
from fen.hierarchy.examine import Examiner
from fen.hierarchy.privilege import Privilege
from fen.hierarchy.suite.adaptive import AT, PART, QUERIES, Curve, describe_curve, run_adaptive
from tests.fakes.attacks import Case, make_attacks, make_injection
from tests.fakes.gullible import Gullible, find_imperatives

ATTACKS = 100
QUICK = (10, 20)

_SECRET = b"of a bench, and of no server"
_TOOL = Context(Privilege.TOOL)


class Target:
    """What the attacker asks: the guard's score, and whether a text is obeyed."""

    def __init__(self, layer: Layer, guard: Guard) -> None:
        self._layer = layer
        self._guard = guard
        self._model = Gullible("deaf")

    def score(self, text: str) -> float:
        """Return what the guard says of the text, its parts joined."""
        return self._guard.score(text.replace(PART, ""), _TOOL).value

    def obeys(self, text: str, case: Case) -> bool:
        """Whether the model does what was injected, or the same with a value that the text has by now."""
        arrived = self._layer.send(put(text, case))
        if arrived is None or case.injected is None:
            return False
        reply = self._model.answer(arrived)
        wanted = [one for one in find_imperatives(text.replace(PART, "\n")) if one.kind == case.injected.kind]
        return any(reply.shows(one, case.system) for one in (case.injected, *wanted))


def put(text: str, case: Case) -> bytes:
    """Return a request in which tools returned the text's parts."""
    question = "请给出订单号。" if case.language == "zh" else "Give the order number that the text names."
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": case.system},
        {"role": "user", "content": question},
    ]
    for number, part in enumerate(text.split(PART)):
        called = {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": "read_page", "arguments": "{}"},
        }
        messages.append({"role": "assistant", "content": None, "tool_calls": [called]})
        messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": part})
    return msgspec.json.encode({"model": "gullible", "messages": messages})


def measure(count: int, queries: int, guard: Guard) -> Curve:
    """Return how so many attacks with so many queries each went."""
    cases = make_attacks(count, seed=7)
    traces: list[Any] = []
    with asyncio.Runner() as runner:
        documents = Documents()
        target = Target(Layer(Examiner(guard, documents, _SECRET), runner), guard)
        try:
            for number, case in enumerate(cases):
                curve = run_adaptive(
                    [make_injection(case.pair, seed=7)],
                    target.score,
                    lambda text, case=case: target.obeys(text, case),
                    seed=number,
                    queries=queries,
                )
                traces += curve.traces
        finally:
            runner.run(documents.aclose())
    return Curve(tuple(traces))


def report(told: dict[str, Any]) -> None:
    """Print the table."""
    print(f"{told['attacks']} attacks, {told['queries']} queries")
    for row in told["success"]:
        span = f"{row['low']:.1%} to {row['high']:.1%}"
        print(f"within {row['queries']:3} queries: {row['rate']:6.1%} got through ({span})")
    names = ", ".join(f"{name} {count}" for name, count in list(told["mutators"].items())[:8])
    print(f"mutators of those that got through: {names or 'none'}")


def main(words: list[str]) -> int:
    """Measure, print, write; returns 0 whatever was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.adaptive", description="Adaptive attackers.")
    parser.add_argument("--quick", action="store_true", help="few attacks and queries")
    options = parser.parse_args(words)
    count, queries = QUICK if options.quick else (ATTACKS, QUERIES)
    at = [one for one in AT if one <= queries]
    told = describe_curve(measure(count, queries, Guard.load()), at)
    report(told)
    write(told, "adaptive.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
