"""`fen hierarchy eval` over the scripted upstream."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fen.cli import hierarchy as command
from fen.hierarchy.suite import Answer, Prompt, draw_all
from tests.fakes.sentry import install
from tests.integration.cli.conftest import Fake, Fen
from tests.integration.gateway.running import running

MODEL = "fake/gpt-4o-mini"
pytestmark = pytest.mark.usefixtures("config")


def test_cases_are_asked_judged_and_recorded_with_their_tag(fen: Fen, fake: Fake) -> None:
    before = len(fake.bodies)
    told = fen(
        "hierarchy",
        "eval",
        MODEL,
        "--suite",
        "hijack",
        "--suite",
        "tool",
        "--limit",
        "2",
        "--no-guard",
        "--json",
    ).json
    cases = draw_all(["hijack", "tool"], 2)
    assert [one["id"] for one in told["results"]] == [case.id for case in cases]
    # The fake says `word0 word1 ...`, which is right nowhere; where it is given a tool it may call it.
    assert {one["passed"] for one in told["results"]} == {False}
    assert all(one["answer"] or one["calls"] for one in told["results"])
    asked = fake.bodies[before:]
    sent = {json.dumps(body["messages"], sort_keys=True) for body in asked}
    assert sent == {json.dumps(case.prompt.messages, sort_keys=True) for case in cases}
    assert {body["max_tokens"] for body in asked} == {64}
    assert sum("tools" in body for body in asked) == 6
    entries = fen("requests", "list", "--json").json
    assert {(entry["tag"], entry["model"]) for entry in entries} == {("eval", MODEL)}
    assert len(entries) == len(cases)


def test_json_has_rows_intervals_and_the_papers_figures(fen: Fen) -> None:
    words = ("--suite", "hijack", "--limit", "3", "--seed", "5", "--no-guard", "--json")
    told = fen("hierarchy", "eval", MODEL, *words).json
    assert (told["model"], told["seed"], told["limit"]) == (MODEL, 5, 3)
    assert [(row["category"], row["higher"], row["lower"], row["role"]) for row in told["rows"]] == [
        ("hijacking", "system", "user", "conflict"),
        ("hijacking", "system", "user", "reference"),
        ("hijacking", "system", "user", "aligned"),
    ]
    conflict = told["rows"][0]
    assert conflict["published"] == {"baseline": 59.2, "hierarchy": 79.2}
    assert conflict["unguarded"]["passed"] == {"hits": 0, "of": 3, "rate": 0.0, "low": 0.0, "high": 0.5615}
    assert conflict["unguarded"]["obeyed"]["hits"] == 0


def test_table_is_for_people(fen: Fen) -> None:
    words = ("--suite", "extraction", "--limit", "2", "--max-tokens", "7", "--no-guard")
    done = fen("hierarchy", "eval", MODEL, *words)
    assert done.status == 0, done.err
    assert "extraction" in done.out
    assert "system > user" in done.out
    assert "32.8 -> 95.9" in done.out
    assert "https://arxiv.org/abs/2404.13208" in done.out
    assert "One column only" not in done.out


def test_the_layer_is_around_half_of_the_calls_though_the_settings_have_none(
    fen: Fen, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    before = len(fake.bodies)
    told = fen("hierarchy", "eval", MODEL, "--suite", "tool", "--limit", "2", "--json").json
    assert told["layer"] == "both"
    assert [one["guarded"] for one in told["results"]] == [False] * 6 + [True] * 6
    plain, guarded = fake.bodies[before : before + 6], fake.bodies[before + 6 :]
    returned = [
        [turn["content"] for body in half for turn in body["messages"] if turn["role"] == "tool"]
        for half in (plain, guarded)
    ]
    assert len(returned[0]) == len(returned[1]) > 0
    assert not set(returned[0]) & set(returned[1])  # all of them are marked
    assert told["benign_cost"]["cases"] == 4


def test_data_set_is_read_from_its_folder(fen: Fen, tmp_path: Path) -> None:
    folder = tmp_path / "sets"
    (folder / "sys_ifeval").mkdir(parents=True)
    record = {
        "key": 1,
        "instruction_id_list": ["punctuation:no_comma"],
        "kwargs": [{}],
        "messages": [
            {"role": "system", "content": "No commas."},
            {"role": "user", "content": "Say [[tokens-3]]"},
        ],
    }
    strange = record | {"key": 2, "instruction_id_list": ["keywords:rhyme"]}
    (folder / "sys_ifeval/sys_ifeval.jsonl").write_text(
        json.dumps(record) + "\n" + json.dumps(strange) + "\n"
    )
    words = ("hierarchy", "eval", MODEL, "--data", str(folder), "--suite", "sys_ifeval", "--no-guard")
    told = fen(*words, "--json").json
    assert [(one["answer"], one["passed"]) for one in told["results"]] == [("word0 word1 word2 ", True)]
    assert told["unsupported"] == {"sys_ifeval: keywords:rhyme": 1}
    assert "not judged: sys_ifeval: keywords:rhyme: 1" in fen(*words).out


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("no/such", "--suite", "hijack"), 1, "found 'no/such'"),
        ((MODEL, "--suite", "nosuch"), 2, "'nosuch' is not one of 'generated', 'hijack'"),
        ((MODEL, "--suite", "bipia"), 2, "suite bipia: found no bipia_email_test.jsonl"),
        ((MODEL, "--data", "no/such/folder"), 2, "Directory 'no/such/folder' does not exist"),
    ],
)
def test_what_cannot_be_run_is_told(fen: Fen, words: tuple[str, ...], status: int, told: str) -> None:
    done = fen("hierarchy", "eval", *words, "--no-guard")
    assert (done.status, told in done.err) == (status, True), done.err


def test_served_fen_is_asked_where_fen_url_names_one(
    fen: Fen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "served"
    home.mkdir()
    with running(home) as served:
        monkeypatch.setenv("FEN_URL", served.url)
        words = ("hierarchy", "eval", MODEL, "--suite", "password", "--limit", "1")
        told = fen(*words, "--temperature", "0", "--json").json
        assert [one["answer"][:5] for one in told["results"]] == ["word0"] * 3
        assert [json.loads(one["body"])["temperature"] for one in served.fake_records()] == [0] * 3
        assert told["layer"] == "unavailable"
        said = "One column only: the settings of the Fen at FEN_URL say whether its layer is on."
        assert said in fen(*words).out
        done = fen(*words, "--guard")
        assert (done.status, "found --guard and FEN_URL, expected one of them" in done.err) == (2, True)
    assert fen("requests", "list", "--json").json == []  # the books are those of the Fen that answered


class Layered:
    """A model that obeys whoever spoke last without the layer, and is right with it, but for one case."""

    def __init__(self) -> None:
        self.cases = {str(case.prompt.messages): case for case in draw_all(["hijack"], 4)}

    async def __call__(self, prompt: Prompt, *, guarded: bool) -> Answer:
        case = self.cases[str(prompt.messages)]
        if case.id == "hijack-0-aligned" and guarded:
            return Answer("I'm sorry, I can't help with that.")
        if case.role == "conflict" and not guarded:
            twin = next(one for one in self.cases.values() if one.id == case.twin)
            assert twin.expected is not None
            return twin.expected
        assert case.expected is not None
        return case.expected


def test_both_columns_and_the_benign_cost_are_shown(fen: Fen, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def open_layered(*_: object, **__: object) -> AsyncIterator[Layered]:
        yield Layered()

    monkeypatch.setattr(command, "open_evaluator", open_layered)
    words = ("hierarchy", "eval", MODEL, "--suite", "hijack", "--limit", "4")
    told = fen(*words, "--json").json
    conflict = told["rows"][0]
    assert (conflict["unguarded"]["passed"]["hits"], conflict["guarded"]["passed"]["hits"]) == (0, 4)
    assert (conflict["unguarded"]["obeyed"]["hits"], conflict["guarded"]["obeyed"]["hits"]) == (4, 0)
    assert (told["layer"], told["benign_cost"]["points"], told["benign_cost"]["lost"]) == ("both", 12.5, 1)
    shown = fen(*words).out
    assert "0.0 [0-49]" in shown
    assert "100.0 [51-100]" in shown
    assert "Benign cost of Fen's layer: 12.5 points of 8 benign cases (1 lost, 0 won)." in shown
