"""The roster: every name by which a model or its maker could be known, made from who is in the arena now.

The known makers and families are data (`data/identities.toml`). What stands in the arena adds its own names:
an id `vendor/some-model-7b` gives the vendor's name, the model's, and its family, `some`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources

import msgspec

from fen.arena.identity.folding import fold_name

_PARTS = re.compile(r"[\s\-_.:/@]+")
_GENERIC = frozenset(
    [
        "ai",
        "api",
        "base",
        "beta",
        "chat",
        "code",
        "coder",
        "default",
        "demo",
        "dev",
        "fast",
        "fen",
        "flash",
        "free",
        "gguf",
        "hf",
        "instruct",
        "it",
        "large",
        "latest",
        "lite",
        "llm",
        "local",
        "main",
        "max",
        "medium",
        "micro",
        "mini",
        "model",
        "nano",
        "new",
        "next",
        "plus",
        "preview",
        "pro",
        "prod",
        "q4",
        "small",
        "super",
        "test",
        "text",
        "tiny",
        "turbo",
        "ultra",
        "v1",
        "v2",
        "v3",
        "vision",
        "world",
        "ollama",
        "vllm",
        "openrouter",
    ]
)
_SHORTEST = 3  # letters of a family's name that is taken from an id


class Name(msgspec.Struct, frozen=True):
    """A name, folded. ordinary: it is also a word or a person of everyday texts."""

    text: str
    ordinary: bool = False


class Identity(msgspec.Struct, frozen=True):
    """An entry of identities.toml."""

    vendor: str
    makers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    ordinary: tuple[str, ...] = ()


class Roster(msgspec.Struct, frozen=True):
    """Makers' names and models' names, each once; a name of both is a maker's."""

    makers: tuple[Name, ...]
    models: tuple[Name, ...]


def make_roster(
    models: Iterable[str] = (),
    *,
    aliases: Mapping[str, Sequence[str]] | None = None,
    vendors: Mapping[str, Sequence[str]] | None = None,
    codenames: Iterable[str] = (),
) -> Roster:
    """Return the roster of the known identities and of what stands in the arena.

    models: ids `vendor/name`. aliases: further names of a model, by id. vendors: further names of makers, by
    vendor, in any language. codenames: of hidden models.
    """
    makers: dict[str, bool] = {}
    families: dict[str, bool] = {}
    for identity in read_identities():
        usual = {fold_name(name) for name in identity.ordinary}
        _add(makers, identity.makers, usual)
        _add(families, identity.models, usual)
    for model in models:
        vendor, _, name = model.rpartition("/")
        _add(makers, [part for part in [vendor.rsplit("/", 1)[-1]] if _is_telling(part)])
        _add(families, [name, *_find_families(name), *(aliases or {}).get(model, ())])
    for vendor, names in (vendors or {}).items():
        _add(makers, [vendor, *names])
    _add(families, codenames)
    return Roster(
        _list(makers), _list({name: usual for name, usual in families.items() if name not in makers})
    )


@lru_cache(maxsize=1)
def read_identities() -> tuple[Identity, ...]:
    """Return the identities that Fen knows."""
    text = resources.files("fen.arena").joinpath("data/identities.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["identity"], tuple[Identity, ...])


def _find_families(name: str) -> list[str]:
    """Return what a model's name begins with: `qwen` of `qwen2.5-72b-instruct`, and that with its version."""
    parts = [part for part in _PARTS.split(name) if part]
    if not parts:
        return []
    letters = re.match(r"[^\W\d_]+", parts[0])
    found = [letters[0]] if letters and _is_telling(letters[0]) else []
    if _is_telling(parts[0]):
        found.append(parts[0])
    return found


def _is_telling(part: str) -> bool:
    folded = fold_name(part)
    return len(folded) >= (_SHORTEST if folded.isascii() else 2) and folded not in _GENERIC


def _add(found: dict[str, bool], names: Iterable[str], usual: Iterable[str] = ()) -> None:
    ordinary = frozenset(usual)
    for name in names:
        folded = fold_name(name)
        if folded:
            found[folded] = found.get(folded, folded in ordinary)


def _list(found: Mapping[str, bool]) -> tuple[Name, ...]:
    return tuple(Name(text, ordinary) for text, ordinary in sorted(found.items()))
