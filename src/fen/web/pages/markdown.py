# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""Model output as safe HTML: no raw HTML, no images fetched, links that say where they lead.

What a model writes may have been injected. An image's address can carry away what the model read, so images
are shown as links that somebody must click; the pages' Content-Security-Policy refuses them a second time.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_SCHEMES = ("http", "https", "mailto")
_LINE_END = re.compile(r"\r\n?|\n")
_LONGEST_HIGHLIGHTED = 100_000  # above it, colours cost more than they show


def render(text: str) -> str:
    """Return Markdown (CommonMark with tables and strikethrough) as HTML that does nothing by itself."""
    return _make().render(text)


def find_last_block(text: str) -> int:
    """Return where the last block of a text begins: what comes later changes no block before it.

    Blocks of CommonMark (its section 3 and appendix) end where the next one begins; only a link's reference
    that is yet to come can change how an earlier one reads.
    """
    begun = [token.map[0] for token in _make().parse(text) if token.level == 0 and token.map]
    if len(begun) < 2 or begun[-1] == 0:
        return 0
    ends = list(itertools.islice(_LINE_END.finditer(text), begun[-1]))
    return ends[-1].end()


def style_code() -> str:
    """Return the style sheet of highlighted code, for both themes."""
    light: str = HtmlFormatter[str](style="default").get_style_defs(".fen-code")
    dark: str = HtmlFormatter[str](style="github-dark").get_style_defs(".body--dark .fen-code")
    return f"{light}\n{dark}"


@cache
def _make() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "highlight": _highlight})
    made.enable(["table", "strikethrough"])
    made.validateLink = _may_lead  # type: ignore[method-assign]
    made.add_render_rule("link_open", _open_link)
    made.add_render_rule("link_close", _close_link)
    made.add_render_rule("image", _show_image)
    return made


def _highlight(code: str, language: str, _: str) -> str:
    label = html.escape(language[:32])
    try:
        if len(code) > _LONGEST_HIGHLIGHTED:
            raise ClassNotFound
        lexer = get_lexer_by_name(language or "text", stripnl=False)
        inner = highlight(code, lexer, HtmlFormatter[str](nowrap=True))
    except ClassNotFound:
        inner = html.escape(code)
    # The name begins with <pre so that the renderer adds no box of its own.
    return f'<pre class="fen-code" data-language="{label}" tabindex="0"><code>{inner}</code></pre>'


def _may_lead(address: str) -> bool:
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in _SCHEMES


def _describe(address: str) -> str:
    parts = urlsplit(address)
    return parts.hostname or parts.path.partition("?")[0]


def _anchor(address: str) -> str:
    told, where = html.escape(address, quote=True), html.escape(_describe(address), quote=True)
    return f'<a href="{told}" title="{where}" target="_blank" rel="noopener noreferrer nofollow ugc">'


def _open_link(
    _: RendererHTML, tokens: Sequence[Token], at: int, __: OptionsDict, ___: MutableMapping[str, Any]
) -> str:
    return _anchor(str(tokens[at].attrs.get("href", "")))


def _close_link(
    _: RendererHTML, tokens: Sequence[Token], at: int, __: OptionsDict, ___: MutableMapping[str, Any]
) -> str:
    """Say where a link leads that looks as if it led elsewhere."""
    opened = next(token for token in reversed(tokens[:at]) if token.type == "link_open")
    said = "".join(token.content for token in tokens[tokens.index(opened) : at])
    where = _describe(str(opened.attrs.get("href", "")))
    note = "" if where in said else f'<span class="fen-leads"> ({html.escape(where)})</span>'
    return f"</a>{note}"


def _show_image(
    _: RendererHTML, tokens: Sequence[Token], at: int, __: OptionsDict, ___: Mapping[str, Any]
) -> str:
    token = tokens[at]
    address = str(token.attrs.get("src", ""))
    told = html.escape(token.content or "image")
    if not _may_lead(address):
        return f'<span class="fen-image">🖼 {told}</span>'
    where = html.escape(_describe(address))
    return f'<span class="fen-image">🖼 {_anchor(address)}{told}</a> ({where})</span>'
