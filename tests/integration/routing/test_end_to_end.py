"""Recorded outcomes through a real server: what is spent, and how much is right, are the bench's own sums.

One side is the router in this process, on the recorded costs; the other is what the books say that a server
spent, and what its answers were. Nothing that is asked was fitted on.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from fen.app.models import build_catalogue
from fen.app.routes import read_routes
from fen.app.settings import Settings, load_settings
from fen.catalogue import Rates
from fen.routing import Asked, Decision, Offer
from fen.routing.router import Router
from fen.wire.usage import Meter
from tests.fakes.replay import RIGHT, Log, Replay, read_zeroeval
from tests.fakes.routes import read_route
from tests.serving import Serving, serve
from tests.shared_data import SHARED, need
from tests.sizes import pick
from tests.weights import find_cache, find_weights

pytestmark = need("routing")

MODELS = {
    "small": "Meta-Llama-3.1-8B-Instruct",
    "middle": "gpt-4o-mini-2024-07-18",
    "large": "gpt-4o-2024-08-06",
}
ROUTE = "replay/route"
ASKED, FITTED = pick((60, 400), (2000, 840))
JOINED = pick(6, 30)
AT_ONCE = 8
EMBEDDED = "fen/smollm2-135m"
MOST_OUTPUT = 16_384
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


class Answer(msgspec.Struct, frozen=True):
    """An answer of the server's: its headers, and its text."""

    headers: dict[str, str]
    text: str

    @property
    def model(self) -> str:
        return self.headers["x-fen-model"]


def write_body(prompt: str, *, image: bool = False, **members: Any) -> bytes:
    """The request's bytes, of which the router is told how many tokens they likely are."""
    content = [{"type": "text", "text": prompt}, IMAGE] if image else prompt
    return json.dumps(
        {"model": ROUTE, "messages": [{"role": "user", "content": content}], **members}
    ).encode()


def write_config(log: Log, fakes: dict[str, Replay], artefact: Path, *more: str) -> str:
    """Settings with an upstream and a model for each fake, at the recorded prices, and the route."""
    text = ""
    for name, fake in fakes.items():
        read, written = log.prices[name]
        text += f"""
[upstreams.{name}]
base_url = "{fake.base_url}"

[models."{name}/model"]
upstream = "{name}"
context_window = 200000
max_output_tokens = {MOST_OUTPUT}
abilities = ["vision"]
price = {{ input = "{read}", output = "{written}", currency = "USD" }}
"""
    pool = json.dumps([*(f"{name}/model" for name in fakes), *more])
    return f"""{text}
[routes."{ROUTE}"]
pool = {pool}
target = {{ probability = 0.75 }}
artefact = "{artefact}"
"""


@asynccontextmanager
async def replaying(log: Log, home: Path, *more: str, **environ: str) -> AsyncIterator[Serving]:
    """A server over three fakes."""
    async with AsyncExitStack() as stack:
        fakes = {name: await stack.enter_async_context(Replay(log.answers[name])) for name in MODELS}
        config = write_config(log, fakes, home / "artefact", *more)
        yield await stack.enter_async_context(serve(home, "http://127.0.0.1:9/v1", config, **environ))


async def ask(server: Serving, prompts: Sequence[str], **members: Any) -> list[Answer]:
    """Ask them all, some at once; returns the answers in their order."""
    room = asyncio.Semaphore(AT_ONCE)

    def post(prompt: str) -> Answer:
        body, kind = write_body(prompt, **members), {"content-type": "application/json"}
        request = urllib.request.Request(f"{server.url}/v1/chat/completions", body, kind)
        with urllib.request.urlopen(request, timeout=60) as response:
            text = json.loads(response.read())["choices"][0]["message"]["content"]
            return Answer({name.lower(): value for name, value in response.headers.items()}, text)

    async def ask_one(prompt: str) -> Answer:
        async with room:
            return await asyncio.to_thread(post, prompt)

    return list(await asyncio.gather(*map(ask_one, prompts)))


def decide_alone(settings: Settings, artefact: Path, prompts: Sequence[str]) -> list[Decision]:
    """The bench's side: decisions of a router in this process, from the recorded prices."""
    from fen.routing.artefact import load_artefact

    catalogue = build_catalogue(settings, settings.embedded)
    policy = read_routes(settings, catalogue)[ROUTE].policy
    router = Router(load_artefact(artefact), Random(0).random)
    offers: list[Offer] = []
    for model in policy.pool:
        price = settings.models[model].price
        assert price is not None
        read, written = Decimal(price["input"]), Decimal(price["output"])
        prices: dict[Meter, Decimal] = {"input": read, "output": written}
        offers.append(Offer(model, Rates("USD", prices, "prices_used.csv"), output_limit=MOST_OUTPUT))
    asked = [Asked(prompt, input_tokens=len(write_body(prompt)) // 4) for prompt in prompts]
    return [router.decide(one, offers, policy) for one in asked]


def spent_by_model(server: Serving) -> dict[str, Decimal]:
    """The ledger's side."""
    found: dict[str, Decimal] = {}
    for row in server.fen("usage", "--by", "model"):
        found[row["model"]] = found.get(row["model"], Decimal(0)) + Decimal(row["cost"])
    return found


async def fit(log: Log, home: Path, prompts: Sequence[str]) -> Path:
    """Fit what the route decides by, from outcomes of these prompts alone."""
    outcomes, artefact = home / "outcomes.jsonl", home / "artefact"
    log.write(outcomes, prompts)
    fitter = Serving(home, "http://127.0.0.1:9/v1")
    await asyncio.to_thread(fitter.fen, "route", "fit", "--outcomes", str(outcomes), "--out", str(artefact))
    return artefact


@pytest.fixture(scope="module")
def log() -> Log:
    return read_zeroeval(SHARED / "routing", MODELS)


async def test_spend_and_quality_are_the_benchs_own_sums(log: Log, tmp_path: Path) -> None:
    prompts = Random(7).sample(log.prompts, ASKED + FITTED)
    asked, fitted = prompts[:ASKED], prompts[ASKED:]
    assert not set(asked) & set(fitted)
    artefact = await fit(log, tmp_path, fitted)
    async with replaying(log, tmp_path) as server:
        answers = await ask(server, asked)
        spent = await asyncio.to_thread(spent_by_model, server)
        settings = load_settings(server.config, server.environ)
    decisions = decide_alone(settings, artefact, asked)
    chosen = [decision.first.partition("/")[0] for decision in decisions]
    recorded = [log.answers[name][prompt] for name, prompt in zip(chosen, asked, strict=True)]
    bench = dict.fromkeys(set(chosen), Decimal(0))
    for name, found in zip(chosen, recorded, strict=True):
        bench[name] += found.cost(log.prices[name])
    assert len(bench) > 1  # or nothing would have been decided
    assert [answer.model for answer in answers] == [decision.first for decision in decisions]
    assert spent == {f"{name}/model": cost for name, cost in bench.items()}  # to the last digit
    right = sum(answer.text.startswith(RIGHT) for answer in answers)
    assert right == sum(found.correct for found in recorded)
    for answer, decision in zip(answers, decisions, strict=True):
        name, members = read_route(answer.headers["x-fen-route"])
        assert (name, members["model"], members["reason"]) == (ROUTE, decision.first, decision.reason)
        assert members["artefact"] == decision.artefact


async def test_an_artefact_that_changes_is_taken_in_without_a_restart(log: Log, tmp_path: Path) -> None:
    prompts = Random(9).sample(log.prompts, 810)
    path = await fit(log, tmp_path, prompts[:400])
    async with replaying(log, tmp_path) as server:
        _, told = await asyncio.to_thread(server.get, "/readyz")
        before = told["artefacts"][ROUTE]
        [answer] = await ask(server, prompts[-1:])
        assert read_route(answer.headers["x-fen-route"])[1]["artefact"] == before
        process = server.process
        await fit(log, tmp_path, prompts[400:800])

        def find_fresh() -> str | None:
            found: str = server.get("/readyz")[1]["artefacts"][ROUTE]
            return found if found != before else None

        after = await server.until(find_fresh)
        [answer] = await ask(server, prompts[-1:])
        assert read_route(answer.headers["x-fen-route"])[1]["artefact"] == after
        await asyncio.to_thread(path.write_bytes, b"damaged")
        status, told = 200, {}
        while "degraded" not in told:
            await asyncio.sleep(0.1)
            status, told = await asyncio.to_thread(server.get, "/readyz")
        assert (status, told["artefacts"][ROUTE]) == (200, after)
        [answer] = await ask(server, prompts[-1:])
        assert read_route(answer.headers["x-fen-route"])[1]["artefact"] == after
        assert server.process is process


async def test_the_embedded_model_joins_a_pool(log: Log, tmp_path: Path) -> None:
    find_weights()
    prompts = Random(8).sample(log.prompts, JOINED)
    plain, shown = prompts[: JOINED // 2], prompts[JOINED // 2 :]
    environ = {"FEN_CACHE": str(find_cache()), "FEN_OFFLINE": "1"}
    # Without an artefact prices decide: of the one that is free, and of who reads images for so few tokens.
    async with replaying(log, tmp_path, EMBEDDED, **environ) as server:
        answers = await ask(server, plain, max_tokens=4)
        answers += await ask(server, shown, max_tokens=4, image=True)
        spent = await asyncio.to_thread(spent_by_model, server)
    assert [answer.model for answer in answers] == [EMBEDDED] * len(plain) + ["middle/model"] * len(shown)
    assert spent[EMBEDDED] == 0
    recorded = [log.answers["middle"][prompt] for prompt in shown]
    assert spent["middle/model"] == sum(found.cost(log.prices["middle"]) for found in recorded)
    for answer in answers:
        name, members = read_route(answer.headers["x-fen-route"])
        assert (name, members["model"], members["reason"]) == (ROUTE, answer.model, "static")
        assert "artefact" not in members
