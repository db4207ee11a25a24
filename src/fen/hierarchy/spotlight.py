"""Spotlighting: every text without authority is marked, so that a model can tell data from instructions.

Source: Hines et al. 2024, "Defending Against Indirect Prompt Injection Attacks With Spotlighting",
arXiv 2403.14720.

What is sent for a turn stays the beginning of what is sent for the next one: a mark depends on its text
alone, the explanation on what stands before it, a reminder on the task that it follows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from fen.hierarchy.marking.explanation import EXPLANATION, explain, make_reminder
from fen.hierarchy.marking.marks import Key, Mark, Method, make_mark, put_mark
from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.rewriting import retext
from fen.wire.request import Request

__all__ = ["EXPLANATION", "Options", "Spotlit", "choose_pieces", "spotlight"]


class Options(msgspec.Struct, frozen=True):
    """How to mark.

    method: for prose; `encode` only for models that read base64. remind_after: characters of a text after
    which the trusted task is told again.
    """

    key: Key
    method: Method = "datamark"
    remind_after: int = 2000


class Spotlit(msgspec.Struct, frozen=True):
    """A request with marks, and the marks that its answer has to lose."""

    request: Request
    marks: tuple[Mark, ...]


def choose_pieces(pieces: Sequence[Piece]) -> tuple[int, ...]:
    """Return which pieces are to be marked, by index: words without authority, where marks can stand.

    Left alone are the assistant's turns, which the model wrote; results of tools that the vendor runs,
    which it may have signed; and names and values that programs read: of tools, parameters and files.
    """
    return tuple(i for i, piece in enumerate(pieces) if _is_markable(piece))


def spotlight(
    request: Request, pieces: Sequence[Piece], options: Options, chosen: Collection[int] | None = None
) -> Spotlit:
    """Return the request with the chosen pieces marked, those of `choose_pieces` where none are given.

    Hand in all pieces of the request as it is. Members that Fen does not know keep their JSON text.
    """
    if request.format == "openai.embeddings":
        return Spotlit(request, ())
    indices = sorted(choose_pieces(pieces) if chosen is None else chosen)
    marks: dict[int, Mark] = {}
    for i in indices:
        mark = make_mark(options.key, pieces[i].text, options.method)
        if len(pieces[i].text) >= options.remind_after and pieces[i].path[0] == "messages":
            mark = msgspec.structs.replace(mark, reminder=make_reminder(pieces, i, mark.name))
        marks[i] = mark
    texts = {i: put_mark(pieces[i].text, mark) for i, mark in marks.items()}
    marked, _ = retext(request, pieces, texts)
    first = min((_message(pieces[i]) for i in indices), default=None)
    return Spotlit(explain(marked, first), tuple(marks.values()))


def _message(piece: Piece) -> int:
    return int(piece.path[1]) if piece.path[0] == "messages" else -1


def _is_markable(piece: Piece) -> bool:
    if piece.kind != "words" or piece.privilege not in (Privilege.MEDIA, Privilege.TOOL):
        return False
    if piece.origin.startswith("server_tool") or not piece.text.strip():
        return False
    path: tuple[Any, ...] = piece.path
    if path[0] in ("tools", "functions"):
        return path[-1] == "description"
    return path[-1] in ("content", "text", "context") or path[-2:] == ("source", "data")
