import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from fen.storage.valkey import Unavailable, Valkey
from tests.fakes.valkey import ValkeyServer

APPEND = "return {redis.call('RPUSH', KEYS[1], ARGV[1])}"
READ = """
local all = {}
for place, text in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do all[place] = tonumber(text) end
return all
"""
FAIL = "return redis.call('INCR', KEYS[1])"
NEVER = 3600.0


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def valkey(server: ValkeyServer) -> AsyncIterator[Valkey]:
    valkey = Valkey(server.url, timeout=5.0, pause=NEVER)
    yield valkey
    await valkey.close()


async def test_scripts_run_in_the_order_in_which_they_were_queued(valkey: Valkey) -> None:
    append, read = valkey.script(APPEND), valkey.script(READ)
    waiting = []
    for number in range(1000):  # several batches, and the first finds a server that knows no script
        if number % 3:
            valkey.post(append, ["k"], [number])
        else:
            waiting.append(asyncio.create_task(valkey.run(append, ["k"], [number])))
            await asyncio.sleep(0)
    assert await valkey.run(read, ["k"], []) == list(range(1000))
    assert [await task for task in waiting] == [[number + 1] for number in range(0, 1000, 3)]


async def test_script_whose_caller_left_runs_and_disturbs_no_other(valkey: Valkey) -> None:
    append, read = valkey.script(APPEND), valkey.script(READ)
    tasks = [asyncio.create_task(valkey.run(append, ["k"], [number])) for number in range(10)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(end, asyncio.CancelledError) for end in done] == [True, False] * 5
    assert await valkey.run(read, ["k"], []) == list(range(10))


@pytest.mark.parametrize("together", [1, 2])
async def test_script_that_fails_fails_alone(valkey: Valkey, together: int) -> None:
    append, fail = valkey.script(APPEND), valkey.script(FAIL)
    await valkey.run(append, ["k"], [1])
    others = [valkey.run(append, ["other"], [number]) for number in range(together - 1)]
    failed, *replies = await asyncio.gather(valkey.run(fail, ["k"], []), *others, return_exceptions=True)
    assert isinstance(failed, Unavailable)
    assert "found a refusal of Valkey (WRONGTYPE" in str(failed)
    assert replies == [[1]] * (together - 1)
    assert valkey.available


async def test_without_a_server_everybody_is_told_at_once(server: ValkeyServer, valkey: Valkey) -> None:
    append = valkey.script(APPEND)
    await valkey.run(append, ["k"], [1])
    server.stop()
    ends = await asyncio.gather(*(valkey.run(append, ["k"], [1]) for _ in range(300)), return_exceptions=True)
    assert {type(end) for end in ends} == {Unavailable}
    assert not valkey.available
    with pytest.raises(Unavailable, match="found no answer from Valkey"):
        await valkey.run(append, ["k"], [1])
    valkey.post(append, ["k"], [1])  # is dropped
    with pytest.raises(Unavailable):
        await valkey.check()


async def test_server_that_is_back_knows_the_scripts_again(server: ValkeyServer, valkey: Valkey) -> None:
    append, read = valkey.script(APPEND), valkey.script(READ)
    await valkey.run(append, ["k"], [1])
    server.stop()
    with pytest.raises(Unavailable):
        await valkey.run(append, ["k"], [2])
    server.start()
    await valkey.check()
    assert valkey.available
    assert await valkey.run(append, ["k"], [3]) == [1]
    assert await valkey.run(read, ["k"], []) == [3]


async def test_closing_sends_what_was_queued(server: ValkeyServer, valkey: Valkey) -> None:
    closing = Valkey(server.url)
    append = closing.script(APPEND)
    for number in range(500):
        closing.post(append, ["k"], [number])
    await closing.close()
    await closing.close()
    assert await valkey.run(valkey.script(READ), ["k"], []) == list(range(500))
    closing.post(append, ["k"], [1])  # is dropped
    with pytest.raises(Unavailable, match="found a closed client"):
        await closing.run(append, ["k"], [1])
    with pytest.raises(Unavailable, match="found a closed client"):
        await closing.check()
