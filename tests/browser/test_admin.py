"""The page of administration: keys made and revoked, budgets, health, codenames, the audit log; who may."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.browser.person import AXE, DESK, PHONE, Person
from tests.serving import Serving

MORE = """
[retry]
retries = 0

[arena]
models = ["fake/gpt-4o-mini", "fake/text-only"]

[arena.stealth.heron]
model = "fake/gpt-4o-mini"
"""


def ask(server: Serving, secret: str | None, words: str = "Hello") -> int:
    """Ask a model; returns the status."""
    body = {"model": "fake/gpt-4o-mini", "messages": [{"role": "user", "content": words}]}
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["authorization"] = f"Bearer {secret}"
    request = urllib.request.Request(
        server.url + "/v1/chat/completions", json.dumps(body).encode(), headers, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def sign_in(person: Person, secret: str) -> None:
    """Sign in, and go to the page."""
    person.open("/signin?next=/admin")
    person.fill("Key", secret + "\n")
    person.until(lambda: person.driver.current_url.endswith("/admin"))


def make_key(person: Person, name: str, budgets: str = "") -> str:
    """Make a key in the page, and return its secret."""
    person.fill("Name", name)
    if budgets:
        person.fill("Budgets", budgets)
    person.click("Create key")
    person.see(f"Secret of {name}")
    return person.find("[data-secret]").text


def answer(person: Person, verb: str) -> None:
    """Answer the question that stands before all else."""
    said = ".q-dialog button"
    person.until(lambda: [one for one in person.all(said) if one.text == verb])[0].click()
    person.until(lambda: not person.all(said))


@pytest.fixture(scope="module")
def server(serve: Callable[..., Serving]) -> Serving:
    return serve(MORE)


@pytest.fixture(scope="module")
def boss(server: Serving, visit: Callable[..., Person]) -> Person:
    secret = server.fen("keys", "create", "boss", "--admin")["secret"]
    person = visit(server.url)
    sign_in(person, secret)
    return person


def test_a_key_is_made_used_and_revoked(server: Serving, boss: Person) -> None:
    boss.open("/admin")
    secret = make_key(boss, "laptop", "2USD/month, 0.5USD/day")
    assert re.fullmatch(r"fen-[\w-]{43}", secret)
    boss.see("2 of 2USD/month")
    boss.shoot("admin-secret-en-desk")
    assert ask(server, secret) == 200
    boss.click("Done")
    boss.miss(secret)
    boss.click("Revoke laptop")
    boss.see("Revoke laptop? It is refused from now on")
    answer(boss, "Cancel")
    assert ask(server, secret) == 200
    boss.click("Revoke laptop")
    answer(boss, "Revoke")
    boss.see("Revoked laptop")
    assert ask(server, secret) == 401
    assert {key["name"]: key["revoked_at"] is None for key in server.fen("keys", "list")} == {
        "boss": True,
        "laptop": False,
    }


def test_what_is_wrong_is_said_and_changes_nothing(server: Serving, boss: Person) -> None:
    boss.open("/admin")
    boss.fill("Name", "boss")
    boss.click("Create key")
    boss.see("which a living key has")
    boss.fill("Name", "other")
    boss.fill("Budgets", "2EUR")
    boss.click("Create key")
    boss.see("found the currency 'EUR', expected USD or CNY")
    assert "other" not in {key["name"] for key in server.fen("keys", "list")}


def test_a_budget_is_set_and_removed_and_the_audit_log_has_it(server: Serving, boss: Person) -> None:
    boss.open("/admin")
    boss.click("Budgets")
    boss.fill("Owner", "team:red")
    boss.fill("Limit", "3USD/month")
    boss.click("Set")
    boss.see("team:red may spend 3USD/month")
    [budget] = [one for one in server.fen("budgets", "list") if one["owner"] == "red"]
    assert (budget["limit"], budget["period"]) == ("3", "month")
    boss.shoot("admin-budgets-en-desk")
    boss.click("Remove 3USD/month of team:red")
    answer(boss, "Remove")
    boss.until(lambda: not [one for one in server.fen("budgets", "list") if one["owner"] == "red"])
    boss.click("Audit log")
    boss.see("budget.remove")
    boss.see("budget.set")
    boss.shoot("admin-audit-en-desk")
    newest = server.fen("audit")[0]
    assert (newest["actor"], newest["action"], newest["subject"]) == (
        "page:boss",
        "budget.remove",
        "team:red",
    )


def test_health_follows_what_happens(server: Serving, boss: Person) -> None:
    secret = server.fen("keys", "create", "failing")["secret"]
    boss.open("/admin")
    boss.click("Upstreams")
    boss.see("Requests can be served; nothing is lacking.")
    for _ in range(6):
        assert ask(server, secret, "[[status-500]]") >= 500
    boss.click("Tiers")
    boss.see("Mark-up")
    boss.click("Upstreams")
    boss.see("keeps failing")
    boss.shoot("admin-upstreams-en-desk")
    [view] = server.get("/readyz")[1]["upstreams"]
    assert (view["model"], view["state"]) == ("gpt-4o-mini", "open")


def test_a_codename_is_told_to_administrators(server: Serving, boss: Person) -> None:
    boss.open("/admin")
    boss.click("Codenames")
    boss.see("heron")
    boss.see("under test")
    boss.see("fake/gpt-4o-mini")
    [entry] = server.fen("arena", "register")
    assert entry["model"] is None


def test_nobody_else_sees_anything_of_it(server: Serving, boss: Person, visit: Callable[..., Person]) -> None:
    assert boss.driver  # there are keys
    plain = server.fen("keys", "create", "plain")["secret"]
    person = visit(server.url)
    person.open("/admin")
    person.see("found no key")
    assert "Audit log" not in person.text
    sign_in(person, plain)
    person.see("no administrator's")
    assert "Create key" not in person.text
    person.shoot("admin-refused-en-desk")


def test_an_administrator_who_is_revoked_changes_nothing_more(
    server: Serving, visit: Callable[..., Person]
) -> None:
    secret = server.fen("keys", "create", "leaver", "--admin")["secret"]
    person = visit(server.url)
    sign_in(person, secret)
    person.fill("Name", "after hours")
    server.fen("keys", "revoke", "leaver")
    person.click("Create key")
    person.see("found a key that was revoked")
    assert "after hours" not in {key["name"] for key in server.fen("keys", "list")}


def test_the_first_key_is_made_without_one_and_then_asked_for(
    serve: Callable[..., Serving], visit: Callable[..., Person]
) -> None:
    server = serve()
    person = visit(server.url)
    person.open("/admin")
    person.see("From the first key on, these pages ask for one")
    secret = make_key(person, "first")
    person.click("Sign in with it")
    person.fill("Key", secret + "\n")
    person.until(lambda: person.driver.current_url.endswith("/admin"))
    person.see("first")
    [event] = server.fen("audit")
    assert (event["actor"], event["action"], event["detail"]["admin"]) == ("page:local", "key.create", "yes")


def test_it_is_usable_on_a_phone_in_chinese_and_in_the_dark(server: Serving, boss: Person) -> None:
    server.fen("budgets", "set", "team:blue", "9CNY/month")
    boss.open("/prefer?language=zh&next=/admin")
    boss.see("创建密钥")
    boss.shoot("admin-zh-desk")
    boss.resize(PHONE)
    assert boss.run("return document.documentElement.scrollWidth") <= PHONE[0]
    within = "return [...document.querySelectorAll('.q-panel')].every(p => p.scrollWidth <= p.clientWidth)"
    assert boss.run(within)
    boss.shoot("admin-zh-phone")
    boss.resize(DESK)
    boss.open("/prefer?language=en&next=/admin")
    for theme in ("light", "dark"):
        boss.open(f"/prefer?theme={theme}&next=/admin")
        boss.see("Create key")
        for part in ("Budgets", "Upstreams", "Audit log", "Keys"):
            boss.click(part)
            boss.until(lambda: boss.all(".fen-rows"))
            if AXE.exists():
                assert not boss.find_barriers(), part
        boss.shoot(f"admin-en-{theme}")
    assert not boss.find_faults()


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_another_sites_page_does_not_reach_the_socket(server: Serving, transport: str) -> None:
    headers = {"origin": "https://evil.example"}
    if transport == "websocket":
        headers |= {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
    url = f"{server.url}/_nicegui_ws/socket.io/?EIO=4&transport={transport}"
    for method in ("GET", "POST") if transport == "polling" else ("GET",):
        request = urllib.request.Request(url, b"40" if method == "POST" else None, headers, method=method)
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(request, timeout=10)
        refused.value.close()
