"""Small projects to try things in: copies of this one on 1,500 + 400 digits, run through DVC."""

import gc
import json
import shutil
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from selenium import webdriver

from hidden_nodes.files import atomic_outputs
from hidden_nodes.garbage import SELDOM
from hidden_nodes.network.settings import set_environment
from stages.__main__ import run_stage
from tests.browser import open_browser, open_page, read_complaints
from tests.clone import STAGES, Project, copy_project, measured

SMALL_PARAMS: dict[str, object] = {
    "validation": 200,
    "hidden": 8,
    "train.epochs": 8,
    "pca_tsne.images": 300,
    "pca_tsne.perplexity": 10,
    "pca_tsne.iterations": 250,
    "rf_select.trees": 12,
}

set_environment()  # before a test imports TensorFlow, as the stages' starter does

# A shell has what it runs in the background ignore Ctrl-C, and so would the processes that the tests send it to.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The files that take longest, in the order in which workers begin them, so that none is left alone with one at the end.
# The first makes the twins for which others wait: until these are there, the other workers do without.
LONGEST = [
    "test_experiments", "test_sweep", "test_any_images", "test_network", "test_parallel", "test_graph",
    "test_faults", "test_page", "test_interruptions", "test_invalidation", "test_pictures", "test_many_classes",
    "test_page_question", "test_sweep_keep", "test_sweep_page", "test_maps", "test_page_numbers",
    "test_page_keyboard", "test_page_touch", "test_page_learn", "test_structure", "test_fuzz_texts", "test_push",
    "test_fuzz_files",
]  # fmt: skip

MINUTES = 5  # after which a graph that does not end counts as stuck
READ_FILES = ".dvc/tmp/read_files"  # where the stages of the first twin leave what they opened
# Nothing of this may matter: no network, no home directory, another language and time zone, threads of any number.
BARE = {
    "PYTHONPATH": str(Path(__file__).with_name("no_network")),
    "READ_FILES": READ_FILES,
    "HOME": "/proc/no-such-home",
    "XDG_CONFIG_HOME": "",
    "XDG_CACHE_HOME": "",
    "LC_ALL": "C",
    "TZ": "Pacific/Auckland",
    "OPENBLAS_NUM_THREADS": "2",
}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave what all tests import out of garbage collection, which takes half of the time of importing it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(SELDOM)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; what is in one stays together."""
    order = {name: position for position, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def copy_small(path: Path) -> Project:
    return copy_project(path, 1_500, 400, SMALL_PARAMS)


def run_all_stages() -> None:
    for words in STAGES.values():
        run_stage(words)


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Project, Project, str]:
    """Two small projects with all that the stages write, and what DVC printed of the first; tests only read them.

    DVC runs the first, each stage a process, under `BARE` conditions and in a directory whose name has a blank and
    letters beyond ASCII. The stages of the second run meanwhile under those of the tests, all in this process, where
    warnings are errors. All worker processes of the tests share them: the first to come makes them, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    directory = (base if worker_id == "master" else base.parent) / "twins"
    paths, printed = [directory / name for name in ("jumeau n° 1, 双子", "project")], directory / "output.json"
    try:
        directory.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 60 * MINUTES
        while not printed.is_file():
            assert time.monotonic() < deadline, "another worker did not bring the graph through"
            time.sleep(0.2)
        return Project(paths[0]), Project(paths[1]), json.loads(printed.read_text(encoding="utf-8"))
    first, second = (copy_small(path) for path in paths)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(first.dvc, "repro", environment=BARE | measured())
        second.call(run_all_stages)
        output = running.result()
    first.run("git", "add", "--all")
    first.run("git", "commit", "--quiet", "--message", "run")
    with atomic_outputs(printed) as (part,):
        part.write_text(json.dumps(output), encoding="utf-8")
    return first, second, output


@pytest.fixture(scope="session")
def reproduced(twins: tuple[Project, Project, str], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project after `dvc repro`; tests leave it as it is."""
    path = tmp_path_factory.mktemp("reproduced") / "project"
    shutil.copytree(twins[0].path, path, symlinks=True)
    return Project(path)


@pytest.fixture
def project(reproduced: Project, tmp_path: Path) -> Project:
    """A small project of the test's own, already reproduced."""
    shutil.copytree(reproduced.path, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


def pytest_collection_finish() -> None:
    """As every stage does before it computes: TensorFlow refuses it later."""
    if "tensorflow" in sys.modules:
        from hidden_nodes.network.model import compute_on_one_thread

        compute_on_one_thread()


@pytest.fixture
def fresh_project(tmp_path: Path) -> Callable[[], Project]:
    """Makes small projects in which nothing has run yet."""
    count = iter(range(100))
    return lambda: copy_small(tmp_path / f"fresh {next(count)}")


@pytest.fixture(scope="session")
def browser() -> Iterator[webdriver.Chrome]:
    driver = open_browser()
    yield driver
    driver.quit()


@pytest.fixture
def page(reproduced: Project, browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The small project's page as it opens; nothing may have been complained about in the end."""
    open_page(reproduced, browser)
    yield browser
    assert read_complaints(browser) == []


@pytest.fixture
def opened(reproduced: Project, browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The same page as a test before may have left it, for what holds in any state of it."""
    if not browser.current_url.startswith((reproduced.path / "report/index.html").as_uri()):
        open_page(reproduced, browser)
    yield browser
    assert read_complaints(browser) == []
