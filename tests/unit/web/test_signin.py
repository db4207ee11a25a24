"""Signing in: where one is led afterwards, and whose forms count."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from starlette.requests import Request

from fen.web.pages.signin import comes_from_here, read_next
from fen.web.pages.site import read_secret


@pytest.mark.parametrize(
    ("given", "led"),
    [
        (None, "/"),
        ("/usage", "/usage"),
        ("/usage?days=7", "/usage?days=7"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("///evil.example", "/evil.example"),
        ("javascript:alert(1)", "/"),
        ("usage", "/"),
    ],
)
def test_the_way_afterwards_stays_on_this_site(given: str | None, led: str) -> None:
    assert read_next(given) == led


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://fen.example"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://fen.example"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, True),
    ],
)
def test_only_a_form_of_this_site_counts(headers: dict[str, str], own: bool) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in {"host": "fen.example", **headers}.items()]
    assert comes_from_here(Request({"type": "http", "headers": pairs})) is own


def test_the_secret_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "pages.secret"
    first = read_secret(path)
    assert len(first) == 64
    assert read_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
