"""A vendor's batch API in OpenAI's format: files and batches in memory, run when a test says so.

A batch stays `in_progress` until `finish`, or until it is looked at where `quick`. A line's words in double
brackets steer its answer as they steer a call's (tests/fakes/script.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.fakes import answers
from tests.fakes.plan import reply
from tests.fakes.script import parse_script

Json = dict[str, Any]


class FakeBatches:
    """What the vendor has.

    files: contents by id. made: batches in the order in which they were made. quick: whether a look at a
    batch finishes it. refuses: the status that making one gets, None for none. silent_after: a batch is made
    and 500 is answered all the same. hook: called with each path before it is answered.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.made: list[Json] = []
        self.quick = False
        self.refuses: int | None = None
        self.silent_after = False
        self.asked: list[tuple[str, str]] = []
        self.hook: Callable[[str], object] = lambda _: None

    def answer(self, method: str, path: str, body: bytes) -> bytes | None:
        """Answer a request of the batch API; None for another one."""
        parts = urlsplit(path)
        steps = parts.path.removeprefix("/v1/").split("/")
        if steps[0] not in ("files", "batches"):
            return None
        self.asked.append((method, parts.path))
        self.hook(parts.path)
        match (method, *steps):
            case ("POST", "files"):
                return _tell({"id": self._store(_read_form(body)), "object": "file"})
            case ("GET", "files", name, "content") if name in self.files:
                return reply(200, self.files[name], {"content-type": "application/octet-stream"})
            case ("POST", "batches"):
                return self._make(msgspec.json.decode(body))
            case ("GET", "batches"):
                return self._list(parse_qs(parts.query))
            case ("GET", "batches", name):
                return self._show(name)
            case ("POST", "batches", name, "cancel"):
                return self._cancel(name)
            case _:
                return reply(404, msgspec.json.encode(answers.error(404, f"no such path: {method} {path}")))

    def lines(self, batch: Json) -> list[Json]:
        """Return the requests of a batch."""
        content = self.files[batch["input_file_id"]]
        return [msgspec.json.decode(line) for line in content.splitlines()]

    def finish(self, batch: Json, status: str = "completed", answered: int | None = None) -> None:
        """End a batch; `answered` lines of it were run, all unless said."""
        output: list[bytes] = []
        errors: list[bytes] = []
        for number, line in enumerate(self.lines(batch)):
            if answered is not None and number >= answered:
                told: Json = {"custom_id": line["custom_id"], "response": None}
                told["error"] = {"code": "batch_expired", "message": "too late"}
                errors.append(msgspec.json.encode(told))
                continue
            code, tree = _run(line["body"])
            told = {"custom_id": line["custom_id"], "error": None}
            told["response"] = {"status_code": code, "request_id": "r", "body": tree}
            (output if code == 200 else errors).append(msgspec.json.encode(told))
        batch["status"] = status
        if output:
            batch["output_file_id"] = self._store(b"\n".join(output))
        if errors:
            batch["error_file_id"] = self._store(b"\n".join(errors))

    def _store(self, content: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return name

    def _make(self, wanted: Json) -> bytes:
        if self.refuses is not None:
            return reply(self.refuses, msgspec.json.encode(answers.error(self.refuses, "no batch of yours")))
        made = {"id": f"batch-{len(self.made)}", "object": "batch", "status": "in_progress", **wanted}
        self.made.append(made)
        if self.silent_after:
            return reply(500, msgspec.json.encode(answers.error(500, "broken")))
        return _tell(made)

    def _list(self, query: dict[str, list[str]]) -> bytes:
        newest = self.made[::-1]
        if "after" in query:
            start = next(i for i, made in enumerate(newest) if made["id"] == query["after"][0]) + 1
            newest = newest[start:]
        limit = int(query["limit"][0])
        return _tell({"object": "list", "data": newest[:limit], "has_more": len(newest) > limit})

    def _show(self, name: str) -> bytes:
        found = next((made for made in self.made if made["id"] == name), None)
        if found is None:
            return reply(404, msgspec.json.encode(answers.error(404, "no such batch")))
        if self.quick and found["status"] == "in_progress":
            self.finish(found)
        return _tell(found)

    def _cancel(self, name: str) -> bytes:
        found = next(made for made in self.made if made["id"] == name)
        if found["status"] == "in_progress":
            self.finish(found, "cancelled", found.get("answered", 0))
        return _tell(found)


def _run(body: Json) -> tuple[int, Json]:
    ask = answers.read_ask(body)
    script = parse_script(ask.model, ask.text)
    if script.status != 200:
        return script.status, answers.error(script.status, f"the script asked for {script.status}")
    return 200, answers.whole(ask, script)


def _read_form(body: bytes) -> bytes:
    """Return the file of a form; it must be one for a batch."""
    boundary = body[: body.index(b"\r\n")]
    parts = body.split(boundary)[1:-1]
    found = dict(_read_part(part) for part in parts)
    if found[b"purpose"] != b"batch":
        raise ValueError(f"purpose: found {found[b'purpose']!r}, expected batch")
    return found[b"file"]


def _read_part(part: bytes) -> tuple[bytes, bytes]:
    head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
    return head.split(b'name="')[1].split(b'"')[0], content


def _tell(tree: Json) -> bytes:
    return reply(200, msgspec.json.encode(tree))
