"""What a visitor of a sweep's page waits for, in headless Chromium: `make bench-sweep`.

The trials are made up, 66 and 2,000 of them; nothing is run.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait
from tqdm import tqdm

from benchmarks.machine import write_measured
from benchmarks.page import DRAWN, REPEATS, browser_of, summarize
from sweep.report import render_sweep
from tests.made_sweep import LARGE, SMALL, make_matching, make_shown

FRAMES = 40  # of a range that is drawn from one end of an axis to the other
READY = "return document.documentElement.dataset.ready"
BRUSH = f"""
    const [repeats, frames, done] = arguments;
    {DRAWN}
    const {{parallel, carried, state}} = page;
    const column = carried.columns.findIndex(({{name}}) => name === "val_accuracy");
    const strip = parallel.plot.querySelectorAll(".strip")[state.axes.indexOf(column)];
    parallel.plot.scrollIntoView({{block: "center", behavior: "instant"}});
    const {{left, bottom, height}} = strip.getBoundingClientRect();
    strip.setPointerCapture = () => {{}};  // there is no such pointer
    const send = (kind, share) => strip.dispatchEvent(new PointerEvent(kind, {{
        pointerId: 1, bubbles: true, button: 0, clientX: left + 5, clientY: bottom - share * height,
    }}));
    const run = async () => {{
        const rates = [];
        for (let repeat = 0; repeat <= repeats; repeat++) {{
            state.set({{brushes: []}});
            await new Promise((later) => setTimeout(later, 300));
            await drawn();
            send("pointerdown", 0);
            const [start, before] = [performance.now(), parallel.frames];
            for (let frame = 1; frame <= frames; frame++) {{
                send("pointermove", frame / frames);
                await drawn();
            }}
            if (repeat) rates.push(1000 * (parallel.frames - before) / (performance.now() - start));
            send("pointerup", 1);
        }}
        done(rates);
    }};
    run();
"""


def measure_opening(path: Path, browser: webdriver.Chrome, trials: int) -> dict[str, Any]:
    """Milliseconds from the address to a page that answers."""
    times = []
    for _ in tqdm(range(REPEATS + 1), "open"):
        browser.get("about:blank")
        browser.get(path.as_uri())
        times.append(float(WebDriverWait(browser, 20).until(lambda driver: driver.execute_script(READY))))
    return summarize("a sweep's page usable after", times[1:], "ms", 2000, trials=trials)


def main() -> None:
    print(f"load: {os.getloadavg()[0]:.2f}")
    rows = []
    with tempfile.TemporaryDirectory() as directory, browser_of() as browser:
        for grid in (SMALL, LARGE):
            shown = make_shown(grid, most_nodes=32, matching=make_matching())
            path = Path(directory) / "sweep.html"
            path.write_text(render_sweep(shown), encoding="utf-8")
            rows.append(measure_opening(path, browser, len(shown.table)))
            rates = browser.execute_async_script(BRUSH, REPEATS, FRAMES)
            rows.append(summarize("drawing a range", rates, "frames/s", 30, trials=len(shown.table)))
    write_measured(pd.DataFrame(rows).round({"median": 1, "low": 1, "high": 1}), "sweep_page")


if __name__ == "__main__":
    main()
