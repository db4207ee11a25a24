"""A child process as the embedded upstream starts it, with the fake upstream in place of a model.

`python -m tests.fakes.child [MODE]`; MODE is what it does in place of getting ready: `dies`, `complains`
or `sleeps`. Its standard error has one line for each start.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time

import msgspec

from fen.upstreams._child_settings import ChildReady, ChildSettings
from tests.fakes.upstream import FakeUpstream


def main() -> None:
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=ChildSettings)
    sys.stderr.write(f"started for {settings.model}\n")
    sys.stderr.flush()
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if mode == "dies":
        sys.exit(3)
    if mode == "complains":
        _say(ChildReady(error="no such model"))
        sys.exit(1)
    if mode == "sleeps":
        time.sleep(60)
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()
    asyncio.run(_serve(settings.key))


async def _serve(key: str) -> None:
    async with FakeUpstream(key=key) as fake:
        _say(ChildReady(address=fake.base_url.removesuffix("/v1")))
        await asyncio.Event().wait()


def _say(ready: ChildReady) -> None:
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()


def _wait_for_end_of_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
