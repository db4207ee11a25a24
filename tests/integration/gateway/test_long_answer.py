"""The embedded model, held to a small output limit, gives a long answer in one stream."""

from pathlib import Path

import pytest

from fen.gateway.continuation import ContinuationPlan, continue_stream
from fen.gateway.segment import STYLES, limit_output
from fen.upstreams import EmbeddedSettings, EmbeddedUpstream
from fen.wire.answer import Stream
from fen.wire.ports import Outbound
from fen.wire.request import Request
from tests.fakes.continuing import Told, chat
from tests.sizes import is_proving
from tests.weights import find_weights

_SAID = [{"role": "user", "content": "Write a long story about a ship and its crew."}]


async def _send(upstream: EmbeddedUpstream, request: Request) -> Stream:
    answer = await upstream.send(Outbound(request, "embedded", True, "req-1"))
    assert isinstance(answer, Stream)
    return answer


@pytest.mark.skipif(not is_proving(), reason="minutes of the embedded model on a free machine: make prove")
async def test_an_answer_longer_than_the_limit_arrives_in_one_stream(tmp_path: Path) -> None:
    limit, segments = 256, 16
    weights = find_weights()
    settings = EmbeddedSettings("long", model=weights, slots=1, context_length=8192)
    upstream = EmbeddedUpstream(settings, tmp_path, lambda: weights)
    total = limit * segments
    request = chat(messages=_SAID, temperature=0, seed=1, max_tokens=total, stream=True, ignore_eos=True)
    asked: list[Request] = []

    async def ask(wanted: Request, number: int) -> Stream:
        asked.append(wanted)
        return await _send(upstream, wanted)

    try:
        unlimited = await _send(upstream, limit_output(request, limit + 24))
        whole = Told([event async for event in unlimited.events])
        plan = ContinuationPlan(request, limit, total, STYLES["trailing"])
        first = await _send(upstream, limit_output(request, limit))
        told = Told([event async for event in continue_stream(first, ask, plan)])
    finally:
        await upstream.close()
    assert len(asked) == segments - 1
    assert told.finishes == ["length"]
    assert len({tree["id"] for tree in told.trees}) == 1
    [report] = told.reports
    assert report.usage is not None
    assert report.usage.output == total
    assert report.usage.cached_input > report.usage.input  # the text so far is read again from the cache
    assert told.trees[-1]["usage"]["segments"] == segments
    assert told.text.startswith(whole.text), "the first seam is not where one call would have gone on"
    assert len(told.text) > total  # a small model that is not let end says short things over and over
