"""A request that is examined and goes nowhere: the verdict is the answer, and nothing is reserved for it."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from msgspec.structs import replace

from fen.gateway.admission import leave, tell_rates
from fen.gateway.call import Call, Parts, Reply
from fen.gateway.guarding import FAILED
from fen.gateway.pipeline import Stage, admit
from fen.hierarchy.finding import Finding
from fen.hierarchy.labelling.leaves import as_list, as_object
from fen.hierarchy.policy import GuardPolicy, Verdict
from fen.wire.errors import ConfigError, FenError, Internal, InvalidRequest
from fen.wire.request import Request, parse_request

_log = logging.getLogger("fen.gateway")

UNNAMED = "unnamed"
"""The model of a request that names none; it has no tokens of its own to look for."""

CHECKED = GuardPolicy(mode="enforce", requester=True, allowed_tools=())
"""What is looked for where no tier says it: everything.

What the requester writes may be against a system message that is not among those that are checked, and
descriptions of tools count as anybody's words.
"""

_BLOCKS = frozenset({"document", "image", "redacted_thinking", "thinking", "tool_result", "tool_use"})
"""Types of parts that Anthropic's format has and OpenAI's has not."""

_decode_tree = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def read_check(body: bytes) -> Request:
    """Read a body of OpenAI's or Anthropic's format, which need not name a model nor a limit of the answer.

    It is Anthropic's where it has a top-level `system`, a block that only that format has, or a tool with an
    `input_schema`. Raises InvalidRequest as fen.wire.request.parse_request does.
    """
    try:
        tree = _decode_tree(body)
        messages, tools = (_decode(tree.get(name)) for name in ("messages", "tools"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"found a body that is no JSON object ({error}), expected one with `messages`"
        raise InvalidRequest(message) from None
    if "model" not in tree:
        tree["model"] = msgspec.Raw(_encode(UNNAMED))
    if "system" not in tree and not _has_blocks(messages) and not _has_schemas(tools):
        return parse_request("openai.chat", _encode(tree))
    tree.setdefault("max_tokens", msgspec.Raw(b"1"))
    return parse_request("anthropic.messages", _encode(tree))


def describe_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as a client is told it: never with its score, from which an attacker would learn."""
    told: dict[str, Any] = {
        "kind": finding.kind,
        "where": finding.where,
        "privilege": finding.privilege.word,
        "start": finding.start,
        "end": finding.end,
    }
    return told if finding.text is None else told | {"text": finding.text}


async def check(call: Call, parts: Parts) -> Call:
    """Examine the request by its tier's policy, or by CHECKED; the verdict is the reply.

    Raises InvalidRequest for a file that cannot be read, and Internal where the guard fails.
    """
    try:
        verdict = await _examine(call, parts)
    except ConfigError as error:
        _log.error("the guard cannot be opened: %s", error, extra={"request_id": call.id})
        raise Internal("found that the guard cannot be opened, expected a verdict", code=FAILED) from None
    except FenError:
        raise
    except Exception as fault:  # noqa: BLE001  the message may hold the client's words, so it is not logged
        _log.error("the guard failed: %s", type(fault).__name__, extra={"request_id": call.id})
        raise Internal("found that the guard fails, expected a verdict", code=FAILED) from None
    told = {
        "verdict": verdict.action,
        "reason": verdict.reason,
        "findings": [describe_finding(finding) for finding in verdict.findings],
    }
    call.tally.end(200)
    leave(call, parts)
    headers = (("x-fen-request-id", call.id), *tell_rates(call))
    return replace(call, reply=Reply(headers, _encode(told)))


CHECKING: tuple[Stage, ...] = (admit, check)
"""The stages of a request that asks for the verdict alone."""


async def _examine(call: Call, parts: Parts) -> Verdict:
    policy = parts.guards.get(call.tier.name)
    if policy is None or policy.mode == "off":
        policy = CHECKED
    examiner = parts.examiner
    if examiner is None:
        if parts.open_examiner is None:
            raise ConfigError("found nobody who examines requests, expected one")
        examiner = await parts.open_examiner()
    tenant = call.key.id if call.key is not None else ""
    return (await examiner.examine(call.request, policy, tenant)).verdict


def _decode(raw: msgspec.Raw | None) -> Any:
    return None if raw is None else msgspec.json.decode(raw)


def _has_blocks(messages: Any) -> bool:
    parts = (part for message in as_list(messages) for part in as_list(as_object(message).get("content")))
    kinds = (as_object(part).get("type") for part in parts)
    return any(isinstance(kind, str) and kind in _BLOCKS for kind in kinds)


def _has_schemas(tools: Any) -> bool:
    return any("input_schema" in as_object(tool) for tool in as_list(tools))
