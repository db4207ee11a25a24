"""Close names, for errors that help: what may have been meant by a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the known names that are close to `name`, or else all of them."""
    names = sorted(known)
    plain = {_plain(known): known for known in names}
    close = [plain[match] for match in get_close_matches(_plain(name), list(plain), n=3, cutoff=0.5)]
    starts = [known for known in names if _plain(known).startswith(_plain(name)) and known not in close]
    found = (close + starts)[:5]
    return f"did you mean {' or '.join(found)}?" if found else f"expected one of {', '.join(names)}"


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
