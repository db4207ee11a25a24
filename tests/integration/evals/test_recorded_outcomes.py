"""What others recorded of real answers: the same are right here, and each that is not is explained.

RouteLLM kept 2,638 answers to GSM8K with a flag each, ZeroEval what it read out of 29,487 answers to MATH.
"""

import json
import re
from collections import Counter
from functools import cache

import pytest

from fen.evals.extract import equal_formulas, equal_numbers, find_number
from tests.shared_data import SHARED, need

parquet = pytest.importorskip("pyarrow.parquet")

GSM8K = SHARED / "evals/gsm8k/test.jsonl"
ROUTELLM = SHARED / "routing/routellm/gsm8k.parquet"
ZEROEVAL = SHARED / "routing/zeroeval"
MODELS = ("mixtral-8x7b-instruct-v0.1", "gpt-4-1106-preview")


def last_digits(text: str) -> str | None:
    """What RouteLLM's flags compare: the last run of digits, without sign, point or separators."""
    found = re.findall(r"\d+", text.replace(",", ""))
    return found[-1] if found else None


def explain(answer: str | None, gold: str, right: bool) -> str:
    """Why an answer's flag says another thing than the answer, found by `find_number`, and the gold do."""
    answer = answer or ""
    if right:
        return "zeros after the point" if re.fullmatch(r"-?\d+\.0+", answer) else "more after the answer"
    if answer.removeprefix("-") == gold.removeprefix("-"):
        return "sign lost"
    if "." in answer and answer.split(".")[1] == gold:
        return "whole part lost"
    if "/" in answer and answer.split("/")[1] == gold:
        return "number above the line lost"
    return "unexplained"


@need("evals/gsm8k", "routing/routellm")
def test_gsm8ks_answers_agree_with_gold_and_each_flag_that_does_not_is_explained() -> None:
    lines = [json.loads(line) for line in GSM8K.read_text().splitlines()]
    golds = {
        row["question"].strip(): row["answer"].split("####")[1].strip().replace(",", "") for row in lines
    }
    kinds: Counter[tuple[str, str]] = Counter()
    count = 0
    for row in parquet.read_table(ROUTELLM).to_pylist():
        gold = golds[row["prompt"].strip()].strip().replace(",", "")
        for model in MODELS:
            count += 1
            text, flag = row[f"{model}_response"], row[model]
            assert flag == (last_digits(text) == last_digits(gold))  # the rule of the flags, all of them
            answer = find_number(text)
            right = answer is not None and equal_numbers(answer, gold)
            if right != flag:
                kinds[model, explain(answer, gold, right)] += 1
    assert count == 2638
    mixtral, gpt4 = MODELS
    assert kinds == {
        (gpt4, "zeros after the point"): 42,
        (gpt4, "number above the line lost"): 1,
        (mixtral, "zeros after the point"): 2,
        (mixtral, "more after the answer"): 4,
        (mixtral, "sign lost"): 2,
        (mixtral, "whole part lost"): 3,
    }


@need("routing/zeroeval")
def test_maths_equivalence_is_zeroevals_for_every_answer() -> None:
    prompts = parquet.read_table(ZEROEVAL / "prompts.parquet").to_pylist()
    golds = {row["prompt_id"]: row["answer"] for row in prompts}
    columns = ["prompt_id", "dataset", "correct", "parsed_answer"]
    table = parquet.read_table(ZEROEVAL / "outcomes_long.parquet", columns=columns)
    different = Counter[tuple[str, str, bool]]()
    count = 0
    equal = cache(equal_formulas)  # many models give the same answer
    for row in table.to_pylist():
        if row["dataset"] != "math-l5" or row["parsed_answer"] is None:
            continue
        count += 1
        gold, answer = golds[row["prompt_id"]], row["parsed_answer"]
        if equal(answer, gold) != row["correct"]:
            different[gold, answer, row["correct"]] += 1
    assert count == 29487
    assert different == {}
