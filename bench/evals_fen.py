"""One evaluation by Fen, as a process of its own: `python -m bench.evals_fen BASE_URL SAMPLES CONNECTIONS`.

The samples are one line each with an exact answer. Timed is the run itself: loading, asking through the
pipeline with holds and settlements, keeping answers, scoring, and closing the run; not the start of Python,
of the database and of the catalogue. Printed is one JSON object: `samples_per_s`, `cpu_ms_per_sample` (user
and system time of this process with all its threads), and `correct`, which has to be all of them.
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bench.mock_answer import TEXT
from fen.app import load_settings
from fen.app.build import open_app
from fen.app.evals import make_means, open_files
from fen.evals import Aids, Files, Response, Sample, Score, Suite
from fen.evals.estimate import Estimate
from fen.evals.record import Run
from fen.evals.run import Sitting, begin_run, run_suites
from fen.evals.score import grade

CONFIG = """
[upstreams.mock]
base_url = "{base_url}"

[models."mock/gpt-4o-mini"]
upstream = "mock"
upstream_model = "gpt-4o-mini"
context_window = 128000
max_output_tokens = 16384
price = {{ input = "0.15", cached_input = "0.075", output = "0.60", currency = "USD" }}
"""


class Nobody:
    """Looks on without a word, and agrees to everything."""

    def begin(self, sitting: Sitting) -> None:
        """Do nothing."""

    def permit(self, worst: Estimate) -> None:
        """Permit it."""

    def agree(self, estimated: Estimate) -> bool:
        """Agree."""
        return True


def main(base_url: str, samples: str, connections: str) -> None:
    """Run, and print what was found."""
    parent = Path(__file__).parent.parent / "build" / "bench"
    with tempfile.TemporaryDirectory(prefix="evals-", dir=parent) as folder:
        config = Path(folder) / "fen.toml"
        config.write_text(CONFIG.format(base_url=base_url))
        environment = {"FEN_HOME": folder, "FEN_OFFLINE": "1", "FEN_CONFIG": str(config), **os.environ}
        print(json.dumps(asyncio.run(measure(environment, int(samples), int(connections)))))


async def measure(environment: Mapping[str, str], samples: int, connections: int) -> dict[str, float]:
    settings = load_settings(None, environment)
    suite = make_suite(samples)
    wanted = Run(id="", model="mock/gpt-4o-mini", suites=(suite.name,), started=datetime.now(UTC))
    async with open_app(settings) as app:
        means = make_means(app, open_files(settings, None))
        begun, used = perf_counter(), cpu_seconds()
        run = await begin_run(wanted, (suite,), means)
        result = await run_suites(run, (suite,), means, Nobody(), connections)
        seconds, cpu = perf_counter() - begun, cpu_seconds() - used
    correct = sum(record.score.outcome == "correct" for record in result.records)
    return {
        "samples_per_s": samples / seconds,
        "cpu_ms_per_sample": cpu / samples * 1e3,
        "correct": correct,
    }


def make_suite(samples: int) -> Suite:
    """As many questions as are wanted, no two alike, all with the answer that the mock gives."""

    def load(_: Files, __: Mapping[str, str]) -> Iterable[Sample]:
        for number in range(samples):
            asked = {"role": "user", "content": f"Question {number}: what of measured answers?"}
            yield Sample(id=str(number), messages=(asked,), target=TEXT, params={"max_tokens": 256})

    async def score(sample: Sample, said: Sequence[Response], _: Aids) -> Score:
        return grade(right=said[-1].text == sample.target, answer=said[-1].text)

    return Suite(
        name="lines",
        summary="One line each.",
        dimension="knowledge",
        languages=("en",),
        licence="Apache-2.0",
        source="generated",
        load=load,
        score=score,
        scorer="exact/1",
    )


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(*sys.argv[1:])
