"""Output length and LongBench-Write: one who writes what was asked scores 1, lazy ones do not."""

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from fen.evals import DataFile, Failure, Response
from fen.evals.ruler.text import make_name
from fen.evals.suites.longbench_write import RULER, SUITES
from fen.evals.suites.output_length import SUITE
from fen.wire.errors import ConfigError
from tests.fakes.made import Body, Model, load, play
from tests.shared_data import SHARED, need

SMALL = {"steps": "100,300", "each": "2"}


def write(body: Body, share: float = 1.0) -> str:
    text = body["messages"][0]["content"]
    (asked,) = re.findall(r"(\d+) words|全文(\d+)字", text)
    words = round(int("".join(asked)) * share)
    chance = Random(1)
    if "字" in text:
        return "".join(make_name(chance, "zh") for _ in range(words))[:words]
    return " ".join(make_name(chance, "en") for _ in range(words))


async def test_one_who_writes_what_was_asked_scores_1() -> None:
    scores = [await play(SUITE, sample, Model(write)) for sample in load(SUITE, SMALL)]
    assert len(scores) == 2 * 2 * 2 * 2
    assert {(score.outcome, score.value) for score in scores} == {("correct", 1.0)}


async def test_lazy_and_repeating_ones_do_not() -> None:
    sample = load(SUITE, SMALL)[0]
    half = await play(SUITE, sample, Model(lambda body: write(body, 0.5)))
    assert (half.outcome, half.value, half.detail["ending"]) == ("wrong", 0.5, "early_stop")
    copied = await play(SUITE, sample, Model(lambda body: body["messages"][0]["content"] * 5))
    assert (copied.outcome, copied.detail["ending"]) == ("wrong", "repetition")
    none = await play(SUITE, sample, Model(lambda body: ""))
    assert (none.outcome, none.value) == ("wrong", 0)


async def test_cuts_refusals_and_failures_are_told_apart() -> None:
    sample = load(SUITE, SMALL)[0]
    cut = await play(
        SUITE, sample, Model(lambda body: Response(text=write(body, 0.5), finish_reason="length"))
    )
    assert (cut.outcome, cut.value, cut.detail["ending"]) == ("truncated", 0.5, "cap")
    refused = await play(SUITE, sample, Model(lambda body: Response(refused=True, finish_reason="stop")))
    assert (refused.outcome, refused.detail["ending"]) == ("refused", "refusal")
    failed = await play(SUITE, sample, Model(lambda body: Response(error=Failure(500, "broke"))))
    assert failed.outcome == "api_error"


async def test_half_of_the_samples_go_through_continuation() -> None:
    model = Model(write)
    samples = load(SUITE, SMALL)
    for sample in samples:
        await play(SUITE, sample, model)
    assert model.continued == [sample.target["continued"] for sample in samples]
    assert Counter(model.continued) == {True: 8, False: 8}
    assert not any(sample.target["continued"] for sample in load(SUITE, SMALL | {"continued": "off"}))


def test_more_tokens_are_allowed_than_any_answer_needs() -> None:
    assert all(sample.params["max_tokens"] > 2 * sample.target["length"] for sample in load(SUITE))


def test_a_topic_is_a_cluster_and_a_length_a_stratum() -> None:
    samples = load(SUITE)
    assert len({sample.cluster for sample in samples}) == 6
    assert len({sample.stratum for sample in samples}) == 8
    assert len({sample.id for sample in samples}) == len(samples)


class Folder:
    def __init__(self, path: Path) -> None:
        self.folder = path

    def path(self, file: DataFile) -> Path:
        return self.folder / Path(file.path).name


LINES = """{"prompt": "Write 120 words on salt.", "type": "Popular Science", "length": 120}
{"prompt": "写一篇2000字的中国旅游指南", "type": "社区论坛", "length": 2000}
{"prompt": "Write a 30000-word paper", "type": "学术与专著", "length": 30000}
"""


async def test_longbench_write_reads_prompts_with_their_lengths(tmp_path: Path) -> None:
    suite = next(suite for suite in SUITES if suite.files == (RULER,))
    (tmp_path / "longwrite_ruler.jsonl").write_text(LINES)
    samples = list(suite.load(Folder(tmp_path), {"continued": "both"}))
    assert [sample.id for sample in samples[:4]] == ["1", "1-continued", "2", "2-continued"]
    assert [sample.language for sample in samples[::2]] == ["en", "zh", "en"]
    assert [sample.stratum for sample in samples[::2]] == ["0 to 500", "2000 to 4000", "from 4000"]
    assert (await play(suite, samples[0], Model(write))).value == 1


def test_longbench_write_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "longwrite_ruler.jsonl").write_text('{"prompt": "Write."}\n')
    with pytest.raises(ConfigError, match="expected an object with prompt, type, length"):
        list(SUITES[1].load(Folder(tmp_path), {}))


@need("evals/longbench_write")
def test_the_published_files_have_120_and_48_prompts() -> None:
    folder = Folder(SHARED / "evals/longbench_write")
    counts = {suite.name: len(list(suite.load(folder, {}))) for suite in SUITES}
    assert counts == {"longbench_write": 120, "longwrite_ruler": 48}
