"""Real clients, whole and streamed, against a real server: what they expect of a vendor, they get of Fen.

`openai` and `anthropic` are part of the tests' own environment. The others are in one of their own, made by
`scripts/clients.sh`; without it their tests skip.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from tests.integration.gateway.running import Running, running

ROOT = Path(__file__).parents[3]
CLIENTS = ROOT / "build/clients"
SCRIPTS = Path(__file__).parent / "clients"
MODEL = "fake/gpt-4o-mini"
HELLO = "Hello [[tokens-9]]"
WORDS = "".join(f"word{number} " for number in range(9))
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="module")
def foreign() -> Path:
    """The folder of the foreign clients' programs."""
    if not (CLIENTS / ".installed").exists():
        pytest.skip("the foreign clients are not installed: run scripts/clients.sh")
    return CLIENTS / "bin"


def run(words: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a client as its user would, with nothing but loopback to reach."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("FEN_", "PYTHON"))}
    environ |= {"HOME": str(home), "LLM_USER_PATH": str(home / "llm"), "NO_COLOR": "1"}
    environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # the client would fetch its prices from GitHub
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def need_route(served: Running, path: str) -> None:
    if served.get(path)[0] == 404:
        pytest.skip(f"{path} is not served")


def test_openai(served: Running) -> None:
    with openai.OpenAI(base_url=served.url + "/v1", api_key="unused", max_retries=0) as client:
        whole = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": HELLO}])
        assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == (WORDS, "stop")
        assert whole.usage is not None
        assert whole.usage.completion_tokens == 9
        with client.chat.completions.stream(
            model=MODEL,
            messages=[{"role": "user", "content": HELLO}],
            stream_options={"include_usage": True},
        ) as stream:
            final = stream.until_done().get_final_completion()
        assert final.choices[0].message.content == WORDS
        assert final.usage == whole.usage
        vectors = client.embeddings.create(model=MODEL, input=["one", "two"])
        assert [len(vector.embedding) for vector in vectors.data] == [8, 8]
        assert MODEL in [model.id for model in client.models.list()]


def test_openai_responses(served: Running) -> None:
    with openai.OpenAI(base_url=served.url + "/v1", api_key="unused", max_retries=0) as client:
        whole = client.responses.create(model=MODEL, input=HELLO)
        with client.responses.stream(model=MODEL, input=HELLO) as stream:
            final = stream.until_done().get_final_response()
        assert whole.output_text == final.output_text == WORDS
        assert whole.usage == final.usage


def test_anthropic(served: Running) -> None:
    need_route(served, "/v1/messages")
    ask: Any = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": HELLO}]}
    with anthropic.Anthropic(base_url=served.url, api_key="unused", max_retries=0) as client:
        whole = client.messages.create(**ask)
        assert [block.type for block in whole.content] == ["text"]
        assert (whole.content[0].text, whole.stop_reason) == (WORDS, "end_turn")
        assert whole.usage.output_tokens == 9
        with client.messages.stream(**ask) as stream:
            assert "".join(stream.text_stream) == WORDS
            final = stream.get_final_message()
        assert (final.stop_reason, final.usage.output_tokens) == ("end_turn", 9)
        assert final.usage.input_tokens == whole.usage.input_tokens
        raw = client.messages.create(**ask, stream=True)
        kinds = [event.type for event in raw]
        assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")


def test_anthropic_calls_tools(served: Running) -> None:
    need_route(served, "/v1/messages")
    ask: Any = {
        "model": MODEL,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "The weather?"}],
        "tools": [{"name": "get_weather", "input_schema": WEATHER}],
        "tool_choice": {"type": "any"},
    }
    with anthropic.Anthropic(base_url=served.url, api_key="unused", max_retries=0) as client:
        whole = client.messages.create(**ask)
        with client.messages.stream(**ask) as stream:
            final = stream.get_final_message()
        for message in (whole, final):
            assert message.stop_reason == "tool_use"
            [call] = message.content
            assert call.type == "tool_use"
            assert (call.name, call.input) == ("get_weather", {"city": "Beijing"})
        [call] = whole.content
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "4 degrees"}
        turns = [*ask["messages"], {"role": "assistant", "content": whole.content}]
        turns.append({"role": "user", "content": [result]})
        after = client.messages.create(**{**ask, "messages": turns, "tool_choice": {"type": "auto"}})
        assert after.stop_reason == "end_turn"


def test_anthropic_gets_its_own_errors(served: Running) -> None:
    need_route(served, "/v1/messages")
    with anthropic.Anthropic(base_url=served.url, api_key="unused", max_retries=0) as client:
        ask: Any = {"max_tokens": 9, "messages": [{"role": "user", "content": "[[status-429]]"}]}
        with pytest.raises(anthropic.NotFoundError):
            client.messages.create(model="no/such", **ask)
        with pytest.raises(anthropic.RateLimitError):
            client.messages.create(model=MODEL, **ask)


def test_litellm(served: Running, foreign: Path, tmp_path: Path) -> None:
    words = [str(foreign / "python"), str(SCRIPTS / "litellm_client.py"), served.url, MODEL]
    assert json.loads(run(words, tmp_path).stdout.splitlines()[-1]) == {  # before it, advice on errors
        "whole": WORDS,
        "usage": 9,
        "stream": WORDS,
        "stream_usage": 9,
        "tool": ["get_weather", {"city": "Beijing"}],
        "response": WORDS,
        "response_stream": WORDS,
        "error": "RateLimitError",
    }


def test_langchain(served: Running, foreign: Path, tmp_path: Path) -> None:
    words = [str(foreign / "python"), str(SCRIPTS / "langchain_client.py"), served.url, MODEL]
    told = json.loads(run(words, tmp_path).stdout)
    assert told.pop("chunks") > 9
    assert told.pop("after").startswith("word0 ")
    assert told == {
        "whole": WORDS,
        "usage": 9,
        "stream": WORDS,
        "stream_usage": 9,
        "tool": ["get_weather", {"city": "Beijing"}],
        "response": WORDS,
        "response_usage": 9,
        "response_stream": WORDS,
    }


def test_llm(served: Running, foreign: Path, tmp_path: Path) -> None:
    """The command line, configured as its documentation has it for an OpenAI-compatible server."""
    (tmp_path / "llm").mkdir()
    model = [{"model_id": "fen", "model_name": MODEL, "api_base": served.url + "/v1"}]
    (tmp_path / "llm/extra-openai-models.yaml").write_text(json.dumps(model))  # JSON is YAML
    for words in (["--no-stream"], []):
        asked = len(served.fake_records())
        done = run([str(foreign / "llm"), "-m", "fen", "--usage", *words, HELLO], tmp_path)
        assert done.stdout.strip() == WORDS.strip()
        assert "9 output" in done.stderr
        [record] = served.fake_records()[asked:]
        assert bool(json.loads(record["body"]).get("stream")) == (not words)
