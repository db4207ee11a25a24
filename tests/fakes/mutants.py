"""Programs with one fault each: a comparison turned around, a number off by one, a result that is lost."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def mutate(program: str, entry: str, seed: int) -> Iterator[str]:
    """Yield programs that differ from one in a single place of the function `entry`, in a seeded order."""
    places = list(_find_places(ast.parse(program), entry))
    random.Random(seed).shuffle(places)
    for place in places:
        tree = ast.parse(program)
        dict(_list_changes(tree, entry))[place]()
        yield ast.unparse(ast.fix_missing_locations(tree))


def _find_places(tree: ast.Module, entry: str) -> Iterator[int]:
    return (index for index, _ in _list_changes(tree, entry))


def _list_changes(tree: ast.Module, entry: str) -> Iterator[tuple[int, Callable[[], None]]]:
    """Yield what can be changed in a function, numbered in the order of its tree."""
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry)
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    changes = [change for node in nodes if (change := _find_change(node)) is not None]
    return iter(enumerate(changes))


def _find_change(node: ast.AST) -> Callable[[], None] | None:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED:
        return lambda: node.ops.__setitem__(0, _TURNED[type(node.ops[0])]())
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return lambda: setattr(node, "value", int(str(node.value)) + 1)
    if isinstance(node, ast.Return) and node.value is not None:
        return lambda: setattr(node, "value", None)
    return None
