"""Who plays: contenders, codenames, those that were revealed, and who may be shown an image."""

from datetime import UTC, datetime

import pytest

from fen.arena.battle import Contender
from fen.arena.identity import LeakFilter
from fen.arena.lineup import Hidden, Lineup, pick_playing
from fen.arena.variant import Variant
from fen.wire.errors import InvalidRequest

NOW = datetime(2026, 11, 26, tzinfo=UTC)
LINEUP = Lineup(
    open=(Contender("acme/one", "acme/one", vision=True), Contender("acme/two", "acme/two")),
    hidden=(Hidden("moonlight", "zenith/quasar-9"), Hidden("sunrise", "acme/three", "preliminary")),
    sighted=frozenset({"acme/one", "zenith/quasar-9"}),
    aliases={"acme/one": ("One",)},
)


def gone(name: str, *, revealed: bool) -> dict[str, Variant]:
    model = next(one.model for one in LINEUP.hidden if one.name == name)
    return {name: Variant(name, model, NOW, NOW if revealed else None, NOW, "tested enough")}


def names(lineup: Lineup, taken: dict[str, Variant]) -> list[str]:
    return [one.name for one in lineup.play(taken)]


def test_hidden_models_meet_others_under_their_codenames() -> None:
    assert names(LINEUP, {}) == ["acme/one", "acme/two", "moonlight", "sunrise"]
    moonlight = LINEUP.find("moonlight")
    assert moonlight is not None
    assert (moonlight.model, moonlight.vision, moonlight.stealth) == ("zenith/quasar-9", True, True)


def test_a_revealed_model_plays_under_its_own_name_and_a_retired_one_not_at_all() -> None:
    assert names(LINEUP, gone("moonlight", revealed=True)) == [
        "acme/one",
        "acme/two",
        "zenith/quasar-9",
        "sunrise",
    ]
    assert names(LINEUP, gone("moonlight", revealed=False)) == ["acme/one", "acme/two", "sunrise"]
    for name in ("moonlight", "zenith/quasar-9"):  # battles that began before go on, and new ones are found
        found = LINEUP.find(name)
        assert found is not None
        assert found.model == "zenith/quasar-9"


def test_a_revealed_model_that_plays_already_plays_once() -> None:
    both = Lineup(open=(Contender("zenith/quasar-9", "zenith/quasar-9"),), hidden=LINEUP.hidden)
    assert names(both, gone("moonlight", revealed=True)) == ["zenith/quasar-9", "sunrise"]


def test_the_board_is_told_which_names_it_treats_apart() -> None:
    tested = {one.name: Variant(one.name, one.model, NOW) for one in LINEUP.hidden}
    assert LINEUP.list_covered(tested) == {"moonlight": "never", "sunrise": "preliminary"}
    for revealed in (True, False):  # its votes were on a codename, and the register tells of it
        assert LINEUP.list_covered(tested | gone("sunrise", revealed=revealed)) == {
            "moonlight": "never",
            "sunrise": "never",
        }
    assert Lineup().list_covered(tested) == {"moonlight": "never", "sunrise": "never"}


def test_images_are_for_those_who_see() -> None:
    playing = LINEUP.play({})
    assert pick_playing(playing, images=True) == ["acme/one", "moonlight"]
    with pytest.raises(InvalidRequest, match="found 1 models with images"):
        pick_playing(LINEUP.play(gone("moonlight", revealed=False)), images=True)


@pytest.mark.parametrize(
    "claim",
    ["I am Quasar.", "I was made by Zenith.", "My name is moonlight.", "我是 quasar-9。", "I'm sunrise."],
)
def test_the_roster_knows_what_is_behind_a_codename(claim: str) -> None:
    assert LeakFilter(LINEUP.make_roster()).spoils(claim)
