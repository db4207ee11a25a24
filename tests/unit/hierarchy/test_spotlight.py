import base64
import json
import re
from typing import Any

import pytest

from fen.hierarchy.labels import label
from fen.hierarchy.marking.explanation import EXPLANATION
from fen.hierarchy.marking.marks import Key, Mark, Method, make_mark, put_mark
from fen.hierarchy.marking.unmarking import Unmarker, unmark
from fen.hierarchy.reserved import reserve
from fen.hierarchy.spotlight import Options, Spotlit, choose_pieces, spotlight
from fen.wire.request import Request, parse_request

KEY = Key(b"0123456789abcdef", "acme")
TOOL = {"type": "function", "function": {"name": "get", "description": "Gets a page"}}
CALL = {"id": "c", "type": "function", "function": {"name": "get", "arguments": "{}"}}


def chat(*messages: dict[str, Any], **members: Any) -> Request:
    return parse_request("openai.chat", json.dumps({"model": "m", "messages": messages} | members).encode())


def turns(*messages: dict[str, Any], **members: Any) -> Request:
    body = {"model": "m", "max_tokens": 9, "messages": messages} | members
    return parse_request("anthropic.messages", json.dumps(body).encode())


def mark(request: Request, method: Method = "delimit", remind_after: int = 2000) -> Spotlit:
    return spotlight(request, label(request), Options(KEY, method, remind_after))


def sent(request: Request, method: Method = "delimit", remind_after: int = 2000) -> dict[str, Any]:
    return json.loads(mark(request, method, remind_after).request.to_bytes())


def system(text: str = "rules") -> dict[str, Any]:
    return {"role": "system", "content": text}


def user(text: Any = "sum up") -> dict[str, Any]:
    return {"role": "user", "content": text}


def called(text: Any = "a page of words") -> list[dict[str, Any]]:
    return [
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": text},
    ]


def test_delimiting_puts_a_text_between_tags_of_its_own_name() -> None:
    text = sent(chat(user(), *called()))["messages"][2]["content"]
    found = re.fullmatch(r"<untrusted ([a-z2-7]{14})>\na page of words\n</untrusted \1>", text)
    assert found is not None


def test_datamarking_follows_each_word() -> None:
    kept = "a@b.example https://a.example/x `code it`"
    assert put_mark(f"two words,\n 中文文字有十个字吧 {kept}", Mark("name", "^abc")) == (
        f"<untrusted name ^abc>\ntwo^abc words,^abc\n 中文文字有十个字^abc吧^abc {kept}\n</untrusted name>"
    )


def test_encoding_is_base64_of_utf8() -> None:
    text = sent(chat(user(), *called("ignore 这个")), "encode")["messages"][2]["content"]
    found = re.fullmatch(r"<untrusted ([a-z2-7]{14}) base64>\n(.*)\n</untrusted \1>", text)
    assert found is not None
    assert base64.b64decode(found[2]).decode() == "ignore 这个"


@pytest.mark.parametrize("method", ["datamark", "encode"])
@pytest.mark.parametrize(
    "text", ['{"a": "b c"}', "https://a.example/b", "import os\nx = os.getcwd()\nprint(x);"]
)
def test_json_code_and_urls_are_only_put_between_tags(method: Method, text: str) -> None:
    marked = sent(chat(user(), *called(text)), method)["messages"][2]["content"]
    assert marked.split("\n", 1)[1].rsplit("\n", 1)[0] == text


def test_a_mark_depends_on_key_tenant_and_text_alone() -> None:
    plain = make_mark(KEY, "text", "datamark")
    assert plain == make_mark(Key(KEY.secret, "acme"), "text", "datamark")
    others = [
        make_mark(KEY, "texts", "datamark"),
        make_mark(Key(KEY.secret, "other"), "text", "datamark"),
        make_mark(Key(b"fedcba9876543210", "acme"), "text", "datamark"),
    ]
    assert plain.name not in {other.name for other in others}


def test_a_mark_is_never_in_its_text() -> None:
    first = make_mark(KEY, "text", "datamark")
    every = " ".join("^" + a + b + c for a in LETTERS for b in LETTERS for c in LETTERS)
    assert len(first.word) == 4
    crowded = make_mark(KEY, every, "datamark")
    assert len(crowded.word) > 4
    assert crowded.word not in every
    assert unmark(put_mark(every, crowded), [crowded]) == every


LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def test_short_keys_are_refused_and_keys_keep_silent() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Key(b"short", "acme")
    assert "0123" not in repr(KEY)


def test_what_is_marked_is_text_without_authority_where_marks_can_stand() -> None:
    document = {
        "type": "document",
        "title": "cv",
        "source": {"type": "text", "media_type": "text/plain", "data": "I cook"},
    }
    use = {"type": "tool_use", "id": "t", "name": "get", "input": {}}
    search = {
        "type": "web_search_tool_result",
        "tool_use_id": "s",
        "content": [{"type": "web_search_result", "title": "a page"}],
    }
    request = turns(
        user([{"type": "text", "text": "read pasted"}, document]),
        {
            "role": "assistant",
            "content": [use, search],
        },
        user([{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "result"}]}]),
        tools=[{"name": "get", "description": "Gets", "input_schema": {"description": "all of it"}}],
        fen={"untrusted": [{"text": "pasted"}]},
    )
    pieces = label(request)
    assert [pieces[i].text for i in choose_pieces(pieces)] == [
        "pasted",
        "I cook",
        "result",
        "Gets",
        "all of it",
    ]


def test_members_that_nobody_knows_keep_their_text() -> None:
    body = (
        b'{"model":"m","odd": 1.50,"messages":[{"role":"user","content":"q","x":1e2},'
        b'{"role":"tool","content":[{"type":"text","text":"r","y":{"z":1.0}}]}]}'
    )
    request = parse_request("openai.chat", body)
    out = mark(request).request.to_bytes()
    assert b'"odd":1.50' in out
    assert b'"x":1e2' in out
    assert b'"y":{"z":1.0}' in out


def contents(tree: dict[str, Any]) -> list[Any]:
    return [message.get("content") for message in tree["messages"]]


def test_the_explanation_joins_the_clients_system_message() -> None:
    tree = sent(chat(system(), system("more"), user(), *called(), tools=[TOOL]))
    assert contents(tree)[:3] == ["rules", f"more\n\n{EXPLANATION}", "sum up"]
    parts = sent(chat({"role": "developer", "content": [{"type": "text", "text": "r"}]}, *called()))
    assert parts["messages"][0]["content"][1] == {"type": "text", "text": EXPLANATION}


def test_without_a_system_message_it_joins_the_users_turn_and_none_is_made() -> None:
    tree = sent(chat(user(), *called()))
    assert [message["role"] for message in tree["messages"]] == ["user", "assistant", "tool"]
    assert tree["messages"][0]["content"] == f"{EXPLANATION}\n\nsum up"
    parts = sent(chat(user([{"type": "text", "text": "q"}]), *called(), tools=[TOOL]))
    assert parts["messages"][0]["content"][0] == {"type": "text", "text": EXPLANATION}
    assert "system" not in sent(turns(user(), tools=[{"name": "get", "input_schema": {}}]))


def test_in_turns_it_joins_the_system_member() -> None:
    tools = [{"name": "get", "input_schema": {}}]
    assert sent(turns(user(), system="rules", tools=tools))["system"] == f"rules\n\n{EXPLANATION}"
    block = {"type": "text", "text": "rules", "cache_control": {"type": "ephemeral"}}
    assert sent(turns(user(), system=[block], tools=tools))["system"] == [
        block,
        {"type": "text", "text": EXPLANATION},
    ]


def test_tools_are_explained_before_they_return_anything() -> None:
    assert EXPLANATION in contents(sent(chat(user(), tools=[TOOL])))[0]
    plain = chat(system(), user())
    assert mark(plain).request is plain


def test_what_is_pasted_later_is_explained_where_it_is_pasted() -> None:
    pasted = {"untrusted": [{"text": "page"}]}
    answer = {"role": "assistant", "content": "hi"}
    tree = sent(chat(system(), user("hello"), answer, user("see page"), fen=pasted))
    assert contents(tree)[:3] == ["rules", "hello", "hi"]
    assert contents(tree)[3].startswith(f"{EXPLANATION}\n\nsee <untrusted ")
    first = sent(chat(system(), user("see page"), fen=pasted))
    assert contents(first)[0] == f"rules\n\n{EXPLANATION}"


def test_results_stay_the_first_blocks_of_a_turn() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": "r"}
    used = {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "get", "input": {}}]}
    tree = sent(turns(user(), used, user([result])))
    assert [block["type"] for block in tree["messages"][2]["content"]] == ["tool_result", "text"]


def test_a_long_text_is_followed_by_the_users_task() -> None:
    long = "words and more words " * 20
    tree = sent(chat(system(), user("sum  up\nthis"), *called(long)), remind_after=100)
    end = contents(tree)[3].rpartition("\n")[2]
    assert re.fullmatch(r"\[The data [a-z2-7]{14} ends here\. .* The task is still: sum up this\]", end)
    assert "ends here" not in contents(sent(chat(user(), *called("short")), remind_after=100))[2]
    nobody = sent(chat(*called(long)), remind_after=100)
    assert contents(nobody)[1].endswith("The task is the one given before it.]")


def test_embeddings_have_nothing_to_mark() -> None:
    request = parse_request("openai.embeddings", b'{"model": "m", "input": "text"}')
    assert mark(request) == Spotlit(request, ())


@pytest.mark.parametrize("method", ["delimit", "datamark", "encode"])
def test_an_answer_that_repeats_everything_shows_no_mark(method: Method) -> None:
    page = "a page of 中文文字 words\n"
    spotlit = mark(chat(user(), *called(page), tools=[TOOL]), method, remind_after=5)
    marked = json.loads(spotlit.request.to_bytes())["messages"][2]["content"]
    assert unmark(f"It says: {marked}!", spotlit.marks) == f"It says: {page}!"
    name = spotlit.marks[0].name
    assert unmark(f"Block {name} says <untrusted {name}>.", spotlit.marks).count(name) == 0


def test_arguments_of_calls_lose_marks_too() -> None:
    spotlit = mark(chat(user(), *called("two words")), "datamark")
    marked = json.loads(spotlit.request.to_bytes())["messages"][2]["content"]
    assert unmark(json.dumps({"a": marked}), spotlit.marks) == '{"a": "two words"}'
    escaped = json.dumps({"a": marked}).replace("<", "\\u003c").replace(">", "\\u003e")
    assert spotlit.marks[0].name not in unmark(escaped, spotlit.marks)


def test_arguments_stay_json_when_an_encoded_text_is_put_back() -> None:
    said = 'he said "no"\nand <\\|im_end|> left'
    spotlit = mark(chat(user(), *called(said)), "encode")
    marked = json.loads(spotlit.request.to_bytes())["messages"][2]["content"]
    argument = unmark(json.dumps({"a": marked}), spotlit.marks, reserve(("qwen",)), in_json=True)
    assert json.loads(argument) == {"a": said.replace("\\", "")}


def test_escapes_are_taken_back_in_answers() -> None:
    reserved = reserve(("qwen",))
    assert unmark("the token <\\|im_end|> ends", [], reserved) == "the token <|im_end|> ends"


def test_an_ordinary_stream_is_held_back_for_a_few_characters_at_most() -> None:
    spotlit = mark(chat(user(), *called("two words")), "datamark")
    unmarker = Unmarker(spotlit.marks, reserve(("qwen",)))
    told, held = 0, 0
    for i, char in enumerate("An ordinary answer, with <b>tags</b>, x^2 and\nlines.\n" * 20):
        told += len(unmarker.feed(char))
        held = max(held, i + 1 - told)
    assert held <= 3
    assert told + len(unmarker.end()) == i + 1


def test_without_marks_a_stream_passes_as_it_is() -> None:
    unmarker = Unmarker([])
    assert unmarker.feed("<untrusted x>") == "<untrusted x>"
    assert unmarker.end() == ""
