"""The chat page as a person uses it: streaming, stop, retry, edit, keeping, files, limits, and attacks."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.person import AXE, DESK, PHONE, Person
from tests.fakes.injected import read_attempts
from tests.serving import Serving
from tests.weights import find_weights

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGUlEQVR4nGNsaGhgIAUwkaR6VMOohiGlAQD1egGgtY0s"
    "SQAAAABJRU5ErkJggg=="
)
CODE = "```python\ndef area(r: float) -> float:\n    return 3.14159 * r * r  # of a circle\n```"
SOURCES = """
[server]
max_body_bytes = 40000
"""


def choose_model(person: Person, name: str) -> None:
    """Pick a model by writing its name."""
    field = person.named("Model", "input")
    field.click()
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(name)
    option = person.until(lambda: [one for one in person.all(".q-item") if one.text == name])[0]
    option.click()
    person.until(lambda: person.named("Model", "input").get_attribute("value") == name)


def send(person: Person, text: str) -> None:
    """Write a message and send it by Enter."""
    field = person.named("Message", "textarea")
    field.click()
    person.driver.execute_cdp_cmd("Input.insertText", {"text": text})  # as a keyboard does, but at once
    field.send_keys(Keys.ENTER)
    person.until(lambda: field.get_attribute("value") == "")


def pick(person: Person, menu: str, entry: str) -> None:
    """Open a menu and pick one of its entries."""
    person.until(lambda: not person.all(".q-menu"))
    person.click(menu)
    person.until(lambda: [one for one in person.all(".q-menu .q-item") if one.text == entry])[0].click()


def script(text: str) -> str:
    """Return the words by which the upstream says a text."""
    return f"[[says-{text.encode().hex()}]]"


def answers(person: Person) -> list[str]:
    return [one.text for one in person.all(".fen-answer .fen-text")]


def wait_whole(person: Person, count: int = 1) -> str:
    """Wait until so many answers are whole, and return the last."""
    person.until(lambda: len(person.all(".fen-receipt")) == count and not person.all(".fen-growing"))
    return answers(person)[-1]


@pytest.fixture(scope="module")
def chat(serve: Callable[..., Serving], visit: Callable[..., Person]) -> Person:
    """A person at a server of its own, without keys."""
    return visit(serve(SOURCES).url)


def test_an_answer_streams_and_tells_what_it_came_to(chat: Person, upstream: str) -> None:
    chat.open("/")
    choose_model(chat, "fake/gpt-4o-mini")
    send(chat, "Hello [[tokens-40-gap-30ms-stall-30]]")
    early = chat.until(lambda: [text for text in answers(chat) if "word2" in text])[0]
    chat.named("Stop")
    later = chat.until(lambda: [text for text in answers(chat) if len(text) > len(early)])[0]
    assert later.startswith(early)
    chat.until(lambda: "word29" in answers(chat)[0])
    urllib.request.urlopen(upstream.removesuffix("/v1") + "/fake/release", timeout=10).close()
    whole = wait_whole(chat)
    assert whole.endswith("word39")
    receipt = chat.find(".fen-receipt").text
    for told in ("fake/gpt-4o-mini", "+ 40 tokens", "USD", "first text after", "tokens/s"):
        assert told in receipt
    chat.see("This conversation: 0.000024")
    chat.find(".fen-details .q-item").click()
    chat.see("Request\nreq_")
    chat.see("The guard found nothing")
    chat.see("of 128,000 tokens")


def test_consent_keeps_it_over_a_reload_and_exports_it(chat: Person, tmp_path: Path) -> None:
    chat.see("May this server keep your conversations")
    chat.shoot("chat-consent")
    chat.click("Keep them")
    chat.until(lambda: "?talk=conv_" in chat.driver.current_url)
    send(chat, "Shift")
    assert "word7" in wait_whole(chat, 2)
    chat.open(chat.driver.current_url.removeprefix(chat.url))
    assert len(chat.until(lambda: answers(chat))) == 2
    assert chat.named("Model", "input").get_attribute("value") == "fake/gpt-4o-mini"
    assert chat.all(".fen-list a[aria-current=page]")[0].text.startswith("Hello")
    chat.miss("May this server keep")
    chat.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    for kind in ("Markdown", "JSON"):
        pick(chat, "Export", f"As {kind}")
        pattern = "*.md" if kind == "Markdown" else "*.json"
        [file] = chat.until(lambda pattern=pattern: list(tmp_path.glob(pattern)))
        text = chat.until(file.read_text)
        file.unlink()
        assert "word39" in text
        if kind == "JSON":
            assert [turn["role"] for turn in json.loads(text)["turns"]] == ["user", "assistant"] * 2


def test_stop_retry_and_edit(chat: Person) -> None:
    chat.open("/")
    choose_model(chat, "fake/gpt-4o-mini")
    send(chat, "one [[tokens-90-stall-4]]")
    chat.until(lambda: "word3" in "".join(answers(chat)))
    chat.click("Stop")
    chat.see("You stopped this answer.")
    assert "about" in chat.find(".fen-receipt").text
    chat.click("Edit")
    chat.fill("Edit your message", "two [[tokens-3]]")
    chat.click("Send again")
    chat.until(lambda: answers(chat) == ["word0 word1 word2"] and wait_whole(chat))
    assert [one.text for one in chat.all(".fen-bubble")] == ["two [[tokens-3]]"]
    first = chat.find(".fen-answer")
    chat.click("Retry")
    chat.until(lambda: chat.all(".fen-answer") and chat.all(".fen-answer")[0] != first)
    assert wait_whole(chat) == "word0 word1 word2"


def test_a_new_line_is_not_sent(chat: Person) -> None:
    said = len(chat.all(".fen-bubble"))
    field = chat.named("Message", "textarea")
    field.send_keys("a", Keys.SHIFT + Keys.ENTER + Keys.NULL, "b")
    assert field.get_attribute("value") == "a\nb"
    assert len(chat.all(".fen-bubble")) == said
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE)


def test_an_image_goes_to_who_sees_and_not_to_who_reads_only(chat: Person, tmp_path: Path) -> None:
    image = tmp_path / "dot.png"
    image.write_bytes(PIXEL)
    chat.open("/")
    choose_model(chat, "fake/text-only")
    chat.see("of 4,096 tokens")
    chat.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(image))
    chat.find(".fen-chips img")
    chat.see("found an image in the request, expected what fake/text-only can do: text only")
    chat.shoot("chat-refused-image")
    send(chat, "What is it?")
    chat.until(lambda: chat.all(".fen-error"))
    choose_model(chat, "fake/gpt-4o-mini")
    chat.click("Retry")
    chat.until(lambda: not chat.all(".fen-error") and wait_whole(chat))
    assert chat.all(".fen-bubble img")
    large = tmp_path / "large.txt"
    large.write_text("x" * 50_000)
    chat.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(large))
    chat.see("expected at most 30,000, which max_body_bytes allows")


def test_a_long_answer_goes_on_past_the_models_limit(chat: Person) -> None:
    chat.open("/")
    choose_model(chat, "fake/text-only")
    chat.see("in calls of 1,024")
    send(chat, "[[tokens-1500]]")
    assert "word1023" in wait_whole(chat)
    assert "calls" in chat.find(".fen-receipt").text
    assert "CNY" in chat.find(".fen-receipt").text


def test_the_meter_warns_before_it_hurts(chat: Person) -> None:
    chat.open("/")
    choose_model(chat, "fake/text-only")
    chat.see("of 4,096 tokens")
    chat.run("document.querySelector('.fen-write textarea').focus()")
    chat.driver.execute_cdp_cmd("Input.insertText", {"text": "word " * 2700})
    chat.see("The context is nearly full")
    chat.driver.execute_cdp_cmd("Input.insertText", {"text": "word " * 2700})
    chat.see("messages: found at least")


def test_attempts_in_an_answer_do_nothing(chat: Person) -> None:
    chat.list_requests()
    chat.find_faults()
    chat.open("/")
    choose_model(chat, "fake/gpt-4o-mini")
    send(chat, script("\n\n".join([*read_attempts(), CODE])))
    wait_whole(chat)
    answer = chat.find(".fen-answer .fen-text")
    assert not answer.find_elements(By.CSS_SELECTOR, "img, iframe, script, style, [onerror]")
    leads = [link.get_attribute("href") for link in answer.find_elements(By.TAG_NAME, "a")]
    assert leads
    assert all(lead is not None and lead.startswith(("http://", "https://")) for lead in leads)
    assert "(127.0.0.1)" in answer.text
    assert chat.run("return window.stolen") is None
    assert all(url.startswith((chat.url, "data:", "blob:")) for url in chat.list_requests())
    assert not chat.find_faults()
    chat.shoot("chat-attempts")
    chat.run("Quasar.copyToClipboard = text => { window.copied = text }")
    chat.all(".fen-copy")[-1].click()
    chat.see("Copied")
    assert (
        chat.run("return window.copied")
        == "def area(r: float) -> float:\n    return 3.14159 * r * r  # of a circle\n"
    )


def test_deleting_deletes(chat: Person) -> None:
    chat.until(lambda: len(chat.all(".fen-list li")) > 1)
    count = len(chat.all(".fen-list li"))
    pick(chat, "More about this conversation", "Rename")
    chat.fill("Title", "Attacks")
    chat.all(".q-dialog button")[-1].click()
    chat.until(lambda: chat.find(".fen-list a").text == "Attacks")
    address = chat.driver.current_url.removeprefix(chat.url)
    pick(chat, "More about this conversation", "Delete")
    chat.until(lambda: len(chat.all(".fen-list li")) == count - 1)
    chat.open(address)
    chat.until(lambda: "talk=" not in chat.driver.current_url)
    chat.see("What would you like to know?")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_barrier_with_content_on_desk_and_phone(chat: Person, theme: str) -> None:
    chat.driver.add_cookie({"name": "fen_theme", "value": theme})
    chat.open(
        str(chat.until(lambda: chat.all(".fen-list a"))[-1].get_attribute("href")).removeprefix(chat.url)
    )
    wait_whole(chat, 2)
    chat.find(".fen-details .q-item").click()
    chat.see("Calls of upstreams")
    chat.shoot(f"chat-talk-{theme}")
    assert not AXE.exists() or not chat.find_barriers()
    chat.resize(PHONE)
    chat.until(lambda: not chat.all(".fen-talks"))
    chat.shoot(f"chat-phone-{theme}")
    assert chat.run("return document.documentElement.scrollWidth") <= PHONE[0]
    chat.click("Conversations")
    chat.find(".fen-talks")
    chat.shoot(f"chat-phone-drawer-{theme}")
    chat.click("Close")
    chat.until(lambda: not chat.all(".fen-talks"))
    chat.resize(DESK)


def test_chinese(visit: Callable[..., Person], chat: Person) -> None:
    person = visit(chat.url, "zh-CN")
    person.open("/")
    person.see("想了解点什么？")
    person.named("消息", "textarea").send_keys("写一首诗 [[zh-tokens-60]]", Keys.ENTER)
    wait_whole(person)
    person.see("词元/秒")
    person.shoot("chat-zh-talk")


def test_a_budget_that_runs_out_says_so(serve: Callable[..., Serving], visit: Callable[..., Person]) -> None:
    server = serve()
    secret = server.fen("keys", "create", "poor", "--budget", "0.00005USD/total")["secret"]
    person = visit(server.url)
    person.open("/signin")
    person.fill("Key", secret + "\n")
    person.see("What would you like to know?")
    choose_model(person, "fake/gpt-4o-mini")
    send(person, "Write it [[tokens-50]]")
    wait_whole(person)
    person.see("cut by the budget at")
    send(person, "And on [[tokens-50]]")
    error = person.until(lambda: person.all(".fen-error"))[0].text
    assert "found" in error
    assert "expected" in error
    assert "budget" in error
    assert [one.text for one in person.all(".fen-bubble")][-1] == "And on [[tokens-50]]"
    person.shoot("chat-budget")
    server.fen("keys", "revoke", "poor")
    person.named("Message", "textarea").send_keys("Still here?", Keys.ENTER)
    person.see("found a key that was revoked")
    assert person.named("Message", "textarea").get_attribute("value") == "Still here?"


def test_the_embedded_model_answers_a_person(
    serve: Callable[..., Serving], visit: Callable[..., Person]
) -> None:
    find_weights()
    person = visit(serve().url)
    person.open("/")
    choose_model(person, "fen/smollm2-135m")
    for number, asked in enumerate(("Name the capital of France in one sentence.", "What is it famous for?")):
        send(person, asked)
        person.until(lambda seen=number + 1: len(person.all(".fen-receipt")) == seen, within=120)
    assert all(answers(person))  # what it says is up to it: it is asked without a temperature
    assert "fen/smollm2-135m" in person.find(".fen-receipt").text
    person.shoot("chat-shown")
