"""The page of a sweep of two thousand trials, in a browser: it fits, it opens, and it counts what pandas counts."""

from pathlib import Path

import pandas as pd
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from sweep.report import MAX_BYTES, render_sweep
from tests.browser import assert_asks_for_nothing_but, read_complaints
from tests.made_sweep import LARGE, make_shown
from tests.test_page import drag
from tests.test_sweep_page import STRIP, column, hear, listed, open_file, read, state


def test_two_thousand_trials(browser: webdriver.Chrome, tmp_path: Path) -> None:
    shown, path = make_shown(LARGE, {7: "failed"}, most_nodes=32), tmp_path / "sweep.html"
    page = render_sweep(shown)
    assert 0.9 * MAX_BYTES < len(page.encode()) <= MAX_BYTES
    assert "trials, the best on the validation images." in page
    path.write_text(page, encoding="utf-8")
    open_file(browser, path)
    assert_asks_for_nothing_but(path, browser)
    done = shown.done
    for name, shares in (("val_accuracy", (0.2, 0.7)), ("test_loss", (0.3, 0.9)), ("hidden", (0.1, 0.8))):
        low, high = pd.to_numeric(done[name]).quantile(list(shares))
        drag(browser, *browser.execute_script(STRIP, column(shown, name), low, (low + high) / 2, high))
        brushes = state(browser, "brushes")
        within = done
        for start in range(0, len(brushes), 3):
            which, *ends = brushes[start : start + 3]
            within = within[pd.to_numeric(within.iloc[:, int(which)]).between(*ends)]
        assert 0 < len(within) < len(done)
        assert read(browser, "brushed-count") == f"{len(within):,} of 1,999 trials that have run lie in the ranges."
    Select(browser.find_element(By.ID, "trial-kind")).select_by_value("brushed")
    hear(browser, "trial-count", f"{len(within):,} of 2,000 trials")
    assert listed(browser) == within.index[:100].tolist()
    assert read_complaints(browser) == []
