"""A small project to try things in: a copy of this one on a few digits, run through DVC."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
SMALL_PARAMS = {
    "dataset": "digits",
    "validation": 200,
    "hidden": 8,
    "train.epochs": 8,
    "pca_tsne.images": 300,
    "pca_tsne.perplexity": 10,
    "pca_tsne.iterations": 250,
    "rf_select.trees": 12,
}


class Project:
    """A copy of the project in `path`, with git and DVC of its own and 1,500 + 400 digits."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(
        self, *command: str, status: int | None = 0, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as a user in an activated .venv does; its exit status must be `status`."""
        env = {name: value for name, value in os.environ.items() if name != "MNIST_MIRROR"}
        env |= environment or {}
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        done = subprocess.run(command, cwd=self.path, env=env, capture_output=True, text=True, encoding="utf-8")
        assert status is None or done.returncode == status, done.stdout + done.stderr
        return done

    def dvc(self, *arguments: str, status: int | None = 0) -> str:
        done = self.run("dvc", *arguments, status=status)
        return done.stdout + done.stderr

    def repro(self, *arguments: str) -> list[str]:
        """Run `dvc repro`; return the names of the stages that it executed, not those restored or skipped."""
        return re.findall(r"Running stage '(.+)'", self.dvc("repro", *arguments))

    def set(self, **values: object) -> None:
        set_params(self.path / "params.yaml", {name.replace("__", "."): value for name, value in values.items()})

    def read(self, path: str) -> str:
        return (self.path / path).read_text(encoding="utf-8")


def set_params(path: Path, values: dict[str, object]) -> None:
    yaml = YAML()
    params = yaml.load(path.read_text(encoding="utf-8"))
    for name, value in values.items():
        section = params
        *parents, leaf = name.split(".")
        for parent in parents:
            section = section[parent]
        section[leaf] = value
    yaml.dump(params, path)


def copy_project(path: Path) -> Project:
    path.mkdir()
    for name in ("stages", ".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "dvc.yaml", "params.yaml"):
        source, target = ROOT / name, path / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    dataset = path / "stages/common/dataset.py"
    text = dataset.read_text(encoding="utf-8")
    for name, count in (("TRAIN_IMAGES", 1_500), ("TEST_IMAGES", 400)):
        text, replaced = re.subn(rf"^{name} = .*$", f"{name} = {count}", text, flags=re.MULTILINE)
        assert replaced == 1
    dataset.write_text(text, encoding="utf-8")
    set_params(path / "params.yaml", dict(SMALL_PARAMS))
    project = Project(path)
    for command in (
        ("git", "init", "--quiet"),
        ("git", "config", "user.name", "test"),
        ("git", "config", "user.email", "test@localhost"),
        ("git", "add", "--all"),
        ("git", "commit", "--quiet", "--message", "small"),
    ):
        project.run(*command)
    return project


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Project, str]:
    """Two small projects, reproduced at the same time, and what the first run printed; tests only read them."""
    projects = [copy_project(tmp_path_factory.mktemp("twins") / name) for name in ("a project", "its twin")]
    with ThreadPoolExecutor() as pool:
        outputs = list(pool.map(lambda project: project.dvc("repro"), projects))
    projects[0].run("git", "add", "--all")
    projects[0].run("git", "commit", "--quiet", "--message", "run")
    return projects[0], projects[1], outputs[0]


@pytest.fixture(scope="session")
def reproduced(twins: tuple[Project, Project, str]) -> Project:
    """A small project after `dvc repro`; tests only read it."""
    return twins[0]


@pytest.fixture
def project(reproduced: Project, tmp_path: Path) -> Project:
    """A small project of the test's own, already reproduced."""
    shutil.copytree(reproduced.path, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


@pytest.fixture
def fresh_project(tmp_path: Path) -> Callable[[], Project]:
    """Makes small projects in which nothing has run yet."""
    count = iter(range(100))
    return lambda: copy_project(tmp_path / f"fresh {next(count)}")
