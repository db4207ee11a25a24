"""SIGKILL during 50 concurrent streams: what was told is exact, what was not is bounded."""

import asyncio
import json
import signal
from decimal import Decimal
from typing import Any

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.serving import Serving

# Where each stream stands when the kill comes; the words script the upstream.
POINTS = {
    "held, the upstream silent": "[[hang]]",
    "headers out, no text yet": "[[tokens-20-stall-0]]",
    "text under way, before a checkpoint": "[[tokens-20-stall-5]]",
    "past a checkpoint": "[[tokens-100-gap-15ms-stall-90]]",
    "all text out, the usage still to come": "[[tokens-12-stall-12]]",
}
EACH = 8
SHORT = 10


async def test_sigkill_loses_nothing_that_was_told(serving: Serving, fake: FakeUpstream) -> None:
    stuck = {name: [RawStream(serving, text) for _ in range(EACH)] for name, text in POINTS.items()}
    done: list[RawStream] = []
    tasks = [asyncio.create_task(stream.run()) for group in stuck.values() for stream in group]
    tasks += [asyncio.create_task(_ask_again(serving, done)) for _ in range(SHORT)]

    # The kill comes when every stream has reached its point and the short ones are in full flow.
    await fake.until(lambda record: record.stalled.is_set(), count=EACH * (len(POINTS) - 1), within=60)
    await fake.until(lambda record: b"hang" in record.body, count=EACH)
    for stream in stuck["past a checkpoint"]:
        assert await serving.until(lambda stream=stream: _checkpoint(serving, stream) > 0)
    await serving.until(lambda: sum(stream.finished for stream in done) >= 3 * SHORT)
    await serving.stop(signal.SIGKILL)
    await asyncio.gather(*tasks)
    await serving.start()

    entries = {
        entry["id"].rsplit("-", 1)[0]: entry for entry in serving.fen("requests", "list", "--limit", "10000")
    }
    assert all(entry["state"] == "settled" for entry in entries.values())
    told = [stream for stream in done if stream.finished]
    _check_exact(told, entries)
    untold = _check_estimated({stream.request_id for stream in told}, entries)
    assert len(untold) >= EACH * len(POINTS)
    _check_sums(serving, told, entries)


async def _ask_again(serving: Serving, done: list[RawStream]) -> None:
    for number in range(1000):
        stream = RawStream(serving, f"[[tokens-{3 + number % 5}-prompt-{100 + number}-cached-{number % 50}]]")
        done.append(stream)
        await stream.run()
        if not stream.finished:
            return


def _checkpoint(serving: Serving, stream: RawStream) -> int:
    if stream.request_id is None:
        return 0
    _, told = serving.get(f"/v1/requests/{stream.request_id}")
    return told["attempts"][0]["checkpoint"]


def _check_exact(told: list[RawStream], entries: dict[str, Any]) -> None:
    for stream in told:
        entry, chunk = entries[stream.request_id or ""], stream.usage
        assert entry["certainty"] == "exact"
        assert chunk is not None
        usage = entry["usage"]
        assert usage["prompt_tokens"] == chunk["usage"]["prompt_tokens"]
        assert usage["cached_input"] == chunk["usage"]["prompt_tokens_details"]["cached_tokens"]
        assert usage["completion_tokens"] == chunk["usage"]["completion_tokens"]
        assert Decimal(entry["cost"]["amount"]) == Decimal(chunk["fen"]["cost"])


def _check_estimated(told: set[str | None], entries: dict[str, Any]) -> list[Any]:
    untold = []
    for request_id, entry in entries.items():
        if request_id in told:
            continue
        untold.append(entry)
        if entry["certainty"] == "exact":
            continue  # durable, but its last byte had not gone out
        output = entry["usage"]["completion_tokens"]
        assert entry["reason"] in ("crash", "disconnected")
        assert entry["checkpoint"] <= output
        assert Decimal(entry["cost"]["amount"]) <= Decimal(entry["cost_max"]["amount"])
        lowest = output * Decimal("0.60") / 1_000_000
        assert Decimal(entry["cost"]["amount"]) >= lowest
    return untold


def _check_sums(serving: Serving, told: list[RawStream], entries: dict[str, Any]) -> None:
    exact = [entry for entry in entries.values() if entry["certainty"] == "exact"]
    estimated = [entry for entry in entries.values() if entry["certainty"] == "estimated"]
    of_told = sum(Decimal(json.loads(json.dumps(stream.usage))["fen"]["cost"]) for stream in told)
    beyond = [entry for entry in exact if entry["id"].rsplit("-", 1)[0] not in {s.request_id for s in told}]
    assert sum(_cost(entry) for entry in exact) == of_told + sum(_cost(entry) for entry in beyond)
    assert len(beyond) <= SHORT  # at most one for each client whose last byte was on its way
    [row] = serving.fen("usage", "--by", "model")
    assert Decimal(row["cost"]) == sum(_cost(entry) for entry in exact) + sum(
        _cost(entry) for entry in estimated
    )
    assert (row["exact"], row["estimated"]) == (len(exact), len(estimated))


def _cost(entry: Any) -> Decimal:
    return Decimal(entry["cost"]["amount"])
