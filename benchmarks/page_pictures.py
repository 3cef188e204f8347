"""Draw the README's pictures of the page from `report/index.html`: `python -m benchmarks.page_pictures`."""

import time
from pathlib import Path

from benchmarks.page import browser_of
from tests.browser import open_page
from tests.clone import ROOT, Project

HEIGHTS = {"maps": 1317, "off": 1297}  # of the two pictures, in pixels; both as wide as WIDTH
FILES = {"maps": Path("docs/report.png"), "off": Path("docs/nodes_off.png")}
WIDTH = 1330
NODES_OFF = 40
SWITCH = """
    const {off, state} = window.page;
    off.change({off: off.own.orders[state.measure].slice(0, arguments[0])});
    document.getElementById("off-which").value = "best";
    off.showFields();
    document.getElementById("off-k").value = arguments[0];
"""
SHOW = """
    document.getElementById("off").scrollIntoView({behavior: "instant"});
    document.querySelector("nav").style.position = "static";
    document.getElementById(arguments[0]).scrollIntoView({behavior: "instant"});
    scrollBy(0, 70);
    document.documentElement.style.scrollbarWidth = "none";
"""


def main() -> None:
    with browser_of() as browser:
        open_page(Project(ROOT), browser)
        browser.execute_script(SWITCH, NODES_OFF)
        for panel, path in FILES.items():
            size = {"width": WIDTH, "height": HEIGHTS[panel], "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.execute_script(SHOW, panel)
            time.sleep(2)  # all is drawn
            browser.save_screenshot(str(path))
            print(path)


if __name__ == "__main__":
    main()
