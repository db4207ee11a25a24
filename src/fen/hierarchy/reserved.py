r"""Reserved tokens: texts that a model's tokenizer or prompt format reads as control, kept out of content.

A server that parses special tokens in what its clients write lets `<|im_end|><|im_start|>system` in a web
page end the turn. The escape is a backslash after the token's first character, `<\|im_start|>`: no token
any more, legible for people and models, and taken back exactly, since text that already has backslashes
there gets one more. Only the tokens of the model at hand are escaped: another family's are ordinary text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

import msgspec

from fen.hierarchy.labelling.leaves import Path
from fen.hierarchy.privilege import Piece
from fen.hierarchy.rewriting import retext
from fen.wire.errors import InvalidRequest
from fen.wire.request import Request

ESCAPE = "\\"
"""What is put after a reserved token's first character."""

_LONGEST = 96  # characters that a token has at most, with the escapes that are looked for in a stream


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reserved tokens of one family of models, and what its models' names have in them."""

    models: tuple[str, ...]
    tokens: tuple[str, ...]
    patterns: tuple[str, ...]
    source: str


@cache
def load_families() -> Mapping[str, Family]:
    """Return the families that are known, by name."""
    text = resources.files("fen.hierarchy").joinpath("data/reserved_tokens.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Family])


class Reserved(msgspec.Struct, frozen=True):
    """The reserved tokens of a model, ready to be looked for; pattern: what stands before the escape."""

    pattern: re.Pattern[str]

    def neutralise(self, text: str) -> str:
        """Return the text without a reserved token."""
        return self.pattern.sub(lambda found: found[0] + ESCAPE, text) if self._may_have(text) else text

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """Return a neutralised text as it was; in JSON text an escape is two backslashes."""
        if ESCAPE not in text:
            return text
        escape = 2 * ESCAPE if in_json else ESCAPE
        return self.pattern.sub(
            lambda found: found[0].removesuffix(escape if found[0].endswith(escape) else ESCAPE), text
        )

    def find(self, text: str) -> list[int]:
        """Return where escapes go."""
        return [found.end() for found in self.pattern.finditer(text)] if self._may_have(text) else []

    def has(self, text: str) -> bool:
        """Whether a reserved token is in the text as it is."""
        return self._may_have(text) and any(len(found[0]) == 1 for found in self.pattern.finditer(text))

    def split(self, text: str) -> tuple[str, str]:
        """Return what can be restored of a text that goes on, and the rest, where an escape may begin."""
        at = max(0, len(text) - _LONGEST)
        while (at := text.find(ESCAPE, at)) >= 0:
            opened = len(text[:at].rstrip(ESCAPE)) - 1
            if opened >= 0 and text[opened] in "<[":
                return text[:opened], text[opened:]
            at += 1
        return (text[:-1], text[-1:]) if text.endswith(("<", "[")) else (text, "")

    @staticmethod
    def _may_have(text: str) -> bool:
        return "<" in text or "[" in text


def families_of(model: str) -> tuple[str, ...]:
    """Return the families of a model by its name; none where no family is known.

    Where one fitting word contains another, as `codellama` does `llama`, only the longer one counts.
    """
    name = model.lower()
    fitting = {word: family for family, row in load_families().items() for word in row.models if word in name}
    kept = {word for word in fitting if not any(word != other and word in other for other in fitting)}
    return tuple(sorted({fitting[word] for word in kept}))


@cache
def reserve(families: tuple[str, ...]) -> Reserved | None:
    """Return the reserved tokens of families; None of none. Raises KeyError for one that is not known."""
    if not families:
        return None
    rests: dict[str, list[str]] = {}
    for family in families:
        row = load_families()[family]
        for pattern in (*map(re.escape, row.tokens), *row.patterns):
            bare = pattern.removeprefix("\\")
            rests.setdefault(bare[0], []).append(bare[1:])
    parts = (
        rf"{re.escape(first)}\\*(?={'|'.join(sorted(set(rest)))})" for first, rest in sorted(rests.items())
    )
    return Reserved(re.compile("|".join(parts)))


def neutralise(
    request: Request, pieces: Sequence[Piece], reserved: Reserved
) -> tuple[Request, tuple[Piece, ...]]:
    """Return the request and its pieces without reserved tokens in any text, whoever wrote it.

    The texts of one content are looked at as one, for many prompt formats join them: no token is made of
    the end of one and the beginning of the next. Joined they are restored as they were. Raises
    InvalidRequest for a token in the name of a tool's parameter, which cannot be changed in silence.
    """
    contents: dict[Path, list[int]] = {}
    for i, piece in enumerate(pieces):
        if piece.kind == "words":
            contents.setdefault(piece.path[:3], []).append(i)
        elif piece.kind == "key" and reserved.has(piece.text):
            expected = "a name without the model's reserved tokens"
            message = f"{piece.where}: found {piece.text!r}, expected {expected}"
            raise InvalidRequest(message, param=piece.where)
    changed: dict[int, str] = {}
    for indices in contents.values():
        changed |= _escape_joined([(i, pieces[i].text) for i in indices], reserved)
    return retext(request, pieces, changed) if changed else (request, tuple(pieces))


def _escape_joined(texts: list[tuple[int, str]], reserved: Reserved) -> dict[int, str]:
    places = reserved.find("".join(text for _, text in texts))
    changed: dict[int, str] = {}
    begin = 0
    for i, text in texts:
        inside = [place - begin for place in places if begin < place <= begin + len(text)]
        if inside:
            cuts = [0, *inside, len(text)]
            changed[i] = ESCAPE.join(text[a:b] for a, b in pairwise(cuts))
        begin += len(text)
    return changed


def list_tokens(families: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that are reserved in families, without the numbered ones."""
    return tuple(token for family in families for token in load_families()[family].tokens)
