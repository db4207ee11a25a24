"""Feedback over HTTP revokes a guarantee where answers have become worse, and then the reference is asked."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.outcomes import make_prompts
from tests.fakes.proved import write_artefact
from tests.fakes.routes import read_route
from tests.integration.gateway.running import Running, running

CHEAP, STRONG = "fake/cheap", "fake/strong"
GOOD, BAD = 25, 60
"""Answers that are liked at first, and at most so many that are not before the guarantee has to fall."""

PROMPTS = [prompt for prompt, _ in make_prompts(400, seed=5)]


def write_config(artefact: Path) -> str:
    text = ""
    for model, read, written in ((CHEAP, "0.1", "0.2"), (STRONG, "10", "20")):
        text += f"""
[models."{model}"]
upstream = "fake"
context_window = 200000
max_output_tokens = 16384
price = {{ input = "{read}", output = "{written}", currency = "USD" }}
"""
    for name in ("worse", "same", "again"):
        text += f"""
[routes."shop/{name}"]
pool = ["{CHEAP}", "{STRONG}"]
target = {{ relative_to = "{STRONG}", alpha = 0.05, delta = 0.001 }}
artefact = "{artefact}"
"""
    return text


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("drift")
    write_artefact(home / "made.fen", CHEAP, STRONG, proved=True)
    with running(home, write_config(home / "made.fen")) as server:
        yield server


def post(live: Running, path: str, body: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    request = urllib.request.Request(
        live.url + path, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read()), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(error.read()) from None


def ask(live: Running, route: str, prompt: str) -> tuple[str, str, str]:
    """Ask a route; returns the request's id, who answered, and the reason."""
    _, told = post(
        live, "/v1/chat/completions", {"model": route, "messages": [{"role": "user", "content": prompt}]}
    )
    _, members = read_route(told["x-fen-route"])
    return told["x-fen-request-id"], members["model"], members["reason"]


def judge(live: Running, request: str, score: float) -> None:
    post(live, "/v1/feedback", {"request_id": request, "score": score})


def test_feedback_that_falls_revokes_the_guarantee_and_the_reference_is_asked(live: Running) -> None:
    for prompt in PROMPTS[:GOOD]:
        request, model, reason = ask(live, "shop/worse", prompt)
        assert (model, reason) == (CHEAP, "target")
        judge(live, request, 1.0)
    fallen = None
    for number, prompt in enumerate(PROMPTS[GOOD : GOOD + BAD]):
        request, model, reason = ask(live, "shop/worse", prompt)
        if reason == "unproven":
            fallen = number
            break
        judge(live, request, 0.0)
    assert fallen is not None
    assert fallen > 3  # not for one bad answer
    for prompt in PROMPTS[100:105]:
        assert ask(live, "shop/worse", prompt)[1:] == (STRONG, "unproven")
    assert ask(live, "shop/same", PROMPTS[0])[1:] == (CHEAP, "target")  # each route is watched on its own


def test_feedback_that_stays_as_it_was_revokes_nothing(live: Running) -> None:
    for number, prompt in enumerate(PROMPTS[: GOOD + BAD]):
        request, model, reason = ask(live, "shop/same", prompt)
        assert (model, reason) == (CHEAP, "target")
        judge(live, request, float(number % 3 == 0))  # hard to please, but no harder than before
    assert ask(live, "shop/same", PROMPTS[0])[2] == "target"


def test_an_answer_counts_once_however_often_it_is_judged(live: Running) -> None:
    for prompt in PROMPTS[:GOOD]:
        request, _, _ = ask(live, "shop/again", prompt)
        judge(live, request, 1.0)
    request, _, _ = ask(live, "shop/again", PROMPTS[GOOD])
    for _ in range(BAD):
        judge(live, request, 0.0)
    assert ask(live, "shop/again", PROMPTS[0])[1:] == (CHEAP, "target")
