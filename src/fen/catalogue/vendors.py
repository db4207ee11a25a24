"""Vendors: their names in genai-prices, their currencies, and whether they make their models."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

DATA = Path(__file__).parent / "data"
"""The folder of the overlays, their schema and the harvest."""


class VendorRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor; `data/vendors.toml` says what each member means."""

    genai: str | None = None
    maker: bool = False
    currencies: tuple[str, ...] = ("USD",)
    skip: tuple[str, ...] = ()
    lowercase: bool = False


def read_vendors(path: Path = DATA / "vendors.toml") -> Mapping[str, VendorRow]:
    """Return the vendors by id."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[str, VendorRow])
