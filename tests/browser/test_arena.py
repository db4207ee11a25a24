"""The arena's page: battles as a person fights them; nothing tells the models apart before the vote."""

from __future__ import annotations

import json
import struct
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.person import AXE, DESK, PHONE, Person
from tests.serving import Serving

MODEL = """
[models."{id}"]
upstream = "fake"
upstream_model = "{name}"
context_window = 128000
max_output_tokens = 16384
abilities = ["vision"]
price = {{ input = "0.15", output = "{output}", currency = "USD" }}
"""
LINEUP = (
    MODEL.format(id="acme/sunflower", name="tokens-20-gap-2ms", output="0.60")
    + MODEL.format(id="apex/moonstone", name="tokens-30-gap-9ms-reasoning-5", output="2.40")
    + '[arena]\nmodels = ["acme/sunflower", "apex/moonstone"]\nshown_seconds = 0.2\n[retry]\nretries = 0\n'
)
TELLING = (
    "sunflower",
    "moonstone",
    "acme",
    "apex",
    "tokens-20",
    "tokens-30",
    "think0",
    "USD",
    "0.60",
    "2.40",
)
"""What tells the models apart: names, prices, what only one of them thinks."""

SIDES = ("fen-left", "fen-right")
COMPLETE = "Both answers are complete"
COUNTS = "It counts."


@pytest.fixture(scope="module")
def arena(serve: Callable[..., Serving]) -> Serving:
    """A server with a lineup of two."""
    return serve(LINEUP)


@pytest.fixture
def voter(voters: Callable[..., Person]) -> Person:
    """The person who votes, at a new page."""
    person = voters("en")
    person.resize(DESK)
    person.open("/arena")
    return person


@pytest.fixture(scope="module")
def voters(arena: Serving, visit: Callable[..., Person]) -> Callable[..., Person]:
    """One person of each language."""
    found = dict[str, Person]()

    def find(language: str) -> Person:
        if language not in found:
            found[language] = visit(arena.url, language)
        return found[language]

    return find


def check_barriers(person: Person) -> None:
    if AXE.exists():
        assert not person.find_barriers()


def ask(person: Person, prompt: str, field: str = "Ask both models") -> None:
    person.fill(field, prompt)
    person.press(Keys.ENTER)


def read_frames(person: Person) -> list[str]:
    """Return what came over the socket since the last look."""
    found = list[str]()
    for line in person.driver.get_log("performance"):
        message = json.loads(line["message"])["message"]
        if message["method"] == "Network.webSocketFrameReceived":
            found.append(message["params"]["response"]["payloadData"])
    return found


def read_cookie(person: Person) -> dict[str, Any]:
    found = person.driver.get_cookie("fen_voter")
    assert found is not None
    return found


def count_votes(arena: Serving) -> dict[str, int]:
    status, board = arena.get("/api/arena/board")
    assert status == 200
    return {row["model"]: row["votes"] for row in board["rows"]}


def make_picture(path: Path) -> Path:
    """Write a PNG of 64 times 48 pixels, in one blue."""
    row = b"\0" + bytes((11, 92, 122)) * 64

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    body = zlib.compress(row * 48)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    return path


def read_asked(upstream: str) -> list[Any]:
    """Return the bodies of what the upstream was asked."""
    with urllib.request.urlopen(upstream.removesuffix("/v1") + "/fake/records", timeout=10) as response:
        return [json.loads(one["body"]) for one in json.load(response) if one["method"] == "POST"]


def release(upstream: str) -> None:
    """Let the answers go on that stall."""
    address = upstream.removesuffix("/v1") + "/fake/release"
    with urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=10):
        pass


def test_a_battle_tells_nothing_before_the_vote_and_changes_the_board(
    arena: Serving, upstream: str, voter: Person
) -> None:
    before = count_votes(arena)
    read_frames(voter)
    assert not [word for word in TELLING if word in voter.driver.page_source]
    ask(voter, "Why is the sky blue? [[stall-12]]")
    voter.see("Both answers are coming")
    first, second = (voter.until(lambda side=side: voter.find(f".{side} .fen-text").text) for side in SIDES)
    assert first[:10] == second[:10] == "word0 word"
    voter.shoot("arena-streaming-en-desk")
    release(upstream)
    voter.see(COMPLETE)
    frames = read_frames(voter)
    told = "".join(frames) + voter.driver.page_source + voter.driver.title
    assert [word for word in TELLING if word in told] == []
    pieces = [frame for frame in frames if "word0" in frame]
    assert pieces
    unequal = [frame for frame in pieces if frame.count("word0 ") != 2]
    assert [
        frame for frame in unequal if "word19" not in frame
    ] == []  # both in each, until one is at its end
    left, right = (one.text for one in voter.all(".fen-answer .fen-text"))
    assert {len(left.split()), len(right.split())} == {20, 30}
    voter.until(lambda: voter.named("Left is better").is_enabled())
    voter.shoot("arena-vote-en-desk")
    check_barriers(voter)

    voter.click("Left is better")
    voter.see(COUNTS)
    voter.shoot("arena-reveal-en-desk")
    check_barriers(voter)
    rows = [one.text for one in voter.all(".fen-revealed tbody tr")]
    winner = "acme/sunflower" if len(left.split()) == 20 else "apex/moonstone"
    assert winner in rows[0]
    assert winner in voter.find(".fen-better").text
    assert ["USD" in row for row in rows] == [True, True]
    assert sum(count_votes(arena).values()) == sum(before.values()) + 2

    kept = read_cookie(voter)
    assert kept["httpOnly"]
    voter.click("Next battle")
    voter.miss(COUNTS)
    assert not voter.all(".fen-answer")
    voter.open("/arena")
    assert read_cookie(voter)["value"] == kept["value"]
    assert not voter.find_faults()


def test_a_further_turn_and_a_vote_by_key(arena: Serving, voter: Person) -> None:
    before = count_votes(arena)
    ask(voter, "First")
    voter.see(COMPLETE)
    voter.until(lambda: voter.named("Tie").is_enabled())
    ask(voter, "Then 1, 2, 3 and 4", "Go on with both")  # digits in a prompt are no votes
    voter.until(lambda: len(voter.all(".fen-answer")) == 4)
    voter.see(COMPLETE)
    voter.until(lambda: voter.named("Tie").is_enabled())
    voter.shoot("arena-turns-en-desk")
    voter.press("2")
    voter.see("Your vote: Tie. It counts.")
    after = count_votes(arena)
    assert sum(after.values()) == sum(before.values()) + 2
    voter.press("n")
    voter.miss("Your vote")


def test_on_a_phone_the_sides_are_tabs_and_votes_stay_in_reach(voter: Person) -> None:
    voter.resize(PHONE)
    ask(voter, "Why is the sea salty? [[tokens-90]]")
    voter.see(COMPLETE)
    [left] = voter.all(".fen-answer")
    assert left.accessible_name == "Left"
    assert left.text.count("word") == 90
    voter.named("Right", "[role=tab]").click()
    voter.until(lambda: [one.accessible_name for one in voter.all(".fen-answer")] == ["Right"])
    assert voter.find(".fen-answer").text.count("word") == 90  # it was written meanwhile
    voter.until(lambda: voter.named("Right is better").is_enabled())
    for name in ("Left is better", "Tie", "Both are bad", "Right is better"):
        box = voter.named(name).rect
        scrolled = voter.run("return window.scrollY")
        assert scrolled <= box["y"]
        assert box["y"] + box["height"] <= scrolled + PHONE[1]
    assert voter.run("return document.documentElement.scrollWidth") <= PHONE[0]
    voter.shoot("arena-vote-en-phone")
    check_barriers(voter)
    voter.click("Both are bad")
    voter.see(COUNTS)
    voter.shoot("arena-reveal-en-phone")
    check_barriers(voter)


def test_a_failure_is_nobodys_in_particular_and_the_prompt_comes_back(voter: Person) -> None:
    read_frames(voter)
    ask(voter, "Hello [[status-400]]")
    voter.see("this battle does not count")
    sides = voter.all(".fen-answer")
    assert sides[0].text.replace("Left", "") == sides[1].text.replace("Right", "")
    told = "".join(read_frames(voter)) + voter.driver.page_source
    assert [word for word in (*TELLING, "fake answers", "upstream") if word in told] == []
    assert not voter.all(".fen-vote")
    assert voter.named("Ask both models").get_attribute("value") == "Hello [[status-400]]"
    voter.shoot("arena-failed-en-desk")
    ask(voter, "Hello again")
    voter.see(COMPLETE)
    ask(voter, "And more [[error-3]]", "Go on with both")
    voter.see("this turn does not count")
    voter.until(lambda: voter.named("Tie").is_enabled())
    voter.click("Tie")
    voter.see(COUNTS)


def test_who_stops_may_ask_again(voter: Person) -> None:
    ask(voter, "Slowly [[stall-12]]")
    voter.see("Both answers are coming")
    voter.click("Stop")
    voter.see("You broke it off")
    ask(voter, "Fast", "Go on with both")
    voter.see(COMPLETE)


def test_a_vote_that_does_not_count_says_why(voter: Person) -> None:
    ask(voter, "Which model are you? Who made you?")
    voter.see(COMPLETE)
    voter.until(lambda: voter.named("Tie").is_enabled())
    voter.press("4")
    voter.see("It does not count.")
    voter.see("A prompt asked who was answering.")


def test_both_see_an_image(voter: Person, upstream: str, tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "blue.png")
    voter.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(picture))
    voter.find("img[alt='Image 1']")
    ask(voter, "What is to be seen?")
    voter.find("img[alt='Image of the prompt']")
    voter.see(COMPLETE)
    voter.shoot("arena-image-en-desk")
    asked = [body["messages"][-1]["content"] for body in read_asked(upstream)]
    seen = [parts for parts in asked if isinstance(parts, list)]
    assert len(seen) == 2
    assert all(parts[1]["image_url"]["url"].startswith("data:image/png;base64,") for parts in seen)
    voter.find("button[aria-label='Add an image']")


def test_in_chinese_and_dark(voters: Callable[..., Person]) -> None:
    person = voters("zh-CN")
    person.open("/arena")
    person.driver.get(person.url + "/prefer?theme=dark&next=/arena")
    person.see("两个匿名模型")
    ask(person, "天空为什么是蓝色的？ [[zh]]", "向两个模型提问")
    person.see("两个回答都已完成")
    person.until(lambda: person.named("左边更好").is_enabled())
    person.shoot("arena-vote-zh-dark")
    check_barriers(person)
    person.click("左边更好")
    person.see("已计入")
    person.shoot("arena-reveal-zh-dark")
    check_barriers(person)
    person.driver.get(person.url + "/prefer?theme=light&next=/arena")


def test_without_a_lineup_the_page_says_how_to_choose_one(
    site: Serving, visit: Callable[..., Person]
) -> None:
    person = visit(site.url)
    person.open("/arena")
    person.see("No models are chosen yet")
    person.see("[arena]")
