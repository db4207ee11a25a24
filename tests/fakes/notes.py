"""A table to write to, and operations on it that may run again as the writer demands."""

import sqlite3

import psycopg
import sqlalchemy as sa

from fen.storage import Cursor, Storage

MAKE = "CREATE TABLE notes (id INTEGER PRIMARY KEY, word TEXT)"
KEEP = "ON CONFLICT (id) DO NOTHING"


def make_notes(cursor: Cursor) -> None:
    cursor.execute(MAKE)


def note(cursor: Cursor, number: int) -> int:
    cursor.execute(f"INSERT INTO notes (id, word) VALUES ({number}, 'note') {KEEP}")
    return number


def note_and_fail(cursor: Cursor, number: int) -> None:
    note(cursor, number)
    raise LookupError(f"note {number} is none")


def note_twice(cursor: Cursor, number: int) -> None:
    for _ in range(2):
        cursor.execute(f"INSERT INTO notes (id) VALUES ({number})")


def misspell(cursor: Cursor) -> None:
    cursor.execute("INSERT INTO nots VALUES (1)")


async def read_notes(storage: Storage) -> list[int]:
    def read(connection: sa.Connection) -> list[int]:
        return list(connection.execute(sa.text("SELECT id FROM notes ORDER BY id")).scalars())

    return await storage.read(read)


def read_elsewhere(url: str) -> list[int]:
    """What another process would find: only what is committed."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        rows = connection.execute("SELECT id FROM notes ORDER BY id").fetchall()
        connection.close()
    else:
        with psycopg.connect(url) as server:
            rows = server.execute("SELECT id FROM notes ORDER BY id").fetchall()
    return [row[0] for row in rows]
