"""What stands around every page: the menu, languages, themes, signing in."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.browser.person import AXE, DESK, PHONE, Person
from tests.serving import Serving

PAGES = ("/", "/arena", "/board", "/evals", "/prices", "/usage", "/admin")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_barrier_a_fault_or_a_foreign_address(person: Person, path: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here: scripts/axe.sh brings it")
    person.find_faults()
    person.open(path)
    name = path.strip("/") or "chat"
    for size, kind in ((DESK, "desk"), (PHONE, "phone")):
        person.resize(size)
        person.shoot(f"{name}-en-{kind}")
        assert not person.find_barriers()
    person.resize(DESK)
    assert not person.find_faults()
    assert all(url.startswith((person.url, "data:", "blob:")) for url in person.list_requests())


def test_the_menu_leads_to_each_page_by_keyboard(person: Person) -> None:
    person.open("/")
    person.named("Prices").send_keys("\n")
    person.until(lambda: person.driver.current_url.endswith("/prices"))
    assert person.named("Prices").get_attribute("aria-current") == "page"


def test_language_follows_the_browser_and_then_the_choice(visit: Callable[..., Person]) -> None:
    person = visit(language="zh-CN")
    person.open("/prices")
    person.see("价格")
    assert person.run("return document.documentElement.lang") == "zh-CN"
    for path in PAGES:
        person.open(path)
        person.shoot(f"{path.strip('/') or 'chat'}-zh-desk")
    person.click("English")
    person.see("Prices")
    person.open("/board")
    person.see("Board")


def test_dark_is_kept(person: Person) -> None:
    person.open("/")
    person.click("Theme: as the system")
    person.click("Theme: light")
    person.see("Theme: dark")
    person.open("/prices")
    assert person.run("return document.body.classList.contains('body--dark')")
    person.shoot("prices-en-dark")
    if AXE.exists():
        assert not person.find_barriers()
    person.click("Theme: dark")
    person.see("Theme: as the system")


def test_where_there_are_keys_a_page_asks_for_one(
    serve: Callable[..., Serving], visit: Callable[..., Person]
) -> None:
    server = serve()
    plain = server.fen("keys", "create", "reader")["secret"]
    admin = server.fen("keys", "create", "boss", "--admin")["secret"]
    person = visit(server.url)
    person.open("/usage")
    person.see("found no key")
    person.click("Sign in")
    person.fill("Key", "fen-" + "x" * 43 + "\n")
    person.see("not known, or was revoked")
    person.fill("Key", plain + "\n")
    person.until(lambda: person.driver.current_url.endswith("/usage"))
    person.see("reader")
    person.open("/admin")
    person.see("no administrator's")
    person.click("Sign out")
    person.see("A key opens these pages")
    person.fill("Key", admin + "\n")
    person.see("boss")
    person.open("/admin")
    person.miss("no administrator's")
    server.fen("keys", "revoke", "boss")
    person.open("/admin")
    person.see("found a key that was revoked")


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}]
)
def test_a_form_of_another_site_is_refused(site: Serving, headers: dict[str, str]) -> None:
    request = urllib.request.Request(site.url + "/signin", b"key=fen-x", headers, method="POST")
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(request, timeout=10)
    refused.value.close()
