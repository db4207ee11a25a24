"""A batch waits for its cheapest hour, and for nothing else."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from fen.batch import Load, Pace, plan_starts
from fen.catalogue import Catalogue, Tariff
from tests.unit.batch.prices import CARD, at, catalogue, tariff

PACE = Pace(line_seconds=6, concurrency=10, margin=timedelta(hours=1))


def start(
    prices: Catalogue, now: datetime, deadline: datetime, lines: int = 100, pace: Pace = PACE, **tokens: int
) -> datetime:
    load = Load(CARD.id, lines, tokens.get("read", 100 * lines), tokens.get("written", 100 * lines))
    return plan_starts([load], prices, now, deadline, pace)[CARD.id]


def test_nothing_cheaper_starts_now() -> None:
    assert start(catalogue(tariff("1")), at(9), at(9, 1)) == at(9)


def test_it_waits_for_the_cheap_hours() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (17, 1)))
    assert start(prices, at(9), at(9, 1)) == at(17)


def test_within_the_cheap_hours_it_starts_now() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (17, 1)))
    assert start(prices, at(23), at(23, 1)) == at(23)
    assert start(prices, at(0.5, 1), at(0.5, 2)) == at(0.5, 1)


def test_the_first_of_equally_cheap_hours_is_taken() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (12, 13)), tariff("0.5", (20, 21)))
    assert start(prices, at(9), at(9, 1)) == at(12)


def test_the_cheapest_of_several_hours_is_taken() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (12, 13)), tariff("0.4", (20, 21)))
    assert start(prices, at(9), at(9, 1)) == at(20)


def test_dear_hours_are_waited_out() -> None:
    prices = catalogue(tariff("0.5"), tariff("1", (8, 18)))
    assert start(prices, at(9), at(9, 1)) == at(18)


def test_a_new_tariff_is_waited_for() -> None:
    prices = catalogue(tariff("1"), tariff("0.9", starts=at(0, 1)))
    assert start(prices, at(9), at(9, 1)) == at(0, 1)


def test_cheap_hours_that_come_too_late_are_not_waited_for() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (17, 1)))
    assert start(prices, at(9), at(18.5)) == at(17)
    # 600 lines at 6 s and 10 at once take 6 minutes, and an hour is kept free.
    assert start(prices, at(9), at(18) + timedelta(minutes=6), lines=600) == at(17)
    assert start(prices, at(9), at(18) + timedelta(minutes=5), lines=600) == at(9)


def test_other_batches_take_their_time_too() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (17, 1)))
    busy = Pace(PACE.line_seconds, PACE.concurrency, PACE.margin, others=10_000)
    assert start(prices, at(9), at(18.5), pace=busy) == at(9)


def test_a_batch_that_is_late_starts_now() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (17, 1)))
    assert start(prices, at(16), at(16.5)) == at(16)
    assert start(prices, at(16), at(15)) == at(16)


def test_what_a_typical_line_is_made_of_decides() -> None:
    def priced(read: str, written: str, hours: tuple[int, int] | None = None) -> Tariff:
        return tariff("1", hours, prices={"input": Decimal(read), "output": Decimal(written)})

    prices = catalogue(priced("1", "1"), priced("0.5", "2", (17, 1)))
    assert start(prices, at(9), at(9, 1), read=100_000, written=100) == at(17)
    assert start(prices, at(9), at(9, 1), read=100, written=100_000) == at(9)


@pytest.mark.parametrize(
    "cheap",
    [
        tariff("0.5", (17, 1), tier="batch"),
        tariff("0.5", (17, 1), currency="CNY"),
        tariff("0.5", (17, 1), prices={}),
    ],
    ids=["another kind of service", "another currency", "a price that is not known"],
)
def test_what_cannot_be_compared_is_not_waited_for(cheap: Tariff) -> None:
    assert start(catalogue(tariff("1"), cheap), at(9), at(9, 1)) == at(9)


def test_a_model_without_a_known_price_starts_now() -> None:
    assert start(catalogue(), at(9), at(9, 1)) == at(9)
    assert start(catalogue(tariff("0.5", (17, 1))), at(9), at(9, 1)) == at(9)
    loads = [Load("no/such", 1, 1, 1)]
    assert plan_starts(loads, catalogue(), at(9), at(9, 1), PACE) == {"no/such": at(9)}


def test_each_model_has_its_own_hour() -> None:
    prices = catalogue(tariff("1"), tariff("0.5", (17, 1)))
    loads = [Load(CARD.id, 10, 1000, 1000), Load("no/such", 10, 1000, 1000)]
    assert plan_starts(loads, prices, at(9), at(9, 1), PACE) == {CARD.id: at(17), "no/such": at(9)}
