"""Tells requests that leave the guard nothing to do, so that ordinary chats cost next to nothing."""

from __future__ import annotations

from fen.hierarchy.policy import GuardPolicy
from fen.hierarchy.reserved import Reserved, families_of, reserve
from fen.wire.request import Request

_MEMBERS = (b'"documents"', b'"functions"', b'"prediction"', b"delegate")
"""What brings texts of other authority, or claims it; looked for in the body as it came."""

_SPOKEN = frozenset({"system", "developer", "user", "assistant"})
_ESCAPED = (b"\\u003c", b"\\u003C", b"\\u005b", b"\\u005B")  # `<` and `[`, with which reserved tokens begin


def is_plain(request: Request, policy: GuardPolicy) -> bool:
    """Whether a request is mere text of those who may give instructions, and the policy trusts them.

    No tools, files, images or parts, no `fen.untrusted`, no reserved token of the model.
    """
    view = request.view
    if policy.requester or getattr(view, "tools", None):
        return False
    wishes = getattr(view, "fen", None)
    if wishes is not None and (wishes.untrusted or wishes.delegate):
        return False
    system = getattr(view, "system", None)
    if system is not None and not isinstance(system, str):
        return False
    for message in getattr(view, "messages", ()):
        if message.role not in _SPOKEN or not isinstance(message.content, str):
            return False
    body = request.body
    if any(member in body for member in _MEMBERS):
        return False
    reserved = reserve(families_of(view.model))
    return reserved is None or not _may_have(body, reserved)


def _may_have(body: bytes, reserved: Reserved) -> bool:
    return any(escape in body for escape in _ESCAPED) or bool(reserved.find(body.decode("utf-8", "replace")))
