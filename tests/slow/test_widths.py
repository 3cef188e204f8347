"""The page of networks with one, two and 1,024 hidden nodes: it opens and its nodes are switched, in a browser."""

from pathlib import Path

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import open_page, read_complaints
from tests.clone import copy_project
from tests.conftest import SMALL_PARAMS
from tests.test_page import assert_held, text


@pytest.mark.parametrize("hidden", [1, 2, 1024])
def test_the_page_is_usable_with_any_number_of_nodes(hidden: int, tmp_path: Path, browser: webdriver.Chrome) -> None:
    project = copy_project(tmp_path / "project", 1_500, 400, SMALL_PARAMS | {"hidden": hidden})
    project.dvc("repro")
    browser.get("about:blank")
    assert open_page(project, browser) < 10_000
    means = np.load(project.path / "data/knowledge/levels.npy")[:, 0]
    assert f"of {hidden}" in text(browser, "node-rank")
    buttons = browser.find_elements(By.CSS_SELECTOR, "#off-nodes button")
    assert len(buttons) == hidden
    first = browser.find_element(By.CSS_SELECTOR, "#off-nodes [tabindex='0']")
    first.send_keys(Keys.ENTER)
    assert_held(browser, project, {int(first.text): means[int(first.text)]})
    browser.find_element(By.ID, "off-which").send_keys("nodes at random")
    browser.find_element(By.ID, "off-k").send_keys(Keys.CONTROL, "a")
    browser.find_element(By.ID, "off-k").send_keys(str(max(1, hidden // 2)))
    browser.find_element(By.CSS_SELECTOR, "#off [data-how=only]").send_keys(Keys.ENTER)
    off = browser.execute_script("return window.page.state.off")
    assert len(off) == hidden - max(1, hidden // 2)
    assert_held(browser, project, {node: means[node] for node in off})
    reset = browser.find_element(By.ID, "off-reset")
    assert reset.is_enabled() == bool(off)
    if off:
        reset.send_keys(Keys.ENTER)
    assert_held(browser, project, {})
    assert read_complaints(browser) == []
