"""Twelve tasks on the page by keyboard alone, and what is announced of them.

Keys are pressed as they come from the keyboard, wherever the focus is; scripts only look.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser import open_page, read_carried, read_complaints, wait_until
from tests.clone import Project
from tests.test_page import count_correct

MOST_TABS = 120  # to what is wanted, from the heading of a panel
ANNOUNCED = """
    const element = document.getElementById(arguments[0]);
    return element.closest("[aria-live=polite], [role=status], [role=alert], output") ? element.textContent : null;
"""
STEPS = """
    const links = [...document.querySelectorAll("nav a")];
    return links.findIndex(({hash}) => hash === `#${arguments[0]}`) - links.indexOf(document.activeElement);
"""
FOCUSED = "return document.activeElement.matches(arguments[0])"


class Keyboard:
    """Presses keys on a page, and listens."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser

    def press(self, *keys: str) -> None:
        actions = ActionChains(self.browser, duration=0)
        actions.send_keys(*keys).perform()

    def tab_to(self, selector: str) -> None:
        """Tab on until the focus is where it is wanted."""
        for _ in range(MOST_TABS):
            if self.browser.execute_script(FOCUSED, selector):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"{selector} is not reached")

    def go_to(self, panel: str) -> None:
        """Follow a link of the navigation, to which Escape leads from anywhere."""
        self.press(Keys.ESCAPE)
        steps = self.browser.execute_script(STEPS, panel)
        actions = ActionChains(self.browser, duration=0)
        if steps < 0:
            actions.key_down(Keys.SHIFT)
        actions.send_keys(*[Keys.TAB] * abs(steps)).key_up(Keys.SHIFT).send_keys(Keys.ENTER).perform()

    def fill(self, selector: str, words: str) -> None:
        """Put words into a field in place of what is there."""
        self.tab_to(selector)
        actions = ActionChains(self.browser, duration=0)
        actions.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(words).perform()

    def choose(self, selector: str) -> None:
        self.tab_to(selector)
        self.press(Keys.ENTER)

    def hear(self, element: str, words: str) -> str:
        """What is announced, as soon as it has these words."""
        return str(wait_until(self.browser, lambda: words in (text := self.heard(element)) and text))

    def heard(self, element: str) -> str:
        text = self.browser.execute_script(ANNOUNCED, element)
        assert text is not None, f"{element} is not announced"
        return str(text)

    def focused(self, what: str) -> Any:
        """An attribute of what has the focus."""
        return self.browser.switch_to.active_element.get_attribute(what)

    def state(self, name: str) -> Any:
        return self.browser.execute_script("return window.page.state[arguments[0]]", name)


@pytest.fixture
def keys(reproduced: Project, browser: webdriver.Chrome) -> Iterator[Keyboard]:
    browser.get("about:blank")
    open_page(reproduced, browser)
    yield Keyboard(browser)
    assert read_complaints(browser) == []


def test_the_node_that_is_best_for_a_7_is_found_switched_off_and_missed(keys: Keyboard, reproduced: Project) -> None:
    nodes = pd.read_csv(reproduced.path / "data/knowledge/nodes.csv")
    about = nodes[nodes["sentence"].str.contains("digit 7")].sort_values("mutual_information", ascending=False)
    best, means = int(about["node"].iloc[0]), np.load(reproduced.path / "data/knowledge/levels.npy")[:, 0]

    keys.go_to("known")  # 1: the node that is best for a 7, in a list that is filtered and sorted
    keys.fill("#known-words", "digit 7")
    keys.hear("known-count", f"{len(about)} of 8 nodes")
    keys.choose("#known-nodes thead th:nth-child(5) button")
    keys.hear("known-count", "sorted by Information (bits), the largest first")
    keys.tab_to("#known-nodes tbody button")
    keys.press(Keys.ARROW_UP * 8, Keys.ENTER)
    assert keys.state("node") == best

    keys.go_to("off")  # 2: off with it, and the new accuracy
    keys.fill("#off-numbers", str(best))
    keys.choose("[data-how=off]")
    correct, wrong, right = count_correct(reproduced, {best: means[best]}, 400)
    said = keys.hear("off-status", f"Node {best} is off, at the mean.")
    assert f"{correct} of 400 test images are classified correctly, {correct / 4:.2f} %" in said
    assert f"{wrong} images newly wrong, {right} newly right" in said

    keys.tab_to("#off-wrong button")  # 3: an image that is newly wrong, and why
    name = str(keys.focused("aria-label"))
    keys.press(Keys.ENTER)
    keys.hear("why-text", f"Predicted as {name[-1]} ✗, with the nodes that are held; the next best is ")
    data = read_carried(reproduced)
    image = keys.state("image")
    assert name.startswith(f"Test image #{data['index'][image]}: {data['actual'][image]}, ")

    keys.go_to("off")  # 4: undo
    keys.choose("#off-undo")
    keys.hear("off-status", "All nodes are on. ")
    assert keys.state("off") == []


def test_images_are_found_on_a_map_by_its_list_and_their_neighbours_named(keys: Keyboard, reproduced: Project) -> None:
    data = read_carried(reproduced)
    keys.go_to("maps")  # 5: enlarge a map, and take an image from what it shows
    keys.tab_to("#map-tsne-pixels")
    keys.press("+", "+", "+", Keys.ARROW_LEFT)
    said = keys.hear("map-said", "t-SNE of the pixels: enlarged 3.4 times")
    keys.choose("#map-list summary")
    keys.tab_to("#map-list select")
    keys.press(Keys.ARROW_DOWN)
    listed = keys.heard("map-list-text")
    assert listed.removeprefix("It shows ").split()[0] == said.split("; ")[1].split()[0]
    keys.tab_to("#map-list .images button:nth-child(3)")
    name = str(keys.focused("aria-label"))
    assert keys.state("pointed") >= 0
    keys.press(Keys.ENTER)
    image = keys.state("image")
    assert name.startswith(f"Training image #{data['index'][image]}: {data['actual'][image]}")

    keys.go_to("neighbours")  # 6: its neighbours, in words
    said = keys.hear("neighbours-said", "Nearest in the activations: ")
    assert said.startswith(f"Training image #{data['index'][image]}")

    keys.go_to("maps")  # 7: all that a map shows is selected, and counted
    keys.choose("#map-list p button")
    keys.hear("selection", f"{len(keys.state('images'))} of {data['training']} images selected")
    assert image in keys.state("images")


def test_a_digit_is_drawn_and_taken_for_something(keys: Keyboard) -> None:
    keys.go_to("draw")  # 8: a stroke from the top to the bottom is a 1, or not; it is said
    assert keys.heard("predicted") == "?"
    keys.tab_to("#drawing")
    keys.press(Keys.ARROW_UP * 9, Keys.SPACE)
    keys.hear("drawing-said", "Pen down, 50 % from the left, 18 % from the top.")
    keys.press(Keys.ARROW_DOWN * 18, Keys.SPACE)
    keys.hear("drawing-said", "Pen up, 50 % from the left, 82 % from the top.")
    drawn = np.reshape(keys.browser.execute_script("return [...window.page.state.drawn]"), (28, 28))
    assert (drawn.max(axis=1) > 0).sum() == 20  # as MNIST's digits are
    assert (drawn.max(axis=0) > 0).sum() < 8
    predicted = keys.browser.execute_script("return window.page.draw.predicted[0]")
    assert keys.heard("predicted") == str(predicted)
    keys.press(Keys.DELETE)
    assert keys.heard("predicted") == "?"


def test_a_state_is_opened_from_text(keys: Keyboard) -> None:
    keys.press(Keys.ESCAPE)
    keys.choose(".share summary")  # 9: a state that somebody has sent, and one that is damaged
    keys.fill("#state-text", "#off?1&any&node=3&off=1-2")
    keys.press(Keys.ENTER)
    keys.hear("off-status", "Nodes 1-2 are off")
    assert (keys.state("node"), keys.state("panel")) == (3, "off")
    keys.fill("#state-text", "#off?1&any&node=8")
    keys.press(Keys.ENTER)
    keys.hear("state-note", "damaged")


def test_the_tour_the_quiz_and_the_confusion_matrix(keys: Keyboard) -> None:
    keys.go_to("tour")  # 10: a step of the tour
    keys.choose("#start-tour")
    keys.hear("tour-text", "Make a guess, or skip them")
    keys.go_to("question")
    keys.choose("#show-answers")
    keys.hear("tour-text", "✓ Done.")
    keys.go_to("tour")  # 11: an answer in the quiz
    more = keys.browser.execute_script("return window.page.tour.quiz.question.more")
    keys.tab_to("#quiz-images button")
    if more:
        keys.press(Keys.TAB)
    keys.press(Keys.ENTER)
    assert keys.heard("quiz-verdict") != ""
    assert "1 of 1 correct" in keys.browser.find_element("id", "quiz-score").text
    keys.go_to("mistakes")  # 12: the images behind a cell beside the one that is open
    keys.tab_to("#confusions button")
    keys.press(Keys.ARROW_DOWN if keys.state("cell")[0] < 9 else Keys.ARROW_UP, Keys.ENTER)
    is_, as_ = keys.state("cell")
    keys.hear("cell-title", f"{is_}, predicted {f'as {as_}' if is_ != as_ else 'correctly'}")
