"""Fen's checkers of IFEval and lm-eval's published ones, on the embedded model's answers and mutants of them.

Kept verdicts are compared in every run; the published checkers themselves where scripts/lm_eval.sh has made
their environment, all of it under FEN_PROVE.
"""

import asyncio
import zipfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fen.app.build import open_app
from fen.app.settings import load_settings
from fen.evals.files import DataFiles, hash_file
from fen.evals.ifeval import KINDS, Reader, check_answer, open_reader
from fen.evals.ifeval.reading import PUNKT
from fen.evals.suites.ifeval import SUITE
from fen.wire.errors import ConfigError
from tests.integration.evals.ifeval.recording import answer, read_rows
from tests.integration.evals.ifeval.verdicts import (
    DRAWN,
    NLTK_DATA,
    PYTHON,
    Case,
    ask_published,
    count_sides,
    hash_cases,
    make_cases,
    read_answers,
    read_kept,
)
from tests.shared_data import SHARED, need
from tests.sizes import is_proving, pick
from tests.weights import find_cache, find_weights

PROMPTS = SHARED / "evals/ifeval/input_data.jsonl"
ENOUGH = 10
"""How often each kind has to be followed, and how often not."""

pytestmark = need("evals/ifeval")
needs_published = pytest.mark.skipif(
    not PYTHON.exists(), reason="no build/lm_eval here; scripts/lm_eval.sh makes it"
)


@pytest.fixture(scope="module")
def cases() -> tuple[list[Case], list[Case]]:
    """The recorded cases and the mutated ones."""
    return make_cases(read_rows(PROMPTS), read_answers())


@pytest.fixture(scope="module")
def punkt(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The wheel that Fen fetched, or one made of what scripts/lm_eval.sh took out of it; None without."""
    fetched = find_cache() / "evals" / PUNKT.path
    if fetched.exists():
        return fetched
    folder = NLTK_DATA / "tokenizers/punkt_tab/english"
    if not folder.exists():
        return None
    made = tmp_path_factory.mktemp("punkt") / "punkt.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        for file in folder.iterdir():
            wheel.write(file, f"llama_index/core/_static/nltk_cache/tokenizers/punkt_tab/english/{file.name}")
    return made


def judge(case: Case, reader: Reader, told: str) -> str:
    """Return Fen's digits; of what is not judged in `told`, its own sign."""
    pairs = zip(case["instruction_id_list"], case["kwargs"], told, strict=True)
    return "".join(
        digit if digit == DRAWN else _judge_one(case["response"], {"kind": kind, **given}, reader)
        for kind, given, digit in pairs
    )


def _judge_one(text: str, instruction: dict[str, Any], reader: Reader) -> str:
    [verdict] = check_answer(text, [instruction], reader)
    return str(verdict.strict + 2 * verdict.loose)


def compare(cases: Sequence[Case], digits: Sequence[str], punkt: Path | None) -> None:
    """Fail with each case on which Fen says something else."""
    reader = open_reader(punkt)
    for case, told in zip(cases, digits, strict=True):
        found = judge(case, reader, told)
        assert found == told, (case["key"], case["instruction_id_list"], case["kwargs"], case["response"])


def without_punkt(cases: Sequence[Case], digits: Sequence[str]) -> list[str]:
    """Return the digits with those left out that need Punkt's data."""
    return [
        "".join(
            DRAWN if KINDS[kind].needs_punkt else digit
            for kind, digit in zip(case["instruction_id_list"], told, strict=True)
        )
        for case, told in zip(cases, digits, strict=True)
    ]


def test_the_published_prompts_are_all_there(tmp_path: Path) -> None:
    prompts = SUITE.files[0]
    assert hash_file(PROMPTS) == prompts.sha256
    rows = read_rows(PROMPTS)
    assert (len(rows), sum(len(row["kwargs"]) for row in rows)) == (541, 834)
    assert {kind for row in rows for kind in row["instruction_id_list"]} == set(KINDS)
    needing = [row for row in rows if any(KINDS[kind].needs_punkt for kind in row["instruction_id_list"])]
    files = DataFiles(SHARED, tmp_path, None)
    samples = list(SUITE.load(files, {**SUITE.options, "punkt": "skip"}))
    assert len(samples) == 541 - len(needing) == 541 - 64
    with pytest.raises(ConfigError, match="needs a model of English sentences"):
        list(SUITE.load(files, SUITE.options))


def test_the_kept_verdicts_are_of_these_cases_and_enough(cases: tuple[list[Case], list[Case]]) -> None:
    recorded, mutated = cases
    kept = read_kept()
    assert hash_cases([*recorded, *mutated]) == kept.cases, "the answers, the prompts or the mutants changed"
    assert len(kept.recorded) == len(recorded) >= 500
    assert len(kept.mutated) == len(mutated) >= 500
    sides = count_sides(mutated, kept.mutated)
    few = {(kind, side) for kind in KINDS for side in (True, False) if sides[kind, side] < ENOUGH}
    assert not few
    loosely = [
        kind for case, told in zip(mutated, kept.mutated, strict=True) for kind in _forgiven(case, told)
    ]
    assert len(set(loosely)) >= 15, "kinds that some mutant follows loosely and not strictly"


def _forgiven(case: Case, told: str) -> list[str]:
    return [kind for kind, digit in zip(case["instruction_id_list"], told, strict=True) if digit == "2"]


def test_fen_agrees_with_the_kept_verdicts(cases: tuple[list[Case], list[Case]]) -> None:
    kept = read_kept()
    both, digits = [*cases[0], *cases[1]], [*kept.recorded, *kept.mutated]
    compare(both, without_punkt(both, digits), None)


def test_fen_agrees_where_sentences_and_words_are_split(
    cases: tuple[list[Case], list[Case]], punkt: Path | None
) -> None:
    if punkt is None:
        pytest.skip("no Punkt data here: `fen eval run ifeval` fetches it, and so does scripts/lm_eval.sh")
    kept = read_kept()
    digits = zip([*cases[0], *cases[1]], [*kept.recorded, *kept.mutated], strict=True)
    chosen = [
        (case, told)
        for case, told in digits
        if any(KINDS[k].needs_punkt for k in case["instruction_id_list"])
    ]
    assert len(chosen) > 150
    compare([case for case, _ in chosen], [told for _, told in chosen], punkt)


@needs_published
async def test_the_published_checkers_still_say_what_was_kept(cases: tuple[list[Case], list[Case]]) -> None:
    kept = read_kept()
    both = list(zip([*cases[0], *cases[1]], [*kept.recorded, *kept.mutated], strict=True))
    chosen = Random(3).sample(both, pick(40, len(both)))
    found, versions = await asyncio.to_thread(ask_published, [case for case, _ in chosen])
    assert versions == kept.versions
    assert found == [told for _, told in chosen]


@needs_published
@pytest.mark.skipif(not is_proving(), reason="asks the embedded model; FEN_PROVE=1 does")
async def test_fen_agrees_on_ten_fresh_answers(tmp_path: Path, punkt: Path | None) -> None:
    find_weights()
    rows = Random().sample(read_rows(PROMPTS), 10)
    settings = load_settings(
        None, {"FEN_HOME": str(tmp_path), "FEN_CACHE": str(find_cache()), "FEN_OFFLINE": "1"}
    )
    async with open_app(settings) as app:
        texts = await asyncio.gather(*(answer(app, row["prompt"], temperature=0.8) for row in rows))
    live = [{**row, "response": text} for row, text in zip(rows, texts, strict=True)]
    digits, _ = await asyncio.to_thread(ask_published, live)
    compare(live, digits, punkt)
