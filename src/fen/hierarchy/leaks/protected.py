"""What is protected, and the forms in which it is looked for."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from fen.hierarchy.leaks.folding import Fold, fold, fold_marks, rot13
from fen.hierarchy.leaks.words import DIGITS, HEADS, MARK_NAMES

Kind = Literal["secret", "canary", "system"]

LEAST_SECRET = 12
"""Characters that a secret must have; a part of a shorter one comes up by chance."""

SHARE = 0.6
"""The part of a secret that is a leak of it."""

SYSTEM_CHARACTERS = 48
"""Characters of the system prompt that are a leak of it; one of a wide script counts as WIDE_WEIGHT."""

WIDE_WEIGHT = 3
_WIDE = 0x2E80

_GRAM = 4  # letters that a secret is looked for by
_FEW = 6  # a secret whose leak may have fewer letters is looked for with its marks
_STRAY = 3  # characters of another script, quotation marks and dashes among them
_MOST_PLACES = 64  # of a gram; one that stands in more says little, and its neighbours tell them apart
_LEAST_LETTERS = 8  # of the system prompt: less of a rule or a table is no leak of it
_LONGEST_GRAM = 12


class Protected(msgspec.Struct, frozen=True):
    """The texts that no answer may say.

    secrets: at least LEAST_SECRET characters each. canaries: the same, planted to be found. system: the
    system prompt; None where it is the reader's own. quotable: parts of the system prompt that answers may
    repeat. Raises ValueError for a secret that is too short; the message does not tell it.
    """

    secrets: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    system: str | None = None
    quotable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in (*self.secrets, *self.canaries):
            if len(text) < LEAST_SECRET or len(fold_marks(text)) < LEAST_SECRET // 2:
                raise ValueError(
                    f"found a secret of {len(text)} characters, expected at least {LEAST_SECRET}, "
                    f"{LEAST_SECRET // 2} of them visible"
                )


class Form(msgspec.Struct, frozen=True):
    """One form of a protected text, folded.

    path: the transforms that made it, the outermost first. low, high: the weight of its letters i to j is
    high[j] - low[i]. enough: the weight that is a leak. least: the letters of the shortest one.
    """

    text: str
    kind: Kind
    path: tuple[str, ...]
    low: Sequence[float]
    high: Sequence[float]
    enough: float
    least: int


class Index(msgspec.Struct, frozen=True):
    """Forms, found by their grams.

    fold: how a text is folded before it is looked at. size: letters of a gram. stride: of the stream's grams
    each such one is looked at. places: the forms and the offsets at which a gram stands.
    """

    forms: tuple[Form, ...]
    fold: Fold
    size: int
    stride: int
    places: dict[str, list[tuple[int, int]]]
    watched: frozenset[str]


class Compiled(msgspec.Struct, frozen=True):
    """All that is looked for.

    indexes: the first one also watches for words of the spelling alphabet. least: characters of the shortest
    leak. wide: whether some of it is in another script than Latin.
    """

    indexes: tuple[Index, ...]
    least: int
    wide: bool

    @property
    def empty(self) -> bool:
        """Whether nothing is looked for."""
        return not any(index.forms for index in self.indexes)


@lru_cache(maxsize=64)
def compile_texts(protected: Protected) -> Compiled:
    """Return what a scanner looks for; the same texts are compiled once."""
    plain: list[Form] = []
    marked: list[Form] = []
    named = [*_name("secret", protected.secrets), *_name("canary", protected.canaries)]
    for kind, text in named:
        form = _form(text, kind, fold)
        if form.least < _FEW:
            marked += _spread(_form(text, kind, fold_marks), fold_marks(rot13(text)))
        else:
            plain += _spread(form, fold(rot13(text)))
        spellings = {_spell_digits(text): _spell_digits, _spell_all(text): _spell_all}
        for said, spelling in spellings.items():
            if said != form.text:
                plain += _spread(_form(text, kind, spelling, ("spelled",)), rot13(said))
        plain += _encode(text, kind, _weigh_secret(text), SHARE * len(text))
    indexes = [_index(plain, fold, _GRAM, 1, frozenset(HEADS))]
    if marked:
        indexes.append(_index(marked, fold_marks, _GRAM, 1))
    system = protected.system
    if system is not None:
        indexes += _index_system(system, protected.quotable)
    texts = [text for _, text in named]
    least = min((int(SHARE * len(text)) for text in texts), default=SYSTEM_CHARACTERS // WIDE_WEIGHT)
    least = max(6, min(16, least))
    wide = not all(map(str.isascii, texts)) or (system is not None and _is_wide(system, least))
    return Compiled(tuple(indexes), least, wide)


def _is_wide(text: str, least: int) -> bool:
    """Whether a part of it is in another script, so that base64 of it has no long stretch of ASCII."""
    parts = re.split(rf"[\t\n\r -~]{{{least},}}", text)
    return any(sum(not char.isascii() for char in part) > _STRAY for part in parts)


def _name(kind: Kind, texts: Iterable[str]) -> list[tuple[Kind, str]]:
    return [(kind, text) for text in texts]


def _spell_digits(text: str) -> str:
    return "".join(DIGITS[int(char)] if char.isdecimal() else char for char in fold(text))


def _spell_all(text: str) -> str:
    return "".join(_spell_digits(MARK_NAMES.get(char, char)) for char in text)


def _form(text: str, kind: Kind, folding: Fold, path: tuple[str, ...] = ()) -> Form:
    """Return a secret as it is. What stands between its letters counts with those beside it."""
    letters, at = _place(text, folding)
    low = [0, *(place + 1 for place in at[:-1])] if at else []
    high = [0, *at[1:], len(text)] if at else [0]
    return _make(letters, kind, path, low, high, SHARE * len(text))


def _place(text: str, folding: Fold) -> tuple[str, list[int]]:
    """Fold a text, and return for each letter which character it is of."""
    if text.isascii():
        at = [place for place, char in enumerate(text) for _ in folding(char)]
        return folding(text), at
    letters: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text):
        one = folding(char)
        letters.append(one)
        at += [place] * len(one)
    return "".join(letters), at


def _make(
    text: str,
    kind: Kind,
    path: tuple[str, ...],
    low: Sequence[float],
    high: Sequence[float],
    enough: float,
) -> Form:
    return Form(text, kind, path, low, high, enough, _find_least(low, high, enough))


def _find_least(low: Sequence[float], high: Sequence[float], enough: float) -> int:
    """Return the fewest letters whose weight is enough; all and one more where they are not."""
    size = len(low)
    least, end = size + 1, 0
    for begin in range(size):
        while end <= size and (end <= begin or high[end] - low[begin] < enough):
            end += 1
        if end > size:
            break
        least = min(least, end - begin)
    return least


def _spread(form: Form, turned: str) -> list[Form]:
    """Return the form, reversed, turned by ROT13 (which leaves letters with accents alone), and both."""
    forms = [form]
    back_low = [-value for value in reversed(form.high[1:])]
    back_high = [0.0, *(-value for value in reversed(form.low))]
    other = msgspec.structs.replace
    forms.append(
        other(form, text=form.text[::-1], path=("reversed", *form.path), low=back_low, high=back_high)
    )
    if turned != form.text:
        forms.append(other(form, text=turned, path=("rot13", *form.path)))
        forms.append(
            other(
                form, text=turned[::-1], path=("reversed", "rot13", *form.path), low=back_low, high=back_high
            )
        )
    return forms


def _weigh_secret(text: str) -> list[float]:
    return [float(place) for place in range(len(text) + 1)]


def _encode(text: str, kind: Kind, weights: Sequence[float], enough: float) -> list[Form]:
    """Return a text's base64, at its three alignments, as it is found where its case was lost."""
    data = text.encode()
    owner = [place for place, char in enumerate(text) for _ in char.encode()]
    forms: list[Form] = []
    for shift, dropped in ((0, 0), (1, 2), (2, 3)):
        whole = b64encode(b"\0" * shift + data).rstrip(b"=")
        whole = whole[: (shift + len(data)) * 8 // 6][dropped:].decode()
        first = [max(0, (place + dropped) * 6 // 8 - shift) for place in range(len(whole))]
        last = [min(len(data), ((place + dropped + 1) * 6 + 7) // 8 - shift) for place in range(len(whole))]
        kept = [place for place, char in enumerate(whole) if char.isalnum()]
        low = [weights[owner[first[place]]] if first[place] < len(data) else weights[-1] for place in kept]
        high = [0.0, *(weights[owner[last[place] - 1] + 1] if last[place] > 0 else 0.0 for place in kept)]
        forms.append(_make(fold(whole), kind, ("case", "base64"), low, high, enough))
    return forms


def _index_system(system: str, quotable: Iterable[str]) -> list[Index]:
    """Return the system prompt's index; none for one that is too short to leak."""
    weights = _weigh_system(system, quotable)
    letters, at = _place(system, fold)
    if weights[-1] < SYSTEM_CHARACTERS or not letters:
        return []
    low = [0.0, *(weights[place + 1] for place in at[:-1])]
    high = [0.0, *(weights[place] for place in at[1:]), weights[-1]]
    forms = _spread(_make(letters, "system", (), low, high, SYSTEM_CHARACTERS), fold(rot13(system)))
    forms += _encode(system, "system", weights, SYSTEM_CHARACTERS)
    forms = [form for form in forms if form.least <= len(form.text)]
    if not forms:
        return []
    least = max(_LEAST_LETTERS, min(form.least for form in forms))
    size = max(_GRAM, min(_LONGEST_GRAM, least // 2))
    return [_index(forms, fold, size, max(1, min(_LONGEST_GRAM, least - size)))]


def _weigh_system(system: str, quotable: Iterable[str]) -> list[float]:
    """Return the weight of the prompt's characters up to each one; what may be quoted has none."""
    each = [WIDE_WEIGHT if ord(char) >= _WIDE else 1 for char in system]
    for span in filter(None, quotable):
        at = system.find(span)
        while at >= 0:
            each[at : at + len(span)] = [0] * len(span)
            at = system.find(span, at + 1)
    weights = [0.0]
    for weight in each:
        weights.append(weights[-1] + weight)
    return weights


def _index(
    forms: Sequence[Form], folding: Fold, size: int, stride: int, heads: frozenset[str] = frozenset()
) -> Index:
    places: dict[str, list[tuple[int, int]]] = {}
    for number, form in enumerate(forms):
        for at in range(len(form.text) - size + 1):
            stands = places.setdefault(form.text[at : at + size], [])
            if len(stands) < _MOST_PLACES:
                stands.append((number, at))
    return Index(tuple(forms), folding, size, stride, places, heads | places.keys())
