"""Turns as values: what goes to the model, what they cost together, how fast they came."""

from decimal import Decimal

import pytest

from fen.conversations import add_costs, make_conversation, make_messages, make_title
from fen.wire.message import FilePart, FileRef, ImagePart, ImageURL, TextPart
from fen.wire.money import Money
from tests.fakes.talks import answer, ask, make_receipt

IMAGE = ImagePart(ImageURL("data:image/png;base64,AAAA"))
FILE = FilePart(FileRef(file_data="data:application/pdf;base64,AAAA", filename="a.pdf"))


def test_messages_are_openais() -> None:
    turns = (ask("look", IMAGE, FILE), answer("seen"), ask("and?"))
    assert make_messages("be brief", turns) == [
        {"role": "system", "content": "be brief"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {
                    "type": "image_url",
                    "image_url": {"url": "data:image/png;base64,AAAA"},
                },
                {
                    "type": "file",
                    "file": {
                        "file_data": "data:application/pdf;base64,AAAA",
                        "filename": "a.pdf",
                    },
                },
            ],
        },
        {"role": "assistant", "content": "seen"},
        {"role": "user", "content": "and?"},
    ]


def test_an_answer_that_never_came_is_not_told() -> None:
    turns = (ask("a"), answer("", error="found nobody"), ask("b"))
    assert [one["role"] for one in make_messages("  ", turns)] == ["user", "user"]


def test_what_is_attached_is_all_but_the_first_text() -> None:
    turn = ask("look", TextPart("a.txt\n\nhello"), IMAGE)
    assert turn.text == "look"
    assert turn.attached == (TextPart("a.txt\n\nhello"), IMAGE)


def test_costs_never_mix_currencies() -> None:
    turns = [
        ask("a"),
        answer("b", make_receipt("0.1")),
        answer("c", make_receipt("0.20", "CNY")),
        answer("d", make_receipt("0.2")),
        answer("e", make_receipt(None)),
        answer("f"),
    ]
    assert add_costs(turns) == [Money(Decimal("0.20"), "CNY"), Money(Decimal("0.3"), "USD")]


@pytest.mark.parametrize(
    ("first", "seconds", "tokens", "expected"),
    [(1.0, 2.0, 20, 20.0), (None, 2.0, 20, None), (1.0, 1.0, 20, None), (1.0, 2.0, 1, None)],
)
def test_speed_counts_from_the_first_token(
    first: float | None, seconds: float, tokens: int, expected: float | None
) -> None:
    receipt = make_receipt(first_seconds=first, seconds=seconds, completion_tokens=tokens)
    assert receipt.tokens_per_second == expected


def test_a_title_is_one_printable_line() -> None:
    assert make_title("  a\nb\0c\t ") == "a b c"
    long = make_title("word " * 99)
    assert len(long) <= 80
    assert long.endswith("…")
    assert make_title("\n\0") == ""


def test_a_new_conversation_has_an_id_of_its_own() -> None:
    one, other = (make_conversation("local", "vendor/small") for _ in range(2))
    assert one.id != other.id
    assert one.id.startswith("conv_")
    assert one.created == one.changed
