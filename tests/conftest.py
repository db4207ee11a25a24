"""What holds for every test: no network, no key from outside, a home of its own, the same examples."""

import itertools
import logging
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.loopback import forbid_network
from tests.sizes import is_proving

_SECRET = re.compile(r"_(API_?KEY|KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_PROXY = re.compile(r"^(http|https|all|no)_proxy$", re.IGNORECASE)
_KEPT = frozenset({"FEN_CACHE", "FEN_PROVE"})  # the weights, fetched once for all; the size of the run


def pytest_configure() -> None:
    """Shut the network, and drop what this machine's environment would tell Fen."""
    forbid_network()
    # A run in a shell's background ignores Ctrl-C, and so would every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in list(os.environ):
        foreign_fen = name.startswith(("FEN_", "OTEL_")) and name not in _KEPT
        if foreign_fen or _SECRET.search(name) or _PROXY.match(name):
            del os.environ[name]
    os.environ["FEN_OFFLINE"] = "1"  # for the processes that a test starts
    # As the program has it, before NumPy is imported: a fit took 11 s where two threads of BLAS waited for
    # each other on a busy machine, and 0.2 s with one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A shared machine may be slow, and that is no fault of a strategy.
    quiet = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile(
        "ci", derandomize=True, database=None, max_examples=200, deadline=None, suppress_health_check=quiet
    )
    hypothesis.settings.register_profile(
        "prove", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=quiet
    )
    hypothesis.settings.load_profile("prove" if is_proving() else "ci")


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield fresh paths; pytest's own way to number them reads the folder each time, which grows."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def home_of_its_own(homes: Iterator[Path]) -> Iterator[Path]:
    """Name in `FEN_HOME` a folder for this test alone; most tests have no use for it, so it is not made."""
    home = next(homes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEN_HOME", str(home))
        yield home


@pytest.fixture
def fen_home(home_of_its_own: Path) -> Path:
    """Fen's state of this test alone; it is also in `FEN_HOME`."""
    home_of_its_own.mkdir()
    return home_of_its_own


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what a program that is run inside a test does to the log; its stream is closed by then."""
    root, fen = logging.getLogger(), logging.getLogger("fen")
    handlers, levels = list(root.handlers), (root.level, fen.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    fen.setLevel(levels[1])
