"""Examine texts, files and messages in this process, without settings, books or a server."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from fen.gateway.checking import CHECKED, read_check
from fen.hierarchy.finding import Finding
from fen.hierarchy.policy import Action, Verdict
from fen.hierarchy.privilege import Privilege
from fen.wire.errors import InvalidRequest
from fen.wire.request import Request

if TYPE_CHECKING:
    from fen.hierarchy.detect import Guard

STOPPED: frozenset[Action] = frozenset({"strip", "refuse"})
"""Verdicts for which something was found that is acted upon."""

_SCANNED = msgspec.structs.replace(CHECKED, keep_text=True)  # it is who asks that gets it
_MESSAGES = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class GuardResult(msgspec.Struct, frozen=True):
    """What the guard says of messages.

    verdict: `pass`, `spotlight` (there is text without authority, and nothing was found in it), `strip` or
    `refuse`. reason: what the verdict is for; empty where nothing was found. findings: with their scores and
    texts.
    """

    verdict: Action
    reason: str
    findings: tuple[Finding, ...]

    @property
    def stopped(self) -> bool:
        """Whether something was found that is acted upon."""
        return self.verdict in STOPPED


@cache
def load_guard() -> Guard:
    """Return the packaged guard, loaded once; raises ConfigError."""
    from fen.hierarchy.detect import Guard  # noqa: PLC0415  numpy, which who asks for no verdict need not load

    return Guard.load()


def guard_messages(
    messages: Sequence[Mapping[str, Any]], *, tools: Sequence[Mapping[str, Any]] | None = None
) -> GuardResult:
    """Return what the guard says of messages; blocks, also where an event loop runs.

    Raises as `guard_messages_async`.
    """
    # A loop of its own in a thread of its own: asyncio allows none inside another one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(guard_messages_async(messages, tools=tools))).result()


async def guard_messages_async(
    messages: Sequence[Mapping[str, Any]], *, tools: Sequence[Mapping[str, Any]] | None = None
) -> GuardResult:
    """Return what the guard says of messages in OpenAI's or Anthropic's format, and of definitions of tools.

    Files in them are read. Raises InvalidRequest for what is no messages, and ConfigError where the guard
    cannot be loaded.
    """
    body: dict[str, Any] = {"messages": messages}
    if tools is not None:
        body["tools"] = tools
    try:
        encoded = msgspec.json.encode(body)
    except (TypeError, msgspec.MsgspecError) as error:
        raise InvalidRequest(f"messages: found what JSON has not ({error}), expected messages") from None
    return await _examine(read_check(encoded))


async def scan(data: bytes, privilege: Privilege, name: str | None = None) -> GuardResult:
    """Return what the guard says of a file's bytes: of text, HTML, PDF, DOCX or an image; or of messages.

    Messages are a JSON list of objects with a role, or an object with such `messages`. privilege: whose words
    anything else is. Raises InvalidRequest for what cannot be read, and ConfigError.
    """
    body = find_messages(data)
    if body is not None:
        return await _examine(read_check(body))
    from fen.hierarchy.documents import Documents  # noqa: PLC0415  lxml and more
    from fen.hierarchy.scan import Scanner  # noqa: PLC0415  the same

    documents = Documents()
    try:
        scanner = Scanner(await asyncio.to_thread(load_guard), documents, _SCANNED)
        return _tell(await scanner.scan(data, privilege, name))
    finally:
        await documents.aclose()


def find_messages(data: bytes) -> bytes | None:
    """Return the body of a request, where bytes are messages in JSON; None where they are anything else."""
    start = data[:64].lstrip()[:1]
    try:
        if start == b"[":
            messages = _MESSAGES.decode(data)
            if messages and all("role" in message for message in messages):
                return msgspec.json.encode({"messages": msgspec.Raw(data)})
        elif start == b"{" and _MESSAGES.decode(_OBJECT.decode(data).get("messages", b"null")):
            return data
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return None


def describe_result(result: GuardResult) -> dict[str, Any]:
    """Return a result as `fen guard scan --json` has it."""
    return {
        "verdict": result.verdict,
        "findings": [
            {
                "kind": finding.kind,
                "where": finding.where,
                "privilege": finding.privilege.word,
                "score": finding.score,
                "text": finding.text,
            }
            for finding in result.findings
        ],
    }


async def _examine(request: Request) -> GuardResult:
    from fen.hierarchy.documents import Documents  # noqa: PLC0415  lxml and more
    from fen.hierarchy.examine import Examiner  # noqa: PLC0415  the same

    documents = Documents()
    try:
        examiner = Examiner(await asyncio.to_thread(load_guard), documents, secrets.token_bytes(32))
        examined = await examiner.examine(request, _SCANNED, "")
    finally:
        await documents.aclose()
    return _tell(examined.verdict)


def _tell(verdict: Verdict) -> GuardResult:
    return GuardResult(verdict.action, verdict.reason, verdict.findings)
