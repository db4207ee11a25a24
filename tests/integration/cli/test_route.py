"""`fen route`: outcomes in, an artefact out, asked and explained; no server, no model."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fen.storage.parquet import read_columns, write_columns
from tests.fakes.outcomes import MODELS, make_outcomes, make_prompts
from tests.integration.cli.conftest import Fen
from tests.shared_data import SHARED, need

SUM, RHYME = "What is 482 * 373 + 241 - 1?", "Write a rhyme, number 7, about bread and the moon, please."


def write_lines(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_lines(tmp_path_factory.mktemp("route") / "outcomes.jsonl", make_outcomes(500))


@pytest.fixture
def artefact(fen: Fen, fen_home: Path, outcomes: str, tmp_path: Path) -> str:
    path = str(tmp_path / "made.fen")
    assert fen("route", "fit", "--outcomes", outcomes, "--out", path).status == 0
    return path


def test_a_fit_tells_what_it_was_learnt_from(fen: Fen, artefact: str) -> None:
    told = fen("route", "show", artefact, "--json").json
    assert (told["outcomes"], told["requests"], told["votes"]) == (1500, 500, 0)
    assert {one["model"]: one["outcomes"] for one in told["models"]} == dict.fromkeys(MODELS, 500)
    assert told["metrics"]["brier"] < told["metrics"]["brier_of_mean"]
    assert told["format"] == 2
    shown = fen("route", "show", artefact)
    assert told["id"] in shown.out
    assert "1500 outcomes and 0 votes on 500 prompts" in shown.out


def test_the_same_outcomes_give_the_same_artefact(fen: Fen, artefact: str, tmp_path: Path) -> None:
    rows = make_outcomes(500)[::-1]
    again = str(tmp_path / "again.fen")
    told = fen(
        "route", "fit", "--outcomes", write_lines(tmp_path / "o.jsonl", rows), "--out", again, "--json"
    ).json
    assert told["id"] == fen("route", "show", artefact, "--json").json["id"]
    assert told["data"] == fen("route", "show", artefact, "--json").json["data"]


def test_predictions_tell_who_can_reckon(fen: Fen, artefact: str, tmp_path: Path) -> None:
    prompts = write_lines(tmp_path / "prompts.jsonl", [{"prompt": SUM}, {"prompt": RHYME}])
    told = fen("route", "predict", "--artefact", artefact, "--prompts", prompts, "--json").json
    assert len(told) == 2 * len(MODELS)
    found = {(one["prompt"], one["model"]): one for one in told}
    for model, (sums, rhymes, cost) in MODELS.items():
        for prompt, truth in ((SUM, sums), (RHYME, rhymes)):
            one = found[prompt, model]
            assert one["low"] <= one["p"] <= one["high"]
            assert one["p"] == pytest.approx(truth, abs=0.12)
            assert float(one["cost"]) == pytest.approx(cost, rel=0.1)
            assert one["currency"] == "USD"
    rows = fen("route", "predict", "--artefact", artefact, "--prompts", prompts).rows
    assert len(rows) == 1 + len(told)


def test_sums_go_to_the_strong_and_rhymes_to_the_cheap(fen: Fen, artefact: str) -> None:
    """Some of the usual requests are taken for foreign, and get the mixture of single models."""
    fresh = list(make_prompts(216, seed=99))[200:]
    sums, rhymes = ([prompt for prompt, is_sum in fresh if is_sum is wanted] for wanted in (True, False))
    for prompts, model in ((sums, "strong"), (rhymes, "cheap")):
        routed = 0
        for prompt in prompts:
            told = fen("route", "explain", prompt, "--artefact", artefact, "--json").json
            assert {one["model"] for one in told["candidates"]} == set(MODELS)
            assert told["candidates"][0]["model"] == told["chosen"]
            if told["reason"] == "static":
                assert not told["familiar"]
                continue
            assert (told["chosen"], told["reason"]) == (model, "target")
            shown = fen("route", "explain", prompt, "--artefact", artefact).out
            assert f"asked first  {model}: the cheapest that meets the target" in shown
            routed += 1
        assert routed >= len(prompts) / 2


def test_a_bench_sets_routing_beside_mixtures(
    fen: Fen, fen_home: Path, outcomes: str, tmp_path: Path
) -> None:
    told = fen("route", "bench", "--outcomes", outcomes, "--folds", "3", "--json").json
    assert (told["prompts"], told["models"], told["folds"]) == (500, 3, 3)
    assert told["rows"][2]["gain"] > 0.03
    plot = tmp_path / "trial.svg"
    shown = fen("route", "bench", "--outcomes", outcomes, "--folds", "3", "--plot", str(plot)).out
    assert "best single" in shown
    picture = ElementTree.fromstring(plot.read_text("utf-8"))
    assert {"routed, 50%", "oracle", *MODELS} <= {one.text for one in picture.iter()}
    assert fen("route", "bench", "--outcomes", outcomes, "--plot", "trial.png").status == 2
    assert "500 in 3 parts, 3 models" in shown


def test_what_is_no_artefact_is_refused(fen: Fen, artefact: str, outcomes: str, tmp_path: Path) -> None:
    assert "expected an artefact that `fen route fit` has written" in fen("route", "show", outcomes).err
    data = bytearray(Path(artefact).read_bytes())
    data[len(data) // 2] ^= 0xFF
    damaged = tmp_path / "damaged.fen"
    damaged.write_bytes(data)
    done = fen("route", "show", str(damaged))
    assert done.status == 1
    assert "expected an artefact" in done.err
    assert fen("route", "fit", "--out", str(damaged)).status == 2


def test_a_route_that_is_not_there_is_named(fen: Fen, fen_home: Path) -> None:
    done = fen("route", "explain", SUM, "--route", "fen/none")
    assert done.status == 1
    assert "found none, expected one of fen/auto" in done.err


@need("routing")
def test_recorded_outcomes_of_real_models_are_learnt_from(fen: Fen, fen_home: Path, tmp_path: Path) -> None:
    names, numbers = read_columns(SHARED / "routing/routellm/gsm8k.parquet", ["prompt"], MIXTRAL_AND_GPT)
    prompts = [names["prompt"].names[code] for code in names["prompt"].codes[:600]]
    columns = {
        "prompt": prompts * 2,
        "model": [model for model in MIXTRAL_AND_GPT for _ in prompts],
        "correct": [value for model in MIXTRAL_AND_GPT for value in numbers[model][:600].tolist()],
    }
    write_columns(tmp_path / "real.parquet", columns)
    out = str(tmp_path / "real.fen")
    told = fen("route", "fit", "--outcomes", str(tmp_path / "real.parquet"), "--out", out, "--json").json
    assert told["requests"] == len(set(prompts))
    assert told["metrics"]["brier"] < told["metrics"]["brier_of_mean"] + 0.005


MIXTRAL_AND_GPT = ("mixtral-8x7b-instruct-v0.1", "gpt-4-1106-preview")


def make_rows_of_new(count: int) -> list[dict[str, object]]:
    return [{**row, "model": "new"} for row in make_outcomes(count, seed=7) if row["model"] == "strong"]


def test_a_model_joins_without_a_new_fit(fen: Fen, artefact: str, tmp_path: Path) -> None:
    prompts = write_lines(tmp_path / "prompts.jsonl", [{"prompt": SUM}, {"prompt": RHYME}])
    new, out = write_lines(tmp_path / "new.jsonl", make_rows_of_new(60)), str(tmp_path / "joined.fen")
    before = fen("route", "predict", "--artefact", artefact, "--prompts", prompts, "--json").json
    told = fen("route", "join", artefact, "new", "--outcomes", new, "--out", out, "--json").json
    assert [(one["model"], one["outcomes"], one["lengths"]) for one in told["joined"]] == [("new", 60, 60)]
    after = fen("route", "predict", "--artefact", out, "--prompts", prompts, "--json").json
    assert [one for one in after if one["model"] != "new"] == before
    [reckoned] = [one for one in after if one["model"] == "new" and one["prompt"] == SUM]
    assert reckoned["p"] == pytest.approx(MODELS["strong"][0], abs=0.15)
    shown = fen("route", "show", out).out
    assert "by 60 outcomes on 60 prompts, 60 lengths and 60 costs" in shown


def test_what_cannot_join_is_told(fen: Fen, artefact: str, outcomes: str, tmp_path: Path) -> None:
    rows, out = make_rows_of_new(60), str(tmp_path / "joined.fen")
    new, few = write_lines(tmp_path / "new.jsonl", rows), write_lines(tmp_path / "few.jsonl", rows[:24])
    for place, model, given, status, said in (
        (str(tmp_path / "none.fen"), "new", new, 2, "does not exist"),
        (new, "new", new, 1, "expected an artefact"),
        (artefact, "cheap", new, 1, "found cheap in the artefact already"),
        (artefact, "new", few, 1, "found 24 requests with a score of new, expected at least 25"),
        (artefact, "new", outcomes, 1, "found outcomes of cheap, middle, strong"),
        (artefact, "other", new, 1, "found outcomes of new, expected those of other alone"),
    ):
        done = fen("route", "join", place, model, "--outcomes", given, "--out", out)
        assert (done.status, said in done.err) == (status, True), done.err
    assert not Path(out).exists()
