"""`fen` with the suites of tests/fakes/suites beside its own: `python -m tests.fakes.eval_cli eval run`."""

from pathlib import Path

from fen.cli.program import main
from fen.evals import suites

FOLDER = Path(__file__).parent / "suites"


def add_suites() -> None:
    """Let the registry find them too."""
    if str(FOLDER) not in suites.__path__:
        suites.__path__.append(str(FOLDER))


if __name__ == "__main__":
    add_suites()
    main()
