"""What one call's guard knows: what was found, and what the answer still has to lose."""

from __future__ import annotations

from collections.abc import Sequence

from fen.gateway.watcher import Watcher
from fen.hierarchy.finding import Finding
from fen.hierarchy.labels import label
from fen.hierarchy.marking.marks import Mark
from fen.hierarchy.policy import GuardPolicy, Verdict
from fen.hierarchy.privilege import Piece
from fen.hierarchy.reserved import Reserved
from fen.hierarchy.sinks import CallVerdict
from fen.wire.request import Request


class Guarded:
    """The guard's side of one call; used by its task alone.

    verdict: on the request. marks, reserved: what was put into it and must not come out. watcher: who looks
    for leaks, where the policy wants that. failed: the guard itself failed.
    """

    def __init__(
        self, policy: GuardPolicy, verdict: Verdict, request: Request, *, failed: bool = False
    ) -> None:
        self.policy = policy
        self.verdict = verdict
        self.failed = failed
        self.marks: Sequence[Mark] = ()
        self.reserved: Reserved | None = None
        self.watcher: Watcher | None = None
        self._request = request
        self._pieces: Sequence[Piece] | None = None
        self._later: list[Finding] = []

    @property
    def pieces(self) -> Sequence[Piece]:
        """The request's labels, made when somebody asks for them; none where the guard failed."""
        if self._pieces is None:
            self._pieces = () if self.failed else label(self._request, self.policy.allowed_tools)
        return self._pieces

    @pieces.setter
    def pieces(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found, in the request and by now in the answer."""
        leaked = self.watcher.findings if self.watcher is not None else ()
        return (*self.verdict.findings, *self._later, *leaked)

    def report(self, verdict: CallVerdict) -> None:
        """Take note of the verdict on a call of a tool."""
        self._later += verdict.findings

    def note(self, findings: Sequence[Finding]) -> None:
        """Take note of what the answer has."""
        self._later += findings

    def tell(self) -> str:
        """Return the value of `x-fen-guard`: what was done, and how much was found. No score is told."""
        if self.failed:
            return "failed"
        told: str = self.verdict.action
        if self.policy.mode == "observe":
            told = f"observe; would={told}"
        return f"{told}; findings={len(self.verdict.findings)}" if self.verdict.findings else told
