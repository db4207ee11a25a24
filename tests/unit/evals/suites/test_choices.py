"""MMLU, C-Eval, CMMLU and TruthfulQA: letters picked, examples before them, subjects in turn."""

import json
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from fen.evals import Sample
from fen.evals.files import DataFiles
from fen.evals.registry import find_suite
from fen.wire.errors import ConfigError
from tests.fakes.loading import judge
from tests.shared_data import SHARED, need

HEAD = "question,choice0,choice1,choice2,choice3,answer\n"


def load(name: str, folder: Path, **options: str) -> list[Sample]:
    suite = find_suite(name)
    return list(suite.load(DataFiles(folder, folder / "cache", None), {**suite.options, **options}))


def put_mmlu(folder: Path) -> None:
    for split, count in (("dev", 5), ("test", 2)):
        for subject in ("anatomy", "astronomy"):
            path = folder / f"mmlu/{split}/{subject}_{split}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [f'"{subject} {split} {n}, is it?",NA,null,,"x, y",{n % 4}\n' for n in range(count)]
            path.write_text(HEAD + "".join(rows))


def put_zip(path: Path, members: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def test_mmlu_asks_subjects_in_turn_with_five_examples(tmp_path: Path) -> None:
    put_mmlu(tmp_path)
    samples = load("mmlu", tmp_path, subjects="anatomy,astronomy")
    assert [sample.id for sample in samples] == ["anatomy/0", "astronomy/0", "anatomy/1", "astronomy/1"]
    assert [sample.stratum for sample in samples[:2]] == ["anatomy", "astronomy"]
    text = samples[2].messages[0]["content"]
    assert text.startswith("The following are multiple choice questions (with answers) about anatomy.")
    assert text.count("anatomy dev") == 5
    assert text.endswith("anatomy test 1, is it?\nA. NA\nB. null\nC. \nD. x, y\nAnswer:")
    assert "Answer: D\n\n" in text


def test_mmlu_may_be_asked_without_examples(tmp_path: Path) -> None:
    put_mmlu(tmp_path)
    [first, _] = load("mmlu", tmp_path, subjects="anatomy", shots="0")
    assert "anatomy dev" not in first.messages[0]["content"]
    with pytest.raises(ConfigError, match="shots=9, expected a number from 0 to 5"):
        load("mmlu", tmp_path, subjects="anatomy", shots="9")
    with pytest.raises(ConfigError, match="'anatomi'; did you mean anatomy"):
        load("mmlu", tmp_path, subjects="anatomi")


def test_a_letter_is_judged_and_a_cut_answer_too(tmp_path: Path) -> None:
    put_mmlu(tmp_path)
    suite = find_suite("mmlu")
    sample = load("mmlu", tmp_path, subjects="anatomy")[1]
    assert suite.judges_cut
    assert judge(suite, sample, "B").outcome == "correct"
    assert judge(suite, sample, "The answer is (A)").outcome == "wrong"
    assert judge(suite, sample, "Let us think about it").outcome == "format_error"


def test_a_csv_with_other_columns_is_told(tmp_path: Path) -> None:
    put_mmlu(tmp_path)
    (tmp_path / "mmlu/dev/anatomy_dev.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match=r"anatomy_dev.csv: found the columns \['a', 'b'\], expected also"):
        load("mmlu", tmp_path, subjects="anatomy")


@need("evals/mmlu")
def test_the_real_mmlu_keeps_answers_that_look_like_nothing() -> None:
    samples = load("mmlu", SHARED, shots="0")
    assert len(samples) == 14042
    assert len({sample.stratum for sample in samples[:57]}) == 57
    assert set(Counter(sample.target["letter"] for sample in samples)) == set("ABCD")
    texts = [sample.messages[0]["content"] for sample in samples]
    options = [line for text in texts for line in text.splitlines()[-5:-1]]
    assert not any(option[3:] in ("", "nan") for option in options)
    assert "A. None" in options


def test_ceval_asks_its_validation_questions_in_chinese(tmp_path: Path) -> None:
    head = "id,question,A,B,C,D,answer"
    put_zip(
        tmp_path / "ceval/ceval-exam.zip",
        {
            "dev/law_dev.csv": f"{head},explanation\n0,例题？,甲,乙,丙,丁,B,因为\n",
            "val/law_val.csv": f"{head}\n0,问题一？,甲,乙,丙,丁,A\n1,问题二？,甲,乙,丙,丁,C\n",
            "test/law_test.csv": "id,question,A,B,C,D\n0,没有答案？,甲,乙,丙,丁\n",
            "__MACOSX/val/law_val.csv": "junk",
        },
    )
    samples = load("ceval", tmp_path)
    assert [(sample.id, sample.language, sample.stratum) for sample in samples] == [
        ("law/0", "zh", "law"),
        ("law/1", "zh", "law"),
    ]
    assert "例题？\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案： B" in samples[0].messages[0]["content"]
    assert judge(find_suite("ceval"), samples[1], "答案：C").outcome == "correct"


def test_cmmlu_asks_its_test_questions(tmp_path: Path) -> None:
    head = ",Question,A,B,C,D,Answer"
    put_zip(
        tmp_path / "cmmlu/cmmlu_v1_0_1.zip",
        {
            "dev/agronomy.csv": f"{head}\n0,例题？,甲,乙,丙,丁,B\n",
            "test/agronomy.csv": f"{head}\n0,问题？,甲,乙,丙,丁,D\n",
        },
    )
    [sample] = load("cmmlu", tmp_path)
    assert sample.id == "agronomy/0"
    assert judge(find_suite("cmmlu"), sample, "D").outcome == "correct"


def test_a_zip_that_is_none_or_has_nothing_is_told(tmp_path: Path) -> None:
    mine = tmp_path / "mine.zip"
    mine.write_text("<html>")
    with pytest.raises(ConfigError, match=r"mine.zip: found no zip, expected one with dev/SUBJECT.csv"):
        load("cmmlu", tmp_path, file=str(mine))
    put_zip(tmp_path / "other/other.zip", {"readme": ""})
    with pytest.raises(ConfigError, match=r"found no dev/SUBJECT.csv in it"):
        load("cmmlu", tmp_path, file=str(tmp_path / "other/other.zip"))


def test_truthfulqa_shuffles_its_options_always_alike(tmp_path: Path) -> None:
    rows = [
        {"question": f"Question {n}?", "mc1_targets": {"true": 1, "false": 0, "wrong": 0, "no": 0}}
        for n in range(40)
    ]
    path = tmp_path / "truthfulqa/mc_task.json"
    path.parent.mkdir()
    path.write_text(json.dumps(rows))
    samples = load("truthfulqa", tmp_path)
    assert samples == load("truthfulqa", tmp_path)
    assert len({sample.target["letter"] for sample in samples}) == 4
    for sample in samples:
        assert f"{sample.target['letter']}. true" in sample.messages[0]["content"]
    path.write_text(json.dumps([{"question": "?", "mc1_targets": {"a": 1, "b": 1}}]))
    with pytest.raises(ConfigError, match="question 0: found 2 true of 2 options"):
        load("truthfulqa", tmp_path)
