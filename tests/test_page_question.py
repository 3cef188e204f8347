"""The page's question, its nodes by what they know, its address, tour and quiz, and what can be saved, in a browser."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import numpy as np
import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from page.contents import Contents
from page.panels.question import ask
from page.render import render_page
from tests.browser import open_page, read_complaints, wait_until
from tests.clone import ROOT, Project
from tests.node import run_in_node
from tests.test_many_classes import HIDDEN, make_contents, name_classes

STATES = re.findall(r"`(#\w+\?[^`]+)`", (ROOT / "docs/teaching.md").read_text(encoding="utf-8"))
AXE = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
FIND_BARRIERS = """
    const done = arguments[0];
    const worst = ({impact}) => impact === "serious" || impact === "critical";
    axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => done(violations.filter(worst).map(
        ({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 100)).join(" ")}`)));
"""


def make_known_contents() -> Contents:
    """A run that never was, whose nodes differ in what they know."""
    contents = make_contents(name_classes(10), 28, 28)
    nodes = contents.knowledge.nodes.assign(
        sentence=[
            "fires for the digit 3",
            "no concept we tried describes it",
            *["lower for the digit 7 than for others"] * 3,
        ],
        sentence_auc=[0.9, np.nan, 0.87, 0.95, 0.6],
        mutual_information=[0.1, 0, 0.5, 0.4, 0.3],
        twin=[1, 0, 3, 2, -1],
    )
    return dataclasses.replace(contents, knowledge=dataclasses.replace(contents.knowledge, nodes=nodes))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    path = tmp_path_factory.mktemp("question")
    (path / "report").mkdir()
    (path / "report/index.html").write_text(render_page(make_known_contents(), 8), encoding="utf-8")
    return Project(path)


@pytest.fixture
def shown(made: Project, browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    browser.get("about:blank")
    open_page(made, browser)
    yield browser
    assert read_complaints(browser) == []


def run(browser: webdriver.Chrome, script: str, *values: object) -> Any:
    return browser.execute_script(f"return {script}", *values)


def wait_for(browser: webdriver.Chrome, found: Callable[[], Any]) -> Any:
    return wait_until(browser, found)


def text(browser: webdriver.Chrome, element: str) -> str:
    return str(run(browser, "document.getElementById(arguments[0]).textContent", element))


def listed(browser: webdriver.Chrome) -> list[int]:
    return [int(button.text) for button in browser.find_elements(By.CSS_SELECTOR, "#known-nodes tbody th button")]


def press(browser: webdriver.Chrome, element: str) -> None:
    browser.find_element(By.ID, element).send_keys(Keys.ENTER)


def open_state(browser: webdriver.Chrome, state: str) -> None:
    run(browser, "document.querySelector('.share details').open = true")
    field = browser.find_element(By.ID, "state-text")
    field.clear()
    field.send_keys(state, Keys.ENTER)


def test_nodes_are_sorted_filtered_and_opened_by_keyboard(shown: webdriver.Chrome) -> None:
    assert listed(shown) == [3, 0, 2, 4, 1]  # by AUC, that without one last
    heading = shown.find_elements(By.CSS_SELECTOR, "#known-nodes thead button")[4]
    heading.send_keys(Keys.ENTER)
    assert listed(shown) == [2, 3, 4, 0, 1]
    assert "sorted by Information (bits), the largest first" in text(shown, "known-count")
    shown.find_element(By.ID, "known-words").send_keys("digit 7")
    assert listed(shown) == [2, 3, 4]
    first = shown.find_element(By.CSS_SELECTOR, "#known-nodes tbody th button[tabindex='0']")
    first.send_keys(Keys.ARROW_DOWN)
    shown.switch_to.active_element.send_keys(Keys.ENTER)
    assert text(shown, "node-title") == "Node 3"
    assert "Its twin is node 2" in text(shown, "node-twin")
    assert run(shown, "window.page.known.chosen.data.name") == ["3", "T 2"]
    images = shown.find_elements(By.CSS_SELECTOR, "#counterexamples figure")
    assert [str(image.get_attribute("title")).split(":")[0] for image in images] == ["Test image #3"]


def test_going_back_restores_the_state_before(shown: webdriver.Chrome) -> None:

    def address() -> str:
        return str(run(shown, "location.hash"))

    before = address()
    shown.find_elements(By.CSS_SELECTOR, "#known-nodes tbody th button")[0].send_keys(Keys.ENTER)
    opened = wait_for(shown, lambda: address() != before and address())
    assert "node=3" in opened
    shown.find_element(By.ID, "known-kind").send_keys("AUC")
    wait_for(shown, lambda: "kind=described" in address())
    shown.back()
    wait_for(shown, lambda: address().split("?")[1] == opened.split("?")[1])
    assert (run(shown, "page.state.kind"), run(shown, "page.state.node")) == ("all", 3)


def test_a_state_that_is_copied_opens_again_and_a_damaged_one_gives_the_page_as_it_was(
    made: Project, shown: webdriver.Chrome
) -> None:
    run(shown, "page.state.set({node: 4, cell: [2, 5], colouring: 'node'})")
    shown.find_element(By.CSS_SELECTOR, ".share summary").click()
    press(shown, "copy-state")
    state = wait_for(shown, lambda: run(shown, "document.getElementById('state-text').value"))
    run(shown, "page.state.set({node: 0, cell: [0, 1]})")
    open_state(shown, f"file:///elsewhere/index.html{state}")
    assert run(shown, "[page.state.node, ...page.state.cell]") == [4, 2, 5]
    for wrong, words in (("#nodes?1&any&node=999", "damaged"), ("#nodes?1&89ab4567&node=1", "another run")):
        open_state(shown, wrong)
        assert words in text(shown, "state-note")
        assert run(shown, "page.state.colouring") == "class"


def test_the_states_of_the_lessons_open(shown: webdriver.Chrome) -> None:
    for state in STATES:
        open_state(shown, state)
        assert text(shown, "state-note") == "", state
        panel = state[1:].split("?")[0]
        wait_for(shown, lambda panel=panel: run(shown, "page.state.panel") == panel)  # type: ignore[misc]


def test_the_answers_come_after_the_guesses(shown: webdriver.Chrome) -> None:
    answers = shown.find_element(By.ID, "answers")
    assert not answers.is_displayed()
    for slider, value in zip(
        shown.find_elements(By.CSS_SELECTOR, "#curve-sliders input"), (20, 50, 60, 90), strict=True
    ):
        run(shown, "(arguments[0].value = arguments[1], arguments[0].dispatchEvent(new Event('input')))", slider, value)
    shown.find_elements(By.CSS_SELECTOR, "#guesses input")[0].send_keys(Keys.SPACE)
    press(shown, "show-answers")
    assert answers.is_displayed()
    (correct, *_) = (options[correct] for _, options, correct, _ in ask(make_known_contents().knowledge, HIDDEN))
    assert f"Your guess: less than a third; it is: {correct}" in answers.text
    assert "off by 20 percentage points" in text(shown, "curve-text")  # all are 0.5


def test_a_step_of_the_tour_is_done_when_it_is_done(shown: webdriver.Chrome) -> None:
    press(shown, "start-tour")
    assert "Done" not in text(shown, "tour-text")
    press(shown, "show-answers")
    assert text(shown, "tour-text").startswith("✓ Done")
    press(shown, "tour-next")
    run(shown, "page.state.set({sorting: '-information'})")
    assert "Done" not in text(shown, "tour-text")
    shown.find_elements(By.CSS_SELECTOR, "#known-nodes tbody th button")[0].send_keys(Keys.ENTER)
    assert "node 2" in text(shown, "tour-text")


def test_the_quiz_judges_by_the_activations(shown: webdriver.Chrome) -> None:
    for right, score in ((True, "1 of 1"), (False, "1 of 2")):
        more = run(shown, "page.tour.quiz.question.more")
        values = run(shown, "page.tour.quiz.question.images.map((image) => page.tour.quiz.activations[image])")
        assert values[more] > values[1 - more]
        shown.find_elements(By.CSS_SELECTOR, "#quiz-images button")[more if right else 1 - more].send_keys(Keys.ENTER)
        assert text(shown, "quiz-score").startswith(f"{score} correct")
        press(shown, "quiz-next")


def test_guessing_and_the_quiz_in_numbers() -> None:
    code = """
        import {askQuestion, chanceOf} from "./lessons.js";
        const sentences = ["fires for x", "lower for x than for others"];
        const given = {nodes: [0, 1], sentences, activationsOf: () => input};
        const asked = Array.from({length: 200}, (_, number) => askQuestion(number, given));
        answer([[chanceOf(0, 4), chanceOf(3, 4), chanceOf(8, 10)], asked, askQuestion(7, given)]);
    """
    activations = np.random.default_rng(0).permutation(100)
    chances, asked, again = run_in_node(code, activations)
    assert chances == pytest.approx([1, 5 / 16, 56 / 1024])
    assert again == asked[7]
    for question in asked:
        values = activations[question["images"]]
        assert values.argmax() == question["more"]
        assert values.max() >= 95 if question["node"] == 0 else values.min() < 5
    assert 70 < sum(question["more"] for question in asked) < 130


def test_tables_and_plots_are_saved(shown: webdriver.Chrome, tmp_path: Path) -> None:
    shown.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    for label in (
        "CSV: save Rows: the actual class. Columns: the predicted class.",
        "SVG: save Knowing",
        "PNG: save Knowing",
    ):
        button = shown.find_element(By.CSS_SELECTOR, f"button[aria-label^='{label}']")
        run(shown, "arguments[0].click()", button)
    wait_for(shown, lambda: {path.name for path in tmp_path.iterdir()} == {"confusions.csv", "known.svg", "known.png"})
    table = pd.read_csv(tmp_path / "confusions.csv", index_col=0)
    assert np.array_equal(table.to_numpy(), make_known_contents().confusions)
    assert "Information on the class (bits)" in (tmp_path / "known.svg").read_text(encoding="utf-8")
    wide, high = np.frombuffer((tmp_path / "known.png").read_bytes()[16:24], ">u4")
    box = run(
        shown, "(({width, height}) => [width, height])(document.getElementById('plot-known').getBoundingClientRect())"
    )
    assert [wide, high] == pytest.approx(np.multiply(2, box), abs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_the_page_keeps_people_out(scheme: str, shown: webdriver.Chrome) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    shown.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        run(shown, "page.state.set({answered: 'yes', step: 1})")
        shown.execute_script(AXE)
        assert shown.execute_async_script(FIND_BARRIERS) == []
    finally:
        shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
