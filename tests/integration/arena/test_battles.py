"""A battle from end to end over the API: what a voter sees of it, and what is kept."""

import asyncio
from functools import partial
from typing import Any

import pytest

from fen.app.arena import Players
from fen.arena.battle import INTERRUPTED, Battle
from fen.arena.store import read_battle
from fen.ledger import describe_entry
from fen.web.api.arena import FAILED
from tests.fakes.upstream import FakeUpstream
from tests.fakes.voter import Seen, Voter
from tests.integration.arena.conftest import Open, Opened, write_models

FAST, SLOW = "fake/tokens-40", "rival/tokens-60-gap-1ms-reasoning-5"
BOTH = write_models(FAST, SLOW)
TWO = BOTH + f'[arena]\nmodels = ["{FAST}", "{SLOW}"]\nshown_seconds = 0\n'
TELLING = (b"fake", b"rival", b"tokens", b"usage", b"gap", b"reason", b"think", b"req_", b"stop", b"cost")
"""What must not be among the bytes that a voter gets before the vote."""

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # fmt: skip  # noqa: E501


def make_words(count: int) -> str:
    return "".join(f"word{number} " for number in range(count)).strip()


def take_id(seen: Seen) -> str:
    assert seen.status == 200, seen.body
    name, data = seen.events[0]
    assert name == "battle"
    return data["id"]


async def read(opened: Opened, battle_id: str) -> Battle:
    found = await opened.app.storage.read(partial(read_battle, battle_id=battle_id))
    assert found is not None
    return found


def name_sides(battle: Battle) -> dict[str, str]:
    return {battle.pair.left: "left", battle.pair.right: "right"}


def strip_ids(seen: Seen) -> list[Any]:
    """What was shown, without the battle's own id."""
    return [(name, data if name != "battle" else "") for name, data in seen.events]


async def test_a_battle_from_the_prompt_to_the_reveal(opening: Open) -> None:
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        seen = await voter.begin("Hello")
        battle_id = take_id(seen)
        assert seen.kinds == ["battle", "start", "text", "done"]
        battle = await read(opened, battle_id)
        sides = name_sides(battle)
        assert set(sides) == {FAST, SLOW}
        assert battle.pair.propensity == 1.0
        assert battle.shown is not None
        left, right = seen.texts
        shown = {"left": left, "right": right}
        assert shown[sides[FAST]] == make_words(40)
        assert shown[sides[SLOW]] == make_words(60)
        assert (battle.turns[0].left.text, battle.turns[0].right.text) == seen.texts

        told = (await voter.vote(battle_id, "tie")).json
        assert (told["outcome"], told["counted"], told["reasons"]) == ("tie", True, [])
        assert told[sides[FAST]]["name"] == FAST
        assert told[sides[FAST]]["cost"] == {"amount": "0.00002415", "currency": "USD"}  # 1 in, 40 out
        assert told[sides[SLOW]]["output_tokens"] == 65
        [vote] = (await voter.get("/api/arena/votes")).json["data"]
        assert (vote["battle"], vote["counted"]) == (battle_id, True)

        entries = await opened.app.book.latest(10)
        assert {describe_entry(entry)["tag"] for entry in entries} == {"arena"}
        ids = {turn.request_id for turn in (battle.turns[0].left, battle.turns[0].right)}
        assert {entry.hold.id.rpartition("-")[0] for entry in entries} == ids


async def test_no_byte_before_the_vote_tells_the_models_apart(opening: Open) -> None:
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        seen = await voter.begin("Hello")
        again = await voter.go_on(take_id(seen), "And more? [[tokens-30]]")
        assert again.kinds == ["battle", "start", "text", "done"]
        for told in (seen.told, again.told):
            found = [word for word in TELLING if word in told]
            assert found == []
        least = min(len(text) for text in seen.texts)
        shown = 0
        for name, data in seen.events:
            if name == "text" and shown < least:
                left, right = data["left"], data["right"]
                assert len(left) == len(right) or shown + max(len(left), len(right)) > least
                shown += len(left)


async def test_each_side_hears_its_own_history(opening: Open, fake: FakeUpstream) -> None:
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        battle_id = take_id(await voter.begin("Hello"))
        fake.records.clear()
        second = await voter.go_on(battle_id, "Go on")
        assert second.events[-1] == ("done", {"turn": 2})
        said = {record.json["model"]: record.json["messages"] for record in fake.records}
        for model, count in ((FAST, 40), (SLOW, 60)):
            assert said[model.partition("/")[2]] == [
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": make_words(count)},
                {"role": "user", "content": "Go on"},
            ]


@pytest.mark.parametrize(
    "fault", ["status-400", "tokens-40-error-10", "tokens-40-drop-10", "tokens-0", "tokens-40-malformed-3"]
)
async def test_a_side_that_fails_is_nobody_in_particular(opening: Open, fault: str) -> None:
    bad = f"rival/{fault}"
    text = write_models(FAST, bad) + f'[arena]\nmodels = ["{FAST}", "{bad}"]\n[retry]\nretries = 0\n'
    async with opening(text) as opened:
        seen_by_side: dict[str, Any] = {}
        for _ in range(12):
            voter = Voter(opened.api)
            seen = await voter.begin("Hello")
            battle = await read(opened, take_id(seen))
            assert seen.kinds[-1] == "failed"
            assert battle.state == "failed"
            failing = name_sides(battle)[bad]
            assert getattr(battle.turns[0], failing).error not in (None, INTERRUPTED)
            told = seen.told
            for drawn in (battle.id, seen.headers["x-fen-voter"]):  # which have any digits by chance
                told = told.replace(drawn.encode(), b"")
            assert [word for word in (*TELLING, b"400", b"script", b"error") if word in told] == []
            assert all(
                len(data["left"]) == len(data["right"]) for name, data in seen.events if name == "text"
            )
            seen_by_side[failing] = seen.events[-1]
            assert seen.events[-1] == ("failed", {"message": FAILED, "open": False})
            vote = await voter.vote(battle.id)
            assert (vote.status, vote.json["error"]["code"]) == (400, "battle_unanswered")
            assert (await voter.go_on(battle.id, "More")).json["error"]["code"] == "battle_ended"
            if len(seen_by_side) == 2:
                break
        assert len(seen_by_side) == 2
        assert seen_by_side["left"] == seen_by_side["right"]


async def test_a_later_turn_that_fails_leaves_the_battle_open(opening: Open, fake: FakeUpstream) -> None:
    async with opening(TWO + "[retry]\nretries = 0\n") as opened:
        voter = Voter(opened.api)
        battle_id = take_id(await voter.begin("Hello"))
        failed = await voter.go_on(battle_id, "More [[error-3]]")
        assert failed.events[-1] == ("failed", {"message": FAILED, "open": True})
        battle = await read(opened, battle_id)
        assert (battle.state, len(battle.turns), len(battle.answered)) == ("open", 2, 1)
        fake.records.clear()
        assert (await voter.go_on(battle_id, "Again")).kinds[-1] == "done"
        assert [message["content"] for message in fake.records[0].json["messages"][::2]] == ["Hello", "Again"]
        assert (await voter.vote(battle_id)).json["counted"]


async def test_only_contenders_with_eyes_meet_an_image(opening: Open, fake: FakeUpstream) -> None:
    models = (FAST, SLOW, "fake/tokens-20", "rival/tokens-30")
    seeing = (SLOW, "rival/tokens-30")
    text = write_models(*models, sighted=seeing) + f"[arena]\nmodels = {list(models)}\n"
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    async with opening(text) as opened:
        for _ in range(3):
            voter = Voter(opened.api)
            seen = await voter.begin([{"type": "text", "text": "What is it?"}, image])
            battle = await read(opened, take_id(seen))
            assert set(name_sides(battle)) == set(seeing)
            assert seen.kinds[-1] == "done"
        assert fake.records[0].json["messages"][0]["content"][1] == image
        blind = await voter.begin("Hello")
        while set(name_sides(await read(opened, take_id(blind)))) == set(seeing):
            blind = await voter.begin("Hello")
        told = await voter.go_on(take_id(blind), [{"type": "text", "text": "And this?"}, image])
        assert (told.status, told.json["error"]["code"]) == (400, "no_images")
        assert [word for word in TELLING if word in told.body] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "none of the arena"),
        ({"prompt": ""}, "found no text"),
        ({"prompt": 3}, "none of the arena"),
        ({"prompt": "Hi", "model": "fake/x"}, "unknown field"),
        ({"prompt": [{"type": "text", "text": "Hi"}, {"type": "input_audio"}]}, "none of the arena"),
        (
            {"prompt": [{"type": "text", "text": "Hi"},
             {"type": "image_url", "image_url": {"url": "https://example.com/spy.png"}}]},
            "expected one as a data: URL",
        ),
    ],
)  # fmt: skip
async def test_a_prompt_that_is_none_is_refused(opening: Open, body: Any, words: str) -> None:
    async with opening(TWO) as opened:
        seen = await Voter(opened.api).post("/api/arena/battles", body)
        assert seen.status == 400
        assert words in seen.json["error"]["message"]


async def test_a_battle_is_its_voters_own(opening: Open) -> None:
    async with opening(TWO) as opened:
        voter, other, forger = Voter(opened.api), Voter(opened.api), Voter(opened.api)
        battle_id = take_id(await voter.begin())
        await other.begin()
        assert other.token != voter.token
        assert voter.token is not None
        forger.token = voter.token[:-1] + ("0" if voter.token[-1] != "0" else "1")
        for stranger in (other, forger):
            assert (await stranger.go_on(battle_id, "More")).status == 404
            assert (await stranger.vote(battle_id)).status == 404
        assert (await forger.get("/api/arena/votes")).json["data"] == []
        kept = voter.token
        again = await voter.begin()
        assert (again.headers["x-fen-voter"], voter.token) == (kept, kept)
        assert "HttpOnly; SameSite=Lax" in again.headers["set-cookie"]


async def test_a_second_vote_changes_nothing_and_ends_nothing(opening: Open) -> None:
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        battle_id = take_id(await voter.begin())
        first = (await voter.vote(battle_id, "left")).json
        second = (await voter.vote(battle_id, "right")).json
        third = (await voter.vote(battle_id, "left")).json
        assert [one["accepted"] for one in (first, second, third)] == [True, False, False]
        assert second["outcome"] == "left"
        assert len((await voter.get("/api/arena/votes")).json["data"]) == 1
        late = await voter.go_on(battle_id, "More")
        assert (late.status, late.json["error"]["code"]) == (400, "battle_ended")
        wrong = await voter.vote(battle_id, "both")
        assert (wrong.status, wrong.json["error"]["param"]) == (400, "outcome")


async def test_who_leaves_finds_what_was_said_kept(opening: Open, fake: FakeUpstream) -> None:
    slow = ("fake/tokens-400-gap-2ms", "rival/tokens-400-gap-3ms")
    text = write_models(*slow) + f"[arena]\nmodels = {list(slow)}\n"
    async with opening(text) as opened:
        voter = Voter(opened.api)
        seen = await voter.post("/api/arena/battles", {"prompt": "Hello"}, leave_after=12)
        battle_id = take_id(seen)
        await fake.until(lambda record: record.closed.is_set(), 2)
        battle = await read(opened, battle_id)
        [turn] = battle.turns
        assert (turn.left.error, turn.right.error, battle.state) == (INTERRUPTED, INTERRUPTED, "open")
        left, right = seen.texts
        assert left
        assert turn.left.text.startswith(left)
        assert turn.right.text.startswith(right)
        assert (await voter.vote(battle_id)).json["error"]["code"] == "battle_unanswered"
        assert (await voter.go_on(battle_id, "Again [[tokens-5]]")).kinds[-1] == "done"


async def test_two_turns_never_run_at_once(opening: Open, fake: FakeUpstream) -> None:
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        battle_id = take_id(await voter.begin())
        running = asyncio.create_task(voter.go_on(battle_id, "Slowly [[stall-20]]"))
        await fake.until(lambda record: record.stalled.is_set(), 2)
        for refused in (await voter.go_on(battle_id, "At once"), await voter.vote(battle_id)):
            assert (refused.status, refused.json["error"]["code"]) == (400, "battle_busy")
        fake.release()
        assert (await running).kinds[-1] == "done"
        assert (await voter.vote(battle_id)).json["counted"]


async def test_an_arena_of_one_that_sees_says_so(opening: Open) -> None:
    text = write_models(FAST, SLOW, sighted=(FAST,)) + f'[arena]\nmodels = ["{FAST}", "{SLOW}"]\n'
    async with opening(text) as opened:
        image = {"type": "image_url", "image_url": {"url": PIXEL}}
        seen = await Voter(opened.api).begin([{"type": "text", "text": "What?"}, image])
        assert (seen.status, seen.json["error"]["code"]) == (400, "too_few_models")


async def test_who_may_meet_is_counted(opening: Open) -> None:
    seen = write_models(FAST, SLOW, "fake/tokens-9", sighted=(FAST, SLOW))
    hidden = '[arena.stealth.moonlight]\nmodel = "fake/tokens-9"\n'
    async with opening(seen + f'[arena]\nmodels = ["{FAST}", "{SLOW}"]\n' + hidden) as opened:
        assert await opened.arena.count_players() == Players(chosen=True, count=3, sighted=2)
    async with opening(seen) as opened:
        assert await opened.arena.count_players() == Players(chosen=False, count=2, sighted=0)
