"""The answer cache's place in the pipeline: before a call is sent, and behind its answer.

A hit costs nothing and is written down all the same: an entry of its own at zero, with the flag HIT_FLAG, so
that `/v1/requests` knows it and a key's requests can be counted.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from fen.accounts.peer import is_loopback
from fen.catalogue import Card
from fen.gateway.cache import AnswerCache, Asked, Rule, Wish
from fen.gateway.call import Call, Parts
from fen.gateway.records import Outcome
from fen.gateway.settlement import CLOSED_REQUEST, Attempt, close_books
from fen.gateway.worst import WorstCase
from fen.wire.errors import BooksUnavailable
from fen.wire.money import Money
from fen.wire.ports import Speech
from fen.wire.request import Request

HIT_FLAG = "cache_hit"
"""The flag of an entry in the books whose answer came out of the cache."""


_SILENT = frozenset(
    {
        "model",  # the card stands for it: a model has several names
        "stream",  # told apart by the address itself
        "stream_options",
        "user",
        "metadata",
        "store",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prompt_cache_options",
        "fen",
    }
)
"""Members of a request that no answer depends on."""

_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder(order="sorted").encode


def consult(call: Call, parts: Parts, rule: Rule, wish: Wish | None) -> Asked | None:
    """Return what a call wants of the cache; None where it keeps out of it.

    Without a wish a call takes part whose answer should be the same each time: temperature 0, or embeddings.
    Callers without a key share one space, and only on loopback, where they are one machine's; this process's
    own calls take no part, since they measure models. The candidates must have been chosen.
    """
    space = _find_space(call, parts, rule)
    if wish == "off" or space is None:
        return None
    if wish is None and not _is_steady(call.request):
        return None
    card = call.candidates[0].card
    native = (
        call.request.format == "anthropic.messages" and parts.upstreams[card.upstream].format == "anthropic"
    )
    speech: Speech = "anthropic" if native else "openai"
    return Asked(_find_address(space, card, speech, call), speech, wish != "refresh")


def _find_space(call: Call, parts: Parts, rule: Rule) -> str | None:
    key = call.key
    if key is not None:
        return f"key {key.id}" if {key.id, key.name} & rule.keys else None
    return "loopback" if rule.keyless and is_loopback(parts.bind_host) and not call.caller.inside else None


def _is_steady(request: Request) -> bool:
    if request.format == "openai.embeddings":
        return True
    return getattr(request.view, "temperature", None) == 0


def _find_address(space: str, card: Card, speech: Speech, call: Call) -> bytes:
    """Return the digest of all that an answer depends on.

    Members keep their JSON text: two requests are the same if they say the same in the same words.
    """
    members = _read_members(call.request.body)
    said = {name: value for name, value in members.items() if name not in _SILENT}
    shape = "stream" if call.stream else "whole"
    model = (card.id, card.upstream, card.upstream_model, speech)
    everything = (space, model, call.request.format, shape, call.caller.headers, said)
    return blake2b(_encode(everything), digest_size=32).digest()


async def recall(call: Call, parts: Parts, cache: AnswerCache, asked: Asked | None) -> Call | None:
    """Return the call with its kept answer, settled at zero; None where there is none.

    Raises BooksUnavailable.
    """
    answer = cache.lookup(asked)
    if answer is None or asked is None:
        return None
    candidate = call.candidates[0]
    free = None if candidate.rates is None else Money(Decimal(0), candidate.rates.currency)
    hold = WorstCase(call, parts, candidate, 1, call.request.view, asked=0).hold(free)
    try:
        await parts.book.hold(hold)
    except asyncio.CancelledError:
        # The writer works in order and has been told already: it sees the hold before this release of it.
        with suppress(BooksUnavailable, LookupError):
            await parts.book.release(hold.id, "disconnected", CLOSED_REQUEST)
        raise
    call.tally.attempts, call.tally.segments = 1, 1
    call.tally.card, call.tally.most = candidate.card, free
    await close_books(Attempt(call, candidate, hold), parts, Outcome(200, flags=(HIT_FLAG,)))
    return replace(call, card=candidate.card, answer=answer, speech=asked.speech)


def retain(call: Call, cache: AnswerCache, asked: Asked | None) -> Call:
    """Return an answered call whose answer is kept if it turns out good.

    Not kept is what a budget cut short, and what another model than the one asked for has written.
    """
    if asked is None or call.answer is None or call.speech != asked.speech:
        return call
    wanted = call.candidates[0].card

    def is_faithful() -> bool:
        tally = call.tally
        return tally.clamped is None and tally.exact and tally.card is wanted

    return replace(call, answer=cache.store(asked, call.answer, is_faithful))
