"""The page of prices, as a person uses it: search, sort, filter, one model, timeline, what-if, value."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable

import pytest

from fen.evals.store import EvalStore
from fen.storage import open_storage
from tests.browser.person import AXE, DESK, PHONE, Person
from tests.fakes.eval_reports import half, make_records, make_run
from tests.serving import Serving

FX = """
[fx]
CNY_PER_USD = { rate = "7.10", on = 2026-11-02, source = "https://bank.example/rates" }
"""
CALLS = 3


@pytest.fixture(scope="module")
def priced(serve: Callable[..., Serving]) -> Serving:
    """A server with a rate of exchange."""
    return serve(FX)


@pytest.fixture(scope="module")
def reader(priced: Serving, visit: Callable[..., Person]) -> Person:
    """A person at that server."""
    return visit(priced.url)


def list_rows(person: Person) -> list[list[str]]:
    """Return the cells of the first table."""
    found = person.run(
        "const table = document.querySelector('.fen-table');"
        "const rows = table ? [...table.querySelectorAll('tbody tr')] : [];"
        "return rows.map(row => [...row.children].map(cell => cell.innerText))"
    )
    assert isinstance(found, list)
    return found


def list_models(person: Person) -> list[str]:
    """Return the models of the first table."""
    return [row[0].splitlines()[0] for row in list_rows(person)]


def check(person: Person, name: str) -> None:
    """Look for barriers in light, on a phone and, after the page was opened anew, in dark; take pictures."""
    person.shoot(f"prices-{name}-light")
    assert not AXE.exists() or not person.find_barriers()
    person.resize(PHONE)
    person.shoot(f"prices-{name}-phone")
    wide = person.run("return document.documentElement.scrollWidth")
    person.resize(DESK)
    assert wide <= PHONE[0]
    seen = list_rows(person)
    person.driver.add_cookie({"name": "fen_theme", "value": "dark"})
    person.open(person.driver.current_url.removeprefix(person.url))
    person.until(lambda: list_rows(person) == seen)  # all that was chosen stands in the address
    person.shoot(f"prices-{name}-dark")
    assert not AXE.exists() or not person.find_barriers()
    person.driver.delete_cookie("fen_theme")


def test_a_search_finds_a_model_with_its_price_limits_and_source(reader: Person) -> None:
    reader.open("/prices")
    reader.until(lambda: len(list_rows(reader)) == 50)
    reader.fill("Search models", "openai/gpt-4o-mini")
    reader.until(lambda: list_models(reader)[:1] == ["openai/gpt-4o-mini"])
    reader.shoot("prices")
    told = " ".join(list_rows(reader)[0])
    for figure in ("0.15", "0.075", "0.60", "USD", "128,000", "16,384", "2023-10", "images"):
        assert figure in told, figure
    assert "not checked" in told or "2026-" in told
    assert "q=openai%2Fgpt-4o-mini" in reader.driver.current_url
    check(reader, "models")


def test_sorted_filtered_and_paged_by_the_server(reader: Person) -> None:
    reader.open("/prices?vendor=openai")
    reader.click("Context")
    reader.until(lambda: "sort=context" in reader.driver.current_url)
    rising = reader.until(lambda: list_models(reader))
    reader.named("Context ↑", "a").click()
    reader.until(lambda: list_models(reader) != rising)
    assert "falling=1" in reader.driver.current_url
    windows = [int(row[5].replace(",", "")) for row in list_rows(reader)[:10]]
    assert windows == sorted(windows, reverse=True)
    before = list_models(reader)
    reader.click("Next")
    reader.see("51 to ")
    assert not set(before) & set(list_models(reader))
    reader.open("/prices")
    reader.named("Only what this Fen can serve", "[role=checkbox]").click()
    reader.until(lambda: "served=1" in reader.driver.current_url)
    reader.until(lambda: "fake/gpt-4o-mini" in list_models(reader) and len(list_rows(reader)) < 50)
    yuan = next(row for row in list_rows(reader) if row[0].startswith("fake/text-only"))
    assert yuan[1] == "1\n≈ 0.14 USD"
    assert yuan[4] == "CNY"
    reader.see("of 2026-11-02 (https://bank.example/rates)")


def test_retired_models_are_left_out_until_they_are_asked_for(reader: Person) -> None:
    reader.open("/prices?q=text-davinci-003")
    reader.see("retired ones are left out")
    reader.open("/prices?q=text-davinci-003&retired=1")
    reader.until(lambda: "openai/text-davinci-003" in list_models(reader))
    reader.see("retired 2024-01-04")


def test_a_model_has_its_facts_its_prices_and_its_history(reader: Person) -> None:
    reader.open("/prices?q=gpt-3.5-turbo&vendor=openai&retired=1")
    reader.click("openai/gpt-3.5-turbo")
    reader.see("What became of it")
    for told in ("Released", "2023-03-01", "1 → 0.5 (-50%)", "2 → 1.5 (-25%)", "retirement"):
        reader.see(told)
    reader.until(lambda: reader.all(".fen-chart svg path"))
    check(reader, "model")


def test_a_model_that_is_not_known_is_said(reader: Person) -> None:
    reader.open("/prices?model=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    reader.see("expected the id of a model")
    assert not reader.all("main img")


def test_the_timeline_draws_cuts_and_says_the_same_in_a_table(reader: Person) -> None:
    reader.open("/prices?view=timeline&currency=CNY&since=2024-05-01&until=2024-08-01&cuts=1")
    reader.until(lambda: reader.all(".fen-chart svg path"))
    rows = list_rows(reader)
    assert any(row[1] == "zhipu/glm-3-turbo" and "5 → 1 (-80%)" in row for row in rows), rows
    assert "Prices of " in str(reader.find("[role=img]").get_attribute("aria-label"))
    check(reader, "timeline")


def test_claims_are_held_against_the_book(reader: Person) -> None:
    reader.open("/prices?view=claims")
    reader.see("more than 60% cheaper than GPT-3.5 Turbo")
    reader.see("holds for input, input and output, as much of each only")
    check(reader, "claims")


def test_a_workload_costs_what_the_command_says(reader: Person, priced: Serving) -> None:
    load = ("--in", "2000", "--out", "500", "--on", "2026-10-01")
    told = priced.fen("prices", "compare", "gpt-4o-mini", "openai/gpt-4o", *load)
    planned = priced.fen("prices", "plan", "openai/gpt-4o-mini", "--rps", "50", *load)
    reader.open("/prices?view=workload&models=gpt-4o-mini,openai/gpt-4o&on=2026-10-01")
    reader.fill("Requests", "50")
    next(one for one in reader.all(".q-select") if one.text.startswith("Each")).click()
    reader.named("second", "[role=option]").click()
    reader.fill("Input tokens of a request", "2000")
    month = f"{float(planned['plans'][0]['month']['amount']):,.2f} USD"
    reader.see(month)
    rows = {row[0]: row for row in list_rows(reader)}
    for quote in told["quotes"]:
        row = rows[quote["model"]]
        assert row[1] == f"{quote['request']['amount']} {quote['request']['currency']}"
        assert row[2] == f"{float(quote['million']['amount']):,.2f} USD"
    assert "in=2000" in reader.driver.current_url
    reader.fill("Of these cached, %", "250")
    reader.see("expected 0 to 100")
    reader.fill("Of these cached, %", "50")
    reader.miss("expected 0 to 100")
    check(reader, "workload")


def call(server: Serving, secret: str | None = None) -> None:
    """Ask the scripted upstream something."""
    body = {"model": "fake/gpt-4o-mini", "messages": [{"role": "user", "content": "Say something."}]}
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["authorization"] = f"Bearer {secret}"
    request = urllib.request.Request(
        server.url + "/v1/chat/completions", json.dumps(body).encode(), headers, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def test_recorded_traffic_is_priced_anew(reader: Person, priced: Serving) -> None:
    reader.open("/prices?view=traffic&models=openai/gpt-4o")
    reader.see("No request was recorded")
    for _ in range(CALLS):
        call(priced)
    [told] = priced.fen("usage", "what-if", "openai/gpt-4o")
    reader.open("/prices?view=traffic&models=openai/gpt-4o")
    [row] = reader.until(lambda: list_rows(reader))
    assert row[:2] == ["openai/gpt-4o", str(CALLS)]
    assert row[2] == f"{float(told['cost']['amount']):.6f} USD"
    check(reader, "traffic")


def test_a_plain_key_sees_its_own_traffic_alone(
    serve: Callable[..., Serving], visit: Callable[..., Person]
) -> None:
    server = serve()
    busy, idle = (server.fen("keys", "create", name) for name in ("busy", "idle"))
    call(server, busy["secret"])
    person = visit(server.url)
    person.open("/signin")
    person.fill("Key", idle["secret"] + "\n")
    person.see("idle")
    person.open(f"/prices?view=traffic&models=openai/gpt-4o&key={busy['id']}")
    person.see("Of your own key's requests.")
    person.see("No request was recorded")


def test_value_says_what_it_wants_where_nothing_is_measured(reader: Person) -> None:
    reader.open("/prices?view=value")
    reader.see("There is nothing to compare yet.")
    check(reader, "value-none")


def keep(server: Serving, *runs: tuple[str, int, str]) -> None:
    """Write evaluation runs down, as `fen eval run` does: model, right answers of 40, cost of each."""

    async def write() -> None:
        storage = open_storage(f"sqlite:///{server.home}/fen.db")
        store = EvalStore(storage)
        for number, (model, right, cost) in enumerate(runs, 1):
            run = make_run(model, number)
            await storage.writer.run(store.begin, run, run.id)
            for record in make_records(run, "gsm8k", half(right, 40), cost=cost):
                await storage.writer.run(store.record, record)
            await storage.writer.run(store.change, run)
        await storage.close()

    asyncio.run(write())


def test_value_has_the_frontier_that_the_command_has(reader: Person, priced: Serving) -> None:
    keep(
        priced,
        ("openai/gpt-4o-mini", 28, "0.0004"),
        ("openai/gpt-4o", 36, "0.0075"),
        ("openai/gpt-4-turbo", 30, "0.03"),
    )
    told = {worth["model"]: worth for worth in priced.fen("value")["worths"]}
    reader.open("/prices?view=value")
    rows = {row[0]: row for row in reader.until(lambda: list_rows(reader))}
    assert rows.keys() == told.keys()
    for model, row in rows.items():  # costs are all alike here, so that they have no interval
        assert row[1] == f"{100 * told[model]['quality']['value']:.1f}"
        assert row[3] == f"{told[model]['cost']['value']:.4g}"
        assert row[5].startswith("yes" if told[model]["frontier"] else "no: ")
    assert "openai/gpt-4o" in rows["openai/gpt-4-turbo"][5]
    reader.until(lambda: reader.all(".fen-chart svg path"))
    check(reader, "value")


def test_prices_in_chinese(priced: Serving, visit: Callable[..., Person]) -> None:
    person = visit(priced.url, "zh-CN")
    person.open("/prices?q=gpt-4o-mini")
    person.see("上下文")
    assert list_models(person)
    person.shoot("prices-models-zh")
    person.open("/prices?view=timeline&currency=CNY")
    person.see("最新的在前")
    person.until(lambda: person.all(".fen-chart svg path"))
    person.shoot("prices-timeline-zh")
    assert not person.find_faults()
