from decimal import Decimal

import msgspec
import pytest

from fen.evals.statistics.money import find_cost_per_correct
from fen.evals.statistics.one_more import OneMore, find_one_more, tell_price
from fen.wire.money import Money
from tests.fakes.worths import make_record, make_records


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def test_it_is_the_sum_of_costs_by_the_sum_of_right_answers():
    found = find_cost_per_correct(make_records("1" * 40 + "0" * 60, cost="0.001"))
    assert found.value == usd("0.0025")
    assert (found.correct, found.answers, found.unpriced) == (40, 100, 0)
    assert found.low is not None
    assert found.high is not None
    # Costs are alike, so the limits are those of the share: about 0.30 to 0.50.
    assert Decimal("0.0018") < found.low.amount < Decimal("0.0022")
    assert Decimal("0.0030") < found.high.amount < Decimal("0.0036")
    assert found.method == "bootstrap over 100 clusters"


def test_without_a_right_answer_there_is_a_lower_bound():
    found = find_cost_per_correct(make_records("0" * 60, cost="0.01"))
    assert found.value is None
    assert found.high is None
    assert found.low is not None
    assert float(found.low.amount) == pytest.approx(0.01 / (1 - 0.05 ** (1 / 60)), rel=1e-4)
    assert float(found.low.amount) == pytest.approx(0.01 / (3 / 60), rel=0.03)
    assert found.why == "no right answer"


def test_few_right_answers_leave_no_upper_limit():
    found = find_cost_per_correct(make_records("1" + "0" * 30, cost="0.01"))
    assert found.value == usd("0.31")
    assert found.high is None


def test_answers_without_a_price_are_left_out_of_both_sums_and_counted():
    records = [*make_records("11", cost="0.5"), make_record("x"), make_record("y", "api_error")]
    found = find_cost_per_correct(records)
    assert found.value == usd("0.5")
    assert (found.answers, found.unpriced) == (3, 1)
    assert find_cost_per_correct([make_record("x")]).why == "no answer has a price"


def test_costs_in_two_currencies_have_no_sum():
    yuan = make_record("c", cost=Money(Decimal(1), "CNY"))
    found = find_cost_per_correct([make_record("a", cost="1"), yuan])
    assert found.value is None
    assert found.why == "costs in CNY and USD: a sum needs a dated rate"


def test_epochs_of_a_sample_are_drawn_together():
    once = make_records("10" * 30, cost="0.01")
    thrice = [msgspec.structs.replace(record, epoch=epoch) for record in once for epoch in range(3)]
    one, three = find_cost_per_correct(once), find_cost_per_correct(thrice)
    assert one.low is not None
    assert three.low is not None
    assert float(three.low.amount) == pytest.approx(float(one.low.amount), rel=0.02)


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        (("1" * 40, "0.02"), ("1" * 20 + "0" * 20, "0.01"), "price"),
        (("1" * 40, "0.01"), ("1" * 20 + "0" * 20, "0.02"), "better"),
        (("1" * 20 + "0" * 20, "0.02"), ("1" * 40, "0.01"), "dominated"),
        (("1" * 20 + "0" * 20, "0.01"), ("1" * 40, "0.02"), "saving"),
        (("1010", "0.01"), ("1010", "0.01"), "alike"),
        (("1010", "0.01"), ("1010", "0.02"), "better"),
        (("1010", "0.02"), ("1010", "0.01"), "dominated"),
    ],
)
def test_one_more_right_answer_has_a_price_or_needs_none(a: tuple[str, str], b: tuple[str, str], kind: str):
    found = find_one_more(make_records(a[0], cost=a[1]), make_records(b[0], cost=b[1]))
    assert found.kind == kind
    if kind in {"price", "saving"}:
        assert found.value == usd("0.02")
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert found.low <= found.value <= found.high
        assert found.sure is not None
        assert found.sure > 0.99
    else:
        assert found.value is None


def test_a_gain_that_may_be_none_has_no_highest_price():
    found = find_one_more(
        make_records("1" + "10" * 20, cost="0.02"), make_records("0" + "01" * 20, cost="0.01")
    )
    assert found.kind == "price"
    assert found.high is None
    assert found.sure is not None
    assert found.sure < 0.9


def test_without_common_priced_items_nothing_is_known():
    assert find_one_more(make_records("1"), make_records("1", cost="1")).kind == "unknown"
    assert find_one_more([], []).kind == "unknown"
    other = make_records("1", cost="2", version="2")
    assert find_one_more(other, make_records("1", cost="1")).kind == "unknown"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            OneMore(kind="price", value=usd("0.02"), low=usd("0.01"), sure=0.975),
            "A costs 0.02 USD more than B (0.01 USD to no limit) (in 98% of draws)",
        ),
        (OneMore(kind="saving", value=usd("0.02"), low=usd("0.01"), high=usd("0.03")), "A saves 0.02 USD"),
        (OneMore(kind="better", sure=1.0), "no worse and no dearer than B"),
        (OneMore(kind="dominated", sure=1.0), "A is dominated by B"),
        (OneMore(kind="alike"), "as often right for as much money"),
        (OneMore(kind="unknown"), "no price is known"),
    ],
)
def test_each_kind_is_said_in_words(found: OneMore, words: str):
    assert words in tell_price(found, "A", "B")
