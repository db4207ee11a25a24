import sys
from pathlib import Path

import pytest

from fen.cli.program import MISUSED, run

WORDS = ("eval", "run", "smoke", "--model", "fen/smollm2-135m", "--yes")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--workers", "2"), "--workers 2: found no --ray, expected it"),
        (
            ("--ray", "--workers", "9"),
            "--workers 9: found --concurrency 8, expected a call at once for each worker",
        ),
        (("--ray",), "--ray: found no ray, expected Fen's extra `ray`: pip install 'fen[ray]'"),
    ],
)
def test_what_contradicts_is_said_before_anything_is_asked(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FEN_HOME", str(tmp_path))
    monkeypatch.delenv("FEN_URL", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    assert run((*WORDS, *words)) == MISUSED
    assert message in capsys.readouterr().err
