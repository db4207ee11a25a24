"""CSS selectors: read, weighed and matched against elements.

Source: Selectors Level 4. Known are types, classes, ids, attributes, the four combinators, `:root`, `:is`,
`:where`, `:not`, and structural classes; a selector with anything else matches nothing, as one does that
waits for a pointer (`:hover`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import MappingProxyType

import msgspec

from fen.hierarchy.html.tree import Element

_SIMPLE = re.compile(
    r"(?P<tag>\*|[\w-]+)?(?P<rest>(?:[.#][\w-]+|\[[^\]]*\]|:(?::?)[\w-]+(?:\((?:[^()]|\([^()]*\))*\))?)*)"
)
_PART = re.compile(
    r"\.(?P<klass>[\w-]+)|#(?P<id>[\w-]+)|\[\s*(?P<name>[\w-]+)\s*(?:(?P<sign>[~|^$*]?=)\s*"
    r"(?:\"(?P<one>[^\"]*)\"|'(?P<two>[^']*)'|(?P<bare>[\w-]+))\s*[iIsS]?\s*)?\]"
    r"|:(?P<pseudo>[\w-]+)(?:\((?P<inside>(?:[^()]|\([^()]*\))*)\))?|::(?P<drawn>[\w-]+)"
)
_FORMULA = re.compile(r"(?:([+-]?\d*)n)?([+-]?\d+)?")
_JOINT = re.compile(r"\s*([>+~])\s*|\s+")
_LONGEST = 4096
_GENERATED = frozenset({"before", "after"})


class Compound(msgspec.Struct, frozen=True):
    """What one element must be. tests: attribute name, operator, value. nots, anys: of `:not` and `:is`."""

    tag: str = ""
    id: str = ""
    classes: tuple[str, ...] = ()
    tests: tuple[tuple[str, str, str], ...] = ()
    places: tuple[str, ...] = ()
    nots: tuple[Compound, ...] = ()
    anys: tuple[tuple[Compound, ...], ...] = ()

    @property
    def weight(self) -> tuple[int, int, int]:
        """Its specificity."""
        classes = len(self.classes) + len(self.tests) + len(self.places) + len(self.nots) + len(self.anys)
        return (bool(self.id), classes, bool(self.tag))


class Selector(msgspec.Struct, frozen=True):
    """Compounds, the last one first, each but the last with the combinator before it.

    generated: whether it selects what `::before` or `::after` draws.
    """

    compounds: tuple[Compound, ...]
    joints: tuple[str, ...]
    generated: bool = False

    @property
    def weight(self) -> tuple[int, int, int]:
        """Its specificity: ids, classes, types."""
        ids, classes, tags = zip(*(one.weight for one in self.compounds), strict=True)
        return (sum(ids), sum(classes), sum(tags))


def parse_selectors(text: str) -> list[Selector]:
    """Return those of a list separated by commas that are known; none of a list of great length."""
    if len(text) > _LONGEST:
        return []
    parts = re.findall(r"(?:[^,()\[\]\"']|\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])+", text)
    return [one for part in parts[:256] if (one := _parse_selector(part.strip())) is not None]


def _parse_selector(text: str) -> Selector | None:
    compounds: list[Compound] = []
    joints: list[str] = []
    at, generated = 0, False
    while at < len(text):
        found = _SIMPLE.match(text, at)
        if found is None or found.end() == at or generated:
            return None
        try:
            compound, generated = _parse_compound(found)
        except ValueError:
            return None
        compounds.append(compound)
        joint = _JOINT.match(text, found.end())
        if joint is None:
            at = found.end()
            if at < len(text):
                return None
            break
        at = joint.end()
        joints.append(joint[1] or " ")
    if not compounds or len(joints) != len(compounds) - 1:
        return None
    return Selector(tuple(reversed(compounds)), tuple(reversed(joints)), generated)


def _parse_compound(found: re.Match[str]) -> tuple[Compound, bool]:
    """Raises ValueError for what is not known."""
    tag = (found["tag"] or "").lower()
    lists: dict[str, list[str]] = {"klass": [], "id": [], "place": []}
    tests: list[tuple[str, str, str]] = []
    nots: list[Compound] = []
    anys: list[tuple[Compound, ...]] = []
    generated = False
    for part in _PART.finditer(found["rest"]):
        pseudo = part["pseudo"] or part["drawn"]
        if part["name"]:
            value = part["one"] or part["two"] or part["bare"] or ""
            tests.append((part["name"].lower(), part["sign"] or "", value))
        elif pseudo in _GENERATED:
            generated = True
        elif pseudo in ("is", "where", "matches", "not"):
            inner = _parse_alternatives(part["inside"] or "")
            if pseudo == "not":
                nots += inner
            else:
                anys.append(inner)
        elif pseudo:
            lists["place"].append(_known_place(pseudo, part["inside"]))
        else:
            lists[part.lastgroup or ""].append(part[0][1:])
    ids = lists["id"]
    if len(set(ids)) > 1:
        raise ValueError("found two ids, expected one")
    compound = Compound(
        "" if tag == "*" else tag,
        ids[0] if ids else "",
        tuple(lists["klass"]),
        tuple(tests),
        tuple(lists["place"]),
        tuple(nots),
        tuple(anys),
    )
    return compound, generated


def _parse_alternatives(text: str) -> tuple[Compound, ...]:
    """The inside of `:is`: compounds alone."""
    inner = parse_selectors(text)
    if not inner or any(len(one.compounds) > 1 for one in inner):
        raise ValueError(f"found {text!r}, expected selectors of single elements")
    return tuple(one.compounds[0] for one in inner)


def matches(selector: Selector, element: Element, tick: Callable[[], None]) -> bool:
    """Whether the selector selects the element. tick: called for each element that is tried; it may raise."""
    tick()
    return _match(selector.compounds[0], element, tick) and _match_rest(selector, 1, element, tick)


def _match_rest(selector: Selector, at: int, element: Element, tick: Callable[[], None]) -> bool:
    if at == len(selector.compounds):
        return True
    compound, joint = selector.compounds[at], selector.joints[at - 1]
    for other in _REACH[joint](element):
        tick()
        if _match(compound, other, tick) and _match_rest(selector, at + 1, other, tick):
            return True
    return False


def _ancestors(element: Element) -> Iterator[Element]:
    parent = element.getparent()
    while parent is not None:
        yield parent
        parent = parent.getparent()


def _parent(element: Element) -> Iterator[Element]:
    parent = element.getparent()
    if parent is not None:
        yield parent


def _earlier(element: Element) -> Iterator[Element]:
    return (one for one in element.itersiblings(preceding=True) if isinstance(one.tag, str))


def _previous(element: Element) -> Iterator[Element]:
    for one in _earlier(element):
        yield one
        return


_REACH: MappingProxyType[str, Callable[[Element], Iterator[Element]]] = MappingProxyType(
    {" ": _ancestors, ">": _parent, "~": _earlier, "+": _previous}
)


def _match(compound: Compound, element: Element, tick: Callable[[], None]) -> bool:
    if compound.tag and compound.tag != element.tag:
        return False
    if compound.id and element.get("id") != compound.id:
        return False
    if compound.classes and not set(compound.classes) <= set((element.get("class") or "").split()):
        return False
    return (
        all(_test(element.get(name), sign, value) for name, sign, value in compound.tests)
        and all(_stands(place, element, tick) for place in compound.places)
        and not any(_match(one, element, tick) for one in compound.nots)
        and all(any(_match(one, element, tick) for one in some) for some in compound.anys)
    )


def _test(found: str | None, sign: str, value: str) -> bool:
    if found is None or not sign:
        return found is not None
    return _TESTS[sign](found, value) if value else sign == "=" and not found


_TESTS: MappingProxyType[str, Callable[[str, str], bool]] = MappingProxyType(
    {
        "=": lambda found, value: found == value,
        "~=": lambda found, value: value in found.split(),
        "|=": lambda found, value: found == value or found.startswith(value + "-"),
        "^=": lambda found, value: found.startswith(value),
        "$=": lambda found, value: found.endswith(value),
        "*=": lambda found, value: value in found,
    }
)


def _is_first(element: Element) -> bool:
    return next(_previous(element), None) is None


def _is_last(element: Element) -> bool:
    return not any(isinstance(one.tag, str) for one in element.itersiblings())


_PLACES: MappingProxyType[str, Callable[[Element], bool]] = MappingProxyType(
    {
        "root": lambda element: element.getparent() is None,
        "first-child": _is_first,
        "last-child": _is_last,
        "only-child": lambda element: _is_first(element) and _is_last(element),
        "empty": lambda element: len(element) == 0 and not element.text,
        "link": lambda element: element.tag == "a",
        "any-link": lambda element: element.tag == "a",
    }
)


def _known_place(name: str, inside: str | None) -> str:
    """Return how a structural class is kept: its name, or `nth-child 2 1` for `2n+1`; raises ValueError."""
    if name in _PLACES and inside is None:
        return name
    if name in ("first-of-type", "nth-child", "nth-of-type"):
        formula = (inside or "1").strip().lower()
        formula = {"odd": "2n+1", "even": "2n"}.get(formula, formula).replace(" ", "")
        found = _FORMULA.fullmatch(formula)
        if found is not None:
            step = {None: "0", "": "1", "+": "1", "-": "-1"}.get(found[1], found[1])
            return f"{name.replace('first', 'nth')} {int(step)} {int(found[2] or 0)}"
    raise ValueError(f"found :{name}, expected one of {', '.join(_PLACES)}")


def _stands(place: str, element: Element, tick: Callable[[], None]) -> bool:
    if place in _PLACES:
        return _PLACES[place](element)
    name, step, offset = place.split()
    count = 1
    for one in _earlier(element):
        tick()
        count += name == "nth-child" or one.tag == element.tag
    rest = count - int(offset)
    return rest == 0 if step == "0" else rest % int(step) == 0 and rest // int(step) >= 0
