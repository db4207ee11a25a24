"""A person at a browser: looks, clicks, types, and takes pictures."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "build" / "screens"
AXE = ROOT / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE = (1280, 900), (390, 844)
PATIENCE = 20.0  # seconds; a shared machine may be slow


def has_browser() -> bool:
    """Whether Chromium and its driver are here."""
    return all(map(shutil.which, ("chromium", "chromedriver")))


class Person:
    """Who looks at a site. Names are what a screen reader says: a button's text, a field's label."""

    def __init__(self, url: str, language: str = "en") -> None:
        self.url = url
        options = ChromeOptions()
        options.binary_location = str(shutil.which("chromium"))
        for word in (
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-proxy-server",
            f"--lang={language}",
            f"--window-size={DESK[0]},{DESK[1]}",
        ):
            options.add_argument(word)
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
        self.resize(DESK)

    def leave(self) -> None:
        """Close the browser."""
        self.driver.quit()

    def resize(self, size: tuple[int, int]) -> None:
        """Take a screen of another size; below 500 pixels a window cannot go, so the page is told."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, path: str) -> None:
        """Go to a page, and wait until it listens."""
        self.driver.get(self.url + path)
        self.until(lambda: self.run("return window.did_handshake === true || !window.createApp"))

    def run(self, script: str, *words: object) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *words)

    def until(self, look: Callable[[], T], within: float = PATIENCE) -> T:
        """Look until something true is seen, and return it; raises AssertionError with the page's text."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                if seen := look():
                    return seen
            except (NoSuchElementException, StaleElementReferenceException):
                pass  # between two pages there is neither the old one's content nor the new one's
            time.sleep(0.05)
        raise AssertionError(f"not seen within {within} s; the page has:\n{self.text[:3000]}")

    @property
    def text(self) -> str:
        """All that is to be read now."""
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def see(self, text: str, within: float = PATIENCE) -> None:
        """Wait until a text is on the page."""
        self.until(lambda: text in self.text, within)

    def miss(self, text: str) -> None:
        """Wait until a text is gone from the page."""
        self.until(lambda: text not in self.text)

    def all(self, css: str) -> list[WebElement]:
        """Return the elements of a CSS selector that can be seen."""
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, css) if one.is_displayed()]

    def find(self, css: str) -> WebElement:
        """Wait for the first element of a CSS selector that can be seen."""
        return self.until(lambda: self.all(css))[0]

    def named(
        self, name: str, css: str = "a,button,[role=button],[role=tab],[role=radio],input,textarea"
    ) -> WebElement:
        """Wait for the first element that has a name."""
        return self.until(lambda: [one for one in self.all(css) if name in self._names(one)])[0]

    def click(self, name: str) -> None:
        """Click what has a name."""
        self.until(lambda: self._try_click(name))

    def fill(self, name: str, text: str) -> None:
        """Write a text into the field with a label, in the place of what is there."""
        field = self.named(name, "input,textarea")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text)

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def shoot(self, name: str) -> Path:
        """Take a picture of the page."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        path = SCREENS / f"{name}.png"
        self.driver.save_screenshot(str(path))
        return path

    def find_barriers(self) -> list[str]:
        """Return what axe-core finds serious or critical, with where it is."""
        self.run(AXE.read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {resultTypes: ['violations']})"
            ".then(found => done(found.violations), error => done(String(error)))"
        )
        assert isinstance(found, list), found
        return [
            f"{one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:200]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def find_faults(self) -> list[str]:
        """Return what the browser's console has as errors, since the last look."""
        return [one["message"] for one in self.driver.get_log("browser") if one["level"] == "SEVERE"]

    def list_requests(self) -> list[str]:
        """Return the addresses that were asked for since the last look."""
        found = list[str]()
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def _names(self, element: WebElement) -> set[str]:
        name = element.accessible_name
        said = element.text
        return {name, said, said.replace("\n", " ").strip(), name.strip()}

    def _try_click(self, name: str) -> bool:
        try:
            self.named(name).click()
        except (StaleElementReferenceException, WebDriverException) as error:
            if "intercepted" in str(error) or "stale" in str(error).lower():
                return False
            raise
        return True
