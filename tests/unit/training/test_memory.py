"""Too little memory is told before work starts."""

from pathlib import Path

import pytest

from fen.training.memory import check_memory, find_memory
from fen.wire.errors import ConfigError


@pytest.fixture
def told(tmp_path: Path) -> Path:
    path = tmp_path / "meminfo"
    path.write_text("MemTotal:       24684084 kB\nMemFree:          100000 kB\nMemAvailable:    2097152 kB\n")
    return path


def test_what_is_free_is_what_is_available(told: Path) -> None:
    assert find_memory(told) == 2 << 30
    check_memory(2 << 30, "to load", told)
    with pytest.raises(ConfigError, match="found 2048 MiB of free memory, expected 3072 MiB to load"):
        check_memory(3 << 30, "to load", told)


def test_a_system_that_does_not_tell_stops_nothing(tmp_path: Path) -> None:
    check_memory(1 << 60, "to load", tmp_path / "none")
    (tmp_path / "odd").write_text("MemTotal: 1 kB\n")
    check_memory(1 << 60, "to load", tmp_path / "odd")
