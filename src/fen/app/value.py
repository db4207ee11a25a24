"""What models are worth: quality out of evaluations, a board or a file, beside what their answers cost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import numpy as np

from fen.arena.board import Board
from fen.catalogue import Catalogue, cost
from fen.evals.record import Record
from fen.evals.report import Entry
from fen.evals.statistics.draws import DRAWS, SEED, draw
from fen.evals.statistics.imported import Published
from fen.evals.statistics.items import find_cluster
from fen.evals.statistics.money import find_cost, is_correct
from fen.ledger import Fx, change_money
from fen.routing.value import Draws, Measured, Worth, find_worths
from fen.wire.errors import InvalidRequest, NotFound
from fen.wire.money import Money
from fen.wire.usage import Usage

_NONE: Draws = np.empty(0)
_WIDTH = 3  # figures of a model in a draw: answers, right ones, money
_HALF_WIDTH = 1.959963984540054  # the normal distribution's 97.5% point


class Value(msgspec.Struct, frozen=True):
    """Models between quality and money.

    worths: the cheapest first. unit: `share` of right answers, or `rating`. currency: of all costs. over: the
    suites, the board or the dimension that quality is of. left_out: by model, why it is not compared.
    """

    worths: tuple[Worth, ...]
    unit: str
    currency: str
    over: tuple[str, ...]
    left_out: Mapping[str, str] = {}


class Rule(msgspec.Struct, frozen=True):
    """In which currency costs are compared, by which rates; tokens of an answer where none was paid."""

    currency: str
    fx: Fx = {}
    input_tokens: int = 1000
    output_tokens: int = 500


def value_runs(entries: Sequence[Entry], rule: Rule, suites: Collection[str] = ()) -> Value:
    """Return the value of models by their evaluations, over the samples that all of them were asked.

    Each suite counts alike, in quality and in cost. A model is left out that was asked none of the suites, or
    of which an answer has no price that `rule` can change. Intervals by a bootstrap over clusters, the same
    draws for all. Raises NotFound where nothing is left to compare.
    """
    kept: dict[str, Sequence[Record]] = {}
    left_out: dict[str, str] = {}
    for entry in entries:
        records = [one for one in entry.records if not suites or one.suite in suites]
        reason = _find_fault(records, rule)
        if reason is None:
            kept[entry.name] = records
        else:
            left_out[entry.name] = reason
    shared = _share_suites(kept.values())
    if not shared:
        told = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise NotFound(
            f"found no suite that all models were asked, expected one{': ' + told if told else ''}"
        )
    sums = [_sum_suite(suite, kept, rule) for suite in shared]
    names = list(kept)
    measured = [_join_suites(names[at], [one[:, at] for one in sums]) for at in range(len(names))]
    return Value(find_worths(measured, share=True), "share", rule.currency, shared, left_out)


def value_board(board: Board, rule: Rule) -> Value:
    """Return the value of models by a board: rating and the median cost of their answers.

    Draws of ratings are independent, by each one's own interval; costs have no interval. Raises NotFound.
    """
    measured: list[Measured] = []
    left_out: dict[str, str] = {}
    random = np.random.default_rng(SEED)
    for row in board.rows:
        money = None if row.cost is None else change_money(row.cost, rule.currency, rule.fx)
        if row.rating is None or row.low is None or row.high is None:
            left_out[row.model] = row.why or "it is unrated"
        elif money is None:
            left_out[row.model] = "no price, or none in a currency with a rate"
        else:
            spread = (row.high - row.low) / 2 / _HALF_WIDTH
            draws = random.normal(row.rating, spread, DRAWS)
            paid = float(money.amount)
            measured.append(Measured(row.model, row.rating, paid, draws, np.full(DRAWS, paid)))
    if not measured:
        raise NotFound("found no model with a rating and a cost on the board, expected one")
    return Value(find_worths(measured, share=False), "rating", rule.currency, (board.category,), left_out)


def value_published(
    scores: Sequence[Published], catalogue: Catalogue, rule: Rule, dimension: str | None = None
) -> Value:
    """Return the value of models by published scores, and the prices that hold now.

    An answer has the tokens of `rule`. Intervals where the number of items is known, by a beta distribution.
    Raises NotFound, and InvalidRequest for several dimensions of which none was chosen.
    """
    dimensions = dict.fromkeys(one.dimension for one in scores)
    if dimension is None and len(dimensions) > 1:
        raise InvalidRequest(f"found the dimensions {', '.join(dimensions)}, expected one to be chosen")
    wanted = [one for one in scores if dimension is None or one.dimension == dimension]
    measured: list[Measured] = []
    left_out: dict[str, str] = {}
    drawn = all(one.n for one in wanted)
    random = np.random.default_rng(SEED)
    for one in wanted:
        money = _price(one.model, catalogue, rule)
        if isinstance(money, str):
            left_out[one.model] = money
            continue
        quality = float(one.score) / 100
        draws = _NONE
        if drawn and one.n:
            right = quality * one.n
            draws = random.beta(right + 0.5, one.n - right + 0.5, DRAWS)
        paid = float(money.amount)
        measured.append(Measured(one.model, quality, paid, draws, np.full(len(draws), paid)))
    if not measured:
        told = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise NotFound(f"found no score of a model with a price, expected one{': ' + told if told else ''}")
    over = tuple(dict.fromkeys(one.dimension for one in wanted))
    return Value(find_worths(measured, share=True), "share", rule.currency, over, left_out)


def _find_fault(records: Sequence[Record], rule: Rule) -> str | None:
    if not records:
        return "no answer to these suites"
    if any(find_cost(record) is None for record in records):
        return "an answer without a known price"
    foreign = {record.cost.currency for record in records if record.cost is not None}
    lacking = sorted(one for one in foreign if one != rule.currency and (one, rule.currency) not in rule.fx)
    return f"costs in {lacking[0]}, and no rate to {rule.currency} in [fx]" if lacking else None


def _share_suites(kept: Iterable[Sequence[Record]]) -> tuple[str, ...]:
    """Return the suites of which all models have a sample in common."""
    asked: list[set[tuple[str, str]]] = [{(one.suite, one.sample) for one in records} for records in kept]
    common: set[tuple[str, str]] = asked[0].intersection(*asked) if asked else set()
    return tuple(sorted({suite for suite, _ in common}))


def _sum_suite(suite: str, kept: Mapping[str, Sequence[Record]], rule: Rule) -> Draws:
    """Return the sums of answers, right ones and money: (1 + draws, models, 3), the first row undrawn."""
    asked: list[set[str]] = [
        {one.sample for one in records if one.suite == suite} for records in kept.values()
    ]
    common: set[str] = asked[0].intersection(*asked)
    clusters: dict[str, list[float]] = {}
    for at, records in enumerate(kept.values()):
        for record in records:
            if record.suite == suite and record.sample in common:
                row = clusters.setdefault(find_cluster(record), [0.0] * (_WIDTH * len(kept)))
                row[_WIDTH * at] += 1
                row[_WIDTH * at + 1] += is_correct(record)
                row[_WIDTH * at + 2] += float(_paid(record, rule))
    plain = np.sum([clusters[name] for name in sorted(clusters)], axis=0)
    sums = np.vstack([plain, draw(clusters, _WIDTH * len(kept))])
    return sums.reshape(len(sums), len(kept), _WIDTH)


def _join_suites(model: str, sums: Sequence[Draws]) -> Measured:
    answers = [np.maximum(one[:, 0], 1) for one in sums]  # a draw may have none of a model's answers
    quality = np.mean([one[:, 1] / n for one, n in zip(sums, answers, strict=True)], axis=0)
    paid = np.mean([one[:, 2] / n for one, n in zip(sums, answers, strict=True)], axis=0)
    return Measured(model, float(quality[0]), float(paid[0]), quality[1:], paid[1:])


def _paid(record: Record, rule: Rule) -> Decimal:
    if record.cost is None:
        return Decimal(0)  # no answer came
    money = change_money(record.cost, rule.currency, rule.fx)
    assert money is not None  # looked at before
    return money.amount


def _price(model: str, catalogue: Catalogue, rule: Rule) -> Money | str:
    card = catalogue.find(model)
    if card is None:
        return "no model of that name is known"
    rates = catalogue.rates(card.id, datetime.now(UTC))
    money = None if rates is None else cost(Usage(rule.input_tokens, output=rule.output_tokens), rates)
    if money is None:
        return "its price is not known"
    changed = change_money(money, rule.currency, rule.fx)
    return changed or f"its price is in {money.currency}, and there is no rate to {rule.currency} in [fx]"
