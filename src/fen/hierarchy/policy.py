"""GuardPolicy: what is done about what was found, by a tested table, and never more than it has a reason for.

Text without authority is stripped or spotlighted and never refused for, or any web page could deny service.
Refused is only what the requester wrote, where its tier says so and the score is a calibrated one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from fen.hierarchy.delegation import Delegation
from fen.hierarchy.finding import Finding
from fen.hierarchy.marking.marks import Method
from fen.hierarchy.ordinary import ORDINARY, ROUTINE
from fen.hierarchy.privilege import Privilege
from fen.hierarchy.sinks import Sinks

Action = Literal["pass", "spotlight", "strip", "refuse"]
Mode = Literal["off", "observe", "enforce"]
Fail = Literal["open", "closed"]
Leaks = Literal["off", "observe", "withhold"]

ORDER: tuple[Action, ...] = ("pass", "spotlight", "strip", "refuse")
"""From the mildest to the most severe."""

INJECTION, SPLIT, UNSCANNED, DELEGATION = "injection", "split_payload", "unscanned", "delegation"
HARMLESS = ORDINARY | ROUTINE | {UNSCANNED, "soft_hyphen", "trailing_space"}
"""Kinds that alone are no attack; what they say is scored by itself."""


class GuardPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a tier wants of the guard.

    mode: `observe` only reports. fail: what becomes of a call while the guard itself fails. method: of
    spotlighting. requester: whether what the requester writes against a system message may be refused.
    leaks: what is done about an answer that says a secret, a canary or, where `system` is set, the system
    prompt, but for its `quotable` parts. allowed_tools: those whose definitions have the client's authority,
    `*` for all. may_delegate: whether keys of the tier may lend authority. delegations: those of the
    settings. sinks: of tools, where calls may do harm. hosts: those that links in answers may lead to.
    keep_text: whether findings keep what they found.
    """

    mode: Mode = "off"
    fail: Fail = "open"
    method: Method = "datamark"
    requester: bool = False
    leaks: Leaks = "off"
    system: bool = False
    secrets: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    quotable: tuple[str, ...] = ()
    allowed_tools: tuple[str, ...] = ("*",)
    may_delegate: bool = False
    delegations: tuple[Delegation, ...] = ()
    sinks: Sinks = Sinks()
    hosts: frozenset[str] = frozenset()
    keep_text: bool = False

    @property
    def works(self) -> bool:
        """Whether there is anything to do."""
        return self.mode != "off" or self.leaks != "off"


class Verdict(msgspec.Struct, frozen=True):
    """What is done about a request: the most severe action, why, and what was found.

    The finding that the reason is about has the privilege of the text; `against` is whose instructions it
    would have overruled.
    """

    action: Action
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    against: Privilege | None = None


PASS = Verdict("pass")


def weigh(finding: Finding, policy: GuardPolicy, *, calibrated: bool) -> Action:
    """Return what one finding is worth.

    | the text's privilege | harmless kind | claims to delegate | hides | instructs |
    |---|---|---|---|---|
    | system | pass | pass | pass | pass |
    | user | pass | pass | pass | refuse, where the tier says so and the score is calibrated; else pass |
    | media, tool | pass | spotlight | strip | strip |
    | none (the assistant's turns) | pass | pass | pass | pass |

    Nobody heeds a claim to delegate, so that it may stand, marked as data.
    """
    if finding.kind in HARMLESS:
        return "pass"
    if finding.privilege in (Privilege.MEDIA, Privilege.TOOL):
        return "spotlight" if finding.kind == DELEGATION else "strip"
    refusable = finding.privilege == Privilege.USER and finding.kind == INJECTION
    return "refuse" if refusable and policy.requester and calibrated else "pass"


def decide(weighed: Sequence[tuple[Finding, Action]], *, marked: bool, answerable: bool) -> Verdict:
    """Return the verdict on a request.

    marked: whether text was spotlighted. answerable: whether the requester's own words leave a task; where
    they don't, nothing legitimate remains.
    """
    findings = tuple(finding for finding, _ in weighed)
    worst, action = None, "pass"
    for finding, found in weighed:
        if ORDER.index(found) > ORDER.index(action):
            worst, action = finding, found
    if action == "strip" and not answerable:
        assert worst is not None
        return Verdict("refuse", "nothing legitimate remains of the request", findings, Privilege.USER)
    if worst is None:
        return Verdict("spotlight" if marked else "pass", "", findings)
    against = Privilege.SYSTEM if worst.privilege == Privilege.USER else Privilege.USER
    reason = f"found {worst.kind} in {worst.where}, which has the authority of: {worst.privilege.word}"
    return Verdict(action, reason, findings, against)
