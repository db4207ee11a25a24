"""What the settings offer: models, prices, upstreams; and what is wrong with them."""

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Fen


def test_models_are_those_that_can_answer(fen: Fen, config: Path) -> None:
    listed = {model["id"]: model for model in fen("models", "--json").json}
    models = {"fake/gpt-4o-mini", "fake/text-only", "fake/unpriced", "fen/smollm2-135m"}
    assert set(listed) == {*models, "fen/auto", "fen/mini"}
    assert listed["fake/gpt-4o-mini"]["context_window"]["value"] == 128000
    assert {"openai/gpt-4o-mini", *listed} < {model["id"] for model in fen("models", "--all", "--json").json}


def test_models_are_found_by_words(fen: Fen, config: Path) -> None:
    found = fen("models", "GPT mini", "--all", "--json").json
    assert {"fake/gpt-4o-mini", "openai/gpt-4o-mini"} <= {model["id"] for model in found}
    assert all("gpt" in model["id"] + model["name"].lower() for model in found)
    assert fen("models", "no such model", "--json").json == []


def test_table_of_models_says_unknown_and_never_nothing(fen: Fen, config: Path) -> None:
    rows = {row[0]: row for row in fen("models").rows if row}
    assert rows["fake/gpt-4o-mini"][2:4] == ["128,000", "16,384"]
    assert rows["fake/gpt-4o-mini"][-3:] == ["0.15", "0.6", "USD"]
    assert rows["fake/unpriced"][-3:] == ["unknown", "unknown", "-"]


def test_prices_of_a_model_have_their_source_and_date(fen: Fen, config: Path) -> None:
    [model] = fen("prices", "fake/text-only", "--json").json
    assert model["model"] == "fake/text-only"
    assert {(row["meter"], row["price"], row["currency"]) for row in model["prices"]} == {
        ("input", "1", "CNY"),
        ("output", "2", "CNY"),
    }
    assert all(row["source"] and row["checked"] for row in model["prices"])
    [known] = fen("prices", "openai/gpt-4o-mini", "--json").json
    assert {"standard", "batch"} <= {row["tier"] for row in known["prices"]}
    assert all(row["source"].startswith("https://") for row in known["prices"])


def test_unknown_price_is_told_as_such(fen: Fen, config: Path) -> None:
    assert fen("prices", "fake/unpriced").rows[::2] == [["fake/unpriced"], ["-", "unknown"]]
    assert ["fake/unpriced", "-", "unknown"] in fen("prices", "fake").rows
    [model] = fen("prices", "fake/unpriced", "--json").json
    assert model["prices"] == []


def test_prices_are_found_by_words(fen: Fen, config: Path) -> None:
    found = {model["model"] for model in fen("prices", "fake text", "--json").json}
    assert found == {"fake/text-only"}


def test_upstreams_say_what_enables_them_and_show_no_key(
    fen: Fen, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush")
    done = fen("upstreams", "--json")
    listed = {upstream["id"]: upstream for upstream in done.json}
    assert (listed["openai"]["enabled"], listed["deepseek"]["enabled"]) == (True, False)
    assert listed["deepseek"]["enabled_by"] == ["DEEPSEEK_API_KEY"]
    assert listed["fake"]["enabled_by"] == ["[upstreams.fake]"]
    assert "hush" not in done.out + fen("upstreams").out
    rows = {row[0]: row for row in fen("upstreams").rows}
    assert "DEEPSEEK_API_KEY" in rows["deepseek"]


def test_config_that_holds_is_fine(fen: Fen, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = f"{config}: fine; 2 upstreams enabled, 4 models can answer\n"
    assert fen("config", "check").out == told
    monkeypatch.delenv("FEN_CONFIG")
    assert fen("config", "check", str(config)).out == told
    assert fen("config", "check").out == "no fen.toml: fine; 1 upstreams enabled, 1 models can answer\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nport = 99999", ":2: server.port: found 99999, expected a whole number <= 65535"),
        ("[upstreams.mock]\nbase_url = 'h'", ":1: upstreams.mock: found 'h', expected http"),
        ('[models."a/b"]\nprice = {}', ':2: models."a/b".price.currency: found none'),
    ],
)
def test_config_that_does_not_hold_is_one_line_and_status_two(
    fen: Fen, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "fen.toml"
    path.write_text(text)
    for words in (
        ["config", "check", str(path)],
        ["serve", "--config", str(path)],
        ["models", "--config", str(path)],
    ):
        done = fen(*words)
        assert (done.status, done.out, done.err.count("\n")) == (2, "", 1), done
        assert done.err.startswith(f"fen: {path}{told}")


@pytest.mark.parametrize("words", [["keys", "list"], ["usage"], ["serve", "--port", "0"], ["ask", "hi"]])
def test_home_that_cannot_be_is_told(
    fen: Fen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FEN_HOME", str(tmp_path / "file" / "home"))
    done = fen(*words)
    assert (done.status, done.out) == (2, "")
    assert "/file/home: Not a directory, expected a folder to write in" in done.err


def test_database_that_is_none_is_told(fen: Fen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEN_DATABASE_URL", "mysql://u:hush@h/n")
    done = fen("usage")
    assert (done.status, done.err) == (
        2,
        "fen: FEN_DATABASE_URL: found mysql://, expected sqlite:/// or postgresql://\n",
    )


def test_weights_that_are_there_are_not_fetched(
    fen: Fen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FEN_CACHE", str(tmp_path))
    done = fen("weights", "fetch")
    assert done.status == 1
    assert f"expected {tmp_path}/smollm2-135m-instruct.q4_1.gguf" in done.err
    path = tmp_path / "smollm2-135m-instruct.q4_1.gguf"
    with path.open("wb") as file:
        file.truncate(98_362_432)
    assert fen("weights", "fetch").out == f"weights: {path}\n"


def test_openapi_document_is_printed(fen: Fen) -> None:
    document = json.loads(fen("openapi").out)
    assert document["openapi"] == "3.1.0"
    assert "/v1/chat/completions" in document["paths"]
