"""Asks a judge until its words can be read: at most once more without a schema, and once more to repair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from fen.evals.response import Response
from fen.evals.sample import Body
from fen.evals.suite import Ask

T = TypeVar("T")

Kind = Literal["format_error", "api_error", "refused", "truncated"]


class Fault(msgspec.Struct, frozen=True):
    """The judge's own failure; says nothing of the answer that it was to judge. message: what was found."""

    kind: Kind
    message: str

    def describe(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"kind": self.kind, "message": self.message}


async def ask_judge(ask: Ask, body: Body, read: Callable[[str], T | None], expected: str) -> T | Fault:
    """Return what is read out of a judge's answer, or why there is nothing.

    An upstream that refuses the request's form (400), as those without structured output do, is asked once
    without a schema. An answer that cannot be read is sent back once, with what was expected.
    """
    response = await ask(body)
    if response.error is not None and response.error.status == 400 and "response_format" in body:
        body = {name: value for name, value in body.items() if name != "response_format"}
        response = await ask(body)
    for last in (False, True):
        found = read(response.text) if response.error is None else None
        if found is not None:
            return found
        if last or response.error is not None or _is_refusal(response):
            break
        response = await ask(_ask_again(body, response.text, expected))
    return _name_fault(response, expected)


def _ask_again(body: Body, said: str, expected: str) -> Body:
    turns = [
        {"role": "assistant", "content": said or "(nothing)"},
        {"role": "user", "content": f"That could not be read. Answer with {expected}, and nothing else."},
    ]
    return {**body, "messages": [*body["messages"], *turns]}


def _is_refusal(response: Response) -> bool:
    return response.refused or response.finish_reason == "content_filter"


def _name_fault(response: Response, expected: str) -> Fault:
    if response.error is not None:
        return Fault("api_error", f"the judge's call failed: {response.error.message}")
    if _is_refusal(response):
        return Fault("refused", f"the judge refused: {_shorten(response.text)}")
    kind: Kind = "truncated" if response.cut else "format_error"
    return Fault(kind, f"found {_shorten(response.text)}, expected {expected}")


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 200 else text[:200] + "…")
