"""Files that people send: what is seen in them, what is hidden, and what a model gets in their place."""

from fen.hierarchy.documents.docx import read_docx
from fen.hierarchy.documents.files import read_file
from fen.hierarchy.documents.images import read_image
from fen.hierarchy.documents.limits import LIMITS, Limits
from fen.hierarchy.documents.pdf import read_pdf
from fen.hierarchy.documents.pool import Documents
from fen.hierarchy.documents.recognise import recognise
from fen.hierarchy.documents.rewrite import to_text_part

__all__ = [
    "LIMITS",
    "Documents",
    "Limits",
    "read_docx",
    "read_file",
    "read_image",
    "read_pdf",
    "recognise",
    "to_text_part",
]
