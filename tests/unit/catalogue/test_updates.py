from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from fen.catalogue import load_catalogue
from fen.catalogue.rivals import Rival, Statement
from fen.catalogue.updates import FOLDER, accept, propose, read_accepted
from fen.wire.errors import ConfigError

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
STATEMENT = Statement("openai", "gpt-4o-mini", {"input": Decimal("0.10"), "output": Decimal("0.6")}, {})


def rival(*statements: Statement) -> Rival:
    return Rival("list", "https://list.example/x.json", date(2026, 11, 26), "models.dev", statements)


def test_a_proposal_keeps_what_a_list_does_not_mention() -> None:
    [proposal] = propose(load_catalogue(), rival(STATEMENT), AT)
    assert proposal.before == {
        "input": Decimal("0.15"),
        "cached_input": Decimal("0.075"),
        "output": Decimal("0.60"),
    }
    assert proposal.after == {
        "input": Decimal("0.10"),
        "cached_input": Decimal("0.075"),
        "output": Decimal("0.6"),
    }
    assert proposal.hinders is None
    same = replace(STATEMENT, prices={"input": Decimal("0.15")})
    assert propose(load_catalogue(), rival(same), AT) == []


def test_new_models_are_proposed_where_asked_for() -> None:
    new = Statement("openai", "gpt-99", {"input": Decimal(1)}, {"context_window": 1000})
    foreign = Statement("nobody", "gpt-99", {"input": Decimal(1)}, {})
    assert propose(load_catalogue(), rival(new, foreign), AT) == []
    [proposal] = propose(load_catalogue(), rival(new, foreign), AT, new=True)
    assert (proposal.model, proposal.new, proposal.limits) == (
        "openai/gpt-99",
        True,
        {"context_window": 1000},
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (replace(STATEMENT, plain=False), "its price there depends"),
        (Statement("google", "gemini-2.5-pro", {"input": Decimal(9)}, {}), "its price here depends"),
    ],
)
def test_what_depends_on_the_prompt_is_left_to_a_person(
    statement: Statement, said: str, tmp_path: Path
) -> None:
    [proposal] = propose(load_catalogue(), rival(statement), AT)
    assert proposal.hinders is not None
    assert said in proposal.hinders
    assert accept(tmp_path, [proposal], rival(statement), AT) == []
    assert read_accepted(tmp_path) == []


def test_what_is_accepted_holds_from_then_on_and_changes_nothing_before(tmp_path: Path) -> None:
    before = load_catalogue()
    [path] = accept(tmp_path, propose(before, rival(STATEMENT), AT), rival(STATEMENT), AT)
    assert path == tmp_path / FOLDER / "openai.yaml"
    after = load_catalogue(accepted=read_accepted(tmp_path))
    rates = after.rates("openai/gpt-4o-mini", AT)
    assert rates is not None
    assert rates.per_million["input"] == Decimal("0.10")
    assert rates.source == "https://list.example/x.json"
    earlier = AT - timedelta(seconds=1)
    assert after.rates("openai/gpt-4o-mini", earlier) == before.rates("openai/gpt-4o-mini", earlier)
    assert after.find("gpt-4o-mini") == before.find("gpt-4o-mini")


def test_a_second_acceptance_appends_to_the_first(tmp_path: Path) -> None:
    accept(tmp_path, propose(load_catalogue(), rival(STATEMENT), AT), rival(STATEMENT), AT)
    first = (tmp_path / FOLDER / "openai.yaml").read_text()
    later, lower = AT + timedelta(days=1), replace(STATEMENT, prices={"input": Decimal("0.05")})
    known = load_catalogue(accepted=read_accepted(tmp_path))
    accept(tmp_path, propose(known, rival(lower), later), rival(lower), later)
    [overlay] = read_accepted(tmp_path)
    assert [row.input for row in overlay.models["gpt-4o-mini"].prices] == ["0.1", "0.05"]
    assert (tmp_path / FOLDER / "openai.yaml").read_text().startswith(first)
    again = load_catalogue(accepted=[overlay])
    for at, price in ((AT, "0.10"), (later, "0.05")):
        rates = again.rates("openai/gpt-4o-mini", at)
        assert rates is not None
        assert rates.per_million["input"] == Decimal(price)


def test_an_accepted_new_model_has_a_card(tmp_path: Path) -> None:
    new = Statement("openai", "gpt-99", {"input": Decimal(1), "output": Decimal(2)}, {"context_window": 1000})
    accept(tmp_path, propose(load_catalogue(), rival(new), AT, new=True), rival(new), AT)
    catalogue = load_catalogue(accepted=read_accepted(tmp_path))
    card = catalogue.find("gpt-99")
    assert card is not None
    assert card.context_window is not None
    assert card.context_window.value == 1000
    assert catalogue.rates(card.id, AT) is not None


@pytest.mark.parametrize(
    "text", ["vendor: [", "vendor: openai", "- 1", "vendor: v\nsources: {}\nmodels: {m: {x: 1}}"]
)
def test_a_file_that_is_no_overlay_says_so(text: str, tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "openai.yaml").write_text(text)
    with pytest.raises(ConfigError, match="expected an overlay that fen prices update wrote"):
        read_accepted(tmp_path)
