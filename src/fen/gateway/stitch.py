"""The segments of an answer, put together: what goes out for each event, and what is asked next."""

from __future__ import annotations

import msgspec

from fen.gateway.json_prefix import JsonScanner
from fen.gateway.measure import measure, output_tokens
from fen.gateway.overlap import choose_anchor
from fen.gateway.pieces import Piece, Tree, add_usage, make_chunk, make_usage, read_head, read_piece, rewrite
from fen.gateway.seam import Seam, join_prefill, join_turn
from fen.gateway.segment import ANCHOR_LENGTH, TURN, ContinuationStyle, next_request, stops, wants_json
from fen.gateway.tail import HalfCharacters, StopWatch
from fen.wire.answer import Event
from fen.wire.request import Request
from fen.wire.usage import Usage

ESTIMATED = "segment_usage_estimated"
"""The flag of a usage of which a segment did not report its part."""

_FRUITLESS = 2  # segments in a row that add nothing
_LEAST_TURN = ANCHOR_LENGTH // 2  # tokens; with fewer a turn would hardly get past its anchor


class ContinuationPlan(msgspec.Struct, frozen=True):
    """How an answer may be put together.

    request: the client's. limit: output tokens that one call can give. total: output tokens that the client
    allows, over all segments, as they are billed; None for as many as come.
    """

    request: Request
    limit: int
    total: int | None = None
    style: ContinuationStyle = TURN
    max_segments: int = 128


class Stitch:
    """One answer's segments; used by its task alone.

    segments: how many were asked for. cut: a stop sequence across a seam was found, so the segment can be
    closed.
    """

    def __init__(self, plan: ContinuationPlan) -> None:
        self._plan = plan
        self.segments = 1
        self._seam = Seam()
        self._scanner = JsonScanner() if wants_json(plan.request) else None
        self._half = HalfCharacters()
        self._stop = StopWatch(stops(plan.request))
        self._text: list[str] = []
        self._head: Tree | None = None
        self._last = b'{"object":"chat.completion.chunk"}'  # the shape of the chunks that are made here
        self._held: list[Event] = []
        self._finish: str | None = None
        self._over = self._called = False
        self._fruitless = self._carried = 0
        self._request = plan.request
        self._asked = plan.limit
        self._begin_count()
        self._total = Usage()
        self._flags: tuple[str, ...] = ()

    @property
    def cut(self) -> bool:
        """Whether the rest of the segment is not wanted."""
        return self._stop.hit

    def see(self, event: Event) -> Event | None:
        """Take an event of the segment; returns what goes out for it.

        Raises UpstreamFailed where it is no chunk.
        """
        self._count(event)
        if event.bare or self._finish is not None or self._over:
            if self.segments == 1 and self._finish is None:
                return event
            self._held.append(event)
            return None
        piece = read_piece(event.data)
        if self._head is None:
            self._head = read_head(event.data)
        self._last = event.data
        if piece.parts and self.segments == 1:  # it goes out as it comes, and is not gone on with
            piece, self._called = Piece(), True
        self._called = self._called or piece.other
        if event.finish is not None:
            return self._see_finish(event, piece)
        text = self._flow(piece.text)
        return event if self.segments == 1 and text == piece.text else self._chunk(event, piece, text)

    def close_segment(self) -> Event | None:
        """End the segment; returns what it still held back."""
        self._add_up()
        if self._over or (self._finish is None and not self.cut):
            return None
        text = self._note(self._seam.finish())
        if self.segments > 1:
            self._fruitless = 0 if self._seam.added else self._fruitless + 1
        return self._make(text)

    def next_request(self) -> Request | None:
        """Return the request for the next segment; None where the answer ends."""
        if self._over or not self._goes_on():
            return None
        limit, left = self._plan.limit, self._left()
        self._asked = limit if left is None else min(limit, left)
        self._half.drop()
        self._request = next_request(self._plan.request, self._so_far(), self._asked, self._plan.style)
        return self._request

    def open_segment(self) -> None:
        """Begin the segment that was asked for."""
        self.segments += 1
        self._held.clear()
        self._finish = None
        self._begin_count()
        self._stop.seam()
        text, style = self._so_far(), self._plan.style
        if style.prefill:
            self._seam = join_prefill(text, self._scanner, trims=style.trims, echoes=style.echoes)
        else:
            self._seam = join_turn(text, choose_anchor(text, ANCHOR_LENGTH), self._scanner)

    def flush(self) -> Event | None:
        """Return the text that was held back, now that the answer ends."""
        return None if self._over else self._make(self._stop.flush() + self._half.flush())

    def finish(self) -> list[Event]:
        """Return the answer's last events: what was held of its only segment, or one finish and one usage."""
        if self.segments == 1:
            return self._held
        head = self._head or {}
        end = Event(make_chunk(self._last, head, finish=self._reason()), self._carried, finish=self._reason())
        report = make_usage(self._last, head, self._total, self.segments)
        return [end, Event(report, usage=self._total, flags=self._flags, bare=True)]

    def _see_finish(self, event: Event, piece: Piece) -> Event | None:
        text = self._flow(piece.text)
        if self.segments == 1 and (event.finish != "length" or self._called):
            self._over = True
            text += self._stop.flush() + self._half.flush()
            if text == piece.text:
                return event
            data = make_chunk(event.data, self._head or {}, text, finish=event.finish)
            return msgspec.structs.replace(event, data=data)
        self._finish = event.finish
        if not piece.text and not piece.other:
            self._held.append(event)
            return self._make(text)
        end = make_chunk(event.data, self._head or {}, finish=event.finish)
        self._held.append(Event(end, usage=event.usage, flags=event.flags, finish=event.finish))
        return self._chunk(event, piece, text)

    def _flow(self, text: str) -> str:
        """Pass the segment's text through all that may cut or hold it."""
        return self._note(self._seam.feed(self._half.feed(text)))

    def _note(self, fresh: str) -> str:
        if fresh:
            self._text.append(fresh)
            if self.segments == 1 and self._scanner is not None:
                self._scanner.feed(fresh)
                if self._scanner.failed:  # it is no JSON, whatever was asked for
                    self._scanner = None
        return self._stop.feed(fresh)

    def _chunk(self, event: Event, piece: Piece, text: str) -> Event | None:
        """Return the event with this text in place of its own; None where it has nothing to add."""
        if self.segments > 1 and not text and not piece.other:
            self._carried += event.produced
            return None
        data = rewrite(event.data, self._head or {}, text, first=self.segments == 1)
        produced, self._carried = self._carried + event.produced, 0
        return Event(data, produced)

    def _make(self, text: str) -> Event | None:
        if not text:
            return None
        produced, self._carried = self._carried, 0
        return Event(make_chunk(self._last, self._head or {}, text), produced)

    def _goes_on(self) -> bool:
        left = self._left()
        if self.cut or self._called or not self._text or self._reason() != "length":
            return False
        if self._fruitless >= _FRUITLESS or self.segments >= self._plan.max_segments:
            return False
        return left is None or left > (0 if self._plan.style.prefill else _LEAST_TURN)

    def _reason(self) -> str:
        """Return why the answer ends, were it to end here."""
        if self.cut or (self._scanner is not None and self._scanner.done):
            return "stop"
        # What a refused segment came to its end with is not what the text came to.
        return "length" if self._finish is None or self._seam.refused else self._finish

    def _left(self) -> int | None:
        total = self._plan.total
        return None if total is None else total - self._total.completion_tokens

    def _so_far(self) -> str:
        self._text = ["".join(self._text)]
        return self._text[0]

    def _begin_count(self) -> None:
        self._usage: Usage | None = None
        self._usage_flags: tuple[str, ...] = ()
        self._produced = self._events = 0

    def _count(self, event: Event) -> None:
        if event.usage is not None:
            self._usage, self._usage_flags = event.usage, event.flags
        if event.produced:
            self._produced += event.produced
            self._events += 1

    def _add_up(self) -> None:
        usage, flags = self._usage, self._usage_flags
        if usage is None:
            output = output_tokens(self._produced, self._events)
            if self._finish == "length":
                output = max(output, self._asked)
            usage, flags = Usage(input=measure(self._request).estimate, output=output), (ESTIMATED,)
        self._total = add_usage(self._total, usage)
        self._flags = tuple(dict.fromkeys((*self._flags, *flags)))
