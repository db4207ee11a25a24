"""Drawing prices through time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from fen.catalogue import Card, Catalogue
from fen.catalogue.history import find_end, list_between, list_changes
from fen.evals.report.charts import Stair, draw_steps
from fen.evals.report.style import write_picture
from fen.wire.errors import ConfigError
from fen.wire.usage import Meter

MOST = 40
"""So many lines can be told apart by their names."""


def draw_prices(
    catalogue: Catalogue, cards: Sequence[Card], span: tuple[datetime, datetime], currency: str, meter: Meter
) -> str:
    """Return a picture (SVG) of what a million tokens of a meter cost on each model, in one currency.

    Drawn are the standard prices, for short prompts at all hours, of the models whose price began or changed
    in the span. Raises ConfigError where there are none, or more than MOST.
    """
    found = find_stairs(catalogue, cards, span, currency, meter)
    title = f"Price of {meter}, {currency} per million tokens"
    description = "; ".join(
        f"{stair.name}: " + ", ".join(f"{day} {value:g}" for day, value in stair.steps) for stair in found
    )
    first, last = span[0].date(), span[1].date()
    chart = draw_steps(
        found, first, last, title=title, description=description, unit=f"{currency} / 1M {meter} tokens"
    )
    return write_picture(chart)


def find_stairs(
    catalogue: Catalogue, cards: Sequence[Card], span: tuple[datetime, datetime], currency: str, meter: Meter
) -> list[Stair]:
    """Return the lines of such a picture; raises ConfigError as `draw_prices` does."""
    found = [stair for card in cards if (stair := _make_stair(catalogue, card, span, currency, meter))]
    if not found or len(found) > MOST:
        expected = (
            f"at least one price of {meter} in {currency} that changed" if not found else f"at most {MOST}"
        )
        raise ConfigError(f"found {len(found)} models to draw, expected {expected}")
    return found


def find_edges(stairs: Sequence[Stair]) -> tuple[float, float]:
    """Return the edges of a logarithmic axis; on the lower one lies what costs nothing."""
    paid = [price for stair in stairs for _, price in stair.steps if price > 0] or [1.0]
    return min(paid) / 1.5, max(paid) * 1.5


def _make_stair(
    catalogue: Catalogue, card: Card, span: tuple[datetime, datetime], currency: str, meter: Meter
) -> Stair | None:
    """Return a model's prices in a span; None where none began or changed in it."""
    moved = any(
        any(price.meter == meter for price in entry.prices)
        for entry in list_between(catalogue, card, *span)
        if (entry.currency, entry.tier, entry.above, entry.schedule) == (currency, "standard", 0, ())
    )
    if not moved:
        return None
    steps: list[tuple[date, float]] = []
    for change in list_changes(catalogue.prices(card.id)):
        if change.key != ("standard", currency, (), 0, meter) or change.after is None:
            continue
        day = span[0].date() if change.at is None else catalogue.clock(card, change.at).date()
        if day >= span[1].date():
            break
        day = max(day, span[0].date())
        if steps and steps[-1][0] == day:
            steps.pop()
        steps.append((day, float(change.after)))
    end = find_end(catalogue, card)
    name = card.id.partition("/")[2]
    return Stair(name, card.vendor, tuple(steps), end if end is not None and end < span[1].date() else None)
