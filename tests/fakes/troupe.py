"""Several upstreams in one pipeline: each gives its answers in turn, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from fen.catalogue import Card, Catalogue, Rates
from fen.gateway.retry import Policy
from fen.wire.answer import Stream, Whole
from fen.wire.ports import Outbound, Speech
from tests.fakes.pipeline import RATES, Books, Desk, PuppetEvents, Step, make_card, make_desk

Answer = Whole | Sequence[Step] | BaseException | Callable[[Outbound], Whole | Stream]
"""A whole answer, a stream's steps, an error, or what makes one of what was asked."""

QUICK = Policy(base=0.0)
"""Retries without pauses."""


class Player:
    """An Upstream that gives its answers in turn, the last one again and again."""

    def __init__(self, *answers: Answer, speech: Speech = "openai") -> None:
        self.format: Speech = speech
        self._answers = list(answers)
        self.asked: list[Outbound] = []
        self.called = asyncio.Event()
        self.streams: list[PuppetEvents] = []

    async def send(self, outbound: Outbound) -> Whole | Stream:
        self.asked.append(outbound)
        self.called.set()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Sequence):
            self.streams.append(PuppetEvents(list(answer)))
            return Stream(self.streams[-1])
        return answer if isinstance(answer, Whole) else answer(outbound)

    async def close(self) -> None:
        pass

    def body(self, number: int = -1) -> dict[str, Any]:
        """What it was asked."""
        return msgspec.json.decode(self.asked[number].request.to_bytes())


class Models:
    """A catalogue of several models at one price."""

    def __init__(self, cards: Sequence[Card], rates: Rates | None = RATES) -> None:
        self._cards = {card.id: card for card in cards}
        self._rates = rates

    def find(self, name: str) -> Card | None:
        return self._cards.get(name)

    def matches(self, name: str) -> list[str]:
        return []

    def rates(self, model: str, at: datetime) -> Rates | None:
        return self._rates


def other_card(name: str, **facts: Any) -> Card:
    """A model `NAME/model` of the upstream `NAME`."""
    card = make_card(**facts)
    return msgspec.structs.replace(card, id=f"{name}/model", vendor=name, upstream=name)


def make_troupe(
    books: Books, players: dict[str, Player], *, cards: Sequence[Card] = (), **parts: Any
) -> Desk:
    """Put a pipeline together in which each player has a model; `puppet/model` is the one that is asked."""
    made = list(cards) or [other_card(name) for name in players]
    known = {
        "upstreams": players,
        "catalogue": cast(Catalogue, Models(made)),
        "policy": QUICK,
    }
    return make_desk(books, Whole(b"{}"), **(known | parts))
