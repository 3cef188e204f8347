"""The page in Firefox, by mouse and keys: each panel answers, without a complaint or a request."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from page.panels import PANELS
from tests.clone import Project
from tests.firefox import Firefox
from tests.test_page import count_correct

SECONDS = 15
REFUSED = "http://nowhere.invalid/"
# Of each panel: what is clicked, what is pressed then, and the words that the page must show where.
TASKS: dict[str, tuple[str, list[str], str, str]] = {
    "question": ("#show-answers", [], "#answers", "95 % of the accuracy"),
    "maps": ("[data-map=map-tsne-pixels][data-zoom=in]", [], "#map-said", "enlarged 1.5 times"),
    "neighbours": ("#neighbours-random", [], "#neighbours-said", "Nearest in the activations"),
    "known": ("#known-nodes thead th:nth-child(5) button", [], "#known-count", "sorted by Information (bits)"),
    "nodes": ("#node", [Keys.END], "#node-rank", "number 8 of 8"),
    "mistakes": ("#confusions button", [], "#cell-title", "0, predicted correctly"),
    "why": ("#why-next", [], "#why-text", "Predicted as"),
    "pixels": ("#kept", [Keys.HOME], "#kept-count", "1 of 784"),
    "training": ("#training summary", [], "#history-all", "Epoch"),
    "learn": ("#learn-step", [], "#learn-said", "One batch trained in epoch 1"),
    "tour": ("#start-tour", [], "#tour-count", "Step 1 of 6"),
}
DRAWN = "[[...page.state.drawn], page.draw.predicted[0], document.getElementById('predicted').textContent]"


@pytest.fixture(scope="module")
def firefox(reproduced: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """Firefox with the small project's page open; nothing may have been complained about or asked for in the end."""
    browser = Firefox(tmp_path_factory.mktemp("firefox") / "profile")
    page = (reproduced.path / "report/index.html").as_uri()
    try:
        browser.open(page)
        wait_for(browser, "document.documentElement.dataset.ready")
        yield browser
        assert [entry["text"] for entry in browser.log if entry["level"] in ("warn", "error")] == []
        # Firefox tells of no files; that it tells of requests, the last one shows.
        assert [url for url in browser.requests if not url.startswith(("data:", "blob:", "file:"))] == []
        browser.connection.send_cmd(  # type: ignore[no-untyped-call]
            "browsingContext.navigate", {"context": browser.context, "url": REFUSED, "wait": "none"}
        )
        deadline = time.monotonic() + SECONDS
        while REFUSED not in browser.requests:
            assert time.monotonic() < deadline, "Firefox does not tell of requests"
            time.sleep(0.05)
    finally:
        browser.close()


def wait_for(browser: Firefox, expression: str) -> None:
    """Until an expression is true of the page."""
    deadline = time.monotonic() + SECONDS
    while not browser.run(f"Boolean({expression})"):
        assert time.monotonic() < deadline, f"{expression} did not become true"
        time.sleep(0.05)


def wait_for_words(browser: Firefox, selector: str, words: str) -> None:
    wait_for(browser, f"document.querySelector({selector!r}).innerText.includes({words!r})")


@pytest.mark.parametrize("panel", TASKS)
def test_a_panel_answers(panel: str, firefox: Firefox) -> None:
    clicked, keys, place, words = TASKS[panel]
    firefox.click(f"nav a[href='#{panel}']")
    wait_for(firefox, f"page.state.panel === {panel!r}")
    firefox.click(clicked)
    if keys:
        firefox.press(*keys)
    wait_for_words(firefox, place, words)


def test_a_stroke_is_classified(firefox: Firefox) -> None:
    firefox.drag("#drawing", (0.5, 0.2), (0.5, 0.4), (0.5, 0.6), (0.5, 0.8))
    drawn, predicted, said = firefox.run(DRAWN)
    assert (np.reshape(drawn, (28, 28)).max(axis=1) > 0).sum() == 20
    assert said == str(predicted)


def test_a_node_off_changes_as_many_images_as_numpy_counts(firefox: Firefox, reproduced: Project) -> None:
    firefox.click("#off-nodes [tabindex='0']")
    (node,) = firefox.run("page.off.updated.then(() => page.state.off)")
    mean = np.load(reproduced.path / "data/knowledge/levels.npy")[node, 0]
    correct, wrong, right = count_correct(reproduced, {node: mean}, 400)
    wait_for_words(firefox, "#off-status", f"Node {node} is off, at the mean. {correct} of 400 test images")
    wait_for_words(firefox, "#off-status", f"{wrong} images newly wrong, {right} newly right")


def test_every_panel_is_tried() -> None:
    assert {*TASKS, "draw", "off"} == {panel.name for panel in PANELS}
