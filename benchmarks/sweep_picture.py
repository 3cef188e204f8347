"""Draw the picture of docs/sweeps.md from `report/sweep.html`: `python -m benchmarks.sweep_picture`."""

import time
from pathlib import Path

from selenium.webdriver.support.wait import WebDriverWait

from benchmarks.page import browser_of
from benchmarks.sweep_page import READY
from sweep.report import PAGE

PICTURE = Path("docs/sweep.png")
SIZE = {"width": 1330, "height": 1120, "deviceScaleFactor": 1, "mobile": False}
STATE = "#parallel?1&any"
RANGE = """  // the better three quarters of the trials, in the colours of their first parameter
    const {carried, state} = window.page;
    const which = (wanted) => carried.columns.findIndex(({name}) => name === wanted);
    const column = which("val_accuracy");
    const values = carried.columns[column].values.filter((value) => value !== null).toSorted((a, b) => a - b);
    state.set({brushes: [column, values[Math.floor(values.length / 4)], values.at(-1)], colouring: 0});
    document.getElementById("parallel").scrollIntoView({behavior: "instant"});
"""


def main() -> None:
    with browser_of() as browser:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
        browser.get(PAGE.resolve().as_uri() + STATE)
        WebDriverWait(browser, 20).until(lambda driver: driver.execute_script(READY))
        browser.execute_script(RANGE)
        time.sleep(2)  # all is drawn
        browser.save_screenshot(str(PICTURE))
    print(PICTURE)


if __name__ == "__main__":
    main()
