"""Links and images in an answer that carry the conversation's words to somebody else's server.

Markdown and HTML are read as browsers would: an image is fetched as soon as it is shown, a link when somebody
follows it. A link is another's where neither a trusted text nor the list of allowed hosts names its host. One
that stands in the conversation as a whole was copied, and tells its server nothing new. What is told here is
what a link that the model composed has of the conversation, also in base64, hex, ROT13 or reversed, and
spread over members or over links to one host; and an image with a long member that looks like a cipher.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, unquote_plus

import msgspec

from fen.hierarchy.finding import Finding
from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.tracing.hosts import find_hosts, parse_address
from fen.hierarchy.tracing.provenance import fold

LEAST = 12
"""Letters and digits of the conversation that are no chance; of Chinese, half as many."""

LEAST_IN_PATH = 24
"""The same for a path's words where somebody has to follow the link: pages are named for their topics."""

_LINK = re.compile(
    r"(?:(?:[a-z][a-z0-9+.-]{1,15}:)?[/\\]{2}|mailto:)(?:\([^\s()<>\"'`]*\)|[^\s()<>\"'`|，。）】])+",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"\b(href|src|srcset|action|poster|background|data|content)\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE
)
_ANGLED = re.compile(r"\]\(\s*<([^<>\n]*)>")
_SHOWN = re.compile(
    r"(?:!\[[^\]]{0,400}\]\(\s*<?|\b(?:src|srcset|poster|background|data)\s*=\s*[\"']?|url\(\s*[\"']?)$",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"^ {0,3}\[([^\]]{1,200})\]:\s*<?$", re.IGNORECASE)
_SHOWN_BY_NAME = re.compile(r"!\[([^\]]{0,400})\](?:\[([^\]]{0,200})\])?(?!\()")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")
_WORDLESS = re.compile(r"[\W_]+")
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_BITS = 3.7  # of entropy a character, from which a text of 32 is no words
_MOST_READ = 4_096  # characters of one link
_MOST_LINKS = 64
_BEFORE = 420  # characters before a link that tell what it is for
_CHINESE = 0x2E80


class Link(msgspec.Struct, frozen=True):
    """A link in an answer, with its place there; shown: a browser fetches it unasked."""

    url: str
    start: int
    end: int
    shown: bool


class _Carried(msgspec.Struct, frozen=True):
    """What a link says to its host: its path, and all else that can carry data."""

    link: Link
    host: str
    path: str
    rest: tuple[str, ...]


def find_exfiltration(
    answer: str, pieces: Sequence[Piece], allowed_hosts: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Return the links of an answer that carry the conversation's words, or a cipher, to a foreign host.

    allowed_hosts: `docs.example`, or `.docs.example` for all hosts below it as well.
    """
    links = find_links(answer)
    if not links:
        return ()
    texts = [fold(piece.text) for piece in pieces]
    trusted = [text for text, piece in zip(texts, pieces, strict=True) if piece.privilege.trusted]
    known = frozenset[str]().union(*(find_hosts(text) for text in trusted)) | allowed_hosts
    carried = [_read(link) for link in links[:_MOST_LINKS]]
    foreign = [one for one in carried if one is not None and not _is_known(one.host, known)]
    composed = [one for one in foreign if not any(_stands_in(text, one.link.url) for text in texts)]
    if not composed:
        return ()
    return tuple(_judge(composed, texts))


def find_links(text: str) -> list[Link]:
    """Return every link and image of Markdown, HTML and plain text, in order."""
    names = {(name or label).casefold() for label, name in _SHOWN_BY_NAME.findall(text)}
    links = {found.start(): _link_at(text, found, names) for found in _LINK.finditer(text)}
    for found in _ATTRIBUTE.finditer(text):
        shown = found[1].casefold() not in ("href", "action", "content")
        for at, url in enumerate(_in_attribute(found[2][1:-1])):
            links[found.start(2) + 1 + at] = Link(url, found.start(2) + 1, found.end(2) - 1, shown)
    for found in _ANGLED.finditer(text):
        shown = _SHOWN.search(text[max(0, found.start(1) - _BEFORE) : found.start(1)]) is not None
        if _LINK.match(found[1]):
            links[found.start(1)] = Link(found[1], *found.span(1), shown)
    return [links[start] for start in sorted(links)]


def _link_at(text: str, found: re.Match[str], names: set[str]) -> Link:
    before = text[max(0, found.start() - _BEFORE) : found.start()]
    url = html.unescape(found[0]).rstrip(".,;:!?*_]")
    defined = _DEFINED.search(before[before.rfind("\n") + 1 :])
    shown = _SHOWN.search(before) is not None or (defined is not None and defined[1].casefold() in names)
    return Link(url, found.start(), found.end(), shown)


def _in_attribute(value: str) -> list[str]:
    """Return an HTML attribute's URLs; browsers decode entities, drop line breaks and keep spaces there."""
    value = re.sub(r"[\t\r\n]", "", html.unescape(value)).strip()
    return [value] if _LINK.match(value) and "," not in value else _LINK.findall(value)


def _read(link: Link) -> _Carried | None:
    """Take a link apart; None where it leads to no host."""
    url = link.url[:_MOST_READ].replace("\\", "/")
    if url.casefold().startswith("mailto:"):
        address, _, query = url[7:].partition("?")
        return _Carried(link, address.rpartition("@")[2].casefold(), "", (*_values(query), address))
    address = parse_address(url if "://" in url else "https:" + url)
    if address is None or (
        "://" not in url and "." not in address.host
    ):  # a comment's `//`, a folder's `\\\\`
        return None
    after = url.partition("://")[2] if "://" in url else url.removeprefix("//")
    name, _, rest = after.partition("/")
    path, _, query = rest.partition("?")
    labels = address.host.split(".")
    inside = (*_values(query), "".join(labels[:-2]), *labels[:-2], name.rpartition("@")[0])
    path, _, fragment = path.partition("#")
    return _Carried(link, address.host, unquote(path), (*inside, unquote(fragment)))


def _values(query: str) -> tuple[str, ...]:
    """Return a query's members, each decoded, and all of them joined."""
    members = [
        unquote_plus(member.partition("=")[2] or member) for member in re.split("[&#;]", query) if member
    ]
    return ("".join(members), *members)


def _is_known(host: str, known: frozenset[str]) -> bool:
    if host in known:
        return True
    labels = host.split(".")
    return any("." + ".".join(labels[at:]) in known for at in range(len(labels)))


def _stands_in(text: str, url: str) -> bool:
    """Whether a folded text has a URL as a whole."""
    url = fold(url).rstrip("/")
    at = text.find(url)
    while at >= 0:
        after = text[at + len(url) : at + len(url) + 2].lstrip("/")
        if not after[:1].isalnum() and after[:1] not in tuple("=&?%#_-+"):
            return True
        at = text.find(url, at + 1)
    return False


def _judge(composed: list[_Carried], texts: list[str]) -> Iterator[Finding]:
    hosts = {one.host for one in composed}
    said = [_squash(_without(text, hosts)) for text in texts]
    together: dict[str, str] = {}
    for one in composed:
        least = LEAST if one.link.shown else LEAST_IN_PATH
        telling = _tells(one.path, said, least) or any(_tells(value, said, LEAST) for value in one.rest)
        together[one.host] = together.get(one.host, "") + (one.rest[0] if one.rest else "") + one.path
        if telling or _tells_encoded(one, said):
            yield _find(one.link, "exfiltration", 1.0 if one.link.shown else 0.8)
        elif together[one.host] != one.rest[0] + one.path and _tells(together[one.host], said, LEAST_IN_PATH):
            yield _find(one.link, "exfiltration", 0.8)
        elif one.link.shown and any(map(_is_opaque, (one.path, *one.rest))):
            yield _find(one.link, "opaque_image", 0.5)


def _find(link: Link, kind: str, score: float) -> Finding:
    return Finding(kind, "answer", Privilege.NONE, score, link.start, link.end)


def _without(text: str, hosts: set[str]) -> str:
    """Return a text without the URLs to some hosts: a template that was to be filled in is no data."""
    for host in hosts:
        if host in text:
            text = re.sub(rf"(?:[a-z]+://)?\S{{0,40}}?{re.escape(host)}[^\s<>\"'`)]*", " ", text)
    return text


def _squash(text: str) -> str:
    return _WORDLESS.sub("", text)


def _tells(value: str, said: list[str], least: int) -> bool:
    """Whether a value has a span of the conversation of at least so many letters and digits."""
    squashed = _squash(fold(value))
    for at in range(len(squashed)):
        window = squashed[at : at + (least // 2 if ord(squashed[at]) >= _CHINESE else least)]
        if len(window) < (least // 2 if ord(squashed[at]) >= _CHINESE else least):
            break
        if any(window in text for text in said):
            return True
    return False


def _tells_encoded(one: _Carried, said: list[str]) -> bool:
    values = dict.fromkeys((one.path, *one.rest))
    decoded = [text for value in values for text in _decode(value, 2)]
    return any(_tells(text, said, LEAST) for text in decoded)


def _decode(value: str, depth: int) -> Iterator[str]:
    """Yield what a value may say, decoded to that depth."""
    if len(value) >= LEAST:
        yield codecs.encode(value, "rot13")
        yield value[::-1]
    inner = [*_decode_hex(value), *_decode_base64(value)]
    if "%" in value:
        inner.append(unquote(value))
    for text in inner:
        yield text
        if depth > 1:
            yield from _decode(text, depth - 1)


def _decode_hex(value: str) -> Iterator[str]:
    for found in _HEX.findall(value):
        yield bytes.fromhex(found).decode("utf-8", "replace")


def _decode_base64(value: str) -> Iterator[str]:
    for token in _ENCODED.findall(value):
        plain = token.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            data = base64.b64decode(plain + "=" * (-len(plain) % 4))
        except binascii.Error:
            continue
        text = data.decode("utf-8", "replace")
        if sum(char.isprintable() for char in text) > 0.8 * len(text):
            yield text


def _is_opaque(value: str) -> bool:
    """Whether a value has a long token that is no words: letters and digits mixed, and no order in them."""
    return any(_bits(token) >= _BITS and re.search(r"\d.*\d", token) for token in _OPAQUE.findall(value))


def _bits(token: str) -> float:
    counts = Counter(token).values()
    return -sum(count / len(token) * math.log2(count / len(token)) for count in counts)
