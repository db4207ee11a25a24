"""The paper's own figures, kept as data in `published.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import msgspec

from fen.catalogue.overlay import load_yaml


class PublishedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Percent of cases in which the model behaved: as it was, and trained on the hierarchy."""

    baseline: float
    hierarchy: float


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A publication's rows by the suite's category."""

    title: str
    url: str
    model: str
    rows: Mapping[str, PublishedRow]


def read_published() -> Published:
    """Read the file that comes with the package."""
    text = files("fen.hierarchy.suite").joinpath("published.yaml").read_text("utf-8")
    return msgspec.convert(load_yaml(text), Published, strict=False)  # the loader leaves numbers as text
