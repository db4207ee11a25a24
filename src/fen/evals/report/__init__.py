"""Reports: runs side by side as one plain value, and that value as tables, HTML, Markdown, JSON and CSV."""

from fen.evals.report.build import Beside, build_report, describe_run
from fen.evals.report.collect import collect_entries
from fen.evals.report.html import write_html
from fen.evals.report.markdown import write_markdown
from fen.evals.report.plain import describe_report, write_csv
from fen.evals.report.select import Entry, pick_latest, pick_runs
from fen.evals.report.table import Heading, Table
from fen.evals.report.tables import list_tables
from fen.evals.report.values import Report
from fen.evals.report.words import LANGUAGES, Language, speak

__all__ = [
    "LANGUAGES",
    "Beside",
    "Entry",
    "Heading",
    "Language",
    "Report",
    "Table",
    "build_report",
    "collect_entries",
    "describe_report",
    "describe_run",
    "list_tables",
    "pick_latest",
    "pick_runs",
    "speak",
    "write_csv",
    "write_html",
    "write_markdown",
]
