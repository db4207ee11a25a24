"""GSM8K, MATH-500, MGSM and CMATH: small files of the same formats, and the real ones where they are."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fen.evals import Sample
from fen.evals.files import DataFiles
from fen.evals.registry import find_suite
from fen.wire.errors import ConfigError
from tests.fakes.loading import judge
from tests.shared_data import SHARED, need


def load(name: str, folder: Path, **options: str) -> list[Sample]:
    suite = find_suite(name)
    return list(suite.load(DataFiles(folder, folder / "cache", None), {**suite.options, **options}))


def write(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n")
    return path


def test_gsm8k_asks_for_the_mark_and_judges_the_number(tmp_path: Path) -> None:
    write(tmp_path / "gsm8k/test.jsonl", {"question": "1,000 + 450?", "answer": "It is.\n#### 1,450"})
    [sample] = load("gsm8k", tmp_path)
    assert "1,000 + 450?" in sample.messages[0]["content"]
    assert '"#### N"' in sample.messages[0]["content"]
    assert sample.target == "1450"
    suite = find_suite("gsm8k")
    assert judge(suite, sample, "#### $1,450.00").outcome == "correct"
    assert judge(suite, sample, "#### 1451").outcome == "wrong"
    assert judge(suite, sample, "I cannot say").outcome == "format_error"


def test_a_file_of_the_users_is_asked_instead(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.jsonl", {"question": "mine", "answer": "#### 1"})
    [sample] = load("gsm8k", tmp_path, file=str(mine))
    assert sample.messages[0]["content"].startswith("mine")


def test_a_line_that_is_none_of_it_is_told_with_its_number(tmp_path: Path) -> None:
    write(tmp_path / "gsm8k/test.jsonl", {"question": "a", "answer": "#### 1"}, {"ask": "b"})
    with pytest.raises(ConfigError, match=r"test.jsonl:2: .*`question`, expected .* question, answer"):
        load("gsm8k", tmp_path)


def test_math500_judges_the_formula_in_the_box(tmp_path: Path) -> None:
    row = {"problem": "What?", "answer": r"\frac{1}{2}", "subject": "Algebra", "unique_id": "test/a/1.json"}
    write(tmp_path / "math500/test.jsonl", row)
    [sample] = load("math500", tmp_path)
    assert sample.messages[0]["content"].endswith(r"within \boxed{}.")
    assert (sample.id, sample.stratum) == ("test/a/1", "Algebra")
    suite = find_suite("math500")
    assert judge(suite, sample, r"So \boxed{0.5}").outcome == "correct"
    assert judge(suite, sample, r"So \boxed{2}").outcome == "wrong"
    assert judge(suite, sample, "So one half").outcome == "format_error"


def test_mgsm_puts_both_languages_of_a_problem_into_one_cluster(tmp_path: Path) -> None:
    write(tmp_path / "mgsm/mgsm_en.tsv", "How many?\t2,125", "And now?\t3")
    write(tmp_path / "mgsm/mgsm_zh.tsv", "多少？\t2,125", "现在呢？\t3")
    samples = load("mgsm", tmp_path)
    assert [(sample.id, sample.cluster) for sample in samples] == [
        ("zh/0", "0"),
        ("en/0", "0"),
        ("zh/1", "1"),
        ("en/1", "1"),
    ]
    assert samples[0].target == "2125"
    assert [sample.language for sample in load("mgsm", tmp_path, languages="en")] == ["en", "en"]
    with pytest.raises(ConfigError, match="languages=fr"):
        load("mgsm", tmp_path, languages="fr")


def test_cmath_accepts_fractions_and_percents(tmp_path: Path) -> None:
    rows = [
        {"grade": 5, "input": "几分之几？", "golden": "2/6"},
        {"grade": 6, "input": "百分之几？", "golden": "12%"},
    ]
    write(tmp_path / "cmath/cmath_dev.jsonl", *rows)
    third, percent = load("cmath", tmp_path)
    suite = find_suite("cmath")
    assert judge(suite, third, "#### 1/3").outcome == "correct"
    assert judge(suite, third, "是 6 分之 2").outcome == "correct"
    assert judge(suite, percent, "#### 百分之12").outcome == "correct"
    assert judge(suite, percent, "#### 12.5%").outcome == "wrong"


@need("evals/gsm8k", "evals/math500", "evals/mgsm", "evals/cmath")
def test_the_real_files_have_as_many_questions_as_published() -> None:
    sizes = {"gsm8k": 1319, "math500": 500, "mgsm": 500, "cmath": 600, "cmath_distractor": 360}
    for name, size in sizes.items():
        samples = load(name, SHARED)
        assert len({sample.id for sample in samples}) == len(samples) == size
    clusters = Counter(sample.cluster for sample in load("cmath_distractor", SHARED))
    assert set(clusters.values()) == {6}
    assert [sample.stratum for sample in load("cmath", SHARED)[:6]] == [f"grade {n}" for n in range(1, 7)]


@need("evals/gsm8k", "evals/mgsm", "evals/cmath")
@pytest.mark.parametrize("name", ["gsm8k", "mgsm", "cmath", "cmath_distractor"])
def test_every_published_answer_is_right_and_another_is_wrong(name: str) -> None:
    suite = find_suite(name)
    for sample in load(name, SHARED)[::7]:
        assert judge(suite, sample, f"#### {sample.target}").value == 1, sample
        assert judge(suite, sample, f"#### 1{sample.target}").value == 0, sample
