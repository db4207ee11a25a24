import os
import stat
import sys
from pathlib import Path

import pytest

from fen.app.inspecting import Address, InspectTask, find_inspect, make_words, run_inspect, serve_for
from fen.wire.errors import ConfigError

STUB = """#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
folder = pathlib.Path(words[words.index("--log-dir") + 1])
told = {{name: os.environ.get(name) for name in ("FEN_BASE_URL", "FEN_API_KEY", "INSPECT_LOG_FORMAT")}}
print("inspect's own display")
for number in range(int(os.environ.get("LOGS", "1"))):
    (folder / f"new{{number}}.eval").write_text(json.dumps([words, told]))
sys.exit(3)
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "bin/inspect"
    path.parent.mkdir()
    path.write_text(STUB.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_words_name_the_model_of_the_server(tmp_path: Path) -> None:
    task = InspectTask("sums.py@sums", "fen/smollm2-135m", tmp_path, limit=5, epochs=2, more=("-T", "n=3"))
    assert make_words("inspect", task) == (
        *("inspect", "eval", "sums.py@sums", "--model", "openai-api/fen/fen/smollm2-135m"),
        *("--log-dir", str(tmp_path), "--limit", "5", "--epochs", "2", "-T", "n=3"),
    )
    assert make_words("inspect", InspectTask(f"{Path.cwd()}/a/b.py", "m", tmp_path))[2] == "a/b.py"
    assert "--limit" not in make_words("inspect", InspectTask("sums", "m", tmp_path))


def test_it_is_told_where_fen_is_and_its_new_log_is_found(
    program: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "old.eval").write_text("old")
    task = InspectTask("sums", "m", logs)
    log = run_inspect(program, task, Address("http://127.0.0.1:9", "sk-1"), os.environ)
    assert log == logs / "new0.eval"
    assert '"FEN_BASE_URL": "http://127.0.0.1:9/v1"' in log.read_text()
    assert '"FEN_API_KEY": "sk-1"' in log.read_text()
    assert '"INSPECT_LOG_FORMAT": "eval"' in log.read_text()
    out, err = capfd.readouterr()
    assert (out, err) == ("", "inspect's own display\n"), "what Fen prints stays clean"


@pytest.mark.parametrize("logs", ["0", "2"])
def test_no_log_or_several_are_told(program: str, tmp_path: Path, logs: str) -> None:
    task = InspectTask("sums", "m", tmp_path / "logs")
    with pytest.raises(ConfigError, match=f"found {logs} new logs .* status 3, expected one"):
        run_inspect(program, task, Address("http://127.0.0.1:9"), {**os.environ, "LOGS": logs})


def test_the_program_is_found_on_the_path_or_told(program: str, tmp_path: Path) -> None:
    environ = {"PATH": str(Path(program).parent)}
    assert find_inspect(program, {}) == program
    assert find_inspect(None, environ).endswith("/inspect")
    with pytest.raises(ConfigError, match="found no program 'no-such', expected Inspect's"):
        find_inspect("no-such", environ)


@pytest.mark.parametrize("url", ["http://host:8000", "http://host:8000/", "http://host:8000/v1"])
def test_a_fen_that_runs_elsewhere_is_used(url: str, tmp_path: Path) -> None:
    with serve_for({"FEN_URL": url, "FEN_API_KEY": "sk-2"}, None, tmp_path / "log") as address:
        assert address == Address("http://host:8000", "sk-2")


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    environ = {**os.environ, "FEN_HOME": str(tmp_path)}
    missing = tmp_path / "no.toml"
    with pytest.raises(ConfigError, match="did not start"), serve_for(environ, missing, tmp_path / "log"):
        pass
    assert "no.toml" in (tmp_path / "log").read_text()
