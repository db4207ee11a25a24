"""DOCX: read by the properties of its runs and of what lies behind them."""

from fen.hierarchy.documents.docx.read import read_docx

__all__ = ["read_docx"]
