# pyright: reportMissingImports=false
"""What Inspect costs a sample: a task of one-line samples with an exact match, against an instant upstream.

It runs in the environment that scripts/inspect.sh makes, by its own Python, and prints one line of JSON:
`build/inspect/bin/python bench/evals_inspect.py --base-url http://127.0.0.1:9/v1 --samples 2000`.
Samples a second are by the wall clock of the run alone, after the imports; CPU is this process's, user and
system, over the same stretch. Transcripts in real time, which nobody watches here, are off.
"""

import argparse
import json
import logging
import os
import resource
import sys
import tempfile
import time

QUESTION = "Say the word ready. Answer with the word only. ({number})"
TARGET = "ready"
MODEL = "openai-api/upstream/instant"


def main() -> int:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Measure what Inspect costs a sample.")
    parser.add_argument("--base-url", required=True, help="the upstream, with its /v1")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--warm-up", type=int, default=20, help="samples of an earlier run, not counted")
    words = parser.parse_args()
    os.environ["UPSTREAM_BASE_URL"] = words.base_url
    os.environ["UPSTREAM_API_KEY"] = "none"
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as logs:
        if words.warm_up:
            run(words.warm_up, words.connections, logs)
        started, used = time.perf_counter(), read_cpu_seconds()
        log = run(words.samples, words.connections, logs)
        seconds, cpu = time.perf_counter() - started, read_cpu_seconds() - used
    done = 0 if log.results is None else log.results.completed_samples
    if log.status != "success" or done != words.samples:
        print(f"found {done} samples ({log.status}: {log.error}), expected {words.samples}", file=sys.stderr)
        return 1
    print(json.dumps(describe(log, words, seconds, cpu)))
    return 0


def run(samples: int, connections: int, logs: str):
    """Run a task of so many samples, and return its log."""
    from inspect_ai import Task, eval  # noqa: PLC0415, A004  its imports take seconds, and --help none
    from inspect_ai.dataset import Sample  # noqa: PLC0415
    from inspect_ai.scorer import exact  # noqa: PLC0415

    questions = [Sample(input=QUESTION.format(number=number), target=TARGET) for number in range(samples)]
    task = Task(dataset=questions, scorer=exact(), name="instant")
    (log,) = eval(
        task,
        model=MODEL,
        max_connections=connections,
        max_samples=connections,
        log_dir=logs,
        log_realtime=False,
        display="none",
    )
    return log


def read_cpu_seconds() -> float:
    """Return the CPU seconds of this process with all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def describe(log, words: argparse.Namespace, seconds: float, cpu: float) -> dict[str, object]:
    """Return the figures."""
    return {
        "inspect_ai": log.eval.packages.get("inspect_ai"),
        "samples": words.samples,
        "connections": words.connections,
        "seconds": round(seconds, 3),
        "samples_per_s": round(words.samples / seconds, 2),
        "cpu_ms_per_sample": round(1000 * cpu / words.samples, 3),
        "accuracy": next(iter(log.results.scores[0].metrics.values())).value,
    }


if __name__ == "__main__":
    sys.exit(main())
