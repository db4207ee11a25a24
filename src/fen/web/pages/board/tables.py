"""The board's tables as HTML: what a model is called is somebody else's text, so every cell is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from fen.arena.board import Board, Row
from fen.arena.sensitivity import Way
from fen.arena.sheet import find_flips
from fen.web.pages.frame import frame_table
from fen.web.pages.words import Words

SAID = (
    "no votes",
    "won every vote: no rating is the most likely one",
    "lost every vote: no rating is the most likely one",
    "not tied to the other models by wins in both directions",
    "length",
    "headers",
    "lists",
    "bold",
    "side",
)
"""What the rooms below say, so that it can be said in other languages."""


def write_board(board: Board, say: Words) -> str:
    """Return the models in their groups, one row each, then those that are not rated."""
    flips = find_flips(board)
    heads = (
        (say("Group"), False),
        (say("Rank"), False),
        (say("Model"), False),
        (say("Rating"), True),
        (say("95% interval"), True),
        (say("Votes"), True),
        (say("Votes to flip"), True),
        (say("Both bad"), True),
        (say("Cost of an answer"), True),
        (say("Worth its money"), False),
    )
    rows = list[str]()
    for group, found in groupby(board.rows, key=lambda row: row.group):
        members = list(found)
        for at, row in enumerate(members):
            first = _write_group(group, len(members)) if at == 0 else ""
            rows.append(
                f"<tr{' class=fen-first' if at == 0 else ''}>{first}{_write_row(row, flips, say)}</tr>"
            )
    return _write_table(say("The board in numbers"), heads, rows)


def write_styles(board: Board, say: Words) -> str:
    """Return how much each style is preferred; nothing where style was not taken out."""
    if not board.coefficients:
        return ""
    heads = ((say("Style"), False), (say("Log-odds"), True), (say("95% interval"), True))
    rows = [
        f"<tr><th scope=row>{_clean(say(one.name))}</th>"
        f"{_figure(f'{one.value:+.3f}')}{_figure(f'{one.low:+.3f} – {one.high:+.3f}')}</tr>"
        for one in board.coefficients
    ]
    return _write_table(say("What style is worth to the voters"), heads, rows)


def write_ways(board: Board, say: Words) -> str:
    """Return how far the board would move if the same votes were counted in other ways."""
    if not board.sensitivities:
        return ""
    heads = (
        (say("Counted in another way"), False),
        (say("Largest move, points"), True),
        (say("Neighbours that change places"), False),
    )
    rows = list[str]()
    for one in board.sensitivities:
        swapped = ", ".join(f"{upper} / {lower}" for upper, lower in one.swapped) or say("none")
        cells = (
            f'<td colspan="2">{_clean(one.why)}</td>'
            if one.why
            else f"{_figure(say.number(one.most, 1))}<td>{_clean(swapped)}</td>"
        )
        rows.append(f"<tr><th scope=row>{_clean(_name_way(one.way, say))}</th>{cells}</tr>")
    return _write_table(say("The same votes, counted in other ways"), heads, rows)


def _name_way(way: Way, say: Words) -> str:
    return {
        "davidson": say("Ties as an outcome of their own (Davidson)"),
        "without_both_bad": say("Without the votes that found both bad"),
        "inverse_propensity": say("As if all pairs had met equally often"),
    }[way]


def _write_group(group: int | None, size: int) -> str:
    span = f' rowspan="{size}"' if size > 1 else ""
    return f"<td{span} class=fen-group>{'' if group is None else group}</td>"


def _write_row(row: Row, flips: Mapping[str, int], say: Words) -> str:
    mark = f" <span class=fen-mark>{_clean(say('preliminary'))}</span>" if row.mark == "preliminary" else ""
    name = f"<th scope=row>{_clean(row.model)}{mark}</th>"
    bad = "" if row.both_bad is None else say.share(row.both_bad)
    if row.rating is None:
        told = f'<td colspan="2" class=fen-quiet>{_clean(say("unrated"))}: {_clean(say(row.why))}</td>'
        return f"<td></td>{name}{told}{_figure(say.number(row.votes))}<td></td>{_figure(bad)}{_end(row, say)}"
    assert row.low is not None
    assert row.high is not None
    rank = str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}–{row.rank_high}"
    flip = flips.get(row.model)
    return (
        f"<td>{rank}</td>{name}<td class='fen-number fen-strong'>{say.number(row.rating, 1)}</td>"
        + _figure(f"{say.number(row.low, 1)} – {say.number(row.high, 1)}")
        + _figure(say.number(row.votes))
        + _figure("" if flip is None else say.number(flip))
        + _figure(bad)
        + _end(row, say)
    )


def _end(row: Row, say: Words) -> str:
    cost = "" if row.cost is None else str(row.cost)
    worth = {None: "", True: say("yes"), False: say("no: {models}", models=", ".join(row.dominated_by))}
    return f"{_figure(cost)}<td>{_clean(worth[row.frontier])}</td>"


def _write_table(caption: str, heads: Sequence[tuple[str, bool]], rows: Iterable[str]) -> str:
    head = "".join(
        f"<th scope=col{' class=fen-number' if figure else ''}>{_clean(name)}</th>" for name, figure in heads
    )
    return frame_table(caption, head, "".join(rows), "fen-scroll", "fen-table", "fen-unseen")


def _figure(text: str) -> str:
    return f"<td class=fen-number>{_clean(text)}</td>"


def _clean(text: str) -> str:
    return html.escape(text, quote=True)
