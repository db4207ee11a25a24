"""The fact sheet that a model is given about itself."""

import json
from datetime import date

import pytest

from fen.accounts.tier import Tier
from fen.catalogue import Catalogue
from fen.catalogue.learnt import Learnt
from fen.gateway.introduce import FactSheet, introduce, make_sheet, measure_sheet
from fen.gateway.limits import effective
from fen.wire.request import Request, parse_request

TODAY = date(2026, 11, 24)
SHEET = FactSheet("fen/smollm2-135m", TODAY, 8191, 4096, "2024-06")
TEXT = (
    "You are served as fen/smollm2-135m. Context window: 8191 tokens. Maximum output: 4096 tokens. "
    "Knowledge cutoff: 2024-06.\nToday's date: 2026-11-24."
)

# Numbers, escapes, spaces, unknown members and unknown depths that a re-encoding would change.
USER = '{"role": "user",  "content": "caf\\u00e9", "x": {"deep": [1.50, 1e3, -0]}}'
REST = '"temperature": 0.70, "unknown": {"a":  [ 1.0 ] , "b": "\\/"}'


def chat(*messages: str) -> Request:
    body = f'{{"model": "m", "messages": [{", ".join(messages)}], {REST}}}'
    return parse_request("openai.chat", body.encode())


def messages_of(request: Request) -> list[dict[str, object]]:
    return json.loads(request.to_bytes())["messages"]


def test_a_sheet_has_two_lines_with_the_date_last() -> None:
    assert str(SHEET) == TEXT
    tomorrow = FactSheet("fen/smollm2-135m", date(2026, 11, 25), 8191, 4096, "2024-06")
    assert str(tomorrow).splitlines()[0] == TEXT.splitlines()[0], "the prefix is stable"


def test_what_is_not_known_is_left_out() -> None:
    assert str(FactSheet("a/b", TODAY)) == "You are served as a/b.\nToday's date: 2026-11-24."


def test_a_sheet_says_what_the_tier_gives(catalogue: Catalogue) -> None:
    card = catalogue.find("fen/smollm2-135m")
    assert card is not None
    limits = effective(card, Tier("web", context_window=8191), Learnt(), TODAY)
    assert str(make_sheet(card, limits, TODAY)) == (
        "You are served as fen/smollm2-135m. Context window: 8191 tokens. Maximum output: 8191 tokens.\n"
        "Today's date: 2026-11-24."
    )


def test_a_conversation_without_a_system_message_gets_one() -> None:
    told = introduce(chat(USER), SHEET)
    first, second = messages_of(told)
    assert first == {"role": "system", "content": TEXT}
    assert second["role"] == "user"
    assert USER.encode() in told.to_bytes()


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_sheet_follows_the_clients_own_words(role: str) -> None:
    own = f'{{"role": "{role}", "content": "Be \\"terse\\".", "name": "n"}}'
    first, second = messages_of(introduce(chat(own, USER), SHEET))
    assert first == {"role": role, "content": f'Be "terse".\n\n{TEXT}', "name": "n"}
    assert second["role"] == "user"


def test_parts_get_one_more() -> None:
    part = '{"type":"text","text":"one", "cache": {"keep": 1.0}}'
    told = introduce(chat(f'{{"role":"system","content":[{part}]}}', USER), SHEET)
    assert messages_of(told)[0]["content"] == [json.loads(part), {"type": "text", "text": TEXT}]
    assert part.encode() in told.to_bytes()


def test_an_empty_system_message_is_filled() -> None:
    told = introduce(chat('{"role":"system","content":null}', USER), SHEET)
    assert messages_of(told)[0] == {"role": "system", "content": TEXT}


def test_a_later_system_message_is_left_alone() -> None:
    later = '{"role": "system", "content": "later"}'
    told = introduce(chat(USER, later), SHEET)
    assert [message["content"] for message in messages_of(told)] == [TEXT, "café", "later"]
    assert later.encode() in told.to_bytes()


def test_every_other_byte_stays() -> None:
    call = '{"id":"1","type":"function","function":{"name":"f","arguments":"{\\"n\\": 1.0}"}}'
    assistant = f'{{"role":"assistant","content":null,"tool_calls":[{call}]}}'
    told = introduce(chat(USER, assistant), SHEET).to_bytes()
    for text in (USER, assistant, "0.70", '{"a":  [ 1.0 ] , "b": "\\/"}'):
        assert text.encode() in told
    tree = json.loads(told)
    tree["messages"] = tree["messages"][1:]
    assert tree == json.loads(chat(USER, assistant).body)


def test_earlier_edits_are_built_upon() -> None:
    request = chat(USER).edit({"messages": [{"role": "system", "content": "edited"}], "temperature": None})
    told = json.loads(introduce(request, SHEET).to_bytes())
    assert told["messages"] == [{"role": "system", "content": f"edited\n\n{TEXT}"}]
    assert "temperature" not in told


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("", TEXT),
        ('"system": null,', TEXT),
        ('"system": "Be terse.",', f"Be terse.\n\n{TEXT}"),
        (
            '"system": [{"type":"text","text":"long","cache_control":{"type":"ephemeral"}}],',
            [
                {"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": TEXT},
            ],
        ),
    ],
    ids=["absent", "null", "text", "blocks"],
)
def test_anthropics_system_is_appended_to(system: str, expected: object) -> None:
    body = f'{{"model": "m", "max_tokens": 9, {system} "messages": [{USER}], {REST}}}'
    told = introduce(parse_request("anthropic.messages", body.encode()), SHEET).to_bytes()
    assert json.loads(told)["system"] == expected
    assert f"[{USER}]".encode() in told


def test_embeddings_have_no_place_for_it() -> None:
    request = parse_request("openai.embeddings", b'{"model":"m","input":"x"}')
    assert introduce(request, SHEET) is request


@pytest.mark.parametrize("own", ["", '{"role":"system","content":"terse"},'])
def test_what_a_sheet_adds_is_bounded(own: str) -> None:
    body = f'{{"model":"m","messages":[{own}{{"role":"user","content":"hi"}}]}}'
    request = parse_request("openai.chat", body.encode())
    assert len(introduce(request, SHEET).to_bytes()) - len(body) <= measure_sheet(SHEET)
