"""The arguments of a tool call, leaf by leaf, and which of them look like sinks.

A member that is there twice is read twice: parsers differ in which one they take.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

_LONG = 400  # characters from which a text is no address, recipient or amount
_EMAIL = re.compile(r"[^\s<>,;:\"'()@]{1,64}@[^\s<>,;:\"'()@]{1,200}\.[^\s<>,;:\"'()@.]{1,63}")
_SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("recipient", "email", _EMAIL),
    ("url", "url", re.compile(r"[a-z][a-z0-9+.-]{1,15}://[^\s，。；）】]+", re.IGNORECASE)),
    (
        "address",
        "iban",
        re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?", re.IGNORECASE),
    ),
    ("address", "wallet", re.compile(r"(?:bc1|0x)[a-zA-Z0-9]{30,62}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}")),
    ("recipient", "phone", re.compile(r"\(?\+\d[\d ()-]{7,17}\d")),
)
_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}")
_HANDLE = re.compile(r"(?:^|(?<=\s))[#@][^\W_][\w-]+")
_NAMES: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "recipient",
        frozenset(
            [
                "to",
                "cc",
                "bcc",
                "recipient",
                "recipients",
                "attendee",
                "attendees",
                "invitee",
                "phone",
                "payee",
                "channel",
            ]
        ),
    ),
    (
        "url",
        frozenset(
            [
                "url",
                "uri",
                "link",
                "href",
                "webhook",
                "callback",
                "endpoint",
                "website",
                "domain",
                "host",
                "hostname",
                "remote",
            ]
        ),
    ),
    (
        "address",
        frozenset(
            ["address", "email", "mail", "iban", "account", "wallet", "destination", "beneficiary", "ip"]
        ),
    ),
    ("amount", frozenset(["amount", "price", "total", "sum", "cost"])),
)
_FORMATS = {"email": "recipient", "idn-email": "recipient", "uri": "url", "iri": "url", "hostname": "url"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Leaf(msgspec.Struct, frozen=True):
    """A text or number among the arguments; path: the members that lead to it, `message.to`."""

    path: str
    value: str


class UnreadableError(ValueError):
    """The arguments are no JSON object."""


class _Members(list[tuple[str, object]]):
    """An object's members, as they stand."""


def read_leaves(arguments: str) -> list[Leaf]:
    """Return every text and number of the arguments.

    Raises UnreadableError where they are no JSON object.
    """
    if not arguments.strip():
        return []
    try:
        tree = json.loads(arguments, object_pairs_hook=_Members, strict=False)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from None
    if not isinstance(tree, _Members):
        raise UnreadableError("found no object, expected the arguments as members of one")
    return list(_walk(tree, ""))


def _walk(tree: object, path: str) -> Iterator[Leaf]:
    if isinstance(tree, _Members):
        for name, value in tree:
            yield from _walk(value, f"{path}.{name}" if path else name)
    elif isinstance(tree, list):
        for value in cast("list[object]", tree):
            yield from _walk(value, path)
    elif isinstance(tree, str) or (isinstance(tree, int | float) and not isinstance(tree, bool)):
        yield Leaf(path, str(tree))


def leads_to(declared: str, path: str) -> bool:
    """Whether a declared path names a leaf or something that it is in: `to`, `items[].url`, `*.url`."""
    steps = [step for step in re.split(r"[.\[\]]+", declared) if step]
    if "[*]" not in declared and "*" not in steps:
        plain = ".".join(steps)
        return path == plain or path.startswith(plain + ".")
    steps = [step for step in re.split(r"\.|\[\*?\]", declared) if step]
    found = path.split(".")
    return len(found) >= len(steps) and all(
        want in ("*", has) for want, has in zip(steps, found, strict=False)
    )


def split_value(value: str, kind: str) -> list[str]:
    """Return the values of a leaf: a header such as `Ann <ann@a.example>, b@b.example` has two."""
    if kind in ("recipient", "address") and re.search(r"[,;<\s]", value.strip()):
        emails = _EMAIL.findall(value)
        if emails:
            return emails
    return [value.strip().removeprefix("mailto:")]


def guess_kind(leaf: Leaf) -> str | None:
    """Return the kind of sink that a leaf looks like, by its value's shape or its name; None without."""
    value = leaf.value.strip()
    if not value or len(value) > _LONG:
        return None
    for kind, _, shape in _SHAPES:
        if shape.fullmatch(value):
            return kind
    words = {word.casefold() for word in _WORD.findall(leaf.path.rpartition(".")[2])}
    return next((kind for kind, names in _NAMES if words & names), None)


def find_values(text: str) -> list[tuple[str, str]]:
    """Return what in any text has the shape of a sink, with its kind."""
    return [(kind, found) for kind, _, shape in _SHAPES for found in shape.findall(text)]


def find_shapes(text: str) -> frozenset[str]:
    """Return the shapes of a text's values: `email`, `url`, `iban`, `wallet`, `phone`, `number`, `handle`."""
    shapes = {name for _, name, shape in _SHAPES if shape.search(text)}
    if not shapes and _NUMBER.search(text):
        shapes.add("number")
    if _HANDLE.search(text):
        shapes.add("handle")
    return frozenset(shapes)


def guess_paths(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return the paths of a tool's JSON schema whose format says that they are sinks, with their kinds."""
    return dict(_walk_schema(schema, "", 0))


def _walk_schema(schema: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, str]]:
    kind = _FORMATS.get(str(schema.get("format")))
    if kind is not None and path:
        yield path, kind
    if depth > _DEEPEST:
        return
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for name, inner in cast("dict[str, Any]", properties).items():
            if isinstance(inner, dict):
                yield from _walk_schema(
                    cast("dict[str, Any]", inner), f"{path}.{name}" if path else name, depth + 1
                )
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _walk_schema(cast("dict[str, Any]", items), path, depth + 1)


_DEEPEST = 8
