"""Hidden models, the register of them, and what becomes of them once revealed; over a database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fen.app import load_settings
from fen.arena.battle import Battle, Pair
from fen.arena.register import UNLISTED, Register, describe_entry
from fen.arena.store import ArenaStore
from fen.arena.store.variants import VariantStore
from fen.arena.vote import Vote
from fen.storage import Storage, open_storage
from fen.wire.errors import ConfigError, NotFound
from tests.fakes.voter import Voter
from tests.integration.arena.conftest import Open, write_models
from tests.integration.arena.test_battles import FAST, SLOW, name_sides, read, take_id

START = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HIDDEN = "rival/tokens-30"
STEALTH = (
    write_models(FAST, HIDDEN)
    + f'[arena]\nmodels = ["{FAST}"]\nshown_seconds = 0\n[arena.stealth.moonlight]\nmodel = "{HIDDEN}"\n'
)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
async def storage(sqlite_url: str) -> AsyncIterator[Storage]:
    opened = open_storage(sqlite_url)
    yield opened
    await opened.close()


def make_register(storage: Storage) -> Register:
    return Register(storage, VariantStore(storage), Clock())


async def statuses(register: Register) -> dict[str, tuple[str, str]]:
    return {entry.variant.name: (entry.variant.status, entry.variant.why) for entry in await register.list()}


async def test_every_variant_that_was_ever_tested_stays(storage: Storage) -> None:
    register = make_register(storage)
    await register.enlist({"moonlight": "acme/m1", "sunrise": "acme/m2", "noon": "acme/m3"})
    await register.retire("sunrise", "worse than moonlight")
    await register.reveal("moonlight", "released")
    await register.enlist({})
    assert await statuses(register) == {
        "moonlight": ("revealed", "released"),
        "noon": ("retired", UNLISTED),
        "sunrise": ("retired", "worse than moonlight"),
    }
    await register.enlist({"noon": "acme/m3", "sunrise": "acme/m2"})
    assert await statuses(register) == {
        "moonlight": ("revealed", "released"),
        "noon": ("testing", ""),
        "sunrise": ("retired", "worse than moonlight"),  # what was said stands
    }
    assert set(await register.read()) == {"moonlight", "sunrise", "noon"}


async def test_a_codename_is_one_models_for_good(storage: Storage) -> None:
    register = make_register(storage)
    await register.enlist({"moonlight": "acme/m1"})
    with pytest.raises(ConfigError, match=r"arena.stealth.moonlight: found acme/m2, expected the model that"):
        await register.enlist({"moonlight": "acme/m2"})
    with pytest.raises(NotFound, match="found no variant 'sunrise'"):
        await register.reveal("sunrise")


async def test_a_second_reveal_changes_nothing(storage: Storage) -> None:
    register = make_register(storage)
    await register.enlist({"moonlight": "acme/m1"})
    first = await register.reveal("moonlight", "released")
    assert await register.reveal("moonlight", "again") == first
    assert await register.retire("moonlight", "again") == first


async def test_exposure_is_counted_from_battles_and_votes_alone(storage: Storage) -> None:
    register, store = make_register(storage), ArenaStore(storage)
    await register.enlist({"moonlight": "acme/m1", "sunrise": "acme/m2"})
    pairs = [("moonlight", "acme/a"), ("acme/b", "moonlight"), ("acme/a", "acme/b"), ("sunrise", "moonlight")]
    for number, (left, right) in enumerate(pairs):
        moment = START + timedelta(hours=number)
        battle = Battle(f"b_{number}", Pair(left, right, 0.5), "v_1", moment)
        await storage.writer.run(store.keep, battle)
        await storage.writer.run(store.keep, battle)  # kept again, as every turn does
        if number < 2:
            vote = Vote(battle.id, "v_1", "left", moment)
            await storage.writer.run(store.cast, vote, (left, right), "hash")
    moonlight, sunrise = [describe_entry(entry) for entry in await register.list()]
    assert (moonlight["battles"], moonlight["votes"]) == (3, 2)
    assert (moonlight["first_battle"], moonlight["last_battle"]) == (START, START + timedelta(hours=3))
    assert (sunrise["battles"], sunrise["votes"]) == (1, 0)
    assert (moonlight["codename"], moonlight["model"]) == ("moonlight", None)  # nothing is told of it yet


async def test_a_hidden_model_stays_hidden_until_it_is_revealed(opening: Open) -> None:
    async with opening(STEALTH) as opened:
        voter = Voter(opened.api)
        seen = await voter.begin()
        battle_id = take_id(seen)
        sides = name_sides(await read(opened, battle_id))
        assert set(sides) == {FAST, "moonlight"}
        told = await voter.vote(battle_id, "tie")
        assert told.json[sides["moonlight"]]["name"] == "moonlight"
        register = await voter.get("/api/arena/register")
        [entry] = register.json["data"]
        assert (entry["codename"], entry["status"], entry["model"]) == ("moonlight", "testing", None)
        assert (entry["battles"], entry["votes"]) == (1, 1)
        assert [HIDDEN.encode() in one.told for one in (seen, told, register)] == [False, False, False]

        await opened.arena.register.reveal("moonlight", "released")
        later = await read(opened, take_id(await voter.begin()))
        assert set(name_sides(later)) == {FAST, HIDDEN}  # a name on which there is no vote yet
        [entry] = (await voter.get("/api/arena/register")).json["data"]
        assert (entry["status"], entry["model"], entry["why"]) == ("revealed", HIDDEN, "released")
        assert (entry["battles"], entry["votes"]) == (1, 1)
    async with opening(STEALTH) as again:  # and after a start with the same settings
        later = await read(again, take_id(await Voter(again.api).begin()))
        assert set(name_sides(later)) == {FAST, HIDDEN}


async def test_a_codename_of_another_model_stops_the_start(opening: Open) -> None:
    async with opening(STEALTH):
        pass
    with pytest.raises(ConfigError, match="another one needs another codename"):
        async with opening(write_models(SLOW) + STEALTH.replace(f'"{HIDDEN}"\n', f'"{SLOW}"\n')):
            pass


async def test_settings_that_are_read_again_reach_the_register(
    opening: Open, fen_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = fen_home / "fen.toml"
    async with opening(STEALTH) as opened:
        text, environ, voter = path.read_text(), opened.app.settings.environ, Voter(opened.api)

        async def reload(changed: str) -> dict[str, tuple[str, str]]:
            path.write_text(changed)
            await opened.app.reload(load_settings(path, environ))
            await voter.begin()
            return await statuses(opened.arena.register)

        assert await reload(text.replace("moonlight", "sunrise")) == {
            "moonlight": ("retired", UNLISTED),
            "sunrise": ("testing", ""),
        }
        assert caplog.text == ""
        found = await reload(
            text.replace("moonlight", "sunrise").replace(f'model = "{HIDDEN}"', f'model = "{FAST}"')
        )
        assert found["sunrise"] == ("testing", "")
        assert "the arena plays as before: arena.stealth.sunrise" in caplog.text
        later = await read(opened, take_id(await voter.begin()))
        assert set(name_sides(later)) == {FAST, "sunrise"}


async def test_a_model_that_the_catalogue_has_not_stops_the_start(opening: Open) -> None:
    with pytest.raises(ConfigError, match="arena: found 'no/such', expected a model"):
        async with opening(write_models(FAST) + f'[arena]\nmodels = ["{FAST}", "no/such"]\n'):
            pass
