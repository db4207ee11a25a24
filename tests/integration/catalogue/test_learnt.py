"""What upstreams' complaints taught, kept in each of the two databases."""

from datetime import UTC, datetime, timedelta

from fen.catalogue import Card, Fact
from fen.catalogue.learnt import LIFETIME, Learnt
from fen.catalogue.lessons import Lesson
from fen.storage import Storage

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CARD = Card("v/m", "v", "m", "v", "m-1")


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def lesson(value: int) -> Lesson:
    return Lesson("max_output_tokens", value, f"at most {value}")


async def test_another_process_knows_what_one_has_learnt(storage: Storage) -> None:
    clock = Clock()
    one, other = Learnt(storage, clock), Learnt(storage, clock)
    one.learn(CARD, "max_output_tokens", lesson(4096))
    one.learn(CARD, "unlocked_output", lesson(8192))
    await storage.check()
    assert other.find(CARD, "max_output_tokens") is None
    before = other.version
    await other.load()
    assert other.version > before
    assert other.find(CARD, "max_output_tokens") == Fact(4096, "upstream error", NOON.date())
    assert other.find(CARD, "unlocked_output") == Fact(8192, "upstream error", NOON.date())
    assert other.find(CARD, "context_window") is None
    assert other.list() == one.list()
    assert other.facts() == one.facts()


async def test_a_later_complaint_replaces_an_earlier_one_and_never_the_other_way(storage: Storage) -> None:
    clock = Clock()
    early, late = Learnt(storage, clock), Learnt(storage, clock)
    clock.now = NOON + timedelta(seconds=1)
    late.learn(CARD, "max_output_tokens", lesson(2048))
    clock.now = NOON
    early.learn(CARD, "max_output_tokens", lesson(4096))
    await storage.check()
    await early.load()
    assert early.find(CARD, "max_output_tokens") == Fact(2048, "upstream error", NOON.date())


async def test_what_is_unchanged_is_no_news(storage: Storage) -> None:
    learnt = Learnt(storage, Clock())
    learnt.learn(CARD, "max_output_tokens", lesson(2048))
    await storage.check()
    before = learnt.version
    await learnt.load()
    assert learnt.version == before


async def test_what_is_older_than_a_day_is_not_read(storage: Storage) -> None:
    clock = Clock()
    Learnt(storage, clock).learn(CARD, "max_output_tokens", lesson(2048))
    await storage.check()
    clock.now += LIFETIME + timedelta(seconds=1)
    later = Learnt(storage, clock)
    await later.load()
    assert later.list() == []


async def test_without_a_database_it_is_kept_for_the_process_alone() -> None:
    learnt = Learnt(clock=Clock())
    learnt.learn(CARD, "context_window", lesson(2048))
    await learnt.load()
    assert [limit.value for limit in learnt.list()] == [2048]
