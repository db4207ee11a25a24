"""Reads a picture back: its elements by class, their points, and where its letters reach."""

import re
from xml.etree import ElementTree as Tree

from fen.evals.report.charts.lettering import width

NAME = "{http://www.w3.org/2000/svg}"
_PAIR = re.compile(r"(-?[\d.]+) (-?[\d.]+)")


def read(svg: str) -> Tree.Element:
    return Tree.fromstring(svg)


def view(root: Tree.Element) -> tuple[float, float]:
    left, top, wide, high = map(float, root.attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    return wide, high


def of_class(root: Tree.Element, *wanted: str) -> list[Tree.Element]:
    return [one for one in root.iter() if set(wanted) <= set(one.get("class", "").split())]


def points(path: Tree.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in _PAIR.findall(path.attrib["d"])]


def texts(root: Tree.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{NAME}text")]


def assert_inside(root: Tree.Element) -> None:
    """No letter and no line leaves the picture."""
    wide, high = view(root)
    for one in root.iter(f"{NAME}text"):
        x, y = float(one.attrib["x"]), float(one.attrib["y"])
        long = width(one.text or "", 11 if "tick" in one.get("class", "") else 13)
        left = x - {"end": long, "middle": long / 2}.get(one.get("text-anchor", ""), 0.0)
        assert left >= -0.5, one.text
        assert left + long <= wide + 0.5, one.text
        assert 8 <= y <= high, one.text
    for one in root.iter(f"{NAME}path"):
        assert all(0 <= x <= wide and 0 <= y <= high for x, y in points(one)), one.attrib
