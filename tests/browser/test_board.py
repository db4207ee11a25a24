"""The board: ratings, groups, cost, categories, style, downloads, and votes that land while it is open."""

from __future__ import annotations

import csv
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from fen.arena.ballots import OUTCOMES
from fen.arena.simulate import World, draw_ballots
from tests.browser.person import AXE, DESK, PHONE, Person
from tests.serving import Serving

NASTY = "<img src=x onerror=alert(1)>"
MODELS = {
    "acme/aspen": 0.014,
    "acme/birch": 0.011,
    "borealis/cedar": 0.009,
    "borealis/elm": 0.0011,
    "cobalt/fir": 0.0016,
    "cobalt/hazel": 0.0021,
    "fake/gpt-4o-mini": 0.0009,
    "delta/larch": 0.0006,
    NASTY: 0.0007,
    "velvet-otter": 0.004,
    "grey-heron": 0.004,
}
STRENGTH = np.array([1.0, 0.96, 0.9, 0.62, 0.45, 0.4, -0.1, -0.55, -0.7, 0.8, 0.8])
SETTINGS = """
[arena]
models = ["fake/gpt-4o-mini", "fake/text-only"]
shown_seconds = 0
[arena.stealth.velvet-otter]
model = "fake/unpriced"
show = "preliminary"
[arena.stealth.grey-heron]
model = "fake/unpriced"
show = "never"
"""


def write_votes(path: Path, votes: int, seed: int = 0) -> Path:
    """Write votes on MODELS, half of them `zh`; voters like length."""
    names, costs = list(MODELS), list(MODELS.values())
    drawn = draw_ballots(World(STRENGTH, style={"length": 0.5}), votes, seed, 60)
    assert drawn.voter is not None
    with path.open("w") as file:
        for row in range(votes):
            left, right = int(drawn.left[row]), int(drawn.right[row])
            vote = {
                "left": names[left],
                "right": names[right],
                "outcome": OUTCOMES[int(drawn.outcome[row])],
                "voter": f"v{int(drawn.voter[row])}",
                "category": "zh" if row % 2 else "en,coding",
                "left_cost": costs[left],
                "right_cost": costs[right],
                "length": float(drawn.style["length"][row]),
            }
            file.write(json.dumps(vote) + "\n")
    return path


@pytest.fixture(scope="module")
def site(serve: Callable[..., Serving]) -> Serving:
    """A server whose arena has 3,000 votes."""
    server = serve(SETTINGS)
    server.fen("arena", "import", str(write_votes(server.home / "votes.jsonl", 3_000)))
    return server


def ask(server: Serving, path: str, body: Any = None, **headers: str) -> HTTPResponse:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, {"content-type": "application/json", **headers})
    return urllib.request.urlopen(request, timeout=30)


def battle(server: Serving, outcome: str) -> set[str]:
    """One whole battle through the API; return who it was."""
    with ask(server, "/api/arena/battles", {"prompt": "Why is the sky blue?"}) as stream:
        token = str(stream.headers["x-fen-voter"])
        lines = stream.read().decode().splitlines()
    battle_id = json.loads(lines[1].removeprefix("data: "))["id"]
    voter = {"x-fen-voter": token}
    with ask(server, f"/api/arena/battles/{battle_id}/vote", {"outcome": outcome}, **voter) as told:
        revealed = json.loads(told.read())
    assert revealed["counted"]
    return {side["name"] for side in (revealed["left"], revealed["right"])}


def count_votes(server: Serving) -> int:
    """Return how many votes the API's board has."""
    return int(server.get("/api/arena/board")[1]["votes"])


def choose(person: Person, name: str) -> None:
    """Choose a category."""
    person.find(".fen-category").click()
    person.until(lambda: [one.click() or True for one in person.all(".q-menu .q-item") if one.text == name])


def read_table(person: Person) -> list[str]:
    return [row.text for row in person.all(".fen-table")[0].find_elements("css selector", "tbody tr")]


def test_the_board_shows_ratings_groups_and_cost(site: Serving, person: Person) -> None:
    person.find_faults()
    person.open("/board")
    assert count_votes(site) < 3_000  # those on a hidden model are not on it
    person.see(f"{count_votes(site):,} votes")
    person.see("Rating against cost")
    person.until(lambda: len(person.all(".fen-chart svg")) == 2)
    rows = read_table(person)
    assert "acme/aspen" in rows[0] or "birch" in rows[0] or "cedar" in rows[0]
    assert any("velvet-otter preliminary" in row for row in rows)
    assert "grey-heron" not in person.run("return document.documentElement.innerHTML")
    assert NASTY in person.text
    assert not person.all("img[src=x]")
    drawn = person.run("return [...document.querySelectorAll('.fen-chart text')].map(one => one.textContent)")
    assert {"acme/aspen", "Rating", "Median cost of an answer, USD"} <= set(drawn)
    person.shoot("board-content-en")
    person.run("window.scrollTo(0, document.body.scrollHeight)")
    person.shoot("board-content-en-foot")
    assert not person.find_faults()


def test_votes_of_another_process_and_of_the_api_land_on_the_open_page(site: Serving, person: Person) -> None:
    person.open("/board")
    known = count_votes(site)
    person.see(f"{known:,} votes")
    person.run("window.kept = true")
    assert "fake/text-only" not in person.text
    more = write_votes(site.home / "more.jsonl", 7, seed=9)
    known += sum("grey-heron" not in line for line in more.read_text().splitlines())
    site.fen("arena", "import", str(more))
    person.see(f"{known:,} votes")
    met = set[str]()
    while "fake/text-only" not in met or "grey-heron" in met:
        met = battle(site, "left")
        known += "grey-heron" not in met
    person.see(f"{known:,} votes")
    person.see("fake/text-only")
    assert person.run("return window.kept") is True


def test_category_and_style_are_chosen_without_a_reload_and_kept_in_the_address(
    site: Serving, person: Person
) -> None:
    person.open("/board")
    person.run("window.kept = true")
    choose(person, "Chinese")
    votes = site.get("/api/arena/board?category=zh")[1]["votes"]
    person.see(f"{votes:,} votes")
    person.named("Style control", "[role=switch]").click()
    person.see("style taken out")
    person.until(lambda: "length" in person.all(".fen-table")[1].text)
    assert person.run("return window.kept") is True
    person.until(lambda: person.driver.current_url.endswith("/board?category=zh&style=true"))
    person.shoot("board-style-en")
    person.open("/board?category=zh&style=true")
    person.see("style taken out")
    person.open("/board?category=nobody")
    person.see("found 'nobody'")


def test_downloads_are_what_the_api_says(site: Serving, person: Person) -> None:
    person.open("/board?category=zh")
    link = person.named("CSV").get_attribute("href")
    assert link == f"{site.url}/board/board.csv?category=zh&style=false"
    with ask(site, "/board/board.csv?category=zh&style=false") as sheet:
        assert sheet.headers["content-disposition"] == 'attachment; filename="board-zh.csv"'
        rows = list(csv.DictReader(io.StringIO(sheet.read().decode())))
    with ask(site, "/board/board.json?category=zh&style=false") as told:
        board = json.loads(told.read())
    assert [row["model"] for row in rows] == [row["model"] for row in board["rows"]]
    assert "grey-heron" not in {row["model"] for row in rows}
    with ask(site, "/board/votes.jsonl") as votes:
        assert len(votes.read().splitlines()) >= 3_000
    with ask(site, "/board/votes.parquet") as votes:
        assert votes.read(4) == b"PAR1"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_there_is_no_barrier_with_content(person: Person, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here: scripts/axe.sh brings it")
    person.open(f"/prefer?theme={theme}&next=/board")
    person.until(lambda: len(person.all(".fen-chart svg")) == 2)
    for fold in person.all("summary"):
        fold.click()
    person.see("no zero")
    for size, kind in ((DESK, "desk"), (PHONE, "phone")):
        person.resize(size)
        person.until(lambda: person.all(".fen-chart svg text"))
        assert not person.find_barriers()
        assert person.run("return document.documentElement.scrollWidth <= window.innerWidth")
        person.shoot(f"board-content-{theme}-{kind}")
    person.resize(DESK)


def test_in_chinese(visit: Callable[..., Person]) -> None:
    person = visit(language="zh-CN")
    person.open("/board")
    person.see("评分与成本")
    person.see("物有所值")
    person.shoot("board-content-zh")


def test_by_keyboard(person: Person) -> None:
    person.open("/board")
    switch = person.named("Style control", "[role=switch]")
    switch.send_keys(Keys.SPACE)
    person.see("style taken out")


def test_an_arena_without_votes_says_so_until_the_first_one(
    serve: Callable[..., Serving], visit: Callable[..., Person]
) -> None:
    server = serve()
    person = visit(server.url)
    person.open("/board")
    person.see("No votes yet")
    person.see("the embedded model plays against itself")
    person.shoot("board-empty")
    server.fen("arena", "import", str(write_votes(server.home / "votes.jsonl", 300)))
    person.see("300 votes")
    person.until(lambda: person.all(".fen-chart svg"))


def test_votes_are_for_administrators(serve: Callable[..., Serving]) -> None:
    server = serve()
    server.fen("keys", "create", "reader")
    for name in ("board.csv", "board.json", "votes.jsonl"):
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            ask(server, f"/board/{name}")
        refused.value.close()
