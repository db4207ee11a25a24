"""Hot statements: SQLAlchemy Core compiled once, then run through the driver itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.sql.compiler import SQLCompiler


class Cursor(Protocol):
    """A driver's cursor inside the writer's transaction; `rowcount` counts the rows that were changed."""

    @property
    def rowcount(self) -> int:
        """Rows that the last statement changed."""
        ...

    def execute(self, query: Any, params: Any = ..., /) -> object:
        """Run one statement."""
        ...

    def fetchone(self) -> Any:
        """Return the next row as a tuple, or None."""
        ...

    def fetchall(self) -> Sequence[Any]:
        """Return the rows that are left."""
        ...


class Statement:
    """SQL in a driver's own dialect, and the order of its parameters.

    Values go to the driver as they are: column types convert nothing here, so money and moments are handed
    over as whole numbers (fen.storage.to_pico, to_micros).
    """

    __slots__ = ("_pick", "names", "sql")

    def __init__(self, clause: ClauseElement, dialect: Dialect) -> None:
        compiled = clause.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)
        names = tuple(compiled.positiontup or ())
        constants = {
            name: bind.effective_value for name, bind in compiled.binds.items() if bind.value is not None
        }
        self.sql = str(compiled)
        self.names = names
        """The parameters that `execute` wants, in the order of the SQL; one may stand there twice."""
        self._pick = _picker(names, constants)

    def execute(self, cursor: Cursor, values: Mapping[str, object]) -> None:
        """Run the statement; raises KeyError for a parameter that `values` lacks."""
        cursor.execute(self.sql, self._pick(values))

    def execute_row(self, cursor: Cursor, row: tuple[object, ...]) -> None:
        """Run the statement with its parameters in the order of `names`."""
        cursor.execute(self.sql, row)


def _picker(
    names: tuple[str, ...], constants: Mapping[str, object]
) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    if len(names) == 1 and not constants:
        [only] = names
        return lambda values: (values[only],)
    if len(names) > 1 and not constants:
        return itemgetter(*names)  # about ten times as fast as the loop below

    def pick(values: Mapping[str, object]) -> tuple[object, ...]:
        return tuple(constants[name] if name in constants else values[name] for name in names)

    return pick
