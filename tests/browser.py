"""Chromium without a network, to open pages from disk and look at what they do."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urldefrag

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

from tests.clone import Project

T = TypeVar("T")
HOSTILE = [  # names that would run a script, were they taken for HTML or an address
    "<img src=x onerror=window.intruder=1>",
    "</script><script>window.intruder=1</script>",
    "\"'><svg onload=intruder=1>",
    "javascript:window.intruder=1",
]
SECONDS = 30  # after which a page is given up
PROGRAMS = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1600,1200",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--force-prefers-reduced-motion", "--disable-software-rasterizer",
]  # fmt: skip


def open_browser(flags: list[str] = FLAGS) -> webdriver.Chrome:
    if None in PROGRAMS:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = str(PROGRAMS[0])
    for flag in flags:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(PROGRAMS[1]))
    driver.set_script_timeout(60)
    return driver


def wait_until(browser: webdriver.Chrome, found: Callable[[], T]) -> T:
    """What `found` gives, as soon as it counts as true."""
    return WebDriverWait(browser, SECONDS, 0.03).until(lambda _: found())


def read_log(browser: webdriver.Chrome, kind: str) -> list[dict[str, str]]:
    """What came since the last look: "browser", the console, or "performance", where requests are noted."""
    entries: list[dict[str, str]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def read_complaints(browser: webdriver.Chrome) -> list[str]:
    """Warnings and errors on the console, but not those about the tests' own reading of canvases."""
    worse = [entry["message"] for entry in read_log(browser, "browser") if entry["level"] != "INFO"]
    return [message for message in worse if "willReadFrequently" not in message]


def assert_names_are_text(browser: webdriver.Chrome) -> None:
    """Of the names of HOSTILE each is to be read on the page, and none has made an element or run."""
    text = browser.execute_script("return document.body.textContent")
    assert [name for name in HOSTILE if name not in text] == []
    harm = """
        const made = "[onerror], [onload], img[src=x], [href^='javascript:'], [src^='javascript:'], svg:has(> svg)";
        const ran = [...document.scripts].filter((script) => script.textContent === "window.intruder=1");
        return [...document.querySelectorAll(made), ...ran].map((element) => element.outerHTML);
    """
    assert browser.execute_script(harm) == []
    assert not browser.execute_script("return 'intruder' in window")
    assert read_complaints(browser) == []


def assert_asks_for_nothing_but(page: Path, browser: webdriver.Chrome) -> None:
    """Whatever was requested since the last look was the page itself, or part of it."""
    messages = [json.loads(entry["message"])["message"] for entry in read_log(browser, "performance")]
    requests = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    # The worker is a part of the page, given as a blob.
    assert {urldefrag(url).url for url in requests if not url.startswith(("data:", "blob:"))} == {page.as_uri()}


def open_page(project: Project, browser: webdriver.Chrome, choices: str = "") -> int:
    """Open a project's page; return the milliseconds until it was ready. choices : what follows in the address."""
    read_log(browser, "browser"), read_log(browser, "performance")
    browser.get((project.path / "report/index.html").as_uri() + choices)
    ready = "return document.documentElement.dataset.ready"
    return int(wait_until(browser, lambda: browser.execute_script(ready)))


def read_carried(project: Project) -> Any:
    """What a project's page carries, its arrays still packed."""
    page = project.read("report/index.html")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    return json.loads(data)


def read_opacity(browser: webdriver.Chrome, selector: str) -> list[int]:
    """The opacity, 0 to 255, of each pixel of a canvas, row by row: on the page's images those are their values."""
    script = """
        const canvas = document.querySelector(arguments[0]);
        const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return [...data].filter((_, i) => i % 4 === 3);
    """
    values: list[int] = browser.execute_script(script, selector)
    return values
