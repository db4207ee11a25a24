"""The severity table: every cell of it, and what a request's findings come to together."""

from itertools import product

import pytest

from fen.hierarchy.finding import Finding
from fen.hierarchy.policy import (
    DELEGATION,
    HARMLESS,
    INJECTION,
    ORDER,
    SPLIT,
    Action,
    GuardPolicy,
    Verdict,
    decide,
    weigh,
)
from fen.hierarchy.privilege import Privilege

HIDES = ("white_text", "zero_width", "encoded_base64")
KINDS = (*sorted(HARMLESS), DELEGATION, *HIDES, INJECTION, SPLIT)


def expected(kind: str, privilege: Privilege, *, requester: bool, calibrated: bool) -> Action:
    """The table, said again in other words."""
    if privilege in (Privilege.MEDIA, Privilege.TOOL):
        if kind in HARMLESS:
            return "pass"
        return "spotlight" if kind == DELEGATION else "strip"
    if privilege == Privilege.USER and kind == INJECTION and requester and calibrated:
        return "refuse"
    return "pass"


@pytest.mark.parametrize("requester", [False, True])
@pytest.mark.parametrize("calibrated", [False, True])
def test_every_cell_of_the_table(requester: bool, calibrated: bool) -> None:
    policy = GuardPolicy(mode="enforce", requester=requester)
    for kind, privilege in product(KINDS, Privilege):
        found = weigh(Finding(kind, "messages[0].content", privilege), policy, calibrated=calibrated)
        wanted = expected(kind, privilege, requester=requester, calibrated=calibrated)
        assert found == wanted, (kind, privilege, requester, calibrated)


def test_untrusted_text_is_never_refused_for() -> None:
    """Or any web page could deny service."""
    for policy in (GuardPolicy(mode="enforce", requester=True), GuardPolicy(mode="enforce", fail="closed")):
        for kind, privilege in product(KINDS, (Privilege.MEDIA, Privilege.TOOL, Privilege.NONE)):
            assert weigh(Finding(kind, "x", privilege), policy, calibrated=True) != "refuse"


def test_less_authority_is_never_treated_more_mildly() -> None:
    """Among the texts that come from outside, and against what a system message says."""
    policy = GuardPolicy(mode="enforce")
    for kind in KINDS:
        levels = (Privilege.SYSTEM, Privilege.USER, Privilege.MEDIA, Privilege.TOOL)
        found = [ORDER.index(weigh(Finding(kind, "x", level), policy, calibrated=True)) for level in levels]
        assert found == sorted(found), kind


def _finding(kind: str, privilege: Privilege) -> Finding:
    return Finding(kind, f"messages[{int(privilege)}].content", privilege)


def test_the_most_severe_finding_decides_and_is_named() -> None:
    weighed: list[tuple[Finding, Action]] = [
        (_finding("comment", Privilege.MEDIA), "pass"),
        (_finding(DELEGATION, Privilege.TOOL), "spotlight"),
        (_finding("white_text", Privilege.MEDIA), "strip"),
        (_finding(INJECTION, Privilege.TOOL), "strip"),
    ]
    verdict = decide(weighed, marked=True, answerable=True)
    assert verdict.action == "strip"
    assert verdict.findings == tuple(finding for finding, _ in weighed)
    assert verdict.against is Privilege.USER
    assert verdict.reason == "found white_text in messages[20].content, which has the authority of: media"


def test_a_requesters_conflict_is_refused_against_the_system() -> None:
    verdict = decide([(_finding(INJECTION, Privilege.USER), "refuse")], marked=False, answerable=True)
    assert (verdict.action, verdict.against) == ("refuse", Privilege.SYSTEM)


def test_where_nothing_legitimate_remains_the_request_is_refused() -> None:
    weighed: list[tuple[Finding, Action]] = [(_finding(INJECTION, Privilege.TOOL), "strip")]
    assert decide(weighed, marked=True, answerable=False).action == "refuse"
    harmless: list[tuple[Finding, Action]] = [(_finding("comment", Privilege.TOOL), "pass")]
    assert decide(harmless, marked=True, answerable=False).action == "spotlight"


@pytest.mark.parametrize(("marked", "action"), [(False, "pass"), (True, "spotlight")])
def test_without_anything_worth_an_action_marks_alone_tell(marked: bool, action: Action) -> None:
    assert decide([], marked=marked, answerable=True) == Verdict(action)


def test_a_policy_works_by_its_mode_or_its_leaks() -> None:
    assert not GuardPolicy().works
    assert GuardPolicy(mode="observe").works
    assert GuardPolicy(leaks="observe").works
