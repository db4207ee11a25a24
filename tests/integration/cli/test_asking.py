"""`fen ask` and `fen chat`, in this process and of a Fen that serves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Fake, Fen
from tests.integration.gateway.running import Running, running

MODEL = "fake/gpt-4o-mini"
pytestmark = pytest.mark.usefixtures("config")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("served")) as server:
        yield server


def test_answer_is_printed_and_recorded(fen: Fen, fake: Fake) -> None:
    done = fen("ask", "Hello [[tokens-3]]", "-m", MODEL, "--system", "Be brief.", "--max-tokens", "50")
    assert (done.status, done.out, done.err) == (0, "word0 word1 word2 \n", "")
    asked = fake.bodies[-1]
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert asked["max_tokens"] == 50
    [entry] = fen("requests", "list", "--json").json
    assert (entry["model"], entry["tag"], entry["certainty"]) == (MODEL, "cli", "exact")


def test_json_has_the_answer_and_what_it_cost(fen: Fen) -> None:
    told = fen("ask", "Hello [[tokens-3-prompt-100]]", "-m", MODEL, "--json").json
    assert told["answer"] == "word0 word1 word2 "
    assert (told["prompt_tokens"], told["completion_tokens"]) == (100, 3)
    assert (told["cost"], told["currency"], told["certainty"]) == ("0.0000168", "USD", "exact")
    [entry] = fen("requests", "show", told["request_id"], "--json").json
    assert entry["cost"] == {"amount": "0.0000168", "currency": "USD"}


def test_unknown_price_is_not_nothing(fen: Fen) -> None:
    told = fen("ask", "Hello", "-m", "fake/unpriced", "--json").json
    assert (told["cost"], told["currency"]) == (None, None)
    assert fen("requests", "list").rows[1][8] == "unknown"


@pytest.mark.parametrize("words", [["-"], []])
def test_prompt_may_come_from_standard_input(fen: Fen, fake: Fake, words: list[str]) -> None:
    assert fen("ask", *words, "-m", MODEL, stdin="from a pipe\n").status == 0
    assert fake.bodies[-1]["messages"] == [{"role": "user", "content": "from a pipe\n"}]


@pytest.mark.parametrize("words", [["-"], [], [" "]])
def test_prompt_that_says_nothing_is_refused(fen: Fen, words: list[str]) -> None:
    done = fen("ask", *words, "-m", MODEL, stdin="\n")
    assert (done.status, "found no prompt, expected one" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("prompt", "model", "told"),
    [
        ("hi", "no/such", "fen: model: found 'no/such', expected"),
        ("hi", "openai/gpt-4o-mini", "its upstream 'openai' is not enabled"),
        ("[[status-500]]", MODEL, "fen: the upstream answered 500: the script asked for 500"),
        ("[[tokens-9-error-3]]", MODEL, "fen: the script asked for an error"),
    ],
)
def test_failure_is_one_line_and_status_one(fen: Fen, prompt: str, model: str, told: str) -> None:
    done = fen("ask", prompt, "-m", model)
    assert done.status == 1
    assert told in done.err
    assert done.err.count("\n") == 1
    assert not done.out or done.out.endswith("\n")


def test_served_fen_is_asked_where_fen_url_names_one(
    fen: Fen, served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (served.url, served.url + "/", served.url + "/v1"):
        monkeypatch.setenv("FEN_URL", url)
        told = fen("ask", "Hello [[tokens-3-prompt-100]]", "-m", MODEL, "--json").json
        assert (told["answer"], told["cost"]) == ("word0 word1 word2 ", "0.0000168")
        assert served.get("/v1/requests/" + told["request_id"])[1]["attempts"][0]["certainty"] == "exact"
    assert fen("requests", "list", "--json").json == []  # the books are those of the Fen that answered
    done = fen("ask", "[[tokens-9-error-3]]", "-m", MODEL)
    assert (done.status, done.err) == (1, "fen: the script asked for an error\n")
    assert "found 'no/such'" in fen("ask", "hi", "-m", "no/such").err


def test_served_fen_wants_its_key(
    fen: Fen, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        there.setenv("FEN_HOME", str(tmp_path))
        secret = fen("keys", "create", "me", "--json").json["secret"]
    with running(tmp_path) as server:
        monkeypatch.setenv("FEN_URL", server.url)
        done = fen("ask", "hi", "-m", MODEL)
        assert done.status == 1
        assert f"fen: the Fen at {server.url} refused (found no key" in done.err
        assert "FEN_API_KEY" in done.err
        monkeypatch.setenv("FEN_API_KEY", secret)
        assert fen("ask", "hi", "-m", MODEL).status == 0
        monkeypatch.delenv("FEN_API_KEY")
        (tmp_path / "secret").write_text(secret)
        monkeypatch.setenv("FEN_API_KEY_FILE", str(tmp_path / "secret"))
        assert fen("ask", "hi", "-m", MODEL).status == 0
        [row] = server.fen("usage", "--by", "key")
        assert row["requests"] == 2


@pytest.mark.parametrize(
    ("url", "status", "told"),
    [
        ("http://127.0.0.1:9", 1, "FEN_URL is http://127.0.0.1:9: does a Fen serve there?"),
        ("localhost:8000", 2, "fen: FEN_URL, FEN_API_KEY: found 'localhost:8000/v1', expected http"),
    ],
)
def test_fen_url_that_leads_nowhere_is_told(
    fen: Fen, monkeypatch: pytest.MonkeyPatch, url: str, status: int, told: str
) -> None:
    monkeypatch.setenv("FEN_URL", url)
    done = fen("ask", "hi", "-m", MODEL)
    assert done.status == status
    assert told in done.err


def test_chat_tells_the_model_all_that_was_said(fen: Fen, fake: Fake) -> None:
    lines = "one [[tokens-2]]\n\n  \n[[status-500]]\ntwo [[tokens-3]]\n"
    done = fen("chat", "-m", MODEL, "--system", "Be brief.", stdin=lines)
    assert done.status == 0
    assert done.out == "word0 word1 \nword0 word1 word2 \n"
    assert done.err == "fen: the upstream answered 500: the script asked for 500\n"
    assert fake.bodies[-1]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "one [[tokens-2]]"},
        {"role": "assistant", "content": "word0 word1 "},
        {"role": "user", "content": "two [[tokens-3]]"},  # what was not answered is not told
    ]
    listed = fen("requests", "list", "--json").json  # the one that failed was tried again
    assert len({entry["request_id"] for entry in listed}) == 3


def test_chat_over_a_served_fen(fen: Fen, served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEN_URL", served.url)
    assert fen("chat", "-m", MODEL, stdin="[[tokens-2]]\n[[tokens-1]]\n").out == "word0 word1 \nword0 \n"
    asked = [json.loads(record["body"]) for record in served.fake_records()]
    assert [message["role"] for message in asked[-1]["messages"]] == ["user", "assistant", "user"]
