import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from fen.accounts import Audit, Keyring, create_key, make_event
from fen.storage import Storage, open_storage
from fen.wire.errors import InvalidRequest, NotFound
from tests.fakes.postgres import PostgresServer

STRANGER = "fen-" + "x" * 43


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keyring(storage: Storage, clock: Clock) -> Keyring:
    return Keyring(storage, clock=clock)


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[Keyring]:
    """The keyring of another process."""
    storage = open_storage(database_url)
    yield Keyring(storage)
    await storage.close()


@pytest.fixture
def looks(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each time that the database is read."""
    counted: list[int] = []
    read = storage.read

    async def count(fn: Callable[..., Any]) -> Any:
        counted.append(1)
        return await read(fn)

    monkeypatch.setattr(storage, "read", count)
    return counted


async def test_a_secret_leads_to_its_key(keyring: Keyring) -> None:
    key, secret = await keyring.create("ada", "os:root")
    assert await keyring.find(secret) == key
    assert keyring.cached(secret) == key
    assert await keyring.find(STRANGER) is None
    assert await keyring.find("no secret at all") is None
    assert await keyring.list() == [key]


async def test_two_living_keys_never_share_a_name(keyring: Keyring) -> None:
    first, _ = await keyring.create("Zoë", "os:root")
    for again in ("Zoë", "Zoe\u0308"):
        with pytest.raises(InvalidRequest, match="which a living key has, expected another one") as caught:
            await keyring.create(again, "os:root")
        assert caught.value.code == "name_taken"
    await keyring.revoke("Zoe\u0308", "os:root")
    second, _ = await keyring.create("Zoë", "os:root")
    assert [key.id for key in await keyring.list()] == [first.id, second.id]


async def test_of_many_that_want_a_name_at_once_one_gets_it(keyring: Keyring, elsewhere: Keyring) -> None:
    wanted = [each.create("ada", "os:root") for _ in range(10) for each in (keyring, elsewhere)]
    ends = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(isinstance(end, tuple) for end in ends) == 1
    assert sum(isinstance(end, InvalidRequest) for end in ends) == 19
    assert len(await keyring.list()) == 1


@pytest.mark.parametrize("by", ["id", "name"])
async def test_a_revoked_key_is_refused_at_once(keyring: Keyring, by: str) -> None:
    key, secret = await keyring.create("ada", "os:root")
    await keyring.find(secret)
    revoked = await keyring.revoke(getattr(key, by), "os:root")
    assert revoked.revoked_at is not None
    assert keyring.cached(secret) is None
    assert await keyring.find(secret) is None
    assert await keyring.list() == [revoked]


async def test_a_key_that_was_revoked_stays_as_it_is(keyring: Keyring) -> None:
    key, _ = await keyring.create("ada", "os:root")
    first = await keyring.revoke(key.id, "os:root")
    assert await keyring.revoke(key.id, "os:else") == first
    with pytest.raises(NotFound, match="found none that is called 'ada'"):
        await keyring.revoke("ada", "os:root")  # names are of the living


@pytest.mark.parametrize("wanted", ["", "nobody", "key_0", "%", "a\0b", "a\ud800", "x" * 500])
async def test_nobody_is_revoked_by_mistake(keyring: Keyring, wanted: str) -> None:
    key, _ = await keyring.create("ada", "os:root")
    with pytest.raises(NotFound, match="expected the id or name of a key"):
        await keyring.revoke(wanted, "os:root")
    assert await keyring.list() == [key]


async def test_a_key_named_like_anothers_id_is_not_guessed_at(keyring: Keyring) -> None:
    key, _ = await keyring.create("ada", "os:root")
    await keyring.create(key.id, "os:root")
    with pytest.raises(InvalidRequest, match="found 2 keys"):
        await keyring.revoke(key.id, "os:root")


async def test_another_process_revocation_is_seen_within_a_second(
    keyring: Keyring, elsewhere: Keyring, clock: Clock
) -> None:
    key, secret = await keyring.create("ada", "os:root")
    assert await keyring.find(secret) == key
    await elsewhere.revoke(key.id, "os:root")
    clock.now += 0.99
    assert await keyring.find(secret) == key  # the price of not asking each time
    clock.now += 0.02
    assert keyring.cached(secret) is None
    assert await keyring.find(secret) is None


async def test_the_database_is_asked_once_a_second(keyring: Keyring, clock: Clock, looks: list[int]) -> None:
    _, secret = await keyring.create("ada", "os:root")
    for _ in range(50):
        await keyring.find(secret)
        await keyring.find(STRANGER)
    assert len(looks) == 2
    clock.now += 1.01
    await keyring.find(secret)
    assert len(looks) == 3


async def test_a_herd_shares_one_look_up(keyring: Keyring, looks: list[int]) -> None:
    key, secret = await keyring.create("ada", "os:root")
    assert await asyncio.gather(*(keyring.find(secret) for _ in range(500))) == [key] * 500
    assert len(looks) == 1


async def test_whether_there_is_a_key_is_asked_once_by_a_herd(
    keyring: Keyring, elsewhere: Keyring, clock: Clock, looks: list[int]
) -> None:
    assert await asyncio.gather(*(keyring.any_key() for _ in range(500))) == [False] * 500
    assert len(looks) == 1
    await elsewhere.create("ada", "os:root")
    assert not await keyring.any_key()
    clock.now += 1.01
    assert await keyring.any_key()
    assert len(looks) == 2
    clock.now += 1000
    assert await keyring.any_key()
    assert len(looks) == 2  # there ever was one: that stays true


async def test_revoking_the_last_key_opens_no_door(keyring: Keyring, storage: Storage) -> None:
    key, _ = await keyring.create("ada", "os:root")
    await keyring.revoke(key.id, "os:root")
    assert await Keyring(storage).any_key()


async def test_one_caller_that_leaves_takes_nobodys_answer_along(keyring: Keyring) -> None:
    key, secret = await keyring.create("ada", "os:root")
    finds = [asyncio.create_task(keyring.find(secret)) for _ in range(3)]
    await asyncio.sleep(0)
    finds[0].cancel()
    assert await asyncio.gather(*finds[1:]) == [key, key]


async def test_a_revocation_overtakes_a_look_up_that_is_under_way(
    keyring: Keyring, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = await keyring.create("ada", "os:root")
    read, has_read, go_on = storage.read, asyncio.Event(), asyncio.Event()

    async def dawdle(fn: Callable[..., Any]) -> Any:
        found = await read(fn)
        has_read.set()
        await go_on.wait()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(storage, "read", dawdle)
        early = asyncio.create_task(keyring.find(secret))
        await has_read.wait()
    await keyring.revoke(key.id, "os:root")
    late = asyncio.create_task(keyring.find(secret))
    async with asyncio.timeout(30):
        assert await late is None
    go_on.set()
    assert await early == key  # it asked before
    assert keyring.cached(secret) is None
    assert await keyring.find(secret) is None


async def test_a_look_up_that_fails_is_told_and_not_remembered(
    keyring: Keyring, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = await keyring.create("ada", "os:root")

    async def fail(fn: Callable[..., Any]) -> Any:
        raise OSError("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "read", fail)
        for ask in (keyring.find(secret), Keyring(storage).any_key()):
            with pytest.raises(OSError, match="the disk is away"):
                await ask
    assert await keyring.find(secret) == key


async def test_a_flood_of_strangers_fills_no_memory(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fen.accounts.keyring._MOST_REMEMBERED", 10)
    for number in range(35):
        await keyring.find(f"fen-{number:043}")
    assert len(keyring._known) <= 10


async def test_a_secret_is_nowhere_in_the_file(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path}/fen.db")
    key, secret = await Keyring(storage).create("ada", "os:root")
    await Keyring(storage).revoke(key.id, "os:root")
    seen = _read_all(tmp_path)
    await storage.close()
    seen += _read_all(tmp_path)
    assert key.id.encode() in seen
    for part in (secret, secret[4:], secret[4:24], secret[-20:]):
        assert part.encode() not in seen


async def test_a_secret_is_nowhere_in_the_server(postgres_url: str, postgres_server: PostgresServer) -> None:
    storage = open_storage(postgres_url)
    key, secret = await Keyring(storage).create("ada", "os:root")
    await storage.close()
    with postgres_server.connect(postgres_url) as connection:
        rows = [
            connection.execute(f"SELECT * FROM {table}".encode()).fetchall() for table in ("keys", "audit")
        ]
    assert key.id in str(rows)
    assert secret[4:] not in str(rows)


async def test_each_change_has_its_event_and_a_change_that_failed_has_none(
    keyring: Keyring, storage: Storage
) -> None:
    key, secret = await keyring.create("ada", "os:root")
    with pytest.raises(InvalidRequest):
        await keyring.create("ada", "os:root")
    with pytest.raises(NotFound):
        await keyring.revoke("nobody", "os:root")
    await keyring.revoke("ada", "os:else")
    await keyring.revoke(key.id, "os:else")
    events = await Audit(storage).list()
    assert [(event.actor, event.action, event.subject, event.detail) for event in events] == [
        ("os:else", "key.revoke", key.id, {"name": "ada"}),
        ("os:root", "key.create", key.id, {"name": "ada", "tier": "api"}),
    ]
    assert secret not in str(events)


async def test_the_audit_log_keeps_events_once_and_lists_the_newest_first(storage: Storage) -> None:
    audit = Audit(storage)
    events = [
        make_event("os:root", "books.prune", f"s{number}", {"rows": number, "before": None})
        for number in range(5)
    ]
    for event in [*events, *events]:
        await audit.record(event)
    listed = await audit.list()
    assert sorted(listed, key=lambda event: event.id) == sorted(events, key=lambda event: event.id)
    assert [event.at for event in listed] == sorted((event.at for event in events), reverse=True)
    assert len(await audit.list(limit=2)) == 2
    assert await audit.list(since=max(event.at for event in events)) == listed[:1]


async def test_two_runs_of_one_creation_make_one_key(keyring: Keyring, storage: Storage) -> None:
    """As after a connection that broke in a commit."""
    key, _ = create_key("ada")
    event = make_event("os:root", "key.create", key.id)
    for _ in range(2):
        await storage.writer.run(keyring._store.create, key, b"\1" * 32, event)
    assert await keyring.list() == [key]
    assert await Audit(storage).list() == [event]


def _read_all(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())
