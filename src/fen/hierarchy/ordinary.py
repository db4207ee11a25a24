"""Kinds of concealed text that innocent files and pages have too."""

from __future__ import annotations

ORDINARY = frozenset(
    {
        "actual_text",
        "alt_text",
        "annotation",
        "attachment",
        "bookmark",
        "comment",
        "custom_xml",
        "deleted_text",
        "field_code",
        "form_value",
        "metadata",
        "moved_text",
        "script",
        "unused_part",
    }
)
"""What a file carries beside its page. It goes to no model either; what it says is what counts, while the
other kinds (white, tiny, covered, off the page ...) are a trick whatever they say."""

ROUTINE = frozenset(
    {"comment", "metadata", "attribute", "script", "label", "noscript", "template", "fallback"}
)
"""The same for pages."""
