"""What Fen's own stores know of answers, as routing learns it: scores of evaluations, votes of the arena."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from fen.arena.ballots import Outcome as Choice
from fen.arena.battle import Battle
from fen.arena.store.log import read_beside
from fen.evals.record import Record
from fen.evals.score import UNFINISHED
from fen.evals.store import KeptResponse, read_records, read_responses, read_runs
from fen.gateway import Caller
from fen.gateway.call import Call
from fen.gateway.measure import measure
from fen.gateway.visible import read_asked
from fen.routing import Asked
from fen.routing.outcome import Evidence, Outcome, Vote, Winner
from fen.storage import Storage
from fen.wire.request import parse_request

_CALLER = Caller(inside=True)
_PAGE = 1_000
_WINNERS: dict[Choice, Winner] = {"left": "a", "right": "b", "tie": "tie", "both_bad": "both_bad"}


async def read_eval_outcomes(storage: Storage) -> Evidence:
    """Return the scores of all runs, each answer once: of those that runs share, the newest score.

    The request is that of the sample's first call. Left out is what was not finished, of which nobody knows
    whether it is right, and what no answer is kept of.
    """
    found: list[Outcome] = []
    seen: set[tuple[str, ...]] = set()
    asked: dict[str, Asked] = {}
    for run in await storage.read(read_runs):
        records = await storage.read(partial(read_records, run_id=run.id))
        fresh = [
            one
            for one in records
            if one.calls and one.score.outcome not in UNFINISHED and (run.model, *one.calls) not in seen
        ]
        seen |= {(run.model, *one.calls) for one in fresh}
        missing = [one.calls[0] for one in fresh if one.calls[0] not in asked]
        kept = await storage.read(partial(read_responses, keys=missing))
        asked |= {key: look_at(response.request) for key, response in kept.items()}
        found += [
            _judge(one, run.model, asked[one.calls[0]], kept.get(one.calls[0]))
            for one in fresh
            if one.calls[0] in asked
        ]
    return Evidence(tuple(found))


async def read_arena_votes(storage: Storage) -> Evidence:
    """Return the arena's votes that count, each on the last turn of its battle.

    A model that is hidden has the codename under which it stands on the board.
    """
    votes: list[Vote] = []
    after = 0
    while found := await storage.read(partial(read_beside, after=after, limit=_PAGE)):
        for kept, battle in found:
            if kept.vote.counts and battle is not None and battle.answered and kept.left != kept.right:
                winner = _WINNERS[kept.vote.outcome]
                votes.append(Vote(look_at(_spell(battle)), kept.left, kept.right, winner, source="arena"))
        after = found[-1][0].id
    return Evidence(votes=tuple(votes))


def look_at(request: bytes) -> Asked:
    """Return what a router would see of a chat request, as JSON text in OpenAI's format."""
    parsed = parse_request("openai.chat", request)
    return read_asked(Call("", parsed, _CALLER, 0, size=measure(parsed)))


def _judge(record: Record, model: str, asked: Asked, kept: KeptResponse | None) -> Outcome:
    whole = bool(record.output_tokens)
    alone = kept is not None and len(record.calls) == 1  # a score of several answers is no one's
    return Outcome(
        asked,
        model,
        min(max(record.score.value, 0.0), 1.0),
        record.cost,
        record.output_tokens if whole else None,
        record.reasoning_tokens if whole else None,
        kept.response.text if kept is not None and alone else None,
        kept.response.finish_reason if kept is not None and alone else None,
        source="evals",
    )


def _spell(battle: Battle) -> bytes:
    """Return the request of a battle's last turn, with what the left side had said before."""
    said: Sequence[dict[str, Any]] = battle.messages("left")[:-1]
    return msgspec.json.encode({"model": "arena", "messages": said})
