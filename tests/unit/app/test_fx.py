from datetime import date
from decimal import Decimal
from pathlib import Path

from fen.app import load_settings
from fen.app.fx import read_rates
from fen.app.tables import FxTable
from fen.ledger import Exchange

ON = date(2026, 11, 1)


def test_one_rate_exchanges_both_ways(tmp_path: Path) -> None:
    config = tmp_path / "fen.toml"
    config.write_text('[fx]\nCNY_PER_USD = {rate = "7.1", on = 2026-11-01, source = "the bank"}\n')
    rates = read_rates(load_settings(config, {"FEN_HOME": str(tmp_path)}).fx)
    assert rates["USD", "CNY"] == Exchange("USD", "CNY", Decimal("7.1"), "the bank", ON)
    back = rates["CNY", "USD"]
    assert (back.base, back.quote, back.source, back.on) == ("CNY", "USD", "the bank", ON)
    assert abs(back.rate * Decimal("7.1") - 1) < Decimal("1e-26")


def test_a_stated_rate_goes_before_an_inverse() -> None:
    rates = read_rates({"CNY_PER_USD": FxTable("7.1", ON, "a"), "USD_PER_CNY": FxTable(0.14, ON, "b")})
    assert (rates["USD", "CNY"].rate, rates["CNY", "USD"].rate) == (Decimal("7.1"), Decimal("0.14"))


def test_without_rates_nothing_is_exchanged() -> None:
    assert read_rates({}) == {}
