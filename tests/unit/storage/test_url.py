from pathlib import Path

import pytest

from fen.storage import open_storage
from fen.wire.errors import ConfigError

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mysql://root:hunter2@localhost/fen", "found mysql://"),
        ("hunter2", "found no URL"),
        ("postgresql://fen:hunter2@localhost:port/fen", "found no URL"),
        ("postgresql://fen:hunter2@localhost/fen?secret=hunter2", "found the parameters secret"),
        ("sqlite://", "without a file"),
        ("sqlite:///:memory:", "without a file"),
        ("sqlite:////proc/nowhere/fen.db", "the database /proc/nowhere/fen.db"),
        ("", "found no URL"),
    ],
)
def test_a_url_that_leads_nowhere_is_named_without_its_password(url: str, found: str) -> None:
    with pytest.raises(ConfigError, match=found) as caught:
        open_storage(url)
    assert SECRET not in str(caught.value)
    assert "expected" in str(caught.value)
    chain: BaseException | None = caught.value
    while chain is not None and not chain.__suppress_context__:
        assert SECRET not in str(chain)
        chain = chain.__cause__ or chain.__context__


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(ConfigError, match="postgresql") as caught:
        open_storage("postgresql://fen:hunter2@127.0.0.1:1/fen")
    assert SECRET not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fen.db").write_text("these are no pages of a database, and no header of one either\n" * 20)
    with pytest.raises(ConfigError, match="not a database"):
        open_storage(f"sqlite:///{tmp_path}/fen.db")
    assert (tmp_path / "fen.db").read_text().startswith("these are no pages")


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path}/deep/fen.db")
    await storage.check()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "deep").iterdir()}
    await storage.close()
    assert modes["fen.db"] == modes["fen.db-wal"] == 0o600
    assert (tmp_path / "deep").stat().st_mode & 0o777 == 0o700
