"""Tool calls of a chunked answer, which may come piece by piece and side by side."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fen.gateway.translation.answer_to_anthropic import check_kind, make_call_id
from fen.gateway.translation.members import Json, Members, show


class Call:
    """One call under way; block: the index of its block, once it has begun."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.id = ""
        self.name = ""
        self.block: int | None = None
        self.open = False
        self.said: list[str] = []

    @property
    def whole(self) -> bool:
        """Whether the arguments so far are a whole JSON text."""
        try:
            msgspec.json.decode("".join(self.said))
        except msgspec.DecodeError:
            return False
        return True

    @property
    def begin(self) -> Json:
        """The event that begins its block."""
        call_id = self.id or make_call_id(self.number)
        block: Json = {"type": "tool_use", "id": call_id, "name": self.name, "input": {}}
        return {"type": "content_block_start", "index": self.block, "content_block": block}


class Calls:
    """The calls of one answer, by their index; a piece without one goes on with the last call."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls.values())

    def read(self, piece: Members) -> tuple[Call, str]:
        """Take a piece of a call; returns the call and the piece of its arguments.

        Raises UpstreamFailed where it adds to a call whose block has ended.
        """
        place = piece.take_any("index")
        given = piece.take("id", str)
        check_kind(piece)
        call = self._find(place if isinstance(place, int) else self._guess(given))
        function = piece.inside("function")
        text = ""
        if function is not None:
            call.name += "" if call.name else function.take("name", str) or ""
            function.take("name", str)
            text = _take_arguments(function)
            function.close()
        call.id = call.id or given or ""
        piece.close()
        if call.block is not None and not call.open and text.strip():
            raise piece.wrong("function.arguments", text, f"nothing behind {show(''.join(call.said))}")
        return call, text

    def _guess(self, given: str | None) -> int:
        """Return the index of a piece that tells none: a new id begins a new call."""
        last = max(self._calls, default=-1)
        if last < 0 or (given and given != self._calls[last].id):
            return last + 1
        return last

    def _find(self, number: int) -> Call:
        return self._calls.setdefault(number, Call(number))


def _take_arguments(function: Members) -> str:
    value = function.take_any("arguments")
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode()
