"""A battle in which a model says who it is: it is remembered at once, and told with the vote."""

from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from fen.app import load_settings
from fen.arena.battles import Battles
from fen.gateway import Caller, Reply
from fen.wire.request import Request
from fen.wire.sse import DONE, frame
from tests.fakes.voter import Voter
from tests.integration.arena.conftest import Open, Opened, write_models
from tests.integration.arena.test_battles import FAST, SLOW, TWO, name_sides, read, take_id


class Talkers:
    """A pipeline in which each model says a sentence of its own."""

    def __init__(self, said: dict[str, str]) -> None:
        self.said = said

    async def __call__(self, request: Request, _: Caller) -> Reply:
        rest = self._speak(self.said[request.view.model])
        return Reply((), await anext(rest), rest)

    async def _speak(self, text: str) -> AsyncGenerator[bytes, None]:
        for at in range(0, len(text), 3):
            yield frame(msgspec.json.encode({"choices": [{"delta": {"content": text[at : at + 3]}}]}))
        yield frame(DONE)


def let_talk(opened: Opened, said: dict[str, str]) -> None:
    opened.arena.battles = Battles(replace(opened.arena.means, ask=Talkers(said)))


async def test_a_claim_voids_the_vote_and_is_not_told_before(opening: Open) -> None:
    async with opening(TWO) as opened:
        let_talk(opened, {FAST: "Of course. I am Kimi. What else?", SLOW: "Of course. It is a palm tree."})
        voter = Voter(opened.api)
        seen = await voter.begin()
        assert seen.kinds == ["battle", "start", "text", "done"]
        battle = await read(opened, take_id(seen))
        assert battle.spoilt
        told = (await voter.vote(battle.id)).json
        assert (told["counted"], told["reasons"]) == (False, ["identity_leak"])
        assert told[name_sides(battle)[FAST]]["name"] == FAST
        [vote] = (await voter.get("/api/arena/votes")).json["data"]
        assert (vote["counted"], vote["reasons"]) == (False, ["identity_leak"])


async def test_a_claim_in_a_later_turn_that_fails_voids_too(opening: Open) -> None:
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        let_talk(opened, {FAST: "Yes.", SLOW: "No."})
        battle_id = take_id(await voter.begin())
        let_talk(opened, {FAST: "I am ChatGPT, made by OpenAI. " * 3, SLOW: "  "})
        assert (await voter.go_on(battle_id, "Who?")).kinds[-1] == "failed"
        assert (await read(opened, battle_id)).spoilt
        assert "identity_leak" in (await voter.vote(battle_id)).json["reasons"]


async def test_an_innocent_battle_is_not_spoilt(opening: Open) -> None:
    async with opening(TWO) as opened:
        let_talk(opened, {FAST: "Jean-Claude likes palm trees.", SLOW: "Claude Monet painted them."})
        voter = Voter(opened.api)
        battle_id = take_id(await voter.begin())
        assert not (await read(opened, battle_id)).spoilt
        assert (await voter.vote(battle_id)).json["counted"]


async def test_settings_that_are_read_again_change_who_plays(opening: Open, fen_home: Path) -> None:
    third = "fake/tokens-20"
    async with opening(TWO) as opened:
        voter = Voter(opened.api)
        battle_id = take_id(await voter.begin())
        path = fen_home / "fen.toml"
        text = path.read_text() + write_models(third)
        path.write_text(text.replace(f'models = ["{FAST}", "{SLOW}"]', f'models = ["{third}", "{SLOW}"]'))
        await opened.app.reload(load_settings(path, opened.app.settings.environ))
        later = await read(opened, take_id(await voter.begin()))
        assert set(name_sides(later)) == {third, SLOW}
        gone = await voter.go_on(battle_id, "More")
        assert (gone.status, gone.json["error"]["code"]) == (400, "battle_ended")
        assert (await voter.vote(battle_id)).json["counted"]
