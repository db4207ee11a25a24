import sqlite3

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from fen.storage import Statement

T = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("word", Text))
SQLITE = SQLiteDialect_pysqlite(paramstyle="qmark")


@pytest.fixture
def cursor():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)")
    yield connection.cursor()
    connection.close()


def test_parameters_go_in_the_order_of_the_sql(cursor) -> None:
    write = Statement(insert(T).values(word=bindparam("word"), id=bindparam("id")), SQLITE)
    write.execute(cursor, {"word": "one", "id": 1, "more": "is passed over"})
    assert cursor.execute("SELECT id, word FROM t").fetchall() == [(1, "one")]


def test_a_constant_and_a_parameter_that_stands_twice_find_their_places(cursor) -> None:
    cursor.execute("INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    wanted = bindparam("wanted", type_=Integer)
    change = update(T).where(T.c.id == wanted, T.c.id <= wanted, T.c.word != "two").values(word="three")
    statement = Statement(change, SQLITE)
    for number in (1, 2):
        statement.execute(cursor, {"wanted": number})
    assert cursor.execute("SELECT word FROM t ORDER BY id").fetchall() == [("three",), ("two",)]


def test_a_parameter_that_is_missing_is_an_error(cursor) -> None:
    statement = Statement(select(T).where(T.c.id == bindparam("wanted")), SQLITE)
    with pytest.raises(KeyError, match="wanted"):
        statement.execute(cursor, {})


def test_each_driver_gets_its_own_marks() -> None:
    clause = select(T.c.id).where(T.c.word == bindparam("word"))
    assert "= ?" in Statement(clause, SQLITE).sql
    assert "%s" in Statement(clause, PGDialect_psycopg(paramstyle="format")).sql
