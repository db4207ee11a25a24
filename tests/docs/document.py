"""Runs a document's examples, in order, in one session.

- `console` blocks: `$ ` begins a command, the lines below it are its output; `...` there stands for anything.
  `<!-- output: shape -->` before a block lets figures and identifiers differ, `<!-- output: varies -->` all.
  `make serve` and `fen serve` stay running to the document's end; other doors of make are only looked up.
- `python` blocks run in one namespace; `#> ` comments, if any, are what they print.
- `toml` blocks are settings that Fen accepts; one that begins with `# fen.toml` is there for what follows.
- `json` blocks parse.
- `<!-- skip: next "reason" -->` leaves out a block.

Wherever a document says 127.0.0.1:8000, the session's own port is meant.
"""

import contextlib
import io
import json
import re
import textwrap
import unittest
from pathlib import Path

from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, SkipParser

from fen.app.settings import load_settings
from tests.docs.session import Session, matches, read_commands

OUTPUT = re.compile(r"<!-+ output: (shape|varies) -+>\s*\Z")


def run_document(path: Path, session: Session) -> None:
    """Evaluate every example of a document, in order; a failure names the line."""
    text = re.sub(r"\b(127\.0\.0\.1|localhost):8000\b", f"127.0.0.1:{session.port}", path.read_text())
    copy = session.folder / path.name
    copy.write_text(text)
    blocks = Blocks(session)
    parsers = [SkipParser()]
    parsers += [CodeBlockParser(language, getattr(blocks, language)) for language in blocks.languages]
    document = Sybil(parsers=parsers, pattern=path.name).parse(copy)
    for example in document.examples():
        with contextlib.suppress(unittest.SkipTest):
            try:
                example.evaluate()
            except AssertionError as error:
                raise AssertionError(f"{path.name}, line {example.line}:\n{error}") from None


class Blocks:
    """What each language's blocks mean in a session."""

    languages = ("console", "python", "toml", "json")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.run_python = PythonEvaluator()

    def console(self, example: Example) -> None:
        told = OUTPUT.search(example.document.text[: example.start])
        for command in read_commands(textwrap.dedent(example.parsed)):
            self.session.run(command, told[1] if told else "exact")

    def python(self, example: Example) -> None:
        shown = "\n".join(re.findall(r"^\s*#> ?(.*)$", example.parsed, re.MULTILINE))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.run_python(example)
        if shown and not matches(shown, printed.getvalue()):
            raise AssertionError(f"--- shown\n{shown}\n--- found\n{printed.getvalue()}")

    def toml(self, example: Example) -> None:
        name = "fen.toml" if example.parsed.startswith("# fen.toml") else "read.toml"
        path = self.session.folder / name
        path.write_text(example.parsed)
        load_settings(path, self.session.environment())

    def json(self, example: Example) -> None:
        json.loads(example.parsed)
