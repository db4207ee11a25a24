"""Data sets of others that the suite reads from a folder; none of them comes with Fen."""

from fen.hierarchy.suite.sources.bipia import BIPIA
from fen.hierarchy.suite.sources.garak import GARAK
from fen.hierarchy.suite.sources.source import Loaded, Source
from fen.hierarchy.suite.sources.sys_ifeval import SYS_IFEVAL
from fen.hierarchy.suite.sources.tasktracker import TASKTRACKER
from fen.hierarchy.suite.sources.tensortrust import TENSORTRUST

SOURCES = (TENSORTRUST, BIPIA, TASKTRACKER, GARAK, SYS_IFEVAL)

__all__ = ["SOURCES", "Loaded", "Source"]
