"""Paragraphs of files in Debian packages: pages, manuals, catalogues of messages, and programs.

A paragraph is what stands between blank lines, or a block of a page; it is plain text, its white space as it
was in programs and single elsewhere. What cannot be read as text has none.
"""

from __future__ import annotations

import gettext
import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

etree: Any = import_module("lxml.etree")  # it has no types of its own
html: Any = import_module("lxml.html")

_BLOCKS = ("p", "li", "pre", "dd", "dt", "h1", "h2", "h3", "h4", "td", "title", "item")
_ROFF_BREAK = re.compile(r"^\.(?:PP|P|LP|TP|IP|SH|SS|HP|sp|br|Pp|Sh|Ss|It|nf|fi)\b.*$", re.MULTILINE)
_ROFF_NOISE = re.compile(
    r"^[.'](?:\\\"|[A-Za-z]+).*$|\\f(?:\[[^]]*\]|\(..|.)|\\[&|^%c]|\\s[-+]?\d", re.MULTILINE
)
_ROFF_WORDS = re.compile(r"^\.(?:B|I|BR|RB|IR|RI|BI|IB|SM|SB)\s+(.*)$", re.MULTILINE)
_ROFF_SIGNS = {
    r"\-": "-",
    r"\(aq": "'",
    r"\(dq": '"',
    r"\e": "\\",
    r"\ ": " ",
    r"\(co": "(c)",
    r"\~": " ",
    r"\(bu": "*",
}
_BLANK = re.compile(r"\n[ \t]*\n")
_DIGITS = re.compile(rb"^\d{8} ")


def read_paragraphs(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a file, by its name and what it holds."""
    name = path.name
    if name.endswith(".mo"):
        yield from _read_messages(path)
    elif name.endswith((".xpi", "omni.ja")):
        yield from _read_archive(path)
    else:
        data = _read_bytes(path)
        if data is not None:
            yield from _split(path, data)


def _read_bytes(path: Path) -> bytes | None:
    data = path.read_bytes()
    if path.suffix in (".gz", ".dz"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError):
            return None
    return None if b"\0" in data[:4096] else data


def _split(path: Path, data: bytes) -> Iterator[str]:
    name = path.name.removesuffix(".gz")
    if name.endswith((".html", ".htm", ".xhtml")):
        yield from _read_page(data)
    elif name.endswith((".page", ".docbook")):
        yield from _read_xml(data)
    elif re.search(r"\.\d[A-Za-z]*$", name) and "/man" in str(path):
        yield from _read_manual(_decode(data))
    elif "/wordnet/" in str(path):
        yield from _read_glosses(data)
    elif "/fortunes/" in str(path):
        yield from (_single(part) for part in _decode(data).split("\n%\n"))
    elif name.endswith((".txt", ".rst", ".md", ".pod", ".info", ".dict.dz", ".cfg")) or "README" in name:
        yield from map(_single, _BLANK.split(_decode(data)))
    else:
        yield from (part.strip("\n") for part in _BLANK.split(_decode(data)))


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _single(text: str) -> str:
    return " ".join(text.split())


def _read_page(data: bytes) -> Iterator[str]:
    try:
        tree = html.fromstring(data, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return
    etree.strip_elements(tree, "script", "style", "nav", with_tail=False)
    yield from _blocks(tree)


def _read_xml(data: bytes) -> Iterator[str]:
    parser = etree.XMLParser(resolve_entities=False, recover=True, no_network=True)
    tree = etree.fromstring(data, parser)
    if tree is None:
        return
    for node in tree.iter():
        if isinstance(node.tag, str):
            node.tag = etree.QName(node).localname
    yield from _blocks(tree)


def _blocks(tree: Any) -> Iterator[str]:
    for node in tree.iter(*_BLOCKS):
        if node.tag == "pre" or not any(True for _ in node.iterdescendants(*_BLOCKS)):
            text = "".join(node.itertext())
            yield text.strip("\n") if node.tag == "pre" else _single(text)


def _read_manual(text: str) -> Iterator[str]:
    text = _ROFF_WORDS.sub(lambda found: found[1].replace('"', ""), text)
    text = _ROFF_BREAK.sub("\n", text)
    text = _ROFF_NOISE.sub("", text)
    for sign, plain in _ROFF_SIGNS.items():
        text = text.replace(sign, plain)
    yield from map(_single, _BLANK.split(text))


def _read_glosses(data: bytes) -> Iterator[str]:
    for line in data.splitlines():
        if _DIGITS.match(line) and b" | " in line:
            yield _single(_decode(line.split(b" | ", 1)[1]))


def _read_messages(path: Path) -> Iterator[str]:
    try:
        catalogue = gettext.GNUTranslations(io.BytesIO(path.read_bytes()))
    except (OSError, UnicodeDecodeError, ValueError):
        return
    for said in vars(catalogue)["_catalog"].values():
        yield _single(str(said))


def _read_archive(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".ftl"):
                for line in archive.read(name).decode().splitlines():
                    _, equals, said = line.partition(" = ")
                    if equals and said:
                        yield _single(said)
