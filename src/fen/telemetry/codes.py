"""Error codes, of which some are an upstream's words."""

from __future__ import annotations

import re

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")

FOREIGN = "other"
"""In place of a code that is not a short word: it could hold anything."""


def read_code(code: str | None) -> str | None:
    """Return an error's code where it is one short word, FOREIGN where it is not."""
    if code is None:
        return None
    return code if _CODE.match(code) else FOREIGN
