"""Conversations that are kept: whole, of their owner alone, and gone when they are deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from fen.conversations import LOCAL, Conversation, Conversations, make_conversation
from fen.conversations import conversations as room
from fen.storage import Storage
from fen.wire.errors import NotFound
from fen.wire.message import ImagePart, ImageURL
from tests.fakes.talks import answer, ask, make_receipt

IMAGE = ImagePart(ImageURL("data:image/png;base64,AAAA"))


@pytest.fixture
def kept(storage: Storage) -> Conversations:
    return Conversations(storage)


def begin(owner: str = LOCAL, said: str = "hello") -> Conversation:
    made = make_conversation(owner, "vendor/small", "be brief\0")
    return replace(made, title=said, turns=(ask(said, IMAGE),))


async def test_what_was_said_is_read_again(kept: Conversations) -> None:
    conversation = await kept.create(begin())
    conversation = await kept.append(conversation, answer("hi\0", make_receipt(), thoughts="hm"))
    found = await kept.read(conversation.id, LOCAL)
    assert found == conversation
    assert found.turns[1].receipt == make_receipt()
    assert found.changed > found.created
    [summary] = await kept.list(LOCAL)
    assert (summary.id, summary.title, summary.model) == (conversation.id, "hello", "vendor/small")


async def test_an_edit_takes_the_place_of_all_that_followed(kept: Conversations) -> None:
    conversation = await kept.create(begin())
    conversation = await kept.append(conversation, answer("a"), ask("b"), answer("c"))
    changed = replace(conversation, model="vendor/large", system="")
    conversation = await kept.replace(changed, 2, [ask("better")])
    found = await kept.read(conversation.id, LOCAL)
    assert [turn.text for turn in found.turns] == ["hello", "a", "better"]
    assert (found.model, found.system) == ("vendor/large", "")


async def test_what_was_deleted_does_not_come_back(kept: Conversations, storage: Storage) -> None:
    conversation = await kept.create(begin())
    await kept.delete(conversation.id, LOCAL)
    for late in (
        kept.append(conversation, answer("late")),
        kept.read(conversation.id, LOCAL),
        kept.rename(conversation.id, LOCAL, "x"),
        kept.delete(conversation.id, LOCAL),
    ):
        with pytest.raises(NotFound, match="expected the id of one that is kept"):
            await late
    assert await storage.read(count_turns) == 0


async def test_nobody_sees_or_changes_anothers(kept: Conversations) -> None:
    conversation = await kept.create(begin("key_a"))
    stolen = replace(conversation, owner="key_b")
    for attempt in (
        kept.read(conversation.id, "key_b"),
        kept.append(stolen, answer("x")),
        kept.rename(conversation.id, "key_b", "x"),
        kept.delete(conversation.id, "key_b"),
        kept.read("conv\0", "key_b"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await kept.list("key_b") == []
    assert await kept.delete_all("key_b") == 0
    assert await kept.read(conversation.id, "key_a") == conversation
    assert (await kept.read(conversation.id, None)).owner == "key_a"
    assert len(await kept.list(None)) == 1


async def test_the_one_that_changed_last_comes_first(kept: Conversations) -> None:
    first = await kept.create(begin(said="first"))
    await kept.create(begin(said="second"))
    assert [one.title for one in await kept.list(LOCAL)] == ["second", "first"]
    await kept.append(first, answer("more"))
    assert [one.title for one in await kept.list(LOCAL, 1)] == ["first"]
    assert await kept.rename(first.id, LOCAL, "better\nname") == "better name"
    assert (await kept.list(LOCAL))[0].title == "better name"


async def test_consent_is_of_each_owner(kept: Conversations) -> None:
    assert await kept.find_consent("key_a") is None
    for keeps in (True, False, True):
        await kept.choose("key_a", keeps)
        assert await kept.find_consent("key_a") is keeps
    assert await kept.find_consent("key_b") is None


async def test_a_key_is_forgotten_and_nobody_else(
    kept: Conversations, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fen.storage.sweeping.SLICE", 2)
    kept = room.Conversations(storage)
    for owner in ("key_a", "key_b", LOCAL):
        await kept.choose(owner, True)
        for _ in range(5):
            await kept.create(begin(owner))
    assert await kept.forget_key("key_a") == 5
    assert sorted({one.owner for one in await kept.list(None)}) == ["key_b", LOCAL]
    assert [await kept.find_consent(owner) for owner in ("key_a", "key_b")] == [None, True]
    assert await storage.read(count_turns) == 10


async def test_what_is_old_is_pruned(kept: Conversations, storage: Storage) -> None:
    await kept.create(begin())
    now = datetime.now(UTC)
    assert await kept.prune(now) == 0
    assert await kept.prune(now + timedelta(days=1)) == 1
    assert await kept.list(None) == []
    assert await storage.read(count_turns) == 0


def count_turns(connection) -> int:
    return connection.execute(text("SELECT count(*) FROM conversation_turns")).scalar_one()
