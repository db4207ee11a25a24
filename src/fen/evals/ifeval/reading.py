"""What reads sentences, words and languages: Punkt and Treebank's words of NLTK, and langdetect.

Both libraries are what the published checkers use. Neither downloads anything here: Punkt's English model
is in a wheel on PyPI (`PUNKT`), and is read out of it without being unpacked.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from fen.evals.suite import DataFile
from fen.wire.errors import ConfigError

PUNKT = DataFile(
    "punkt/llama_index_core-0.14.25-py3-none-any.whl",
    "https://files.pythonhosted.org/packages/8c/20/60be179aaba858981edbe18eab106ff485967a9d3b198f8c58496cad9e32/"
    "llama_index_core-0.14.25-py3-none-any.whl",
    "caa7d9c5ac9b13dc33400cf8d5e92e689b6d1e4497eb9bfa50d6f52ca2eb22a1",
)
"""A wheel with NLTK's `punkt_tab` (Kiss and Strunk 2006, Unsupervised Multilingual Sentence Boundary
Detection)."""

_FOLDER = "llama_index/core/_static/nltk_cache/tokenizers/punkt_tab/english/"
_MODEL = ("abbrev_types.txt", "sent_starters.txt", "collocations.tab", "ortho_context.tab")


class LanguageReader:
    """Reads English sentences and words by Punkt, and tells languages; each loaded when first asked for.

    It is a `fen.evals.ifeval.instruction.Reader`. punkt: the wheel's path; None where it could not be had.
    """

    def __init__(self, punkt: Path | None) -> None:
        self._wheel = punkt

    def split_sentences(self, text: str) -> Sequence[str]:
        """Return the sentences; raises ConfigError where Punkt's data is not there."""
        return self._punkt.tokenize(text)

    def split_words(self, text: str) -> Sequence[str]:
        """Return the words and marks of each sentence, as the Penn Treebank splits them.

        Raises ConfigError where Punkt's data is not there.
        """
        return [word for sentence in self.split_sentences(text) for word in self._treebank.tokenize(sentence)]

    def detect_language(self, text: str) -> str | None:
        """Return the likeliest language's code; None of a text without a letter to tell it by.

        langdetect draws from a text's trigrams; with the seed 0, the same text has always the same language.
        """
        import langdetect as untyped  # noqa: PLC0415 # pyright: ignore  (few runs need it; it has no types)

        detector = self._detectors.create()
        detector.append(text)
        try:
            return str(detector.detect())
        except cast(Any, untyped).LangDetectException:
            return None

    @cached_property
    def _punkt(self) -> Any:
        if self._wheel is None:
            raise ConfigError(f"found no model of English sentences, expected {PUNKT.path} from {PUNKT.url}")
        lines = _read_model(self._wheel)
        from nltk.tokenize import punkt as untyped  # noqa: PLC0415 # pyright: ignore  (it has no types)

        punkt = cast(Any, untyped)
        known = punkt.PunktParameters()
        known.abbrev_types = set(lines["abbrev_types.txt"])
        known.sent_starters = set(lines["sent_starters.txt"])
        known.collocations = {tuple(line.split("\t")) for line in lines["collocations.tab"]}
        contexts = (line.split("\t") for line in lines["ortho_context.tab"])
        known.ortho_context = defaultdict(int, {word: int(flags) for word, flags in contexts})
        return punkt.PunktSentenceTokenizer(known)

    @cached_property
    def _treebank(self) -> Any:
        from nltk.tokenize import destructive as untyped  # noqa: PLC0415 # pyright: ignore  (it has no types)

        return cast(Any, untyped).NLTKWordTokenizer()

    @cached_property
    def _detectors(self) -> Any:
        from langdetect import detector_factory as untyped  # noqa: PLC0415 # pyright: ignore  (it has no types)

        library = cast(Any, untyped)
        factory = library.DetectorFactory()
        factory.set_seed(0)
        factory.load_profile(library.PROFILES_DIRECTORY)
        return factory


@lru_cache(maxsize=2)
def open_reader(punkt: Path | None) -> LanguageReader:
    """Return the reader over one wheel; its models take half a second to load, and are loaded once."""
    return LanguageReader(punkt)


def _read_model(path: Path) -> Mapping[str, list[str]]:
    """Return the lines of each of the model's files; raises ConfigError where they are not in the wheel."""
    try:
        with zipfile.ZipFile(path) as wheel:
            return {name: wheel.read(_FOLDER + name).decode().split("\n") for name in _MODEL}
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ConfigError(
            f"found no model of English sentences in {path} ({error}), expected {PUNKT.url}"
        ) from None
