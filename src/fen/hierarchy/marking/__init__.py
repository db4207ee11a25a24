"""Marks on text without authority, and their way out of answers."""
