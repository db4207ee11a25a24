"""Ask a model about itself, and then find out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fen.evals.lengths.play import allow
from fen.evals.response import Response
from fen.evals.sample import Body, Sample
from fen.evals.self_knowledge.questions import PROOFS
from fen.evals.self_knowledge.score import CLAIM
from fen.evals.suite import Ask

PROBE: Body = {
    "messages": [{"role": "user", "content": "Say: ok"}],
    "max_tokens": 10_000_000,
    "stop": ["\n", ".", " "],
}
"""More tokens than any model writes: who has a limit names it in a complaint, who has none stops at once."""


async def ask_and_see(sample: Sample, ask: Ask) -> Sequence[Response]:
    """Ask the question; before its answer stands what was measured, where something was.

    A claim is followed by a call that wants what was claimed, one about a limit by a request that is too
    large, if the sample has `probe`.
    """
    answer = await ask(sample.to_body())
    target: dict[str, Any] = sample.target
    if answer.error is not None:
        return (answer,)
    if target["subject"] == CLAIM:
        text = PROOFS[sample.language].format(words=target["words"])
        messages = [{"role": "user", "content": text}]
        return (await ask({"messages": messages, "max_tokens": allow(target["words"])}), answer)
    return (await ask(PROBE), answer) if target.get("probe") else (answer,)
