"""Charts as SVG text: values in, a picture out, with its own title and description for who cannot see it."""

from fen.evals.report.charts.bars import Bar, Group, draw_bars
from fen.evals.report.charts.lines import Line, draw_lines
from fen.evals.report.charts.radar import Spoke, draw_radar
from fen.evals.report.charts.scatter import Dot, draw_scatter
from fen.evals.report.charts.stacks import Stack, draw_stacks
from fen.evals.report.charts.steps import Stair, draw_steps

__all__ = [
    "Bar",
    "Dot",
    "Group",
    "Line",
    "Spoke",
    "Stack",
    "Stair",
    "draw_bars",
    "draw_lines",
    "draw_radar",
    "draw_scatter",
    "draw_stacks",
    "draw_steps",
]
