"""The report as one HTML file: no script, nothing fetched, every text escaped, a table beside each chart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from operator import itemgetter

from fen.evals.report import asides, drawing, tables
from fen.evals.report.charts.svg import clean, series_class
from fen.evals.report.style import write_style
from fen.evals.report.tables import Heading, Table
from fen.evals.report.values import Report
from fen.evals.report.words import Words

_CODE = re.compile("`([^`<>]+)`")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may do with the page, should a text ever get out of its place: nothing."""


def write_html(report: Report, words: Words) -> str:
    """Return the whole page."""
    parts = [_begin(report, words), *_write_sections(report, words)]
    if report.remarks:
        items = "".join(f"<li>{tell(line)}</li>" for line in report.remarks)
        parts.append(_section("remarks", words("remarks"), "", f"<ul>{items}</ul>"))
    title = tell(words("title"))
    return (
        f'<!DOCTYPE html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="referrer" content="no-referrer"><title>{title}</title>'
        f"<style>{write_style()}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )


def _begin(report: Report, words: Words) -> str:
    overview = tables.tell_overview(report, words)
    made = f"{words('made')} {report.made:%Y-%m-%d %H:%M} UTC · Fen"
    return (
        f'<header><h1>{tell(words("title"))}</h1><p class="soft">{tell(made)}</p></header>'
        f'<section id="models"><h2>{tell(words("models"))}</h2><p>{tell(words("overview_lead"))}</p>'
        f"{_write_table(overview, _number_models(report))}</section>"
    )


def _write_sections(report: Report, words: Words) -> Iterable[str]:
    colours = _number_models(report)
    if report.dimensions:
        yield _draw_dimensions(report, words, colours)
    if report.suites or report.published:
        yield _draw_suites(report, words, colours)
    if report.suites:
        chart = _figure(drawing.draw_outcomes(report, words))
        body = chart + _write_table(tables.tell_outcomes(report, words), colours)
        yield _section("outcomes", words("outcomes"), words("outcomes_lead"), body)
    if report.asides:
        shown = asides.tell_asides(report, words)
        body = "".join(_write_table(table, colours, caption=True) for table in shown)
        yield _section("beside", words("beside"), words("beside_lead"), body)
    if report.suites:
        body = _write_table(tables.tell_effort(report, words), colours)
        yield _section("effort", words("effort"), words("effort_lead"), body)
    if report.standings:
        body = _figure(drawing.draw_pareto(report, words))
        body += _write_table(tables.tell_standings(report, words), colours)
        lead = words("pareto_lead", suites=", ".join(report.pareto_suites))
        yield _section("pareto", words("pareto"), lead, body)
    if report.gap:
        body = _figure(drawing.draw_gap(report.gap, words))
        body += _write_table(tables.tell_gap(report, words), {})
        yield _section(
            "gap",
            words("gap"),
            words("gap_lead", ahead=report.gap[0].leader.group, behind=report.gap[0].follower.group),
            body,
        )
    if report.methods:
        body = _write_table(tables.tell_methods(report, words), {})
        body += _list_runs(report, words)
        body += _write_table(tables.tell_sources(report, words), {}, caption=True)
        yield _section("methods", words("methods"), words("methods_lead"), body)


def _draw_dimensions(report: Report, words: Words, colours: Mapping[str, int]) -> str:
    few = len(report.dimension_names) < drawing.LEAST_AXES
    chart = _figure(drawing.draw_dimensions(report, words))
    if len(report.models) > drawing.MOST and not few:
        chart += _note(words("first_models", count=str(drawing.MOST)))
    table = _write_table(tables.tell_dimensions(report, words, drawing.MOST), colours)
    lead = words("few_dimensions_lead" if few else "dimensions_lead")
    wide = few or len(report.models) > 2
    body = chart + table if wide else f'<div class="side"><div>{chart}</div><div>{table}</div></div>'
    return _section("dimensions", words("dimensions"), lead, body)


def _draw_suites(report: Report, words: Words, colours: Mapping[str, int]) -> str:
    body = _figure(drawing.draw_suites(report, words))
    if len(report.models) > drawing.MOST:
        body += _note(words("first_models", count=str(drawing.MOST)))
    if report.suites:
        body += _write_table(tables.tell_scores(report, words), colours)
    if report.published:
        body += _write_table(tables.tell_published(report, words), {}, caption=True)
    return _section("suites", words("suites"), words("suites_lead"), body)


def _list_runs(report: Report, words: Words) -> str:
    return _note(f"{words('runs')}: {'; '.join(map(tables.tell_runs, report.models))}")


def _number_models(report: Report) -> dict[str, int]:
    return {name: index for index, name in enumerate(report.names)}


def _section(name: str, title: str, lead: str, body: str) -> str:
    told = _CODE.sub(r"<code>\1</code>", f"<p>{tell(lead)}</p>") if lead else ""
    return f'<section id="{name}"><h2>{tell(title)}</h2>{told}{body}</section>'


def _figure(svg: str) -> str:
    return f'<figure><div class="scroll">{svg}</div></figure>'


def _note(text: str) -> str:
    return f'<p class="note">{tell(text)}</p>'


def _write_table(table: Table, colours: Mapping[str, int], *, caption: bool = False) -> str:
    """A table that is wider than the screen scrolls alone, and by keyboard too."""
    head = "".join(_write_heading(one, colours) for one in table.headings)
    rows = "".join(_write_rows(table, colours))
    name = tell(table.title)
    shown = f"<caption>{name}</caption>" if caption else ""
    notes = "".join(map(_note, table.notes))
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table>{shown}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{notes}"
    )


def _write_heading(heading: Heading, colours: Mapping[str, int]) -> str:
    chip = _write_chip(heading.title, colours) if heading.kind == "series" else ""
    return f'<th scope="col" class="{heading.kind}">{chip}{tell(heading.title)}</th>'


def _write_rows(table: Table, colours: Mapping[str, int]) -> Iterable[str]:
    """Rows that begin alike share their first cell."""
    for first, group in groupby(table.rows, key=itemgetter(0)):
        rows = list(group)
        for place, row in enumerate(rows):
            cells = "".join(
                _write_cell(heading, cell, colours)
                for heading, cell in zip(table.headings[1:], row[1:], strict=True)
            )
            if place == 0:
                span = f' rowspan="{len(rows)}"' if len(rows) > 1 else ""
                cells = _begin_row(table.headings[0], first, colours, span) + cells
            yield f"<tr>{cells}</tr>"


def _begin_row(heading: Heading, cell: str, colours: Mapping[str, int], span: str) -> str:
    chip = _write_chip(cell, colours) if heading.kind == "model" else ""
    return f'<th scope="row{"group" if span else ""}" class="{heading.kind}"{span}>{chip}{tell(cell)}</th>'


def _write_cell(heading: Heading, cell: str, colours: Mapping[str, int]) -> str:
    chip = _write_chip(cell, colours) if heading.kind == "model" else ""
    return f'<td class="{heading.kind}">{chip}{tell(cell)}</td>'


def _write_chip(model: str, colours: Mapping[str, int]) -> str:
    if model not in colours:
        return ""
    return f'<span class="chip {series_class(colours[model])}" aria-hidden="true"></span>'


def tell(text: str) -> str:
    """Return a text as markup that shows it and does nothing else."""
    return escape(clean(text))
