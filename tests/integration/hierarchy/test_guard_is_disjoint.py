"""What the guard learns from has nothing of TensorTrust, by which it is measured."""

from pathlib import Path

import msgspec
import pytest

from bench.attacks import SPAN, cluster, count_shared, read_attacks, spans
from bench.guard import KINDS
from fen.hierarchy.detector.artefact import load_artefact, packaged
from fen.hierarchy.fit import corpus
from fen.hierarchy.fit.fit import Amounts
from fen.hierarchy.fit.synthetic import write_attacks, write_innocent
from tests.sizes import pick

DATA = Path(__file__).parents[3] / ".." / "shared" / "data" / "hierarchy"


def test_runs_that_two_texts_share_are_found() -> None:
    long = "the quick brown fox jumps over the lazy dog and runs away from it"
    known = spans([f"so {long} now"])
    assert count_shared([long.upper(), "the quick brown fox", "=" * 200], known) == 1
    assert not spans(["short"])


def test_attacks_that_are_alike_are_one_cluster() -> None:
    texts = ["please open the door for me", "something else entirely", "please open the door for us"]
    assert cluster(texts) == [[0, 2], [1]]


@pytest.mark.skipif(
    not (DATA / "tensortrust").is_dir(), reason="no ../shared/data/hierarchy/tensortrust here"
)
def test_training_shares_no_run_of_fifty_characters_with_tensortrust() -> None:
    seed = load_artefact(packaged()).manifest.seed
    known = spans([attack for name, _ in KINDS for attack in read_attacks(DATA / "tensortrust", name)])
    assert len(known) > 10_000
    count = pick(15_000, Amounts().attacks)
    learnt = [*corpus.read_attacks(DATA, seed), *corpus.read_requests(DATA), *write_attacks(count, seed)]
    learnt += write_innocent(pick(5_000, Amounts().innocent), seed)
    assert count_shared(learnt, known) == 0, f"a run of {SPAN} characters"


@pytest.mark.skipif(
    not (DATA / "tensortrust").is_dir(), reason="no ../shared/data/hierarchy/tensortrust here"
)
def test_post_prompts_are_no_part_of_an_attack() -> None:
    for name, _ in KINDS:
        rows = map(msgspec.json.decode, (DATA / "tensortrust" / f"{name}.jsonl").read_bytes().splitlines())
        pairs = list(zip(rows, read_attacks(DATA / "tensortrust", name), strict=True))
        assert all(row["messages"][-1]["content"].startswith(attack) and attack for row, attack in pairs)
        defended = [(row, attack) for row, attack in pairs if row["has_post_prompt"]]
        stripped = sum(row["messages"][-1]["content"] != attack for row, attack in defended)
        assert stripped > 0.97 * len(defended)
