"""Files inside the writer's transaction, and how they are read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    Text,
    and_,
    bindparam,
    delete,
    or_,
    select,
    true,
    update,
)

from fen.batch.file import Page, StoredFile, Viewer
from fen.batch.store.tables import CHUNKS, FILES
from fen.storage import Cursor, Storage, to_micros

READY = "ready"
WRITING = "writing"
_COLUMNS = ("id", "key_id", "purpose", "filename", "bytes", "created_at", "expires_at")


class FileStore:
    """Writes files. Each method runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        insert = storage.insert(FILES).values({column.name: bindparam(column.name) for column in FILES.c})
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))
        chunk = storage.insert(CHUNKS).values({column.name: bindparam(column.name) for column in CHUNKS.c})
        self._append = storage.compile(chunk.on_conflict_do_nothing(index_elements=["file_id", "number"]))
        wanted = FILES.c.id == bindparam("b_id", type_=Text)
        ready = update(FILES).where(wanted).values(state=READY, bytes=bindparam("b_bytes", type_=BigInteger))
        self._finish = storage.compile(ready)
        self._remove = storage.compile(delete(FILES).where(wanted))
        lower = bindparam("b_lower", type_=BigInteger)
        chunks = delete(CHUNKS).where(
            CHUNKS.c.file_id == bindparam("b_id", type_=Text), CHUNKS.c.number >= lower
        )
        self._drop = storage.compile(chunks)

    def begin(self, cursor: Cursor, file: StoredFile) -> None:
        """Insert a file that nobody sees yet."""
        values: dict[str, object] = {name: getattr(file, name) for name in _COLUMNS}
        values |= {
            "created_at": to_micros(file.created_at),
            "expires_at": None if file.expires_at is None else to_micros(file.expires_at),
            "state": WRITING,
        }
        self._insert.execute(cursor, values)

    def append(self, cursor: Cursor, file_id: str, number: int, data: bytes) -> None:
        """Add a piece of the content."""
        self._append.execute(cursor, {"file_id": file_id, "number": number, "data": data})

    def finish(self, cursor: Cursor, file_id: str, size: int) -> bool:
        """Show a file whose content is complete; False where it was removed meanwhile."""
        self._finish.execute(cursor, {"b_id": file_id, "b_bytes": size})
        return cursor.rowcount == 1

    def remove(self, cursor: Cursor, file_id: str) -> None:
        """Remove a file; its content is dropped piece by piece afterwards."""
        self._remove.execute(cursor, {"b_id": file_id})

    def drop_chunks(self, cursor: Cursor, file_id: str, lower: int) -> None:
        """Drop the pieces from a number on."""
        self._drop.execute(cursor, {"b_id": file_id, "b_lower": lower})


def find_file(connection: Connection, file_id: str, viewer: Viewer) -> StoredFile | None:
    """Return a file whose content is complete."""
    query = select(FILES).where(
        FILES.c.id == file_id, FILES.c.state == READY, visible(FILES.c.key_id, viewer)
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _read(row)


def list_files(connection: Connection, viewer: Viewer, page: Page, purpose: str | None) -> list[StoredFile]:
    """Return a page of files."""
    query = select(FILES).where(FILES.c.state == READY, visible(FILES.c.key_id, viewer))
    if purpose is not None:
        query = query.where(FILES.c.purpose == purpose)
    if page.after is not None:
        later = FILES.c.id < page.after if page.newest_first else FILES.c.id > page.after
        query = query.where(later)
    order = FILES.c.id.desc() if page.newest_first else FILES.c.id
    rows = connection.execute(query.order_by(order).limit(page.limit)).mappings()
    return [_read(row) for row in rows]


def read_chunk(connection: Connection, file_id: str, number: int) -> bytes | None:
    """Return a piece of the content; None after the last one."""
    query = select(CHUNKS.c.data).where(CHUNKS.c.file_id == file_id, CHUNKS.c.number == number)
    return connection.execute(query).scalar_one_or_none()


def find_stale(connection: Connection, now: datetime, abandoned: datetime, limit: int) -> list[str]:
    """Return files that are past their time, or were begun before `abandoned` and never finished."""
    unfinished = and_(FILES.c.state == WRITING, FILES.c.created_at < abandoned)
    query = select(FILES.c.id).where(or_(FILES.c.expires_at < now, unfinished))
    return list(connection.execute(query.limit(limit)).scalars())


def find_orphans(connection: Connection, limit: int) -> list[str]:
    """Return the ids of content whose file is gone."""
    known = select(FILES.c.id).where(FILES.c.id == CHUNKS.c.file_id).exists()
    query = select(CHUNKS.c.file_id).where(CHUNKS.c.number == 0, ~known)
    return list(connection.execute(query.limit(limit)).scalars())


def count_chunks(connection: Connection, file_id: str) -> int:
    """Return one more than the largest number of a file's pieces, 0 where there is none."""
    query = select(CHUNKS.c.number).where(CHUNKS.c.file_id == file_id).order_by(CHUNKS.c.number.desc())
    last = connection.execute(query.limit(1)).scalar_one_or_none()
    return 0 if last is None else last + 1


def visible(key_id: ColumnElement[str | None], viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition under which a viewer sees a row of a key."""
    if viewer.everybody:
        return true()
    return key_id.is_(None) if viewer.key_id is None else key_id == viewer.key_id


def _read(row: RowMapping) -> StoredFile:
    return StoredFile(**{name: row[name] for name in _COLUMNS})
