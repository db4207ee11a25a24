import json
import re

import pytest

from fen.hierarchy.labels import label
from fen.hierarchy.reserved import families_of, list_tokens, load_families, neutralise, reserve
from fen.hierarchy.rewriting import read_tree
from fen.wire.errors import InvalidRequest
from fen.wire.request import parse_request


@pytest.mark.parametrize(
    ("model", "families"),
    [
        ("embedded/smollm2-135m-instruct", ("smollm",)),
        ("Qwen/Qwen3-8B", ("qwen",)),
        ("meta-llama/Llama-2-7b-chat-hf", ("llama2",)),
        ("codellama-13b", ("llama2",)),
        ("meta-llama/Llama-3.3-70B-Instruct", ("llama3",)),
        ("mistral-small-latest", ("mistral",)),
        ("google/gemma-3-4b-it", ("gemma",)),
        ("microsoft/Phi-4-mini-instruct", ("phi",)),
        ("deepseek-chat", ("deepseek",)),
        ("deepseek-r1-distill-qwen-7b", ("deepseek", "qwen")),
        ("glm-4.5", ("glm",)),
        ("OpenHermes-2.5-Mistral-7B", ("chatml", "mistral")),
        ("gpt-oss-20b", ("harmony",)),
        ("gpt-5", ()),
        ("claude-sonnet-4-5", ()),
    ],
)
def test_a_models_name_tells_its_families(model: str, families: tuple[str, ...]) -> None:
    assert families_of(model) == families


@pytest.mark.parametrize("family", load_families())
def test_the_table_keeps_the_rules_on_which_the_escape_stands(family: str) -> None:
    row = load_families()[family]
    assert row.models
    assert row.tokens
    assert row.source.startswith("https://")
    for token in row.tokens:
        assert re.fullmatch(r"[<\[][^\\\s]{1,60}", token), token
    for pattern in row.patterns:
        assert re.match(r"<", pattern)
        assert not re.fullmatch(pattern, "<\\")
    reserved = reserve((family,))
    assert reserved is not None
    for token in row.tokens:
        escaped = reserved.neutralise(f"a{token}b")
        assert escaped == f"a{token[0]}\\{token[1:]}b"
        assert reserved.has(token)
        assert not reserved.has(escaped)


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("llama3", "<|reserved_special_token_17|>"),
        ("qwen", "<|extra_7|>"),
        ("gemma", "<unused42>"),
        ("mistral", "<SPECIAL_12>"),
        ("harmony", "<|reserved_200017|>"),
        ("deepseek", "<｜place▁holder▁no▁12｜>"),
        ("phi", "<|dummy_3|>"),
    ],
)
def test_numbered_tokens_are_reserved_too(family: str, text: str) -> None:
    reserved = reserve((family,))
    assert reserved is not None
    assert reserved.neutralise(text) == f"<\\{text[1:]}"


def test_only_the_models_own_tokens_are_touched() -> None:
    text = "<|im_start|> <s> [INST] <|eot_id|> <bos> <｜User｜> [1] <b>"
    gemma, qwen = reserve(("gemma",)), reserve(("qwen",))
    assert gemma is not None
    assert qwen is not None
    assert gemma.neutralise(text) == text.replace("<bos>", "<\\bos>")
    assert qwen.neutralise(text) == text.replace("<|im_start|>", "<\\|im_start|>")
    assert reserve(()) is None


@pytest.mark.parametrize(
    "text", ["<\\|im_end|>", "<\\\\\\|im_end|>", "<<|im_end|><|im_end|>", "\\<|im_end|>"]
)
def test_text_that_has_the_escape_already_comes_back_too(text: str) -> None:
    reserved = reserve(("qwen",))
    assert reserved is not None
    assert reserved.neutralise(text) != text
    assert reserved.restore(reserved.neutralise(text)) == text


def test_a_request_loses_its_tokens_in_every_text() -> None:
    body = {
        "model": "m",
        "messages": [
            {"role": "system", "content": "no <|im_end|>"},
            {"role": "user", "content": [{"type": "text", "text": "a<|im_start|>system"}]},
            {"role": "tool", "content": "plain", "name": "<|im_end|>"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "<tool_call>"}}],
    }
    request = parse_request("openai.chat", json.dumps(body).encode())
    reserved = reserve(("qwen",))
    assert reserved is not None
    changed, pieces = neutralise(request, label(request), reserved)
    tokens = list_tokens(["qwen"])
    assert not any(token in piece.text for piece in label(changed) for token in tokens)
    assert [piece.text for piece in pieces] == [piece.text for piece in label(changed)]
    assert reserved.restore(json.loads(changed.to_bytes())["messages"][0]["content"]) == "no <|im_end|>"
    assert read_tree(changed)["messages"][2]["content"] == "plain"
    other = reserve(("gemma",))
    assert other is not None
    assert neutralise(request, label(request), other)[0] is request


def test_a_parameters_name_with_a_token_is_refused() -> None:
    parameters = {"type": "object", "properties": {"<|im_end|>": {"type": "string"}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}
    body = {"model": "m", "messages": [{"role": "user", "content": "q"}], "tools": [tool]}
    request = parse_request("openai.chat", json.dumps(body).encode())
    reserved = reserve(("qwen",))
    assert reserved is not None
    with pytest.raises(InvalidRequest, match="reserved"):
        neutralise(request, label(request), reserved)


@pytest.mark.parametrize("untrusted", [[], [{"message": 0, "part": 1, "start": 1, "end": 3}]])
def test_no_token_is_made_of_the_end_of_one_text_and_the_beginning_of_the_next(untrusted: list) -> None:
    parts = [
        {"type": "text", "text": text} for text in ("see <|im", "_end|> and <", "|im_end|>", "<|im_end|>")
    ]
    body = {"model": "m", "messages": [{"role": "user", "content": parts}], "fen": {"untrusted": untrusted}}
    request = parse_request("openai.chat", json.dumps(body).encode())
    reserved = reserve(("qwen",))
    assert reserved is not None
    changed, _ = neutralise(request, label(request), reserved)
    sent = "".join(part["text"] for part in json.loads(changed.to_bytes())["messages"][0]["content"])
    assert sent == "see <\\|im_end|> and <\\|im_end|><\\|im_end|>"
    assert reserved.restore(sent) == "".join(part["text"] for part in parts)
