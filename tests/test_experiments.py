"""Experiments: queued, in a temporary directory, side by side in a browser, and all in one picture."""

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.yaml_files import read_yaml
from tests.browser import assert_asks_for_nothing_but, open_page, read_complaints, read_log
from tests.clone import ROOT, Project
from tests.stub import call_sweep
from tests.test_graph import FILES, assert_quiet
from tests.test_invalidation import FULL_NETWORK
from tools import plots_page, results

QUEUED = {"one-node": ["hidden=1", "validation=0.2"], "wide": ["hidden=12"]}
MINUTES = 5  # after which a queue that does not end counts as stuck
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
    """A project with two experiments that its queue ran, and one run in a temporary directory."""
    path = tmp_path_factory.mktemp("experiments") / "project"
    shutil.copytree(reproduced.path, path, symlinks=True)
    project = Project(path)
    for name, changes in QUEUED.items():
        project.dvc("exp", "run", "--queue", "--name", name, *(word for change in changes for word in ("-S", change)))
    project.dvc("queue", "start", "--jobs", "2")
    deadline = time.monotonic() + 60 * MINUTES
    while re.search("Queued|Running", status := project.dvc("queue", "status")):
        assert time.monotonic() < deadline, status
        time.sleep(5)  # each look takes DVC a second of what the experiments need
    assert status.count("Success") == len(QUEUED), status
    project.dvc("exp", "run", "--temp", "--name", "few-pixels", "-S", "retrain_selected.pixels=20")
    return project


def declared_plots() -> list[str]:
    listed = read_yaml(ROOT / "dvc.yaml")["plots"]
    return [plot if isinstance(plot, str) else next(iter(plot)) for plot in listed]


def place_of(plot: str) -> str:
    """The id that DVC gives a plot's place on the page."""
    return re.sub(r"[!@#$%^&*()\[\]{};,<>?/:.|`~=_+ \\]", "_", plot)


def test_the_queue_and_temporary_directories_run_experiments(experimented: Project) -> None:
    shown = json.loads(experimented.dvc("metrics", "diff", "--json", "one-node", "wide"))
    change = shown["metrics/train.json"]["parameters"]
    assert (change["old"], change["new"]) == (805, 785 * 12 + 13 * 10)
    few = json.loads(experimented.dvc("params", "diff", "--json", "HEAD", "few-pixels"))
    assert few == {"params.yaml": {"retrain_selected.pixels": {"old": 70, "new": 20, "diff": -50}}}
    assert experimented.run("git", "status", "--short").stdout == ""


def test_one_node_reruns_the_networks_stages_and_works_without_a_warning(
    experimented: Project, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    log = experimented.dvc("queue", "logs", "one-node")
    assert_quiet(log)
    assert "one hidden node leaves one component" in log
    assert set(re.findall(r"Running stage '(.+)'", log)) == FULL_NETWORK | {"preprocess", "concepts"}
    project = Project(Path(shutil.copytree(experimented.path, tmp_path / "project", symlinks=True)))
    project.dvc("exp", "apply", "one-node")
    assert json.loads(project.read("metrics/train.json"))["parameters"] == 805
    missing = [path for path in FILES if not (project.path / path).is_file()]
    assert missing == ["plots/activations/two_nodes.png", "plots/pca_tsne/activations/pca_3.png"]
    open_page(project, browser)
    assert browser.execute_script("return window.page.carried.network.nodes") == 1
    assert read_complaints(browser) == []


def test_the_page_shows_both_experiments_in_every_plot_without_network(
    experimented: Project, browser: webdriver.Chrome
) -> None:
    read_log(browser, "browser"), read_log(browser, "performance")
    experimented.call(plots_page.main, *QUEUED)
    page = experimented.path / "dvc_plots/index.html"
    assert page.stat().st_size < 8e6
    browser.get(page.as_uri())
    rows = browser.find_element(By.ID, "differences").text.splitlines()
    assert rows[0].split() == list(QUEUED)
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


def test_an_unknown_experiment_is_one_line(experimented: Project) -> None:
    done = experimented.run("python", "-m", "tools.plots_page", "no-such-experiment", status=None)
    assert done.returncode != 0
    assert done.stderr.splitlines() == ["ERROR: unknown Git revision 'no-such-experiment'"]


@pytest.mark.parametrize(
    "command", ["doctor", "stage list", "dag", "params diff", "plots show", "exp show", "metrics diff", "plots diff"]
)
def test_plain_dvc_finds_a_clean_project(command: str, reproduced: Project) -> None:
    output = reproduced.dvc(*command.split())
    assert not re.search("warn|error:|deprecat", output.lower())


def test_metrics_are_few_and_each_name_is_unique(reproduced: Project) -> None:
    table = json.loads(reproduced.dvc("metrics", "show", "--json"))[""]["data"]
    columns = [name for values in table.values() for name in values["data"]]
    assert len(columns) == len(set(columns)) < 22


def test_make_nodes_draws_every_experiment(experimented: Project) -> None:
    call_sweep(experimented, "results", "--all")
    rows = experimented.read("plots/experiments/results.csv").splitlines()
    assert [row.split(",")[2] for row in rows] == ["hidden", "1", "8", "12"]
    assert (experimented.path / "plots/experiments/results.png").stat().st_size > 10_000


def test_make_results_takes_the_run_and_its_experiments_over(experimented: Project) -> None:
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
        "one-node": "`validation=0.2`, `hidden=1`", "wide": "`hidden=12`", "few-pixels": "`retrain_selected.pixels=20`",
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
