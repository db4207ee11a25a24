# pyright: reportUnknownMemberType=false
"""One request: the facts of each of its attempts, as `GET /v1/requests/{id}` has them."""

from __future__ import annotations

import msgspec
from nicegui import ui

from fen.app import Records, find_request
from fen.ledger import describe_entry, flatten_facts
from fen.web.pages.rows import show_rows
from fen.web.pages.usage.sums import show_heading
from fen.web.pages.visit import Visit

_LONGEST = 100


async def show_request(visit: Visit, records: Records, request_id: str) -> None:
    """Show a request; raises NotFound for one that there is not, or that is another key's."""
    say = visit.say
    ui.link(say("Back to usage"), "/usage")
    mine = None if visit.is_admin or visit.key is None else visit.key.id
    entries = await find_request(records.book, request_id[:_LONGEST], mine)
    ui.label(request_id).classes("fen-id text-weight-medium")
    for number, entry in enumerate(entries, 1):
        title = say("Attempt {number}", number=number)
        show_heading(title)
        facts = flatten_facts(describe_entry(entry))
        rows = [(name, _tell(value)) for name, value in facts]
        show_rows(title, [(say("Fact"), "code"), (say("Value"), "text")], rows)


def _tell(value: object) -> str:
    """Return a value as JSON has it; a text without its marks."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
