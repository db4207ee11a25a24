"""`[arena]` of fen.toml: what it says, what it may not say, and who plays by it."""

from pathlib import Path

import pytest

from fen.app import EMBEDDED, load_settings
from fen.app.arena import BUILT_IN, make_lineup, make_rules
from fen.app.arena_tables import ArenaTable, StealthTable
from fen.arena.judging import VoteRules
from fen.catalogue import Catalogue
from fen.wire.errors import ConfigError

FULL = """
[arena]
models = ["openai/gpt-4o", "deepseek/deepseek-chat"]
anchor = "openai/gpt-4o"
votes_by_voter = 5
delay_seconds = 60

[arena.stealth.moonlight]
model = "openai/gpt-4o-mini"
show = "preliminary"
"""


def read(folder: Path, text: str) -> ArenaTable:
    path = folder / "fen.toml"
    path.write_text(text)
    return load_settings(path, {"FEN_HOME": str(folder)}).arena


def test_all_of_it_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, FULL)
    assert table.stealth == {"moonlight": StealthTable("openai/gpt-4o-mini", "preliminary")}
    assert (table.anchor, table.delay_seconds) == ("openai/gpt-4o", 60)
    assert make_rules(table) == VoteRules(by_voter=5)


def test_votes_keep_to_the_usual_rules_unless_said() -> None:
    assert make_rules(ArenaTable()) == VoteRules()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[arena]\nmodels = ["a/b"]', 1, "arena: found one model, expected two or more"),
        ('[arena]\nmodels = ["a/b", "a/b"]', 2, "arena.models[1]: found 'a/b' twice"),
        ('[arena]\nmodels = ["a/b", "b"]', 2, "arena.models[1]: found an id without a vendor"),
        ('[arena]\nmodels = ["a/b", "a/c"]\nanchor = "a/d"', 3, "arena.anchor: found 'a/d', expected one of"),
        ("[arena]\nvoters = 3", 2, "arena.voters: found an unknown key"),
        ("[arena]\nvotes_by_voter = 0", 2, "arena.votes_by_voter: found 0"),
        ('[arena.stealth.Moon]\nmodel = "a/c"', 1, "arena.stealth.Moon: found a name that is none"),
        ('[arena.stealth.moon]\nmodel = "c"', 2, "arena.stealth.moon.model: found an id without"),
        ('[arena.stealth.moon]\nmodel = "a/c"\nshow = "all"', 3, "arena.stealth.moon.show: found 'all'"),
        ('[arena.stealth.moon]\nshow = "never"', 1, "arena.stealth.moon: found"),
    ],
)  # fmt: skip
def test_complaints_name_the_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert f"fen.toml:{line}: {words}" in caught.value.message


def test_without_a_table_the_embedded_model_plays_against_itself(catalogue: Catalogue) -> None:
    lineup, missing = make_lineup(ArenaTable(), catalogue)
    assert missing == []
    cool, warm = lineup.play({})
    assert (cool, warm) == BUILT_IN
    assert cool.model == warm.model == EMBEDDED
    assert cool.name != warm.name
    assert cool.settings["temperature"] != warm.settings["temperature"]


def test_who_may_see_and_who_is_missing_comes_from_the_catalogue(catalogue: Catalogue) -> None:
    table = ArenaTable(models=["openai/gpt-4o", "no/such"], stealth={"moon": StealthTable("no/other")})
    lineup, missing = make_lineup(table, catalogue)
    assert missing == ["no/such", "no/other"]
    [player] = lineup.play({})
    assert (player.name, player.vision) == ("openai/gpt-4o", True)


def test_a_route_may_play(catalogue: Catalogue) -> None:
    lineup, missing = make_lineup(ArenaTable(models=["openai/gpt-4o", "fen/auto"]), catalogue, ("fen/auto",))
    assert missing == []
    assert [player.name for player in lineup.play({})] == ["openai/gpt-4o", "fen/auto"]
