"""Conversations as files."""

import json

from fen.conversations import to_json, to_markdown
from fen.wire.message import FilePart, FileRef, ImagePart, ImageURL, TextPart
from tests.fakes.talks import answer, ask, make_receipt, talk

IMAGE = ImagePart(ImageURL("data:image/png;base64,AAAA"))
FILE = FilePart(FileRef(file_data="data:application/pdf;base64,AAAA", filename="a.pdf"))

WHOLE = talk(
    ask("look", IMAGE, FILE, TextPart("notes.txt\n\nall of it")),
    answer("a ship", make_receipt()),
    ask("and now?"),
    answer("half", make_receipt(None, certainty="estimated"), stopped=True),
    ask("again"),
    answer("", error="found no budget, expected some"),
    system="be brief",
)


def test_markdown_is_to_be_read() -> None:
    assert to_markdown(WHOLE) == (
        "# Ships\n\n## System prompt\n\nbe brief\n\n"
        "## You\n\nlook\n\n- an image\n- a file: a.pdf\n- notes.txt\n\n"
        "## vendor/small\n\na ship\n\n_vendor/small · 10 + 20 tokens · 0.01 USD_\n\n"
        "## You\n\nand now?\n\n"
        "## vendor/small\n\nhalf\n\n(stopped)\n\n_vendor/small · about 10 + 20 tokens · cost unknown_\n\n"
        "## You\n\nagain\n\n## Answer\n\nError: found no budget, expected some\n\n"
        "---\n\nCost of the conversation: 0.01 USD\n"
    )


def test_json_has_all_of_it() -> None:
    told = json.loads(to_json(WHOLE))
    assert told["title"] == "Ships"
    assert told["system"] == "be brief"
    assert told["costs"] == [{"amount": "0.01", "currency": "USD"}]
    first, second, _, stopped, _, failed = told["turns"]
    assert first["role"] == "user"
    assert [part["type"] for part in first["content"]] == ["text", "image_url", "file", "text"]
    assert first["content"][1]["image_url"]["url"] == "data:image/png;base64,AAAA"
    assert second["receipt"]["cost"] == {"amount": "0.01", "currency": "USD"}
    assert second["receipt"]["first_seconds"] == 1.0
    assert stopped["stopped"] is True
    assert "cost" not in stopped["receipt"]
    assert failed["error"] == "found no budget, expected some"


def test_an_empty_one_has_a_heading() -> None:
    assert to_markdown(talk(title="")) == "# Conversation\n"
