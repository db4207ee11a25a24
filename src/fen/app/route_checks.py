"""What the tables of routes may say beyond the kinds of their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fen.app.route_tables import CascadeTable, RouteTable, TargetTable, read_money
from fen.app.toml import Place, TomlFile

_NAME = re.compile(r"[^\s/]+/\S+")


def convert_routes(file: TomlFile) -> None:
    """Look first at what stands inside a route, so that complaints name it; raises ConfigError."""
    for name in file.keys(("routes",)):
        place = ("routes", name)
        for member, kind in (("target", TargetTable), ("cascade", CascadeTable)):
            if member in file.keys(place):
                file.convert((*place, member), kind)


def check_routes(file: TomlFile, routes: Mapping[str, RouteTable], taken: frozenset[str]) -> None:
    """Raise ConfigError for what a route cannot be; taken: ids of models of the file and of Fen's own."""
    for name, table in routes.items():
        place = ("routes", name)
        if _NAME.fullmatch(name) is None:
            raise file.complain(place, "found a name without a vendor, expected one such as fen/auto")
        if name in taken:
            raise file.complain(place, "found the id of a model, expected another name")
        if table.pool == []:
            raise file.complain((*place, "pool"), "found an empty list, expected at least one model in it")
        for steps, model in _named(table):
            if _NAME.fullmatch(model) is None:
                message = f"found {model!r}, expected the id of a model: VENDOR/MODEL"
                raise file.complain((*place, *steps), message)
        _check_texts(file, place, table)
        if table.cascade is not None:
            _check_cascade(file, (*place, "cascade"), table.cascade)


def _named(table: RouteTable) -> Iterator[tuple[Place, str]]:
    for index, model in enumerate(table.pool or ()):
        yield ("pool", index), model
    if table.reference is not None:
        yield ("reference",), table.reference
    if table.target is not None and table.target.relative_to is not None:
        yield ("target", "relative_to"), table.target.relative_to
    if table.cascade is not None and table.cascade.second is not None:
        yield ("cascade", "second"), table.cascade.second


def _check_texts(file: TomlFile, place: Place, table: RouteTable) -> None:
    try:
        if table.price_cap is not None:
            read_money("price_cap", table.price_cap)
    except ValueError as error:
        raise file.complain((*place, "price_cap"), str(error).removeprefix("price_cap: ")) from None
    try:
        if table.target is not None:
            table.target.make()
    except ValueError as error:
        member, _, message = str(error).rpartition(": ")
        inner = (*place, "target", member) if member else (*place, "target")
        raise file.complain(inner, message) from None


def _check_cascade(file: TomlFile, place: Place, table: CascadeTable) -> None:
    from fen.routing.cascade import CHECKS  # noqa: PLC0415  numpy, where no route has a cascade

    for index, check in enumerate(table.checks):
        if check not in CHECKS:
            message = f"found {check!r}, expected one of {', '.join(CHECKS)}"
            raise file.complain((*place, "checks", index), message)
    if table == CascadeTable():
        raise file.complain(
            place, "found nothing in it, expected checks, second, longest, logprob or verifier"
        )
