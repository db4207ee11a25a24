"""Reports: runs side by side as one plain value, and that value as tables, HTML, Markdown, JSON and CSV."""

from fen.evals.report.build import Beside, build_report
from fen.evals.report.html import write_html
from fen.evals.report.markdown import all_tables, write_markdown
from fen.evals.report.plain import describe_report, write_csv
from fen.evals.report.select import Entry, pick_latest, pick_runs
from fen.evals.report.tables import Heading, Table
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
    "all_tables",
    "build_report",
    "describe_report",
    "pick_latest",
    "pick_runs",
    "speak",
    "write_csv",
    "write_html",
    "write_markdown",
]
