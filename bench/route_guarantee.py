"""How often the guarantee of a relative target is broken, over worlds whose risk is known exactly.

Run as `python -m bench.route_guarantee`; `--quick` takes 100 draws in place of 1,000, `--enforce` ends with
status 1 on a missed bar. A world has some kinds of requests, equally frequent, each with expectations and
with a true chance that a model is wrong where the reference is right, so that the risk of any threshold is a
mean over its kinds. A draw fixes thresholds on expectations of training requests, calibrates on others,
proves, and compares the true risk of what was proved. Risk of exactly alpha counts as broken, which is
stricter than the promise; the test is exact there too.

- `slack`: risk of 1.5% however much goes to the cheap model.
- `smooth`: risk that rises evenly past alpha.
- `step`: no risk up to half of the requests, and twice alpha from there.
- `edge`: exactly alpha at the first threshold and at all others.
- `boundary`: rising to exactly alpha at half of the requests, and exactly alpha from there.
- `dip`: three models, misjudged: risk far above alpha at first, and none later.
- `tags`: four kinds of work, of which one is `smooth`, one `edge`, one a `step`, and one `slack`.

It prints a table and writes `build/bench/route_guarantee.json`: of each world `*_violations`,
`*_strong_share` (mean share of requests that the reference is asked for) and `*_risk` (mean true risk of what
was proved).
"""

import argparse
import sys
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from bench.figures import Bar, Figures
from bench.stand import say, write_figures
from fen.routing.guarantee import Expected, calibrate, fix_thresholds, route_all

ALPHA, DELTA = 0.05, 0.05
RIGHT = 0.8  # share of requests that the reference gets right
TRAINED, CALIBRATED = 2_000, 1_000
SLACK = ("slack", "smooth", "step")

Floats = NDArray[np.float64]


class World(msgspec.Struct, frozen=True):
    """p, cost: what is expected of each kind by each model. wrong: P(wrong | the reference is right)."""

    models: tuple[str, ...]
    p: Floats
    cost: Floats
    wrong: Floats
    tags: tuple[str | None, ...]

    def expect(self, kinds: NDArray[np.intp]) -> Expected:
        """What is expected of requests of these kinds."""
        tags = tuple(self.tags[kind] for kind in kinds)
        return Expected(self.models, self.p[kinds], self.cost[kinds], np.ones(len(kinds), dtype=bool), tags)

    @property
    def reference(self) -> str:
        """The last model."""
        return self.models[-1]


class Found(msgspec.Struct, frozen=True):
    """What one draw came to."""

    broken: bool
    strong: float
    risk: float


def pair(wrong: Sequence[float], tag: str | None = None) -> World:
    """A cheap model and a reference, kinds of rising expected loss with these true chances."""
    kinds = len(wrong)
    p = np.array([[1.0 - (kind + 0.5) / kinds, 0.9] for kind in range(kinds)])
    cost = np.tile([0.1, 1.0], (kinds, 1))
    true = np.stack([np.array(wrong), np.zeros(kinds)], axis=1)
    return World(("cheap", "strong"), p, cost, true, (tag,) * kinds)


def join(*worlds: World) -> World:
    """Several worlds as one."""
    p, cost, wrong = (
        np.concatenate([getattr(world, name) for world in worlds]) for name in ("p", "cost", "wrong")
    )
    return World(worlds[0].models, p, cost, wrong, tuple(tag for world in worlds for tag in world.tags))


def dip() -> World:
    """The middle model looks better than it is, the small one worse."""
    p = np.array([[0.5 - kind / 100, 0.85 - kind / 100, 0.95] for kind in range(10)])
    cost = np.tile([0.1, 0.4, 1.0], (10, 1))
    return World(("small", "middle", "strong"), p, cost, np.tile([0.0, 0.3, 0.0], (10, 1)), (None,) * 10)


def make_worlds() -> dict[str, World]:
    """The worlds by name."""
    smooth = [step / 20 * 0.3 for step in range(20)]
    step = [0.0] * 10 + [1.0, 1.0] + [0.0] * 8
    edge = [1.0] + [0.0] * 19
    boundary = [0.1] * 10 + [0.0] * 10
    return {
        "slack": pair([0.015] * 20),
        "smooth": pair(smooth),
        "step": pair(step),
        "edge": pair(edge),
        "boundary": pair(boundary),
        "dip": dip(),
        "tags": join(
            pair(smooth, "smooth"), pair(edge, "edge"), pair(step, "step"), pair([0.015] * 20, "slack")
        ),
    }


def draw(world: World, random: np.random.Generator, n: int = CALIBRATED) -> Found:
    """Fix, calibrate and prove once, and look the true risk up."""
    thresholds = fix_thresholds(world.expect(random.integers(0, len(world.p), TRAINED)), world.reference)
    groups = sorted({tag for tag in world.tags if tag is not None}) or [None]
    kinds = random.integers(0, len(world.p), n * len(groups))
    held = random.random(len(kinds)) < RIGHT
    right = held[:, None] & (random.random((len(kinds), len(world.models))) >= world.wrong[kinds])
    calibration = calibrate(world.expect(kinds), right, world.reference, thresholds)
    shares, risks = [], []
    for tag in groups:
        proved = calibration.prove(ALPHA, DELTA, tag)
        share, risk = look_up(world, tag, 0.0 if proved is None else proved.threshold)
        shares.append(share)
        risks.append(risk)
    return Found(max(risks) >= ALPHA - 1e-9, float(np.mean(shares)), float(np.mean(risks)))


def look_up(world: World, tag: str | None, threshold: float) -> tuple[float, float]:
    """The share of requests that go to the reference, and the true risk, of one kind of work."""
    kinds = np.flatnonzero([found == tag for found in world.tags])
    chosen = route_all(world.expect(kinds), world.reference, [threshold])[0]
    strong = chosen == len(world.models) - 1
    return float(strong.mean()), float(world.wrong[kinds, chosen].mean())


def measure(draws: int, seed: int = 0, names: Sequence[str] = ()) -> Figures:
    """Return violations, strong shares and risks of each world, and what they may be."""
    figures: Figures = {"draws": draws, "violations_allowed": float(binom.ppf(0.999, draws, DELTA))}
    worlds = make_worlds()
    for name in names or worlds:
        say(f"{name}: {draws} draws")
        random = np.random.default_rng([seed, sorted(worlds).index(name)])
        found = [draw(worlds[name], random) for _ in range(draws)]
        figures[f"{name}_violations"] = sum(one.broken for one in found)
        figures[f"{name}_strong_share"] = float(np.mean([one.strong for one in found]))
        figures[f"{name}_risk"] = float(np.mean([one.risk for one in found]))
    counted = [figures[key] for key in figures if key.endswith("_violations")]
    figures["violations_most"] = max(counted)
    figures["violations_over"] = max(0.0, max(counted) - figures["violations_allowed"])
    shares = [figures[f"{name}_strong_share"] for name in SLACK if f"{name}_strong_share" in figures]
    figures["strong_share_most"] = max(shares, default=1.0)
    return figures


BARS = (
    Bar("violations_over", 0.0, "violations above what chance allows, in the worst world"),
    Bar("strong_share_most", 0.99, "share that goes to the reference where there is slack, at most"),
)


def main(words: list[str]) -> int:
    """Measure, print, write; returns 0, or 1 for a missed bar with `--enforce`."""
    parser = argparse.ArgumentParser(prog="python -m bench.route_guarantee", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 draws")
    parser.add_argument("--enforce", action="store_true", help="end with status 1 on a missed bar")
    options = parser.parse_args(words)
    figures = measure(100 if options.quick else 1_000)
    print(f"{'':10}{'violations':>12}{'strong share':>14}{'true risk':>11}")
    for name in make_worlds():
        cells = (figures[f"{name}_{key}"] for key in ("violations", "strong_share", "risk"))
        print(f"{name:10}" + "{:12.0f}{:14.3f}{:11.4f}".format(*cells))
    print(f"at most {figures['violations_allowed']:.0f} violations of {figures['draws']:.0f} are chance")
    print("\n".join(bar.line(figures) for bar in BARS))
    write_figures("route_guarantee", figures)
    return 1 if options.enforce and not all(bar.met(figures) for bar in BARS) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
