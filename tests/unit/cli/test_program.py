"""The command line's outside: its help, what it loads, how it ends."""

import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from fen import __version__
from fen.cli import program as cli
from fen.cli.lazy import LazyGroup
from fen.wire.errors import BooksUnavailable, ConfigError, NotFound

HEAVY = ("sqlalchemy", "starlette", "uvicorn", "rich", "genai_prices", "asyncio", "fen.app", "fen.web")


def walk(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    below = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [path, *(found for name, one in below if one for found in walk(one, (*path, name)))]


COMMANDS = walk(cli.fen)


def test_every_command_that_is_listed_is_there() -> None:
    assert {path[0] for path in COMMANDS if len(path) == 1} == set(cli.fen.summaries)
    assert ("keys", "create") in COMMANDS


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_of_each_command_says_what_it_and_its_options_do(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: {' '.join(('fen', *path))} ")
    command: click.Command | None = cli.fen
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []
    assert all(one.opts[0] in text for one in options)


@pytest.mark.parametrize("name", cli.fen.summaries)
def test_summary_is_the_first_paragraph_of_the_commands_own_help(name: str) -> None:
    command = cli.fen.get_command(click.Context(cli.fen), name)
    assert command is not None
    assert (command.help or "").split("\n\n")[0] == cli.fen.summaries[name]


def test_help_and_version_load_no_room(capsys: pytest.CaptureFixture[str]) -> None:
    look = (
        "import sys; from fen.cli.program import run\n"
        "assert run(['--help']) == run(['--version']) == 0\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
    assert f"fen {__version__}\n" in done.stdout
    assert "Serve the API, and the pages" in done.stdout


def test_lazy_group_knows_its_names_only() -> None:
    group = LazyGroup("g", summaries={"keys": "Keys."})
    context = click.Context(group)
    assert group.list_commands(context) == ["keys"]
    assert group.get_command(context, "program") is None
    assert isinstance(group.get_command(context, "keys"), click.Group)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> None:
        raise error

    command = click.Command("fail", callback=fail)
    find: Callable[..., click.Command] = lambda *_: command  # noqa: E731 (a stand-in of one line)
    monkeypatch.setattr(cli.fen, "get_command", find)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (NotFound("found no such thing"), 1, "fen: found no such thing\n"),
        (BooksUnavailable("found no database"), 1, "fen: found no database\n"),
        (ConfigError("fen.toml:3: found x, expected y"), 2, "fen: fen.toml:3: found x, expected y\n"),
        (OSError(28, "No space left on device"), 1, "fen: [Errno 28] No space left on device\n"),
        (click.Abort(), 130, ""),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_error_is_one_line_and_a_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    told: str,
) -> None:
    failing(monkeypatch, error)
    assert cli.run(["fail"]) == status
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", told)


def test_fault_of_fens_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("a fault"))
    with pytest.raises(ZeroDivisionError):
        cli.run(["fail"])


@pytest.mark.parametrize(
    "words", [["nosuch"], ["keys", "nosuch"], ["usage", "--nosuch"], ["serve", "--port", "x"]]
)
def test_misuse_is_told_with_status_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(words) == 2
    assert "Usage: fen" in capsys.readouterr().err
