"""Experiments: queued, in a temporary directory, side by side in a browser, and all in one picture."""

import json
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.yaml_files import read_yaml
from tests.browser import assert_asks_for_nothing_but, read_log
from tests.clone import ROOT, Project
from tests.stub import call_sweep
from tests.test_graph import assert_quiet
from tools import plots_page, results

QUEUED = {"one-node": "hidden=1", "wide": "hidden=12"}
MINUTES = 5  # after which a queue that does not end counts as stuck
# In one process, as DVC takes a second to start.
LOOKS = [
    "doctor", "stage list", "dag", "params diff", "metrics show", "plots show", "exp show", "metrics diff",
    "plots diff",
]  # fmt: skip
ONE_AFTER_THE_OTHER = """
import sys
from dvc.cli import main
for words in sys.argv[1:]:
    if main(words.split()):
        sys.exit(f"error: dvc {words} failed")
"""
TEMPLATES = sorted((ROOT / ".dvc/plots").glob("*.json"))
REVISIONS = """
    const [place, done] = arguments;
    const found = new Set();
    const look = (mark) => mark.items.forEach((item) => {
        if (mark.marktype !== "group" && item.datum && item.datum.rev) found.add(item.datum.rev);
        (item.items || []).forEach(look);
    });
    views["#" + place].then(({view}) => {look(view.scenegraph().root); done([...found]);}, (e) => done([String(e)]));
"""


@pytest.fixture(scope="module")
def experimented(reproduced: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with two experiments that its queue ran as far as the test accuracy."""
    path = tmp_path_factory.mktemp("experiments") / "project"
    shutil.copytree(reproduced.path, path, symlinks=True)
    project = Project(path)
    for name, change in QUEUED.items():
        project.call_dvc("exp", "run", "--queue", "--name", name, "-S", change, "evaluate")
    project.dvc("queue", "start", "--jobs", "2")
    deadline = time.monotonic() + 60 * MINUTES
    references = project.path / ".git/refs/exps"  # a look there is cheap; one by DVC takes what the queue needs
    while not set(QUEUED) <= {path.name for path in references.rglob("*")}:
        assert time.monotonic() < deadline, project.dvc("queue", "status")
        time.sleep(0.5)
    while re.search("Queued|Running", status := project.call_dvc("queue", "status")):
        assert time.monotonic() < deadline, status
        time.sleep(1)
    assert status.count("Success") == len(QUEUED), status
    return project


@pytest.fixture(scope="module")
def few_pixels(experimented: Project) -> str:
    """What a third experiment printed, which ran in a temporary directory."""
    return experimented.dvc("exp", "run", "--temp", "--name", "few-pixels", "-S", "retrain_selected.pixels=20")


def declared_plots() -> list[str]:
    listed = read_yaml(ROOT / "dvc.yaml")["plots"]
    return [plot if isinstance(plot, str) else next(iter(plot)) for plot in listed]


def place_of(plot: str) -> str:
    """The id that DVC gives a plot's place on the page."""
    return re.sub(r"[!@#$%^&*()\[\]{};,<>?/:.|`~=_+ \\]", "_", plot)


def test_the_queue_and_temporary_directories_run_experiments(experimented: Project, few_pixels: str) -> None:
    assert_quiet(few_pixels)
    shown = json.loads(experimented.dvc("metrics", "diff", "--json", "one-node", "wide"))
    change = shown["metrics/train.json"]["parameters"]
    assert (change["old"], change["new"]) == (805, 785 * 12 + 13 * 10)
    few = json.loads(experimented.dvc("params", "diff", "--json", "HEAD", "few-pixels"))
    assert few == {"params.yaml": {"retrain_selected.pixels": {"old": 70, "new": 20, "diff": -50}}}
    assert experimented.run("git", "status", "--short").stdout == ""


def test_the_queue_reruns_what_a_change_affects_up_to_the_stage_asked_for(experimented: Project) -> None:
    for name in QUEUED:
        log = experimented.call_dvc("queue", "logs", name)
        assert_quiet(log)
        assert re.findall(r"Running stage '(.+)'", log) == ["train", "evaluate"]


def test_the_number_of_pixels_grows_no_new_forest_and_going_back_runs_nothing(
    experimented: Project, few_pixels: str, tmp_path: Path
) -> None:
    assert re.findall(r"Running stage '(.+)'", few_pixels) == ["retrain_selected", "report"]
    project = Project(Path(shutil.copytree(experimented.path, tmp_path / "project", symlinks=True)))
    before = project.read("dvc.lock")
    project.set(retrain_selected__pixels=20)
    assert project.repro() == []  # what the experiment executed is in the cache
    assert project.read("data/retrain_selected/network.csv").splitlines()[1].startswith("20,")
    project.set(retrain_selected__pixels=70)
    assert project.repro() == []
    assert project.read("dvc.lock") == before


def test_the_page_shows_both_experiments_in_every_plot_without_network(
    experimented: Project, browser: webdriver.Chrome
) -> None:
    read_log(browser, "browser"), read_log(browser, "performance")
    experimented.call(plots_page.main, *QUEUED)
    page = experimented.path / "dvc_plots/index.html"
    assert page.stat().st_size < 8e6
    browser.get(page.as_uri())
    rows = browser.find_element(By.ID, "differences").text.splitlines()
    assert rows[:2] == ["What differs between the experiments", " ".join(QUEUED)]
    assert "hidden 1 12" in rows
    for plot in declared_plots():
        if not plot.endswith(".png"):
            assert browser.execute_async_script(REVISIONS, place_of(plot)) == list(QUEUED), plot
            continue
        images = browser.execute_script(
            "return [...document.getElementById(arguments[0]).querySelectorAll('img')].map((i) => i.naturalWidth)",
            place_of(plot),
        )
        assert len(images) == len(QUEUED), plot
        assert min(images) > 0
    assert read_log(browser, "browser") == []
    assert_asks_for_nothing_but(page, browser)


def test_an_unknown_experiment_is_one_line(experimented: Project, capfd: pytest.CaptureFixture[str]) -> None:
    experimented.call(plots_page.main, "no-such-experiment", status=1)
    assert capfd.readouterr().err.splitlines() == ["ERROR: unknown Git revision 'no-such-experiment'"]


def test_plain_dvc_finds_a_clean_project(reproduced: Project) -> None:
    output = reproduced.run(sys.executable, "-c", ONE_AFTER_THE_OTHER, *LOOKS)
    assert not re.search("warn|error:|deprecat", (output.stdout + output.stderr).lower())


def test_make_nodes_draws_every_experiment(experimented: Project, few_pixels: str) -> None:
    call_sweep(experimented, "results", "--all")
    rows = experimented.read("plots/experiments/results.csv").splitlines()
    assert [row.split(",")[2] for row in rows] == ["hidden", "1", "8", "12"]
    assert (experimented.path / "plots/experiments/results.png").stat().st_size > 10_000


def test_make_results_takes_the_run_and_its_experiments_over(experimented: Project, few_pixels: str) -> None:
    rows: list[dict[str, Any]] = [
        {"Experiment": "workspace"},
        {"Experiment": "main"},
        {"Experiment": "queued", "parameters": None},
    ]
    assert results.list_experiments(rows, []).empty
    experimented.call(results.main)
    figures = pd.read_csv(experimented.path / "docs/results/default.csv").set_index("figure")["value"]
    assert figures["selected_pixels"] == 70
    assert figures["test_accuracy"] == json.loads(experimented.read("metrics/evaluate.json"))["test_accuracy"]
    table = pd.read_csv(experimented.path / "docs/results/experiments.csv").set_index("experiment")
    assert dict(table["changes"]) == {
        "one-node": "`hidden=1`", "wide": "`hidden=12`", "few-pixels": "`retrain_selected.pixels=20`",
    }  # fmt: skip
    assert dict(table["parameters"]) == {"one-node": 805, "wide": 9550, "few-pixels": 6370}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_is_used_and_explained(template: Path) -> None:
    assert f"template: {template.stem}\n" in (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert f"`{template.name}`" in (template.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["class_map", "class_boxes"])
def test_classes_have_the_colours_of_the_pictures(name: str) -> None:
    template = json.loads((ROOT / f".dvc/plots/{name}.json").read_text(encoding="utf-8"))
    scale = template["spec"]["encoding"]["color"]["scale"]
    few, many = ([style.colour for style in styles_of(count)] for count in (10, 100))
    either = [{"expr": f"classes > 10 ? '{many[k]}' : '{few[k]}'"} for k in range(10)]
    assert scale == {"domain": list(range(100)), "range": [*either, *many[10:]]}


def test_classes_have_the_marks_of_the_pictures() -> None:
    template = json.loads((ROOT / ".dvc/plots/class_map.json").read_text(encoding="utf-8"))
    scale = template["spec"]["encoding"]["shape"]["scale"]
    assert scale["domain"] == list(range(100))
    assert scale["range"] * 10 == [style.vega for style in styles_of(100)]


def test_the_template_of_the_page_needs_no_host_of_its_own() -> None:
    template = (ROOT / ".dvc/plots/page.html").read_text(encoding="utf-8")
    assert "://" not in template
    assert template.count("{scripts}") == 1
    assert "{scripts}" not in plots_page.fill_in_scripts(template)
