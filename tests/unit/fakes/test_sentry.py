"""The guard that knows one sentence."""

import pytest

from fen.app import scanning
from fen.hierarchy.detect import Guard
from fen.hierarchy.detector.features import Context
from tests.fakes.sentry import ORDER, BrokenSentry, Sentry, install


def test_one_sentence_is_suspicious() -> None:
    score = Sentry().score(f"The sea. {ORDER} And so on.", Context())
    assert (score.suspicious, score.may_refuse, score.start, score.end) == (True, True, 9, 9 + len(ORDER) - 1)
    assert not Sentry().score("The sea is deep.", Context()).suspicious
    assert not Sentry().score(f"unsure: {ORDER}", Context()).may_refuse


def test_broken_one_complains_with_the_words() -> None:
    with pytest.raises(RuntimeError, match="The sea"):
        BrokenSentry().score("The sea", Context())


def test_it_stands_in_for_the_packaged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    assert isinstance(Guard.load(), Sentry)
    assert scanning.load_guard() is Guard.load()
