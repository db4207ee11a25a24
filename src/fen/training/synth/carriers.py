"""Carriers: the text from outside that holds a record, and where free text stands in it.

An entry is a field of the record or free text. A carrier writes entries as its kind of text does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import msgspec

from fen.hierarchy.marking.marks import Key, make_mark, put_mark
from fen.hierarchy.spotlight import EXPLANATION
from fen.training.item import Position
from fen.training.synth.draw import Draw
from fen.training.synth.tasks import Field

Entry = Field | str


class Block(msgspec.Struct, frozen=True):
    """A text from outside with the words that introduce it. noun: what people call it ("the e-mail")."""

    label: str
    text: str
    noun: str

    @property
    def whole(self) -> str:
        """The label and the text below it."""
        return f"{self.label}\n{self.text}" if self.label else self.text


def place(record: Sequence[Field], free: str | None, position: Position) -> tuple[Entry, ...]:
    """Return the record's entries with the free text at its position; without one, the record alone."""
    if free is None:
        return tuple(record)
    at = {"start": 0, "middle": (len(record) + 1) // 2, "end": len(record)}[position]
    return (*record[:at], free, *record[at:])


def carry(draw: Draw, carrier: str, entries: Sequence[Entry]) -> Block:
    """Return the entries in a carrier; with the guard's marks where the draw is marked.

    A mark is the guard's own, of a key of the draw, so that no name of one is learnt.
    """
    block = CARRIERS[carrier](draw, entries)
    if not draw.marked:
        return block
    key = Key(draw.random.randbytes(16), "training")
    mark = make_mark(key, block.text, draw.random.choice(("delimit", "datamark")))
    return msgspec.structs.replace(block, text=put_mark(block.text, mark))


def explain(draw: Draw, trusted: str) -> str:
    """Return a trusted text with the guard's explanation after it, where the draw is marked."""
    return f"{trusted}\n\n{EXPLANATION}" if draw.marked else trusted


def _sentence(draw: Draw, entry: Entry) -> str:
    if isinstance(entry, str):
        return entry
    return draw.choose(
        (
            f"The {entry.name} is {entry.value}.",
            f"For {entry.name} we have {entry.value}.",
            f"{entry.name.capitalize()}: {entry.value}.",
        ),
        (f"{entry.name}是{entry.value}。", f"{entry.name}：{entry.value}。"),
    )


def _prose(draw: Draw, entries: Sequence[Entry]) -> str:
    return draw.say(" ", "").join(_sentence(draw, entry) for entry in entries)


def _lines(entries: Sequence[Entry], form: str = "{}: {}") -> str:
    return "\n".join(
        entry if isinstance(entry, str) else form.format(entry.name, entry.value) for entry in entries
    )


def _quote(draw: Draw, entries: Sequence[Entry]) -> Block:
    opening, closing = draw.random.choice(
        (('"""', '"""'), ("<text>", "</text>"), ("###", "###"), ("[[", "]]"))
    )
    label = draw.choose(("Text:", "Here is the text.", "Read this text:"), ("文字：", "下面是文字："))
    return Block(label, f"{opening}\n{_prose(draw, entries)}\n{closing}", draw.say("the text", "文字"))


def _mail(draw: Draw, entries: Sequence[Entry]) -> Block:
    names = draw.random.sample(("Ann", "Ben", "Carla", "Dirk", "Eva", "Finn"), 2)
    subject = draw.random.choice(("Update", "Details", "Hello", "Notes", "Your question"))
    greeting = draw.random.choice((f"Hi {names[0]},", f"Dear {names[0]},", f"Hello {names[0]},"))
    text = f"Subject: {subject}\n{greeting}\n{_prose(draw, entries)}\nBest, {names[1]}"
    return Block(
        draw.random.choice(("E-mail:", "Here is an e-mail.", "Mail from a customer:")), text, "the e-mail"
    )


def _comment(draw: Draw, entries: Sequence[Entry]) -> Block:
    user = f"{draw.random.choice(('sunny', 'fox', 'kay', 'rain', 'moss'))}{draw.random.randint(1, 99)}"
    head = draw.random.choice((f"{user} wrote:", f"Comment by {user}:", f"@{user}, 2 hours ago:"))
    quoted = draw.random.choice((True, False))
    body = _prose(draw, entries)
    text = f"{head}\n" + ("\n".join(f"> {line}" for line in body.splitlines()) if quoted else body)
    return Block(draw.random.choice(("Comment:", "A comment from a website:", "Post:")), text, "the comment")


def _table(draw: Draw, entries: Sequence[Entry]) -> Block:
    note = draw.random.choice(("note", "remark", "info"))
    rows = [(note, entry) if isinstance(entry, str) else (entry.name, entry.value) for entry in entries]
    text = "\n".join(f"| {name} | {' '.join(value.split())} |" for name, value in rows)
    return Block(draw.random.choice(("Table:", "Here is a table.", "Data:")), text, "the table")


_TOOLS = ("get_record", "lookup", "read_data", "fetch_item", "get_details", "query_db", "find_entry")


def _result_label(draw: Draw) -> str:
    tool = draw.random.choice(_TOOLS)
    return draw.choose(
        (f"Result of {tool}:", f"Tool result ({tool}):", f"{tool} returned:"), (f"{tool} 的结果：",)
    )


def _tool_json(draw: Draw, entries: Sequence[Entry]) -> Block:
    note = draw.random.choice(("note", "comment", "message", "description", "status", "extra"))
    data = {(note if isinstance(e, str) else e.name): (e if isinstance(e, str) else e.value) for e in entries}
    text = json.dumps(data, ensure_ascii=False)
    return Block(_result_label(draw), text, draw.say("the tool result", "工具结果"))


def _tool_lines(draw: Draw, entries: Sequence[Entry]) -> Block:
    form = draw.random.choice(("{}: {}", "{} = {}", "- {}: {}"))
    return Block(_result_label(draw), _lines(entries, form), draw.say("the tool result", "工具结果"))


def _web_page(draw: Draw, entries: Sequence[Entry]) -> Block:
    tag = draw.random.choice(("p", "li", "div"))
    lines = [f"<{tag}>{_sentence(draw, entry)}</{tag}>" for entry in entries]
    label = draw.random.choice(("Result of open_page:", "Web page (browse):", "fetch_url returned:"))
    return Block(label, "\n".join(lines), "the web page")


def _file_csv(draw: Draw, entries: Sequence[Entry]) -> Block:
    mark = draw.random.choice((",", ";"))
    lines = [f"# {e}" if isinstance(e, str) else f"{e.name}{mark}{e.value}" for e in entries]
    file = draw.random.choice(("data", "export", "list", "items")) + ".csv"
    return Block(f"File {file}:", "\n".join(lines), draw.say("the file", "文件"))


def _file_log(draw: Draw, entries: Sequence[Entry]) -> Block:
    minute = draw.random.randint(10, 40)
    lines = [
        f"10:{minute + at} INFO {e if isinstance(e, str) else f'{e.name}={e.value}'}"
        for at, e in enumerate(entries)
    ]
    file = draw.random.choice(("server", "app", "run", "events")) + ".log"
    return Block(f"File {file}:", "\n".join(lines), "the file")


def _image(draw: Draw, entries: Sequence[Entry]) -> Block:
    image = draw.random.choice(("photo", "scan", "sign", "poster", "card")) + draw.random.choice(
        (".png", ".jpg")
    )
    text = _lines(entries, draw.random.choice(("{}: {}", "{} {}", "{} - {}")))
    return Block(f"Text in the image {image}:", text, "the image")


CARRIERS: Mapping[str, Callable[[Draw, Sequence[Entry]], Block]] = {
    "quote": _quote,
    "mail": _mail,
    "comment": _comment,
    "table": _table,
    "tool_json": _tool_json,
    "tool_lines": _tool_lines,
    "web_page": _web_page,
    "file_csv": _file_csv,
    "file_log": _file_log,
    "image": _image,
    "zh_quote": _quote,
    "zh_tool_json": _tool_json,
    "zh_file_csv": _file_csv,
}
"""The carriers of data, by name."""
