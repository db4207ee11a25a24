"""The families of generated tasks, in the order of the table."""

from fen.hierarchy.suite.families.borderline import BORDERLINE
from fen.hierarchy.suite.families.closed import CLOSED
from fen.hierarchy.suite.families.extraction import EXTRACTION
from fen.hierarchy.suite.families.fidelity import FIDELITY
from fen.hierarchy.suite.families.file import FILE
from fen.hierarchy.suite.families.format import FORMAT
from fen.hierarchy.suite.families.hijack import HIJACK
from fen.hierarchy.suite.families.language import LANGUAGE
from fen.hierarchy.suite.families.password import PASSWORD
from fen.hierarchy.suite.families.probing import PROBING
from fen.hierarchy.suite.families.scope import SCOPE
from fen.hierarchy.suite.families.tool import TOOL

FAMILIES = (
    HIJACK,
    PASSWORD,
    FORMAT,
    LANGUAGE,
    SCOPE,
    CLOSED,
    TOOL,
    FILE,
    EXTRACTION,
    BORDERLINE,
    PROBING,
    FIDELITY,
)

__all__ = ["FAMILIES"]
