"""The pool of readers: what it refuses, what it survives, and that it is shut off from the network."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

import fen
from fen.hierarchy.documents import Documents, Limits
from fen.hierarchy.documents.pool import start_worker
from fen.wire.errors import Internal, InvalidRequest
from tests.fakes.broken_files import (
    REFUSED,
    circular_pdf,
    deep_pdf,
    slow_pdf,
    sound_docx,
    sound_pdf,
)
from tests.sizes import pick


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    opened = Documents(Limits(seconds=30))  # the machine may be busy; what is slow has a pool of its own
    yield opened
    await opened.aclose()


async def _is_sound(documents: Documents) -> None:
    """See that files are read still."""
    assert (await documents.read(sound_pdf(), "a.pdf")).text == "A sound file"
    assert "A sound file" in (await documents.read(sound_docx(), "a.docx")).text


async def test_files_are_recognised_by_their_bytes(documents: Documents):
    assert (await documents.read(sound_pdf(), "a.docx")).kind == "pdf"
    assert (await documents.read(sound_docx())).kind == "docx"
    assert (await documents.read("Gruß, 你好".encode())).text == "Gruß, 你好"
    gif = await documents.read(b"GIF89a\1\0\1\0" + bytes(20))
    assert (gif.kind, gif.unscanned) == ("image", "image_without_ocr")
    assert len(documents.pids) == 1  # one after the other needs only one


async def test_a_bad_file_is_refused_in_words_and_others_are_read(documents: Documents):
    for what, (make, expected) in REFUSED.items():
        data = make()
        began = time.monotonic()
        with pytest.raises(InvalidRequest) as refusal:
            await documents.read(data, what)
        assert expected in refusal.value.message, what
        assert refusal.value.message.startswith(f"{what}: "), what
        assert refusal.value.code in ("unreadable_file", "file_too_large", "unsupported_file")
        assert time.monotonic() - began < 10
    await _is_sound(documents)


async def test_a_file_that_takes_too_long_is_given_up(documents: Documents):
    quick = Documents(Limits(seconds=0.5))
    try:
        began = time.monotonic()
        with pytest.raises(InvalidRequest, match=r"slow: .* takes over 0\.5 s, expected at most 0\.5 s"):
            await quick.read(slow_pdf(), "slow")
        assert time.monotonic() - began < 10
        assert quick.pids == ()
    finally:
        await quick.aclose()


@pytest.mark.parametrize("make", [deep_pdf, circular_pdf])
async def test_an_odd_structure_is_read_or_refused(documents: Documents, make):
    with suppress(InvalidRequest):
        await documents.read(make())
    await _is_sound(documents)


async def test_what_needs_too_much_memory_is_refused(documents: Documents):
    small = Documents(Limits(memory=200_000_000))
    try:
        with pytest.raises(InvalidRequest, match="unreadable file: found"):
            await small.read(b"a" * 90_000_000)
        assert (await small.read(b"a")).text == "a"
    finally:
        await small.aclose()


async def test_damaged_files_end_in_a_reading_or_a_refusal(documents: Documents):
    random = Random(4)
    for sound in (sound_pdf(), sound_docx()):
        cuts = [random.randrange(len(sound)) for _ in range(pick(25, 500))]
        flips = [random.randrange(len(sound)) for _ in range(pick(25, 500))]
        for data in (*[sound[:at] for at in cuts], *[_flip(sound, at, random) for at in flips]):
            outcome = await _outcome(documents, data)
            assert outcome in ("pdf", "docx", "text") or outcome.startswith("damaged: unreadable ")
            assert outcome in ("pdf", "docx", "text") or "expected" in outcome
    await _is_sound(documents)


async def _outcome(documents: Documents, data: bytes) -> str:
    """Return the kind that was read, or the message of the refusal."""
    try:
        return (await documents.read(data, "damaged")).kind
    except InvalidRequest as refusal:
        return refusal.message


def _flip(data: bytes, at: int, random: Random) -> bytes:
    return data[:at] + random.randbytes(4) + data[at + 4 :]


async def test_a_worker_that_is_killed_costs_one_reading(documents: Documents):
    await _is_sound(documents)
    (pid,) = documents.pids
    reading = asyncio.create_task(documents.read(slow_pdf(), "cv.pdf"))
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)

    with pytest.raises(InvalidRequest, match=r"cv\.pdf: .* its reader ended \(SIGKILL\), expected a reading"):
        await reading
    await _is_sound(documents)
    assert pid not in documents.pids


async def test_a_worker_that_dies_between_two_files_costs_none(documents: Documents):
    await _is_sound(documents)
    (pid,) = documents.pids
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.3)
    await _is_sound(documents)
    assert pid not in documents.pids


async def test_a_cancelled_reading_leaves_no_worker_behind(documents: Documents):
    reading = asyncio.create_task(documents.read(slow_pdf()))
    pid = await _first_worker(documents)  # the reading may be over soon: how slow depends on the machine
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not _exists(pid)
    await _is_sound(documents)


async def _first_worker(documents: Documents) -> int:
    while not documents.pids:  # noqa: ASYNC110  the pool tells nobody when a worker starts
        await asyncio.sleep(0.01)
    return documents.pids[0]


async def test_two_work_at_once_and_no_more(documents: Documents):
    readings = await asyncio.gather(*[documents.read(sound_pdf()) for _ in range(8)])
    assert {reading.text for reading in readings} == {"A sound file"}
    assert len(documents.pids) == 2


async def test_a_worker_has_no_network_and_gives_way(documents: Documents):
    await documents.read(b"a")
    (pid,) = documents.pids
    if documents.isolation == "network namespace":
        assert _network_of(str(pid)) != _network_of("self")
    else:
        assert documents.isolation == "no sockets"
    assert os.getpriority(os.PRIO_PROCESS, pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    limits = _read(pid, "limits")
    assert f"{Limits().memory}" in next(line for line in limits.splitlines() if "address space" in line)
    assert "FEN_" not in _read(pid, "environ")  # keys and passwords stay where they are


async def test_workers_end_with_the_pool(documents: Documents):
    await asyncio.gather(*[documents.read(sound_pdf()) for _ in range(4)])
    pids = documents.pids
    await documents.aclose()
    assert len(pids) == 2
    assert not any(_exists(pid) for pid in pids)


def test_workers_end_when_whoever_started_them_is_killed():
    script = (
        "import asyncio, os, signal\n"
        "from fen.hierarchy.documents import Documents\n"
        "async def main():\n"
        "    documents = Documents()\n"
        "    await documents.read(b'a')\n"
        "    print(*documents.pids, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = _run(script)
    assert done.returncode == -signal.SIGKILL
    (pid,) = done.stdout.split()
    _wait_until(lambda: not _exists(int(pid)))


def test_where_the_kernel_gives_no_namespace_a_worker_can_open_no_socket():
    script = (
        "import ctypes, socket\n"
        "class Refusing:\n"
        "    unshare = staticmethod(lambda flags: -1)\n"
        "ctypes.CDLL = lambda *_, **__: Refusing\n"
        "from fen.hierarchy.documents.worker import leave_network\n"
        "print(leave_network())\n"
        "for make in (socket.socket, lambda: socket.create_connection(('127.0.0.1', 9))):\n"
        "    try:\n"
        "        make()\n"
        "    except PermissionError as error:\n"
        "        print(error)\n"
    )
    done = _run(script)
    assert done.stdout.splitlines() == ["no sockets", *["a worker has no network"] * 2]


async def test_a_worker_that_does_not_start_is_a_fault_of_ours():
    with pytest.raises(Internal, match="did not start: it ended with status"):
        await start_worker(Limits(), ("/bin/false",))


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _network_of(pid: str) -> Path:
    return Path(f"/proc/{pid}/ns/net").readlink()


def _read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text("utf-8")


def _run(script: str) -> subprocess.CompletedProcess[str]:
    home = str(Path(fen.__file__).parents[1])
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env={"PYTHONPATH": home}
    )


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
