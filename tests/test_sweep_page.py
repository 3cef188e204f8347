"""The page of a sweep in a browser, on 66 made-up trials: ranges, table, plots, two trials, address, files saved."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from sweep.report import render_sweep
from sweep.shown import Shown
from tests.browser import assert_asks_for_nothing_but, read_complaints, read_log
from tests.made_sweep import SMALL, make_matching, make_progress, make_shown
from tests.test_page import drag
from tests.test_page_code import read_typedefs
from tests.test_page_question import AXE, FIND_BARRIERS
from tests.test_sweep_page_code import SCRIPTS

UNDONE = {5: "failed", 65: "waiting"}
READY = "return document.documentElement.dataset.ready"
STRIP = """
    const {parallel, state} = window.page;
    const strip = parallel.plot.querySelectorAll(".strip")[state.axes.indexOf(arguments[0])];
    strip.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
    const {left, bottom, width, height} = strip.getBoundingClientRect();
    const y = (value) => bottom - parallel.axes[arguments[0]].place(value) * height;
    return [...arguments].slice(1).map((value) => [left + width / 2, y(value)]);
"""
CUT_OFF = """
    const wide = (element) => element.getBoundingClientRect().right > innerWidth + 1;
    const elements = [...document.querySelectorAll("main *, header *")];
    return elements.filter((e) => wide(e) && !e.closest(".wide, nav, [hidden]")).map((e) => e.outerHTML.slice(0, 80));
"""
MEANS = """
    return [...document.querySelectorAll("#brushed-means tbody tr")].map(({cells}) =>
        [cells[0].textContent, ...[cells[1], cells[2]].map(({dataset}) => Number(dataset.value))]);
"""
COUNTS = "return [...arguments[0].querySelectorAll('td[data-value]')].map(({dataset}) => Number(dataset.value))"
FITS = "const {scrollWidth, clientWidth} = document.documentElement; return scrollWidth === clientWidth"
NAMELESS = """
    const named = (e) => e.ariaLabel || e.labels?.length || e.closest("[aria-hidden=true]") || e.textContent.trim();
    return [...document.querySelectorAll("button, select, input, canvas, progress, [role=img], [role=region]")]
        .filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 80));
"""


@pytest.fixture(scope="module")
def shown() -> Shown:
    return make_shown(SMALL, UNDONE, matching=make_matching())


@pytest.fixture(scope="module")
def file(shown: Shown, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "sweep.html"
    path.write_text(render_sweep(shown), encoding="utf-8")
    return path


def open_file(browser: webdriver.Chrome, path: Path, fragment: str = "") -> None:
    browser.get("about:blank")
    read_log(browser, "browser"), read_log(browser, "performance")
    browser.get(path.as_uri() + fragment)
    WebDriverWait(browser, 20).until(lambda driver: driver.execute_script(READY))


@pytest.fixture
def page(file: Path, browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The page as it opens; nothing may have been complained about in the end."""
    open_file(browser, file)
    yield browser
    assert read_complaints(browser) == []


def read(browser: webdriver.Chrome, element: str) -> str:
    return str(browser.execute_script("return document.getElementById(arguments[0]).textContent", element))


def hear(browser: webdriver.Chrome, element: str, words: str) -> None:
    WebDriverWait(browser, 20).until(lambda driver: words in read(driver, element))


def column(shown: Shown, name: str) -> int:
    return [*shown.parameters, *shown.metrics].index(name)


def state(browser: webdriver.Chrome, name: str) -> Any:
    return browser.execute_script("return window.page.state[arguments[0]]", name)


def test_the_page_opens_without_a_complaint_and_asks_for_nothing(file: Path, page: webdriver.Chrome) -> None:
    assert_asks_for_nothing_but(file, page)
    choices = set(page.execute_script("return Object.keys(window.page.state)"))
    assert choices == set(read_typedefs(SCRIPTS)["SweepChoices"])
    assert read(page, "brushed-count") == "64 trials have run; none is left out."
    assert page.execute_script(NAMELESS) == []


def test_a_range_that_is_dragged_counts_what_pandas_counts(page: webdriver.Chrome, shown: Shown) -> None:
    which, done = column(shown, "val_accuracy"), shown.done
    low, high = done["val_accuracy"].quantile([0.3, 0.8])
    drag(page, *page.execute_script(STRIP, which, low, (low + high) / 2, high))
    _, start, end = state(page, "brushes")
    assert (start, end) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
    within = done[done["val_accuracy"].between(start, end)]
    assert read(page, "brushed-count") == f"{len(within)} of 64 trials that have run lie in the ranges."

    middle = (start + end) / 2  # moved by its middle, and dropped by a click
    drag(page, *page.execute_script(STRIP, which, middle, middle - 0.02, middle - 0.05))
    _, moved, _ = state(page, "brushes")
    assert moved == pytest.approx(start - 0.05, abs=0.01)
    within = done[done["val_accuracy"].between(*state(page, "brushes")[1:])]
    assert read(page, "brushed-count") == f"{len(within)} of 64 trials that have run lie in the ranges."
    drag(page, *page.execute_script(STRIP, which, middle - 0.05))
    assert state(page, "brushes") == []


def test_ranges_by_keyboard_filter_the_table_and_give_means(page: webdriver.Chrome, shown: Shown) -> None:
    page.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    Select(page.find_element(By.CSS_SELECTOR, "[aria-label='hidden from']")).select_by_visible_text("8")
    Select(page.find_element(By.CSS_SELECTOR, "[aria-label='hidden to']")).select_by_visible_text("256")
    field = page.find_element(By.CSS_SELECTOR, "[aria-label='test_loss to']")
    field.send_keys("0.3", Keys.ENTER)
    done = shown.done
    within = done[done["hidden"].between(8, 256) & (done["test_loss"] <= 0.3)]
    assert 0 < len(within) < 60
    assert read(page, "brushed-count") == f"{len(within)} of 64 trials that have run lie in the ranges."
    Select(page.find_element(By.ID, "trial-kind")).select_by_value("brushed")
    hear(page, "trial-count", f"{len(within)} of 66 trials")

    def tell() -> Any:
        return [tuple(row) for row in page.execute_script(MEANS)]

    expected = [(name, pytest.approx(within[name].mean()), pytest.approx(done[name].mean())) for name in shown.metrics]
    WebDriverWait(page, 20).until(lambda _: tell() == expected)
    page.find_element(By.ID, "clear-brushes").send_keys(Keys.ENTER)
    assert read(page, "brushed-count") == "64 trials have run; none is left out."


def test_a_line_is_named_where_the_pointer_is_and_opened_by_a_click(page: webdriver.Chrome, shown: Shown) -> None:
    place = """
        const {parallel} = window.page;
        parallel.plot.scrollIntoView({block: "center", behavior: "instant"});
        const line = parallel.polylines[parallel.drawn.get(30)];
        const {left, top} = parallel.plot.getBoundingClientRect();
        return [left + (line[0] + line[2]) / 2, top + (line[1] + line[3]) / 2];
    """
    x, y = page.execute_script(place)
    drag(page, (x, y))  # three seeds share this part of their lines: any of them is meant
    pointed = page.execute_script("return window.page.parallel.tip.trial")
    assert (
        shown.table[["hidden", "train.activation"]]
        .iloc[pointed]
        .equals(shown.table[["hidden", "train.activation"]].iloc[30])
    )
    assert shown.table.index[pointed] in read(page, "tip")
    assert state(page, "pair") == [pointed + 1, 0]


def listed(browser: webdriver.Chrome) -> list[str]:
    script = "return [...document.querySelectorAll('#trial-table tbody th')].map(({textContent}) => textContent)"
    names: list[str] = browser.execute_script(script)
    return names


def test_the_table_is_sorted_filtered_and_saved(page: webdriver.Chrome, shown: Shown, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    headings = page.find_elements(By.CSS_SELECTOR, "#trial-table thead button")
    (heading,) = [one for one in headings if one.text == "test_accuracy"]
    heading.send_keys(Keys.ENTER)
    ordered = shown.table.sort_values("test_accuracy", ascending=False, kind="stable")
    assert listed(page) == ordered.index.tolist()  # those without a value stand last
    heading.send_keys(Keys.ENTER)
    page.find_element(By.ID, "trial-words").send_keys("TANH seed-2")
    wanted = ordered[::-1][ordered[::-1].index.str.contains("tanh-seed-2")].dropna()
    hear(page, "trial-count", "11 of 66 trials")
    assert listed(page)[: len(wanted)] == wanted.index.tolist()
    button = page.find_element(By.CSS_SELECTOR, "#trials [aria-label^='CSV']")
    button.send_keys(Keys.ENTER)
    WebDriverWait(page, 20).until(lambda _: (tmp_path / "trials.csv").is_file())
    saved = pd.read_csv(tmp_path / "trials.csv", index_col="experiment")
    expected = shown.table.loc[saved.index]
    assert saved["status"].tolist() == ["failed" if name == shown.table.index[5] else "done" for name in saved.index]
    for name in (*shown.parameters, *shown.metrics):
        if name == "train.activation":
            assert saved[name].tolist() == expected[name].tolist()
        else:
            assert saved[name].to_numpy(float) == pytest.approx(expected[name].to_numpy(float), nan_ok=True)


def test_two_ticked_trials_stand_side_by_side_with_the_line_that_draws_both(
    page: webdriver.Chrome, shown: Shown
) -> None:
    names = shown.table.index
    assert state(page, "pair") == [1, 0]
    for number, pair in ((12, [1, 13]), (40, [13, 41]), (12, [41, 0]), (12, [41, 13])):  # a third drops the first
        page.find_element(By.CSS_SELECTOR, f"[aria-label='Compare {names[number]}']").send_keys(Keys.SPACE)
        assert state(page, "pair") == pair
    assert read(page, "diff-line") == f'make diff EXP="{names[40]} {names[12]}"'
    page.find_element(By.ID, "copy-diff").send_keys(Keys.ENTER)
    WebDriverWait(page, 20).until(lambda driver: read(driver, "diff-note"))
    for number, side in zip((40, 12), page.find_elements(By.CSS_SELECTOR, "#pair-confusions > div"), strict=True):
        cells, confusions = page.execute_script(COUNTS, side), shown.brought[names[number]].confusions
        assert confusions is not None
        assert np.array_equal(np.reshape(cells, (10, 10)), confusions)
    for number, side in zip((40, 12), page.find_elements(By.CSS_SELECTOR, "#pair-pictures > div"), strict=True):
        pictures = shown.brought[names[number]].pictures
        assert pictures is not None
        assert len(side.find_elements(By.TAG_NAME, "canvas")) == len(pictures.nodes)


def test_the_address_keeps_what_is_chosen(file: Path, page: webdriver.Chrome, shown: Shown) -> None:
    which = column(shown, "val_accuracy")
    chosen = {"brushes": [0, 4, 64, which, 0.5, 0.91234], "sorting": f"-c{which}", "pair": [3, 7], "line": 1}
    chosen |= {"listed": "done", "measure": "loss", "facet": 1, "curveLog": "yes", "metric": which}
    chosen |= {"axes": [0, 2, which]}
    page.execute_script("page.state.set(arguments[0])", chosen)
    counted = read(page, "brushed-count")
    fragment = page.execute_script("return page.address.fragment")
    assert fragment.split("?")[1].startswith("1&")
    open_file(page, file, fragment)
    assert {name: state(page, name) for name in chosen} == chosen
    assert read(page, "brushed-count") == counted
    damaged = ("1&any&brushes=0,5,4", "1&any&brushes=0,5", "1&any&pair=99,1", "1&any&axes=99")
    for wrong, words in (("1&89abcdef", "of another run"), *((one, "damaged") for one in damaged)):
        page.execute_script("page.address.open(arguments[0])", f"#trials?{wrong}")
        assert words in read(page, "state-note")
        assert state(page, "brushes") == []


def test_plots_are_saved_as_svg_and_png(page: webdriver.Chrome, shown: Shown, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    drawings = ("SVG: save All trials", "PNG: save All trials", "SVG: save test_accuracy against hidden")
    for label in (*drawings, "SVG: save hidden 8"):
        button = page.find_element(By.CSS_SELECTOR, f"button[aria-label^='{label}']")
        page.execute_script("arguments[0].click()", button)
    files = {"parallel.svg", "parallel.png", "test_accuracy-hidden.svg", "valAccuracy-hidden-8.svg"}
    WebDriverWait(page, 20).until(lambda _: {path.name for path in tmp_path.iterdir()} == files)
    lines = (tmp_path / "parallel.svg").read_text(encoding="utf-8")
    assert lines.count("<polyline") >= 64
    dots = (tmp_path / "test_accuracy-hidden.svg").read_text(encoding="utf-8")
    assert dots.count("<circle") == 64 + 11  # trials, and means
    curves = (tmp_path / "valAccuracy-hidden-8.svg").read_text(encoding="utf-8")
    assert curves.count('stroke-width="1.5"') >= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_window_and_keeps_nobody_out(scheme: str, page: webdriver.Chrome) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        page.execute_script("page.state.set({brushes: [0, 4, 64], pair: [3, 40], line: 1, words: 'seed-1'})")
        for width in (390, 1280, 1920) if scheme == "light" else (1280,):  # colours change no width
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            WebDriverWait(page, 20).until(lambda driver: driver.execute_script(FITS))
            assert page.execute_script(CUT_OFF) == []
        page.execute_script(AXE)
        assert page.execute_async_script(FIND_BARRIERS) == []
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_page_of_a_sweep_that_runs_follows_it_with_its_state_and_stops(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    path, running = tmp_path / "sweep.html", make_shown(SMALL, {5: "running", 65: "waiting"})

    def write(written: float | None) -> None:
        progress = None if written is None else make_progress(running, written)
        undone = {} if written is None else {5: "running", 65: "waiting"}
        path.write_text(render_sweep(make_shown(SMALL, undone, progress=progress)), encoding="utf-8")

    write(time.time())
    open_file(browser, path)
    browser.execute_script("document.getElementById('keep-current').click()")
    assert browser.execute_script("return [page.live.isQuiet, page.state.current]") == [False, "no"]
    assert "stays as it was" in read(browser, "live")
    browser.execute_script("document.getElementById('keep-current').click()")
    assert "this page follows it" in read(browser, "live")
    browser.execute_script("page.state.set({brushes: [0, 4, 64], pair: [3, 7]}); window.before = true")
    write(None)
    WebDriverWait(browser, 60).until(  # it has loaded itself anew
        lambda driver: driver.execute_script("return !window.before && document.documentElement.dataset.ready")
    )
    assert (state(browser, "brushes"), state(browser, "pair")) == ([0, 4, 64], [3, 7])
    assert browser.execute_script("return window.page.live === null && !document.getElementById('live')")
    assert "66 of 66" in read(browser, "progress")

    write(time.time() - 3600)  # nobody writes it any more
    open_file(browser, path)
    assert "Written 60 minutes ago" in read(browser, "live")
    assert browser.execute_script("return window.page.live.mayReload") is False
    assert read_complaints(browser) == []
