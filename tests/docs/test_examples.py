"""What README.md and docs/ show is what happens; how a block is read, `tests.docs.document` says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.document import run_document
from tests.docs.session import ROOT, Session, free_port

DOCUMENTS = [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if path.exists()]
FENCE = re.compile(r"^```(\S+)", re.MULTILINE)
LANGUAGES = {"console", "python", "toml", "json", "text", "mermaid"}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path, free_port())
    yield session
    session.close()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_holds(path: Path, session: Session) -> None:
    run_document(path, session)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_marks_its_blocks_in_a_language_that_is_checked(path: Path) -> None:
    assert set(FENCE.findall(path.read_text())) <= LANGUAGES
