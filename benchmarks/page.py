"""What a visitor of the page waits for, in headless Chromium: `make bench-page` writes `docs/results/page.csv`.

The default run's page must be there (`make repro`); one of a network with 1,024 hidden nodes is made in a clone.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from selenium import webdriver
from tqdm import tqdm

from benchmarks.machine import write_measured
from tests.browser import FLAGS, open_browser, open_page
from tests.clone import MIRRORS, ROOT, Project, set_params

REPEATS = 20
WIDE = 1024
# Without these flags Chromium has WebGL by the processor, which the page declines as slow: to be measured, it must not
# say so.
NO_WEBGL = {"--disable-gpu", "--disable-software-rasterizer"}
SOFTWARE_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
ACCEPT_SLOW_WEBGL = """
    const {getContext} = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, options) {
        return getContext.call(this, kind, {...options, failIfMajorPerformanceCaveat: false});
    };
"""
# After the next picture is on the screen.
DRAWN = "const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
SWITCH = f"""
    const [sets, done] = arguments;
    {DRAWN}
    document.getElementById("off").scrollIntoView({{behavior: "instant"}});
    const times = [];
    const run = async () => {{
        page.off.change({{off: sets[0]}});
        await page.off.updated;
        await new Promise((later) => setTimeout(later, 500));
        for (const off of sets.slice(1)) {{
            await drawn();
            const start = performance.now();
            page.off.change({{off}});
            await page.off.updated;
            await drawn();
            times.push(performance.now() - start);
        }}
        done(times);
    }};
    run();
"""
PAN = f"""
    const [repeats, frames, done] = arguments;
    {DRAWN}
    const [, map] = page.maps.maps;
    map.canvas.scrollIntoView({{block: "center", behavior: "instant"}});
    const {{left, top, width}} = map.canvas.getBoundingClientRect();
    const send = (kind, x) => map.canvas.dispatchEvent(new PointerEvent(kind, {{
        pointerId: 1, bubbles: true, button: 0, clientX: left + width / 2 + x, clientY: top + width / 2 + x / 2,
    }}));
    const run = async () => {{
        map.zoom(2);
        await new Promise((later) => setTimeout(later, 500));
        const rates = [];
        for (let repeat = 0; repeat < repeats; repeat++) {{
            send("pointerdown", 0);
            await drawn();
            const [start, before] = [performance.now(), map.frames];
            for (let frame = 1; frame <= frames; frame++) {{
                send("pointermove", width / 4 * Math.sin(frame / frames * 2 * Math.PI));
                await drawn();
            }}
            rates.push(1000 * (map.frames - before) / (performance.now() - start));
            send("pointerup", 0);
            await drawn();
        }}
        done([rates, map.layer.order.length, map.painter.constructor.name]);
    }};
    run();
"""
LEARN = """
    const [epochs, done] = arguments;
    document.getElementById("learn").scrollIntoView({behavior: "instant"});
    const {learn, state, carried} = page;
    state.set({learning: {...state.learning, nodes: 16}});
    const ends = [];
    const addEpoch = learn.addEpoch.bind(learn);
    learn.addEpoch = (news) => {
        addEpoch(news);
        ends.push(performance.now());
        if (ends.length === epochs + 1) {
            learn.pause();
            done([ends.slice(1).map((end, i) => end - ends[i]), carried.training]);
        }
    };
    learn.train();
"""
Rows = list[dict[str, Any]]


@contextmanager
def browser_of(flags: list[str] = FLAGS) -> Iterator[webdriver.Chrome]:
    browser = open_browser(flags)
    browser.set_script_timeout(300)
    try:
        yield browser
    finally:
        browser.quit()


def summarize(measure: str, values: list[float], unit: str, goal: float, **more: object) -> dict[str, Any]:
    """A row of the table: median, and the quarter and three quarters of the measurements."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    print(f"{measure}: {median:.1f} {unit} ({low:.1f} to {high:.1f}; goal {goal})", more or "")
    return {"measure": measure, "median": median, "low": low, "high": high, "unit": unit, "goal": goal, **more}


def measure_opening(project: Project, browser: webdriver.Chrome, nodes: int) -> dict[str, Any]:
    """Milliseconds from the address to a page that answers."""
    times = []
    for _ in tqdm(range(REPEATS + 1), "open"):
        browser.get("about:blank")
        times.append(float(open_page(project, browser)))
    return summarize("usable after", times[1:], "ms", 2000, nodes=nodes)


def measure_switching(browser: webdriver.Chrome, nodes: int, goal: float) -> Rows:
    """Milliseconds from switching nodes off to the next picture, all figures and plots drawn: one, half of them."""
    rng = np.random.default_rng(0)
    rows = []
    for measure, size in (("a node off", 1), ("half of the nodes off", nodes // 2)):
        sets = [np.sort(rng.choice(nodes, size, replace=False)).tolist() for _ in range(REPEATS + 1)]
        times = browser.execute_async_script(SWITCH, sets)
        rows.append(summarize(measure, times, "ms", goal, nodes=nodes))
    return rows


def measure_panning(browser: webdriver.Chrome) -> dict[str, Any]:
    """Frames a second of a map that is moved."""
    rates, points, renderer = browser.execute_async_script(PAN, REPEATS, 40)
    return summarize("moving a map", rates, "frames/s", 30, points=points, renderer=renderer)


def measure_learning(browser: webdriver.Chrome) -> dict[str, Any]:
    """Milliseconds of an epoch in Learn, with its pictures."""
    times, images = browser.execute_async_script(LEARN, REPEATS)
    return summarize("an epoch of Learn", times, "ms", 1000, nodes=16, points=images)


@contextmanager
def wide_project() -> Iterator[Project]:
    """A clone in which the graph has run with many hidden nodes; DVC's cache keeps it for the next time."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder) / "clone")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(project.path)], check=True)
        project.dvc("config", "--local", "cache.dir", Project(ROOT).dvc("cache", "dir").strip())
        set_params(project.path / "params.yaml", {"hidden": WIDE})
        mirrors = {name: os.environ[name] for name in MIRRORS if name in os.environ}
        project.dvc("repro", "report", environment=mirrors)
        yield project


def main() -> None:
    project = Project(ROOT)
    if not (ROOT / "report/index.html").is_file():
        sys.exit("error: report/index.html is missing: `make repro` makes it")
    print(f"load: {os.getloadavg()[0]:.2f}")
    rows = []
    with browser_of() as browser:
        rows.append(measure_opening(project, browser, 128))
        rows += measure_switching(browser, 128, 50)
        rows.append(measure_learning(browser))
        rows.append(measure_panning(browser))
    with browser_of([flag for flag in FLAGS if flag not in NO_WEBGL] + SOFTWARE_WEBGL) as browser:
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": ACCEPT_SLOW_WEBGL})
        open_page(project, browser)
        rows.append(measure_panning(browser))
    with wide_project() as wide, browser_of() as browser:
        rows.append(measure_opening(wide, browser, WIDE))
        rows += measure_switching(browser, WIDE, 100)
    write_measured(pd.DataFrame(rows).round({"median": 1, "low": 1, "high": 1}), "page")


if __name__ == "__main__":
    start = time.perf_counter()
    main()
    print(f"{time.perf_counter() - start:.0f} s")
