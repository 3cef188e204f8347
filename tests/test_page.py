"""The page in a browser, opened from disk without a network, driven with mouse and keys."""

import re
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from hidden_nodes.network.weights import read_weights
from tests.browser import (
    assert_asks_for_nothing_but,
    open_page,
    read_carried,
    read_complaints,
    read_opacity,
    wait_until,
)
from tests.clone import Project
from tests.test_page_code import SCRIPTS, read_typedefs

PLACE = """
    const [name, image] = arguments;
    const {plots, views} = window.page;
    const plot = plots.get_model_by_name(name);
    document.getElementById(name).scrollIntoView({block: "center", behavior: "instant"});
    const view = views.get(plot);
    const box = view.el.getBoundingClientRect();
    const {glyph, data_source} = plot.renderers[0];
    const [x, y] = [glyph.x, glyph.y].map(({field}) => data_source.data[field][image]);
    const frame = view.frame.bbox;
    return {
        point: [box.left + view.frame.x_scale.compute(x), box.top + view.frame.y_scale.compute(y)],
        corners: [[box.left + frame.left + 3, box.top + frame.top + 3],
                  [box.left + frame.right - 3, box.top + frame.bottom - 3]],
    };
"""


def drag(browser: webdriver.Chrome, *places: tuple[float, float]) -> None:
    """Press the mouse at the first place, go to the others and let go; a single place is clicked."""
    actions = ActionBuilder(browser, duration=20)
    mouse = actions.pointer_action
    for number, (x, y) in enumerate(places):
        mouse.move_to_location(round(x), round(y))  # type: ignore[no-untyped-call]
        if not number:
            mouse.pointer_down()  # type: ignore[no-untyped-call]
    mouse.pointer_up()  # type: ignore[no-untyped-call]
    actions.perform()


def text(browser: webdriver.Chrome, element: str) -> str:
    return str(browser.execute_script("return document.getElementById(arguments[0]).textContent", element))


def wait_for(browser: webdriver.Chrome, script: str) -> Any:
    return wait_until(browser, lambda: browser.execute_script(script))


def middle(browser: webdriver.Chrome, selector: str) -> tuple[float, float]:
    """The middle of an element, scrolled into view."""
    x, y = browser.execute_script(
        """const element = document.querySelector(arguments[0]);
        element.scrollIntoView({block: "center", behavior: "instant"});
        const box = element.getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2];""",
        selector,
    )
    return x, y


def test_the_page_opens_soon_without_a_complaint_and_asks_for_nothing(
    reproduced: Project, browser: webdriver.Chrome
) -> None:
    open_page(reproduced, browser)
    assert read_complaints(browser) == []
    assert_asks_for_nothing_but(reproduced.path / "report/index.html", browser)


INTRUDE = """
    const done = arguments[0];
    const refused = [];
    document.addEventListener("securitypolicyviolation", ({effectiveDirective}) => refused.push(effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "window.intruder = true";
    document.body.append(script);
    new Image().src = "http://127.0.0.1:9/image.png";
    fetch("http://127.0.0.1:9/").then(() => refused.push("no"), (error) => refused.push(error.name));
    setTimeout(() => {
        try { new Function("window.intruder = true")(); } catch (error) { refused.push(error.name); }
        setTimeout(() => done([refused.sort(), "intruder" in window]), 100);
    });
"""


def test_a_script_that_was_not_there_and_a_request_are_refused(reproduced: Project, browser: webdriver.Chrome) -> None:
    open_page(reproduced, browser)
    refused, intruded = browser.execute_async_script(INTRUDE)
    assert refused == ["EvalError", "TypeError", "connect-src", "img-src", "script-src", "script-src-elem"]
    assert not intruded
    assert len([line for line in read_complaints(browser) if "Content Security Policy" in line]) >= 4


def test_a_node_chosen_by_keyboard_opens_and_colours_the_maps(page: webdriver.Chrome, reproduced: Project) -> None:
    ranked = pd.read_csv(reproduced.path / "data/activations/eta_squared.csv")["node"]
    hidden = np.load(reproduced.path / "data/activations/hidden.npy")
    assert text(page, "node-title") == f"Node {ranked[0]}"
    page.find_element(By.ID, "node").send_keys(Keys.ARROW_DOWN)
    node = ranked[1]
    assert text(page, "node-title") == f"Node {node}"
    assert page.find_element(By.CSS_SELECTOR, "[name=colour-by][value=node]").is_selected()
    data = read_carried(reproduced)
    own = hidden[data["index"][: data["training"]], node]
    activations = page.execute_script("return window.page.carried.activationsOf(window.page.state.node)")
    assert activations == pytest.approx(own, abs=1e-4)
    for name in ("maps.maps[0]", "maps.maps[3]", "pixels.pair"):
        colours = np.reshape(page.execute_script(f"return [...window.page.{name}.layer.looks.colours]"), (-1, 4))
        assert (colours[own.argmax()] != colours[own.argmin()]).any()
    shown = [figure.text for figure in page.find_elements(By.CSS_SELECTOR, "#top-images figure")]
    assert shown == [f"{value:.2f}" for value in sorted(own, reverse=True)[: len(shown)]]
    boxes = page.execute_script("const {data} = window.page.nodes.boxes; return [data.q1, data.median, data.high]")
    expected = np.load(reproduced.path / "data/activations/boxes.npy")[node][:, [2, 3, 6]]
    assert np.allclose(boxes, expected.T, atol=1e-5)
    outgoing = read_weights(reproduced.path / "models/network.npz", 784, 10).output_weights[node]
    assert page.execute_script("return window.page.nodes.outgoing.data.weight") == pytest.approx(outgoing)


def test_a_cell_of_the_confusion_matrix_shows_its_images(page: webdriver.Chrome, reproduced: Project) -> None:
    table = pd.read_csv(reproduced.path / "data/evaluate/predictions.csv")
    cells = page.find_elements(By.CSS_SELECTOR, "#confusions button")
    counts = table.value_counts(["actual", "predicted"])
    assert [int(cell.get_attribute("data-images") or 0) for cell in cells] == [
        counts.get((actual, predicted), 0) for actual in range(10) for predicted in range(10)
    ]
    actual, predicted = next(pair for pair in counts.index if pair[0] != pair[1])
    drag(page, middle(page, f"#confusions [data-actual='{actual}'][data-predicted='{predicted}']"))
    shown = [figure.text for figure in page.find_elements(By.CSS_SELECTOR, "#cell-images figure")]
    rows = table[(table["actual"] == actual) & (table["predicted"] == predicted)]
    assert shown == [f"#{index}" for index in rows["index"]]
    cells[10 * actual + predicted].send_keys(Keys.ARROW_UP if actual else Keys.ARROW_DOWN)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert text(page, "cell-title").startswith(f"{actual - 1 if actual else 1}, predicted")


def count_correct(project: Project, held: dict[int, float], image_count: int) -> tuple[int, int, int]:
    """By NumPy: test images correct with nodes held at values, and how many are newly wrong and newly right."""
    weights = read_weights(project.path / "models/network.npz", 784, 10)
    images = np.load(project.path / "data/prepared/images_test.npy")[:image_count].reshape(image_count, -1)
    actual = np.load(project.path / "data/prepared/y_test.npy")[:image_count]
    sums = images / 255 @ weights.hidden_weights.astype(float) + weights.hidden_bias
    hidden = np.maximum(sums, 0).astype(np.float32).astype(float)
    correct = []
    for values in ({}, held):
        for node, value in values.items():
            hidden[:, node] = value
        correct.append((hidden @ weights.output_weights.astype(float) + weights.output_bias).argmax(axis=1) == actual)
    before, now = correct
    return int(now.sum()), int((before & ~now).sum()), int((now & ~before).sum())


def assert_held(page: webdriver.Chrome, project: Project, held: dict[int, float]) -> None:
    """What the page says of the test images with nodes held is what NumPy counts."""
    page.execute_async_script("window.page.off.updated.then(arguments[0])")
    correct, wrong, right = count_correct(project, held, 400)
    said = text(page, "off-status")
    assert f"{correct} of 400 test images are classified correctly" in said
    assert f"{wrong} image{'' if wrong == 1 else 's'} newly wrong, {right} newly right." in said
    assert text(page, "off-wrong-title") == f"Newly wrong: {wrong}"
    cells = [cell.text for cell in page.find_elements(By.CSS_SELECTOR, "#off-confusions .correct")]
    assert sum(0 if cell == "·" else int(cell) for cell in cells) == correct


def test_nodes_are_switched_and_set_by_keyboard_and_undone(page: webdriver.Chrome, reproduced: Project) -> None:
    levels = np.load(reproduced.path / "data/knowledge/levels.npy")
    means = dict(enumerate(levels[:, 0]))
    first = page.find_element(By.CSS_SELECTOR, "#off-nodes [tabindex='0']")
    node = int(first.text)
    first.send_keys(Keys.ENTER)
    assert first.get_attribute("aria-pressed") == "true"
    assert_held(page, reproduced, {node: means[node]})
    first.send_keys(Keys.ARROW_RIGHT, Keys.SPACE)
    second = int(page.switch_to.active_element.text)
    assert_held(page, reproduced, {each: means[each] for each in (node, second)})
    page.find_element(By.ID, "off-undo").send_keys(Keys.ENTER)
    page.find_element(By.CSS_SELECTOR, "[name=off-at][value=zero]").send_keys(Keys.SPACE)
    assert_held(page, reproduced, {node: 0.0})
    numbers = page.find_element(By.ID, "off-numbers")
    numbers.clear()
    numbers.send_keys("0-2, 5")
    page.find_element(By.CSS_SELECTOR, "#off [data-how=only]").send_keys(Keys.ENTER)
    assert_held(page, reproduced, dict.fromkeys((3, 4, 6, 7), 0.0))
    page.find_element(By.ID, "off-reset").send_keys(Keys.ENTER)
    assert_held(page, reproduced, {})
    shown = int(page.find_element(By.ID, "off-node").get_attribute("value") or "")
    page.find_element(By.ID, "off-level").send_keys(Keys.END)
    page.execute_async_script("window.page.off.updated.then(arguments[0])")
    set_node, value = page.execute_script("return window.page.state.levels")
    assert set_node == shown
    assert value == pytest.approx(levels[shown, 2], rel=1e-3)
    assert_held(page, reproduced, {shown: value})
    numbers.clear()
    numbers.send_keys("8")
    page.find_element(By.CSS_SELECTOR, "#off [data-how=off]").send_keys(Keys.ENTER)
    assert page.execute_script("return document.getElementById('off-numbers').validationMessage").startswith("Numbers")
    assert_held(page, reproduced, {shown: value})


def test_the_best_nodes_by_any_order_are_as_accurate_as_its_curve_says(
    page: webdriver.Chrome, reproduced: Project
) -> None:
    curves = pd.read_csv(reproduced.path / "data/knowledge/curves.csv").query("others == 'mean' and nodes == 4")
    orders = curves.set_index("order")["accuracy"].drop("random")
    choice = page.find_element(By.ID, "off-measure")
    names = [option.text for option in choice.find_elements(By.TAG_NAME, "option")]
    assert sorted(names) == sorted(orders.rename({"greedy": "greedy choice"}).index)
    page.find_element(By.ID, "off-which").send_keys("the best")
    number = page.find_element(By.ID, "off-k")
    number.send_keys(Keys.CONTROL, "a")
    number.send_keys("4")
    for name in names:
        choice.send_keys(name)
        page.find_element(By.CSS_SELECTOR, "#off [data-how=only]").send_keys(Keys.ENTER)
        page.execute_async_script("window.page.off.updated.then(arguments[0])")
        assert page.execute_script("return window.page.off.accuracy") == orders[name.removesuffix(" choice")]
        assert text(page, "off-nodes-title") == f"Nodes, the best by {name} first"


def test_an_image_that_is_clicked_is_explained_by_its_nodes(page: webdriver.Chrome, reproduced: Project) -> None:
    figure = page.find_element(By.CSS_SELECTOR, "#top-images figure button")
    name = str(figure.get_attribute("aria-label"))
    figure.send_keys(Keys.ENTER)
    assert text(page, "why-name") == name.split(",")[0]
    rows = page.find_elements(By.CSS_SELECTOR, "#why-parts tbody tr")
    values = [float(row.text.split()[-1].replace("\N{MINUS SIGN}", "-")) for row in rows]
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=0.001 * len(rows))
    assert page.execute_script(
        "const {bias, parts, difference} = window.page.why.found;"
        "return Math.abs(bias + parts.reduce((a, b) => a + b, 0) - difference)"
    ) == pytest.approx(0, abs=1e-5)
    button = page.find_element(By.CSS_SELECTOR, "#why-parts button")
    node = button.get_attribute("value")
    button.send_keys(Keys.ENTER)
    assert text(page, "node-title") == f"Node {node}"


def test_the_slider_says_how_many_pixels_are_kept(page: webdriver.Chrome, reproduced: Project) -> None:
    ranking = pd.read_csv(reproduced.path / "data/selection/ranking.csv")
    assert text(page, "kept-count") == "70 of 784"
    page.find_element(By.ID, "kept").send_keys(Keys.ARROW_RIGHT)
    assert text(page, "kept-count") == "71 of 784"
    assert f"{100 * ranking['importance'][:71].sum():.1f} % of the importance" in text(page, "kept-text")
    dots = np.reshape(read_opacity(page, "#kept-dots"), (280, 280))[5::10, 5::10].ravel()  # the middle of each pixel
    for position, shown in ((70, True), (71, False)):
        assert bool(dots[ranking["pixel"][position]]) is shown


def test_two_pixels_clicked_on_the_map_give_their_scatter_plot(page: webdriver.Chrome, reproduced: Project) -> None:
    pixels = pd.read_csv(reproduced.path / "data/selection/ranking.csv")["pixel"]
    for position in (300, 400):
        drag(page, page.execute_script(PLACE, "plot-importance", position)["point"])
        time.sleep(0.5)  # sooner the next click would make a double click
    places = "const {layer} = window.page.pixels.pair; return [...layer.places].map((x) => -15 + 285 * x)"
    shown = np.reshape(page.execute_script(places), (-1, 2))
    for which, (field, pixel) in enumerate((("pixel-a", pixels[300]), ("pixel-b", pixels[400]))):
        assert page.find_element(By.ID, field).get_attribute("value") == str(pixel)
        data = read_carried(reproduced)
        images = np.load(reproduced.path / "data/prepared/images_train.npy").reshape(-1, 784)
        values = images[data["index"][: data["training"]], pixel]
        assert shown[:, which] == pytest.approx(values, abs=6.01)


def test_a_stroke_is_classified_at_once_by_both_networks_and_shows_the_activations(page: webdriver.Chrome) -> None:
    x, y = middle(page, "#drawing")
    before = page.execute_script("return document.getElementById('activations').toDataURL()")
    drag(page, (x - 40, y - 80), (x + 40, y - 80), (x - 10, y + 80))
    for column in (1, 2):
        cells = page.find_elements(By.CSS_SELECTOR, f"#probabilities tbody td:nth-child({column + 1})")
        chances = [float(cell.get_attribute("data-probability") or "nan") for cell in cells]
        assert len(chances) == 10
        assert sum(chances) == pytest.approx(1)
        assert text(page, ["predicted", "predicted-selected"][column - 1]) == str(np.argmax(chances))
    assert page.execute_script("return document.getElementById('activations').toDataURL()") != before
    lit = page.find_element(By.CSS_SELECTOR, "#most-active button")
    node = lit.text.split(":")[0]
    lit.send_keys(Keys.ENTER)
    assert text(page, "node-title") == node.capitalize()
    x, y = middle(page, "#activations")
    drag(page, (x + 3, y))  # the middle lies between two nodes
    assert page.find_element(By.ID, "node").get_attribute("value") == str(
        page.execute_script("const {carried, draw} = window.page; return carried.ranked[Math.floor(draw.across / 2)]")
    )
    drag(page, middle(page, "#clear-drawing"))
    assert text(page, "predicted") == "?"


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window_and_follows_the_systems_colours(
    width: int, scheme: str, browser: webdriver.Chrome, reproduced: Project
) -> None:
    if not browser.execute_script("return Boolean(window.page)"):
        open_page(reproduced, browser)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        # The plots take their new size a moment later.
        fits = "const {scrollWidth, clientWidth} = document.documentElement; return scrollWidth === clientWidth"
        assert wait_for(browser, fits)
        assert browser.execute_script("return document.documentElement.clientWidth") <= width
        paper, ink = browser.execute_script(
            "const {backgroundColor, color} = getComputedStyle(document.body); return [backgroundColor, color]"
        )
        brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (paper, ink)]
        assert (brightness[0] > brightness[1]) == (scheme == "light")
        cut_off = """
            const wide = (element) => element.getBoundingClientRect().right > innerWidth + 1;
            const scrolls = (element) => element.closest(".wide, nav, [hidden]");
            const elements = [...document.querySelectorAll("main *, header *")];
            return elements.filter((e) => wide(e) && !scrolls(e)).map((e) => e.outerHTML.slice(0, 80));
        """
        assert browser.execute_script(cut_off) == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert read_complaints(browser) == []


def test_every_control_and_picture_has_a_name(opened: webdriver.Chrome) -> None:
    nameless = """
        const titled = (e) => document.getElementById(e.getAttribute("aria-labelledby"))?.textContent.trim();
        const labelled = (e) => e.ariaLabel || titled(e) || e.labels?.length || e.closest("[aria-hidden=true]");
        const named = (e) => labelled(e) || e.closest("button")?.ariaLabel || e.textContent.trim();
        return [...document.querySelectorAll("button, select, input, canvas, [role=img], [role=group]")]
            .filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 80));
    """
    assert opened.execute_script(nameless) == []


def test_the_state_is_what_its_type_says(opened: webdriver.Chrome) -> None:
    assert set(opened.execute_script("return Object.keys(window.page.state)")) == set(read_typedefs(SCRIPTS)["Choices"])
