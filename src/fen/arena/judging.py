"""Judging a vote: whether it counts, and if not, why not. Pure: the same vote is judged the same again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from fen.arena.ballots import Outcome
from fen.arena.battle import Battle, list_texts
from fen.arena.identity import RULES, LeakFilter, is_probe
from fen.arena.vote import VoidReason, Vote


class VoteRules(msgspec.Struct, frozen=True):
    """What a vote has to keep to.

    shown: seconds for which both answers have to have been there. by_voter, by_address: votes that count in
    `window` seconds; those over the cap are kept and do not.
    """

    shown: float = 3.0
    by_voter: int = 60
    by_address: int = 180
    window: float = 3600.0


class Recent(msgspec.Struct, frozen=True):
    """How many votes of the same voter and address counted within the window before this one."""

    by_voter: int = 0
    by_address: int = 0


USUAL = VoteRules()
FIRST = Recent()

_OF_IDENTITY: frozenset[VoidReason] = frozenset({"identity_leak", "identity_probe"})
_MENTION = "mention:"


def judge_vote(
    battle: Battle,
    outcome: Outcome,
    at: datetime,
    leaks: LeakFilter,
    recent: Recent = FIRST,
    rules: VoteRules = USUAL,
) -> Vote:
    """Return the vote on a battle, with the reasons for which it does not count."""
    void: list[VoidReason] = []
    spoilt, mentioned = find_leaks(battle, leaks)
    if spoilt:
        void.append("identity_leak")
    if any(is_probe(text) for text in list_prompts(battle)):
        void.append("identity_probe")
    if recent.by_voter >= rules.by_voter or recent.by_address >= rules.by_address:
        void.append("too_many")
    if battle.shown is None or at - battle.shown < timedelta(seconds=rules.shown):
        void.append("too_soon")
    flags = tuple(f"{_MENTION}{name}" for name in mentioned)
    return Vote(battle.id, battle.voter, outcome, at, tuple(void), flags, RULES)


def hold_to_caps(vote: Vote, recent: Recent, rules: VoteRules = USUAL) -> Vote:
    """Return a vote that was judged without its voter's other votes, held to the caps."""
    if recent.by_voter < rules.by_voter and recent.by_address < rules.by_address:
        return vote
    return msgspec.structs.replace(vote, void=(*vote.void, "too_many"))


def judge_again(vote: Vote, battle: Battle, leaks: LeakFilter) -> Vote:
    """Return a vote as today's rules of identities judge it; what else spoils it, or was noticed, stays."""
    anew = judge_vote(battle, vote.outcome, vote.at, leaks)
    reasons = [reason for reason in anew.void if reason in _OF_IDENTITY]
    reasons += [reason for reason in vote.void if reason not in _OF_IDENTITY]
    flags = (*anew.flags, *(flag for flag in vote.flags if not flag.startswith(_MENTION)))
    return msgspec.structs.replace(vote, void=tuple(reasons), flags=flags, rules=anew.rules)


def find_leaks(battle: Battle, leaks: LeakFilter) -> tuple[list[str], list[str]]:
    """Return the names that answers claim, and those that they only mention, without those of the prompts."""
    asked = {leak.name for text in list_prompts(battle) for leak in leaks.find(text)}
    claimed: dict[str, None] = {}
    mentioned: dict[str, None] = {}
    for text in list_texts(battle):
        for leak in leaks.find(text):
            if leak.kind == "claim":
                claimed[leak.name] = None
            elif leak.name not in asked:
                mentioned[leak.name] = None
    return list(claimed), list(mentioned)


def list_prompts(battle: Battle) -> Sequence[str]:
    """Return what the voter wrote, the texts of parts too."""
    texts: list[str] = []
    for turn in battle.turns:
        content: Any = turn.content
        if isinstance(content, str):
            texts.append(content)
        else:
            texts += [str(part.get("text", "")) for part in content if part.get("type") == "text"]
    return texts
