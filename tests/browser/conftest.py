"""A real `fen serve`, a scripted upstream, and a person at Chromium."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.person import Person, has_browser
from tests.serving import Serving


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """Run the scripted upstream; yields its base URL."""
    words = [sys.executable, "-m", "tests.fakes.upstream", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture(scope="module")
def serve(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Serving]]:
    """Start servers over homes of their own; extra: more of fen.toml."""
    started = list[Serving]()

    def start(extra: str = "", *options: str) -> Serving:
        home: Path = tmp_path_factory.mktemp("home")
        server = Serving(home, upstream, extra)
        server.options = options
        started.append(server)
        asyncio.run(server.start())
        return server

    yield start
    for server in started:
        asyncio.run(server.stop())


@pytest.fixture(scope="module")
def site(serve: Callable[..., Serving]) -> Serving:
    """A server without keys, which this machine may look at."""
    return serve()


@pytest.fixture(scope="module")
def visit(site: Serving) -> Iterator[Callable[..., Person]]:
    """Open browsers; they are closed at the module's end. url: of another server; language: the browser's."""
    people = list[Person]()

    def open_browser(url: str | None = None, language: str = "en") -> Person:
        person = Person(url or site.url, language)
        people.append(person)
        return person

    yield open_browser
    for person in people:
        person.leave()


@pytest.fixture(scope="module")
def person(visit: Callable[..., Person]) -> Person:
    """A person at the server without keys."""
    return visit()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip where there is no browser, with what would bring one."""
    if has_browser():
        return
    reason = "no chromium and chromedriver here: apt-get install chromium chromium-driver"
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.skip(reason=reason))
