"""GSM8K beside lm-eval: the same prompts to one served model, and the same answers are right, one by one.

lm-eval is in an environment of its own, made by `scripts/lm_eval.sh`. Only `make prove` runs this, for the
embedded model takes minutes.
"""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from fen.evals import Sample
from fen.evals.files import DataFiles
from fen.evals.registry import find_suite
from fen.evals.suites.gsm8k import PROMPT
from tests.fakes.loading import judge
from tests.fakes.recorded import serve_recorded
from tests.integration.evals.harness import Judged, find_harness, run_task
from tests.serving import Serving
from tests.shared_data import SHARED, need
from tests.sizes import is_proving
from tests.weights import find_weights

pytestmark = [
    pytest.mark.skipif(not is_proving(), reason="FEN_PROVE=1 compares with lm-eval"),
    need("evals/gsm8k", "routing/routellm"),
]

FILE = SHARED / "evals/gsm8k/test.jsonl"
SUITE = find_suite("gsm8k")

TASK: dict[str, Any] = {
    "task": "fen_gsm8k",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": str(FILE)}},
    "output_type": "generate_until",
    "test_split": "test",
    "doc_to_text": PROMPT.format(question="{{question}}"),
    "doc_to_target": "{{answer}}",
    "num_fewshot": 0,
    "generation_kwargs": {"until": [], "do_sample": False, "temperature": 0.0, "max_gen_toks": 256},
    # As lm-eval's own task gsm8k has them (version 3.0).
    "metric_list": [
        {
            "metric": "exact_match",
            "aggregation": "mean",
            "higher_is_better": True,
            "ignore_case": True,
            "ignore_punctuation": False,
            "regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"],
        }
    ],
    "filter_list": [
        {
            "name": "strict",
            "filter": [
                {"function": "regex", "regex_pattern": "#### (\\-?[0-9\\.\\,]+)"},
                {"function": "take_first"},
            ],
        },
        {
            "name": "flexible",
            "filter": [
                {
                    "function": "regex",
                    "group_select": -1,
                    "regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)",
                },
                {"function": "take_first"},
            ],
        },
    ],
}


def load(limit: int) -> list[Sample]:
    samples = SUITE.load(DataFiles(SHARED, Path("nowhere"), None), SUITE.options)
    return list(samples)[:limit]


def find_theirs(judged: Judged) -> bool:
    """What lm-eval says of an answer: by its mark where it has one, else by its last number."""
    marked = re.search(r"#### (-?[0-9.,]+)", judged.text) is not None
    return judged.right["strict" if marked else "flexible"]


def run(url: str, model: str, home: Path, limit: int) -> list[Judged]:
    """Let lm-eval ask a served model."""

    async def ask() -> list[Judged]:
        server = Serving(home, url)
        await server.start()
        try:
            return await asyncio.to_thread(run_task, TASK, server.url, model, home / "harness", limit)
        finally:
            await server.stop()

    find_harness()
    return asyncio.run(ask())


def compare(judged: list[Judged], samples: list[Sample]) -> list[tuple[str, str]]:
    """Return the answers that only one of the two finds right, each with the reason, else "unexplained"."""
    assert [one.messages for one in judged] == [list(sample.messages) for sample in samples]
    found: list[tuple[str, str]] = []
    for one, sample in zip(judged, samples, strict=True):
        mine = judge(SUITE, sample, one.text)
        if (mine.outcome == "correct") != find_theirs(one):
            found.append((explain(mine.answer or "", mine.outcome == "correct"), one.text[-200:]))
    return found


def explain(answer: str, right: bool) -> str:
    if right and re.fullmatch(r"-?\d+\.0+", answer):
        return "20.00 is 20: lm-eval compares texts"
    if not right and "/" in answer:
        return "1/3 is a number: lm-eval reads its last digits"
    return "unexplained"


def test_the_embedded_models_answers_are_judged_alike(tmp_path: Path) -> None:
    find_weights()
    limit = 20
    judged = run("http://127.0.0.1:9/v1", "fen/smollm2-135m", tmp_path, limit)
    assert len(judged) == limit
    assert all(one.text for one in judged)  # it has answered
    assert compare(judged, load(limit)) == []


@pytest.mark.parametrize("model", ["gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1"])
def test_recorded_answers_served_anew_are_judged_alike(model: str, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    limit = 400
    rows = parquet.read_table(SHARED / "routing/routellm/gsm8k.parquet").to_pylist()
    answers = {PROMPT.format(question=row["prompt"]): row[f"{model}_response"] for row in rows}
    with serve_recorded(answers) as url:
        judged = run(url, "fake/gpt-4o-mini", tmp_path, limit)
    samples = load(limit)
    different = compare(judged, samples)
    assert [text for reason, text in different if reason == "unexplained"] == []
    assert len(different) <= 0.04 * limit
    right = sum(judge(SUITE, sample, one.text).value for one, sample in zip(judged, samples, strict=True))
    assert 0.5 < right / limit < 0.95  # both outcomes were there to compare
