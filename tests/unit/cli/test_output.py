"""Tables keep their figures whole, and are plain where nobody watches."""

import json

import pytest

from fen.cli.output import Column, note, show_facts, show_json, show_table

COLUMNS = (Column("id", "id"), Column("name"), Column("cost", "figure"))
ROW = ("req_0123456789abcdef", "a model with quite a long name, [bold]or so", "0.000000123456 USD")


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_each_row_is_one_plain_line_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(COLUMNS, [ROW, ("x" * 300, "", "1 CNY")])
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "name", "cost"]
    assert [line.split()[0] for line in lines] == [ROW[0], "x" * 300]
    assert ROW[1] in lines[0]
    assert lines[0].endswith("  " + ROW[2])
    assert lines[1].endswith(" " * 13 + "1 CNY")
    assert not any(line != line.rstrip() or "\x1b" in line for line in (head, *lines))


@pytest.mark.parametrize("columns", [1, 20, 60, 61, 62, 63, 80, 200])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (0, 2, 1)])
def test_nothing_is_cut_and_only_text_is_folded(
    columns: int,
    order: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    show_table([COLUMNS[place] for place in order], [[ROW[place] for place in order]])
    text = capsys.readouterr().out
    head, *lines = text.splitlines()
    assert "…" not in text
    assert ROW[0] in lines[0]
    assert ROW[2] in lines[0]
    # What was folded is there in whole: one column of the row's lines, put together.
    start = head.index("name")
    rest = lines[0].replace(ROW[0], " " * len(ROW[0])).replace(ROW[2], " " * len(ROW[2]))
    folded = rest[start:] + "".join(line[start:] for line in lines[1:])
    assert folded.replace(" ", "") == ROW[1].replace(" ", "")
    fitting = len(ROW[0]) + len(ROW[2]) + 3 * 2 + 12
    assert max(map(len, (head, *lines))) <= max(columns, fitting)


def test_wide_characters_take_two_places(capsys: pytest.CaptureFixture[str]) -> None:
    show_table((Column("name"), Column("n", "figure")), [("通义千问", "1"), ("ab", "2")])
    assert capsys.readouterr().out == "name      n\n通义千问  1\nab        2\n"


def test_table_without_rows_is_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(COLUMNS, [])
    assert capsys.readouterr().out == "id  name  cost\n"


def test_json_is_indented_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": "分", "rows": [1, None, "0.1"]}
    show_json(value)
    text = capsys.readouterr().out
    assert json.loads(text) == value
    assert text.startswith('{\n  "name": "分"')


def test_facts_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    show_facts([("id", "1"), ("name", "x")])
    assert capsys.readouterr().out == "id    1\nname  x\n"


def test_note_is_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    note("42 tokens")
    assert capsys.readouterr() == ("", "")
