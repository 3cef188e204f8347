"""What `--keep` brings home from workers that do not use the project's own cache, and what DVC makes of it."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sweep.keep import KINDS
from tests.clone import ROOT, Project, measured, set_up_git
from tests.stub import dask_cluster, experiments, make_stub

SWEEP = "stages: [draw]\ngrid:\n  hidden: [2, 3]\n"
# `python -m sweep` on a machine whose files the workers do not see: they find no token there.
ELSEWHERE = """
from pathlib import Path
from sweep import __main__, project
project.leave_token = lambda key: Path("/no/such/token")
__main__.main()
"""
OF_DRAW = {"class,images\ncurve,2\n", "data/draw/summary.txt of 2 nodes"}  # the whole of data/draw
TABLES = OF_DRAW | {"class,images\nconfusion,2\n", "models/network.npz of 2 nodes"}
PICTURES = {"plots/evaluate/errors.png of 2 nodes", "plots/draw/curve.png of 2 nodes"}
OTHERS = {"data/evaluate/output.npy of 2 nodes", "models/network.keras of 2 nodes"}
HOME: dict[str, set[str]] = {
    "metrics": set(), "tables": TABLES, "plots": TABLES | PICTURES, "all": TABLES | PICTURES | OTHERS
}  # fmt: skip
Sweep = Callable[[str, bool], Project]

QUICK = "tables"  # the default; the others take ten seconds each, and are left to `make check-all`
OTHER_KINDS = [pytest.param(keep, marks=pytest.mark.slow) for keep in KINDS if keep != QUICK]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dask scheduler with a worker."""
    with dask_cluster(tmp_path_factory.mktemp("cluster") / "here") as (address, _):
        yield address


@pytest.fixture(scope="module")
def sweep(scheduler: str, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Runs the stub's sweep on the cluster with `--keep` of a kind; the project then, which tests only read."""
    directory = tmp_path_factory.mktemp("keep")
    done: dict[tuple[str, bool], Project] = {}

    def run(keep: str, remote: bool) -> Project:
        if (keep, remote) not in done:
            project = done[keep, remote] = make_stub(directory / f"{keep}-{remote}", SWEEP)
            if remote:
                project.call_dvc("remote", "add", "--default", "storage", str(project.path / ".dvc/tmp/remote"))
                set_up_git(project)
            words = ["python", "-c", ELSEWHERE, "run", "--scheduler", scheduler, "--keep", keep]
            printed = project.run(*words, environment={"PYTHONPATH": str(ROOT), **measured()}).stdout
            executed = set(re.findall("executed (.*)", printed))
            assert executed == {"preprocess", "evaluate, draw"}  # the first here, the others there
            assert "all 2 trials are experiments" in printed
            assert experiments(project) == ["hidden-2", "hidden-3"]
        return done[keep, remote]

    return run


@pytest.fixture
def tables(sweep: Sweep, tmp_path: Path) -> Project:
    """A project of the test's own, with the tables of two experiments."""
    shutil.copytree(sweep("tables", False).path, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


def stored(directory: Path) -> set[str]:
    """The contents of all files in a cache or a remote, but for its lists of directories."""
    objects = [path for path in directory.glob("files/md5/??/*") if path.suffix != ".dir"]
    return {path.read_text(encoding="utf-8") for path in objects}


def of_two_nodes(contents: set[str]) -> set[str]:
    return {content for content in contents if re.search(r",2\n$|of 2 nodes$", content)}


@pytest.mark.parametrize("keep", [QUICK, *OTHER_KINDS])
def test_each_kind_brings_its_files_and_those_of_the_kinds_before_it(keep: str, sweep: Sweep) -> None:
    project = sweep(keep, False)
    assert of_two_nodes(stored(project.path / ".dvc/cache")) == HOME[keep]
    shown = json.loads(project.dvc("metrics", "diff", "--json", "hidden-2", "hidden-3"))
    accuracy = shown["metrics/evaluate.json"]["test_accuracy"]
    assert (accuracy["old"], accuracy["new"]) == (0.02, 0.03)


@pytest.mark.slow
@pytest.mark.parametrize("keep", ["metrics", "tables", "all"])
def test_a_remote_gets_whole_outputs_alone_and_the_rest_comes_all_the_same(keep: str, sweep: Sweep) -> None:
    project = sweep(keep, True)
    remote = project.path / ".dvc/tmp/remote"
    assert of_two_nodes(stored(project.path / ".dvc/cache")) == HOME[keep]
    # A directory whose listing is there counts as all there: DVC would never complete it.
    for listing in remote.rglob("*.dir"):
        for file in json.loads(listing.read_text(encoding="utf-8")):
            assert (remote / f"files/md5/{file['md5'][:2]}/{file['md5'][2:]}").is_file()
    if keep == "tables":
        assert of_two_nodes(stored(remote)) == OF_DRAW | {"models/network.npz of 2 nodes"}


def test_tables_that_came_home_can_be_compared_without_their_neighbours(tables: Project) -> None:
    drawn = json.loads(tables.run("dvc", "plots", "diff", "--json", "hidden-2", "hidden-3").stdout)
    (confusion,) = drawn["data"]["confusion"]
    assert [row["images"] for row in confusion["content"]["data"]["values"]] == ["2", "3"]
    assert {error["name"] for error in drawn["errors"]} == {"plots/evaluate/errors.png"}
    read = "import dvc.api; print(dvc.api.read('data/evaluate/confusion.csv', rev='hidden-3'))"
    assert "confusion,3" in tables.run("python", "-c", read).stdout


def test_what_stayed_behind_is_told_and_made_again(tables: Project) -> None:
    printed = tables.dvc("exp", "apply", "hidden-2", status=255)
    assert {"data/evaluate", "models/network.keras", "plots/evaluate", "plots/draw"} <= set(printed.split())
    assert "hidden: 2" in tables.read("params.yaml")
    assert tables.read("data/draw/curve.csv") == "class,images\ncurve,2\n"
    assert tables.repro() == ["evaluate", "draw"]
    assert tables.read("data/evaluate/output.npy") == "data/evaluate/output.npy of 2 nodes"
    assert "up to date" in tables.call_dvc("status")
    tables.run("git", "restore", ".")
    tables.run("git", "clean", "-fdxq", "data", "models", "plots")
    tables.call_dvc("exp", "apply", "hidden-2")  # now that all is in the cache
    assert tables.read("plots/draw/curve.png") == "plots/draw/curve.png of 2 nodes"


def test_nothing_incomplete_is_pushed(tables: Project, tmp_path: Path) -> None:
    tables.call_dvc("remote", "add", "--local", "--default", "storage", str(tmp_path / "remote"))
    tables.dvc("exp", "apply", "hidden-2", status=255)
    assert "Missing cache files" in tables.dvc("push")
    listings = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "remote").rglob("*.dir"))
    assert set(re.findall('"relpath": "(.*?)"', listings)) == {"images.npy", "curve.csv", "summary.txt"}
