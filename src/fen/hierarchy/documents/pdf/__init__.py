"""PDF: read by what its rendered pages show."""

from fen.hierarchy.documents.pdf.read import read_pdf

__all__ = ["read_pdf"]
