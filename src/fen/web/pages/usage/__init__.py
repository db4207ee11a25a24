"""Usage: what was spent, on what, by whom; what is left; what was found; and which requests stand out."""

from __future__ import annotations

from fen.app import Records
from fen.app.spending import list_budgets_of, read_spending
from fen.web.pages.shell import waited
from fen.web.pages.usage.budgets import show_budgets
from fen.web.pages.usage.choice import read_choice, show_choice
from fen.web.pages.usage.one import show_request
from fen.web.pages.usage.picture import show_days
from fen.web.pages.usage.standing import show_extremes, show_findings, show_savings
from fen.web.pages.usage.sums import show_export, show_groups, show_totals
from fen.web.pages.visit import Visit


async def show(visit: Visit) -> None:
    """Show the page; with `request` in the query string, one request."""
    app = visit.app
    records = Records(app.storage, app.pipeline.parts.tiers, app.keyring, app.book)
    wanted = visit.request.query_params.get("request")
    if wanted is not None:
        await show_request(visit, records, wanted)
        return
    choice = await read_choice(visit, records.find_key)
    keys = await records.keyring.list() if visit.is_admin else [visit.key] if visit.key is not None else []
    names = {key.id: key.name for key in keys}
    key_id = choice.key.id if choice.key is not None else None
    show_choice(visit, choice, keys if visit.is_admin else [])
    # Millions of rows take seconds.
    async with waited(visit.say("The books are being added up …")) as listens:
        if not listens:
            return
        spending = await read_spending(records, choice.days, key_id)
        rooms = await records.rooms(await list_budgets_of(records, choice.key))
    show_export(visit, records, choice)
    show_totals(visit.say, spending)
    show_budgets(visit.say, rooms, names)
    show_days(visit.say, spending, choice.days)
    show_groups(visit.say, spending, names)
    show_savings(visit.say, spending)
    show_findings(visit.say, spending, names)
    show_extremes(visit.say, spending, names)
