"""A suite's files: the user's folder first, then the cache, then the web, and errors that say where."""

import hashlib
from pathlib import Path

import pytest

from fen.app import load_settings, open_files
from fen.evals import DataFile
from fen.evals.files import DataFiles, find_file, list_files
from fen.wire.errors import ConfigError, UpstreamFailed

CONTENT = b'{"question": "1 + 1?"}\n'
FILE = DataFile("toy/test.jsonl", "https://example.org/test.jsonl", hashlib.sha256(CONTENT).hexdigest())


class Web:
    """Serves one content for every address, and counts."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.asked: list[str] = []

    def __call__(self, url: str, target: Path) -> None:
        self.asked.append(url)
        target.write_bytes(self.content)


def put(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True)
    path = folder / "test.jsonl"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("below", ["evals/toy", "toy"])
def test_the_users_folder_comes_first_and_may_be_the_folder_evals_itself(tmp_path: Path, below: str) -> None:
    mine = put(tmp_path / "mine" / below, b"changed by whose it is")
    put(tmp_path / "cache" / "evals" / "toy")
    assert DataFiles(tmp_path / "mine", tmp_path / "cache", None).path(FILE) == mine


def test_a_file_is_downloaded_once_checked_and_kept(tmp_path: Path) -> None:
    web = Web()
    files = DataFiles(None, tmp_path, web)
    path = files.path(FILE)
    assert path.read_bytes() == CONTENT
    assert files.path(FILE) == path
    assert web.asked == [FILE.url]
    assert [each.name for each in path.parent.iterdir()] == ["test.jsonl"]


def test_a_wrong_checksum_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"has SHA-256 [0-9a-f]{{64}}, expected {FILE.sha256}"):
        DataFiles(None, tmp_path, Web(b"other")).path(FILE)
    assert list((tmp_path / "evals" / "toy").iterdir()) == []


def test_a_download_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    def break_off(url: str, target: Path) -> None:
        target.write_bytes(b"ha")
        raise UpstreamFailed("broke off")

    with pytest.raises(UpstreamFailed):
        DataFiles(None, tmp_path, break_off).path(FILE)
    assert list((tmp_path / "evals" / "toy").iterdir()) == []


def test_a_checksum_that_nobody_states_is_not_checked(tmp_path: Path) -> None:
    assert (
        DataFiles(None, tmp_path, Web(b"x")).path(DataFile("a/b", "https://example.org/b")).read_bytes()
        == b"x"
    )


def test_offline_the_error_says_where_it_was_looked_for_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        DataFiles(tmp_path / "mine", tmp_path / "cache", None).path(FILE)
    message = str(caught.value)
    for place in (tmp_path / "mine/evals/toy/test.jsonl", tmp_path / "cache/evals/toy/test.jsonl"):
        assert str(place) in message
    assert "FEN_OFFLINE" in message
    assert "--data or FEN_DATA" in message
    assert FILE.url in message


def test_the_users_own_file_stands_in_for_the_published_one(tmp_path: Path) -> None:
    mine = put(tmp_path / "mine")
    nowhere = DataFiles(None, tmp_path, None)
    assert find_file(nowhere, {"file": str(mine)}, FILE) == mine
    assert find_file(nowhere, {"file": str(mine.parent)}, FILE) == mine


def test_a_folder_of_the_users_is_laid_out_like_the_suites_own(tmp_path: Path) -> None:
    deep = put(tmp_path / "mine" / "dev")
    file = DataFile("toy/dev/test.jsonl", "https://example.org/dev/test.jsonl")
    assert find_file(DataFiles(None, tmp_path, None), {"file": str(tmp_path / "mine")}, file) == deep


def test_an_address_of_the_users_is_downloaded_and_kept_by_address(tmp_path: Path) -> None:
    web = Web(b"mine")
    files = DataFiles(None, tmp_path, web)
    first = find_file(files, {"file": "https://example.org/a.jsonl?raw=1"}, FILE)
    other = find_file(files, {"file": "https://example.org/b.jsonl"}, FILE)
    assert find_file(files, {"file": "https://example.org/b.jsonl"}, FILE) == other
    assert (first.name, other.name) == ("a.jsonl", "b.jsonl")
    assert first.read_bytes() == b"mine"
    assert len(web.asked) == 2


def test_an_own_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"found no file for file=.*nothing.jsonl"):
        find_file(DataFiles(None, tmp_path, None), {"file": str(tmp_path / "nothing.jsonl")}, FILE)


def test_a_suites_many_files_have_their_own_checksums() -> None:
    files = list_files("mmlu", "https://example.org/data/mmlu")
    assert len(files) == 114
    assert files[0].url == f"https://example.org/data/{files[0].path}"
    assert all(file.sha256 and len(file.sha256) == 64 for file in files)


def test_the_settings_name_the_folder_and_say_whether_to_download(tmp_path: Path) -> None:
    put(tmp_path / "mine" / "toy")
    environ = {"FEN_DATA": str(tmp_path / "mine"), "FEN_CACHE": str(tmp_path / "cache"), "FEN_OFFLINE": "1"}
    settings = load_settings(None, environ)
    assert open_files(settings).path(FILE) == tmp_path / "mine" / "toy" / "test.jsonl"
    with pytest.raises(ConfigError, match="FEN_OFFLINE"):
        open_files(settings, tmp_path).path(FILE)
    with pytest.raises(ConfigError, match="found no folder"):
        open_files(settings, tmp_path / "nowhere")
