"""An upstream of which a tenth goes wrong: every request ends cleanly, and the books stay exact.

Whether a failed attempt was tried again is the gateway's own affair: a request has one entry for each of its
attempts, and what is checked here holds for any number of them.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httptools
import pytest

from tests.fakes.chaos import FAULTS, Chaos
from tests.fakes.script import Script
from tests.fakes.upstream import FakeUpstream, Record
from tests.serving import Serving, serve
from tests.sizes import pick

RATE = 0.1
REQUESTS = pick(300, 10_000)
CLIENTS = 24
ANSWERED = pick(0.82, 0.88)  # without any second attempt; three of four faulty calls get no answer

# Some answers are written down by a checkpoint before they end; no gap comes near the deadline.
DEADLINES = "\n[deadlines]\nfirst = 2.0\nbetween = 2.0\n"
MODEL = "fake/gpt-4o-mini"


class Asked:
    """One chat request and all that came back; `complete` once the response came to its proper end."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.stream = number % 2 == 0
        self.tokens = 4 + number % 5
        slow = "-gap-300ms" if number % 40 == 0 else ""
        words = f"[[tokens-{self.tokens}-prompt-{100 + number % 977}-cached-{number % 50}{slow}]]"
        self.text = f"call {number} {words}"
        self.parser = httptools.HttpResponseParser(self)
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False

    # What the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True

    # What came

    @property
    def status(self) -> int:
        return self.parser.get_status_code()

    @property
    def request_id(self) -> str:
        return self.headers["x-fen-request-id"]

    @property
    def payloads(self) -> list[str]:
        frames = self.body.decode().split("\n\n")
        assert frames[-1] == "", f"found half a frame at the end of call {self.number}: {frames[-1]!r}"
        assert all(frame.startswith("data: ") for frame in frames[:-1])
        return [frame.removeprefix("data: ") for frame in frames[:-1]]

    @property
    def answered(self) -> bool:
        """Whether the whole answer came; what is neither that nor an error fails the test."""
        assert self.complete, f"call {self.number}: the response broke off"
        if self.status != 200 or not self.stream:
            tree = json.loads(self.body)
            assert ("choices" in tree) == (self.status == 200), tree
            assert self.status == 200 or (self.status >= 400 and tree["error"]["message"]), tree
            return self.status == 200
        *events, last = self.payloads
        assert not any("error" in json.loads(event) for event in events)
        assert last == "[DONE]" or json.loads(last)["error"]["message"]
        return last == "[DONE]"

    @property
    def told(self) -> dict[str, Any]:
        """The usage of an answer, and what Fen says of its cost."""
        if self.stream:
            [chunk] = [tree for tree in map(json.loads, self.payloads[:-1]) if "fen" in tree]
            return {"usage": chunk["usage"], "cost": chunk["fen"]["cost"]}
        return {"usage": json.loads(self.body).get("usage"), "cost": self.headers["x-fen-cost"].split()[0]}

    @property
    def written(self) -> str:
        if not self.stream:
            return json.loads(self.body)["choices"][0]["message"]["content"]
        trees = [json.loads(payload) for payload in self.payloads if payload != "[DONE]"]
        deltas = [choice["delta"] for tree in trees for choice in tree.get("choices", ())]
        return "".join(delta.get("content") or "" for delta in deltas)

    async def run(self, port: int) -> None:
        """Send, and read to the end."""
        members = {"stream": True, "stream_options": {"include_usage": True}} if self.stream else {}
        said = [{"role": "user", "content": self.text}]
        body = json.dumps({"model": MODEL, "messages": said, **members}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            while data := await reader.read(65536):
                self.parser.feed_data(data)
        finally:
            writer.close()


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(chaos=Chaos(RATE, seed=4)) as upstream:
        yield upstream


@pytest.fixture
async def serving(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    async with serve(tmp_path, fake.base_url, DEADLINES) as server:
        yield server


async def test_a_faulty_upstream_costs_no_answer_its_clean_end_and_no_entry_its_truth(
    serving: Serving, fake: FakeUpstream
) -> None:
    asked = [Asked(number) for number in range(REQUESTS)]
    waiting = iter(asked)

    async def ask_on() -> None:
        for one in waiting:
            await one.run(serving.port)
            # A client that asks on during a pause would spend all its requests in it.
            await asyncio.sleep(float(one.headers.get("retry-after", "0")))

    await asyncio.gather(*(ask_on() for _ in range(CLIENTS)))
    answered = [one for one in asked if one.answered]
    assert fake.chaos is not None
    assert set(fake.chaos.drawn) == set(FAULTS), "a run that never met a kind of fault proves nothing of it"
    assert len(answered) >= ANSWERED * REQUESTS

    await serving.until(lambda: not open_entries(serving))
    attempts: dict[str, list[Any]] = defaultdict(list)
    for entry in list_entries(serving):
        attempts[entry["request_id"]].append(entry)
    assert set(attempts) <= {one.request_id for one in asked}
    records: dict[str, list[Record]] = defaultdict(list)
    for record in fake.records:
        records[record.json["messages"][0]["content"]].append(record)
    for one in asked:
        check_request(one, attempts[one.request_id], records[one.text])
    check_sums(serving, [entry for entries in attempts.values() for entry in entries])


def list_entries(serving: Serving) -> list[Any]:
    return serving.fen("requests", "list", "--limit", str(100 * REQUESTS))


def open_entries(serving: Serving) -> list[Any]:
    return [entry for entry in list_entries(serving) if entry["state"] != "settled"]


def check_request(one: Asked, entries: list[Any], records: list[Record]) -> None:
    """What went out is in the books: each report once, to the token; each guess within its bounds."""
    reports = Counter(report(record.script) for record in records if reported(record))
    exact = [entry for entry in entries if entry["certainty"] == "exact"]
    settled = Counter(figures(entry) for entry in exact if figures(entry) != (0, 0, 0))
    assert settled <= reports, (one.text, settled, reports)
    for entry in entries:
        if entry["certainty"] == "estimated":
            check_estimate(entry)
    flagged = {bool(entry["flags"]) for entry in exact if figures(entry) != (0, 0, 0)}
    if not any(record.script is not None and is_wrong(record.script) for record in records):
        assert flagged <= {False}, (one.text, exact)
    elif all(record.script is not None and is_wrong(record.script) for record in records):
        assert flagged <= {True}, (one.text, exact)
    if one.answered:
        check_answer(one, entries)


def check_answer(one: Asked, entries: list[Any]) -> None:
    assert one.written == "".join(f"word{index} " for index in range(one.tokens)), one.text
    [last] = [entry for entry in entries if entry["status"] == 200]
    told = one.told
    assert Decimal(told["cost"]) == sum(cost(entry) for entry in entries if entry["status"] == 200)
    if last["certainty"] == "estimated":
        assert last["reason"] == "no_usage"
    elif one.stream:  # a whole answer is the upstream's own bytes, wrong usage and all
        assert told["usage"]["prompt_tokens"] == last["usage"]["prompt_tokens"]
        assert told["usage"]["completion_tokens"] == last["usage"]["completion_tokens"]


def check_estimate(entry: Any) -> None:
    assert entry["reason"], entry
    assert entry["checkpoint"] <= entry["usage"]["completion_tokens"], entry
    assert 0 < cost(entry) <= Decimal(entry["cost_max"]["amount"]), entry
    if entry["status"] >= 500:
        assert Decimal(entry["charge"]["amount"]) == 0, entry


def check_sums(serving: Serving, entries: list[Any]) -> None:
    [row] = serving.fen("usage", "--by", "model")
    exact = [entry for entry in entries if entry["certainty"] == "exact"]
    assert (row["exact"], row["estimated"]) == (len(exact), len(entries) - len(exact))
    assert Decimal(row["cost"]) == sum(cost(entry) for entry in entries)
    assert Decimal(row["charge"]) == sum(Decimal(entry["charge"]["amount"]) for entry in entries)
    assert row["output_tokens"] == sum(entry["usage"]["completion_tokens"] for entry in entries)


def reported(record: Record) -> bool:
    """Whether the upstream reported usage: its answer came to its end."""
    script = record.script
    return record.finished.is_set() and script is not None and script.status == 200 and script.usage != "none"


def is_wrong(script: Script) -> bool:
    return script.usage in ("total", "cached", "negative")


def report(script: Script | None) -> tuple[int, int, int]:
    """Tokens read, read from a cache, and written, as they are booked: what cannot be is put right."""
    assert script is not None
    assert script.prompt is not None
    cached = script.prompt if script.usage == "cached" else script.cached
    return script.prompt, cached, 0 if script.usage == "negative" else script.tokens


def figures(entry: Any) -> tuple[int, int, int]:
    usage = entry["usage"]
    return usage["prompt_tokens"], usage["cached_input"], usage["completion_tokens"]


def cost(entry: Any) -> Decimal:
    return Decimal(entry["cost"]["amount"])
