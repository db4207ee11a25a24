"""The documentation's checker notices a document that is wrong."""

from pathlib import Path

import pytest

from fen.wire.errors import ConfigError
from tests.docs.document import run_document
from tests.docs.session import Command, Session, free_port, has_shape_of, matches, read_commands


def test_console_block_is_taken_apart() -> None:
    block = "$ cat <<END\n> one\n> END\none\n\n$ true\n"
    assert read_commands(block) == [Command("cat <<END\none\nEND", "one"), Command("true", "")]


def test_block_without_a_command_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with"):
        read_commands("fen usage\n")


@pytest.mark.parametrize(
    ("shown", "output", "same"),
    [
        ("a b", "a b  \n", True),
        ("a ... d", "a b c d", True),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a b", "a c", False),
        ("a.c", "abc", False),
    ],
)
def test_dots_stand_for_anything(shown: str, output: str, same: bool) -> None:
    assert matches(shown, output) is same


@pytest.mark.parametrize(
    ("shown", "output", "same"),
    [
        ("key   model   cost\n-     a/b     0.000012", "key  model  cost\n-  a/b  0.5", True),
        ("id req-0a1b2c3d4e", "id req-99aa88bb77", True),
        ("key cost\na 1 USD", "key cost\na 1 CNY", False),
    ],
)
def test_shape_overlooks_figures_only(shown: str, output: str, same: bool) -> None:
    assert has_shape_of(shown, output) is same


def test_settings_that_fen_refuses_fail(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sever"):
        run_document(*document(tmp_path, "```toml\n[sever]\nport = 8000\n```\n"))


def document(folder: Path, text: str) -> tuple[Path, Session]:
    path = folder / "page.md"
    path.write_text(text)
    (folder / "session").mkdir()
    return path, Session(folder / "session", free_port())


def test_right_document_passes(tmp_path: Path) -> None:
    page = """
```console
$ echo hello
hello
$ make test
```
<!-- output: shape -->
```console
$ echo 12 requests
7 requests
```
<!-- skip: next "needs another machine" -->
```console
$ false
```
```toml
# fen.toml
[models]
```
```console
$ head -n 1 fen.toml
# fen.toml
```
```python
x = 1
print(x + 1)
#> 2
```
"""
    run_document(*document(tmp_path, page))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("```console\n$ echo hello\nhullo\n```", "hullo"),
        ("```console\n$ false\n```", "status 1"),
        ("```console\n$ make nonsense\n```", "nonsense"),
        ("```console\n$ fen serve --no-such-option\n```", "does not serve"),
        ("```python\nprint(1)\n#> 2\n```", "line 3"),
    ],
)
def test_wrong_document_fails(tmp_path: Path, block: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        run_document(*document(tmp_path, f"# A page\n\n{block}\n"))
