"""How long a decision takes: features, expectation and choice, in process, on one core.

Run as `python -m bench.route_decide`. An artefact is fitted on made-up outcomes of 20 models for 10,000
prompts; prompts of 2,000 characters that it has not seen, English and Chinese, all different, are decided one
by one with 20 offers, by the `Router` that the gateway has. Figures are microseconds by the clock, and of the
processor, which a busy machine changes less.

`decide_p99_ms` is the worse of the two languages' p99 by the clock, for a quiet machine: the best of three
rounds, since a round that neighbours disturb tells of them and not of the program. `decide_cpu_p99_ms` is the
same of the processor's time.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter, thread_time

import numpy as np

from fen.catalogue import Rates
from fen.routing import Absolute, Asked, Offer, RoutePolicy
from fen.routing.artefact import Artefact
from fen.routing.fit import fit_artefact
from fen.routing.learn import Setting
from fen.routing.manifest import Recipe
from fen.routing.outcome import Evidence, Outcome
from fen.routing.router import Router
from fen.wire.money import Money
from fen.wire.usage import Meter

MODELS = 20
CHARACTERS = 2_000
PROMPTS = 400
LEARNT = 10_000
ROUNDS = 3

_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
_SEED = 20
_WARM = 50
_SHORTER = 400  # characters of what is learnt from


def write_prompts(count: int, seed: int = _SEED, characters: int = CHARACTERS) -> dict[str, list[str]]:
    """Return prompts by language, of so many characters, their words and signs drawn by Zipf's law."""
    made, drawn = np.random.default_rng(_SEED), np.random.default_rng(seed)
    words = ["".join(made.choice(list(_LETTERS), made.integers(1, 10))) for _ in range(20_000)]
    signs = [chr(0x4E00 + place) for place in made.permutation(3_500)]
    found: dict[str, list[str]] = {"english": [], "chinese": []}
    for _ in range(count):
        ranks = np.minimum(drawn.zipf(1.2, characters), len(words)) - 1
        text = " ".join(f"{words[rank]}{'.' if rank % 17 == 0 else ''}" for rank in ranks.tolist())
        found["english"].append(text[:characters])
        ranks = np.minimum(drawn.zipf(1.1, characters), len(signs)) - 1
        text = "".join(
            f"{signs[rank]}{',' if at % 13 == 12 else ''}" for at, rank in enumerate(ranks.tolist())
        )
        found["chinese"].append(text[:characters])
    return found


def fit_made_up(texts: Sequence[str], models: int = MODELS) -> Artefact:
    """Return an artefact of outcomes that were drawn for these texts."""
    drawn = np.random.default_rng(_SEED)
    outcomes: list[Outcome] = []
    for text in texts:
        asked, hard = Asked(text), drawn.random()
        for model in range(models):
            right = drawn.random() < 0.4 + 0.5 * model / models - 0.3 * hard
            cost = Money(Decimal(f"{0.0001 * 1.3**model:.9f}"), "USD")
            outcomes.append(
                Outcome(asked, f"model-{model}", float(right), cost, int(drawn.integers(50, 500)))
            )
    return fit_artefact(Evidence(tuple(outcomes)), Recipe(), Setting({}, {}, datetime.now(UTC)))


def make_offers(models: int = MODELS) -> tuple[Offer, ...]:
    """Return offers with prices of their own."""
    offers: list[Offer] = []
    for model in range(models):
        price = Decimal(f"{0.1 * 1.3**model:.4f}")
        prices: dict[Meter, Decimal] = {
            "input": price,
            "cached_input": price / 2,
            "output": price * 4,
            "reasoning": price * 4,
        }
        offers.append(Offer(f"model-{model}", Rates("USD", prices, "bench"), output_limit=4096))
    return tuple(offers)


def time_decisions(
    router: Router, texts: Sequence[str], offers: Sequence[Offer]
) -> list[tuple[float, float]]:
    """Return the seconds that each prompt's decision took, by the clock and of the processor."""
    policy = RoutePolicy("fen/bench", tuple(offer.model for offer in offers), Absolute(0.6))
    for text in texts[:_WARM]:
        router.decide(Asked(text), offers, policy)
    taken: list[tuple[float, float]] = []
    gc.collect()
    for text in texts:
        asked = Asked(text)
        busy, begun = thread_time(), perf_counter()
        router.decide(asked, offers, policy)
        taken.append((perf_counter() - begun, thread_time() - busy))
    return taken


def measure_decisions(prompts: int = PROMPTS, learnt: int = LEARNT) -> dict[str, float]:
    """Return p50 and p99 of each language in microseconds, `decide_p99_ms` and `decide_cpu_p99_ms`.

    Of `ROUNDS` rounds the best is told: whatever else the machine does is no part of a decision.
    """
    texts = write_prompts(prompts)
    others = write_prompts(learnt // 2, _SEED + 1, _SHORTER)
    artefact = fit_made_up(others["english"] + others["chinese"])
    router, offers = Router(artefact, np.random.default_rng(_SEED).random), make_offers()
    figures: dict[str, float] = {}
    for language, written in texts.items():
        runs = [
            np.percentile(time_decisions(router, written, offers), (50, 99), axis=0) * 1e6
            for _ in range(ROUNDS)
        ]
        for level, best in zip(("p50", "p99"), np.min(runs, axis=0).tolist(), strict=True):
            figures[f"{language}_{level}_us"], figures[f"{language}_cpu_{level}_us"] = best
    for kind in ("", "cpu_"):
        figures[f"decide_{kind}p99_ms"] = max(figures[f"{name}_{kind}p99_us"] for name in texts) / 1000
    return figures


def main(words: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.route_decide", description="A decision's time.")
    parser.add_argument("--quick", action="store_true", help="fewer prompts")
    options = parser.parse_args(words)
    for name, value in measure_decisions(*((100, 1_000) if options.quick else ())).items():
        print(f"{name:24} {value:10.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
