"""Files from the web, for suites of questions: one at a time, by whoever runs the command."""

from __future__ import annotations

import http.client
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from fen.wire.errors import UpstreamFailed

_STALL_SECONDS = 60.0


def download(url: str, target: Path) -> None:
    """Write what is at `url` to `target` (blocks); the user's proxies and certificates hold.

    The standard library's client follows redirects and proxies, and no speed is wanted here. Raises
    UpstreamFailed with the reason, and OSError where the target cannot be written.
    """
    if not url.startswith(("https://", "http://")):
        raise UpstreamFailed(f"found the address {url!r}, expected http(s)://", reached=False)
    request = urllib.request.Request(url, headers={"User-Agent": "fen"})  # noqa: S310 (checked above)
    try:
        answer = urllib.request.urlopen(request, timeout=_STALL_SECONDS)  # noqa: S310 (checked above)
    except urllib.error.HTTPError as error:
        error.close()
        raise UpstreamFailed(f"{url} answered {error.code} {error.reason}") from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise UpstreamFailed(f"{url} cannot be reached: {reason}", reached=False) from None
    with answer, target.open("wb") as opened:
        try:
            shutil.copyfileobj(answer, opened)
        except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
            raise UpstreamFailed(f"{url} broke off: {error or type(error).__name__}") from None
        expected = answer.headers.get("Content-Length")
        if expected is not None and opened.tell() != int(expected):
            raise UpstreamFailed(f"{url} broke off: found {opened.tell()} bytes, expected {expected}")
