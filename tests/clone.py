"""A copy of the project on digits of any number, with git and DVC of its own, to run things in."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import dvc.cli
from dvc.repo import Repo
from ruamel.yaml import YAML

from hidden_nodes.errors import exit_with_one_line

ROOT = Path(__file__).parents[1]
# By this variable coverage also measures the processes that a test starts. It makes them half again as slow, so only
# one whole run of the graph (tests/conftest.py) and the faults are measured.
MEASURE = "COVERAGE_PROCESS_CONFIG"


# The stages of `dvc.yaml` in its order, and the words that start each: {"pca_tsne@pixels": ["pca_tsne", "pixels"]}.
GRAPH = {stage.name: stage for stage in Repo(str(ROOT)).index.stages}
STAGES = {name: stage.cmd.split()[3:] for name, stage in GRAPH.items()}

MIRRORS = ("MNIST_MIRROR", "DATASETS_MIRROR")  # where a developer may have the data sets; no test asks there


def measured() -> dict[str, str]:
    """What has coverage measure a process that is started, if it measures this one."""
    return {MEASURE: os.environ[MEASURE]} if MEASURE in os.environ else {}


def bare_environment() -> dict[str, str]:
    """The environment of an activated .venv, without what would bring other data or measure what is started.

    Python may keep what it compiled, as it does for most users: a graph's stages import the same modules of ours.
    """
    unwanted = (*MIRRORS, MEASURE, "PYTHONDONTWRITEBYTECODE")
    env = {name: value for name, value in os.environ.items() if name not in unwanted}
    return env | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"}


class Project:
    """A copy of the project in `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(
        self, *command: str, status: int | None = 0, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as a user in an activated .venv does; its exit status must be `status`."""
        env = bare_environment() | (environment or {})
        done = subprocess.run(command, cwd=self.path, env=env, capture_output=True, text=True, encoding="utf-8")
        assert status is None or done.returncode == status, done.stdout + done.stderr
        return done

    def call(
        self, main: Callable[[], None], *words: str, status: int = 0, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program by its `main` in this process, on this project: quicker than `run`, and its lines count."""
        output, errors = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.path), contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors),
            mock.patch.object(sys, "argv", ["program", *words]), warnings.catch_warnings(),
            mock.patch.dict(os.environ, bare_environment() | (environment or {}), clear=True),
        ):  # fmt: skip
            warnings.simplefilter("ignore", DeprecationWarning)  # as Python does in programs: of libraries of DVC's
            try:
                exit_with_one_line(main)
                found = 0
            except SystemExit as error:
                found = int(error.code or 0)
        assert found == status, output.getvalue() + errors.getvalue()
        return subprocess.CompletedProcess(words, found, output.getvalue(), errors.getvalue())

    def dvc(self, *arguments: str, status: int | None = 0, environment: dict[str, str] | None = None) -> str:
        done = self.run("dvc", *arguments, status=status, environment=environment)
        return done.stdout + done.stderr

    def call_dvc(self, *arguments: str) -> str:
        """The same in this process, for what runs no stage: most of its time would be DVC's start.

        What DVC shows comes back, but not what it logs, which goes to the streams that were there when it was imported.
        """
        done = self.call(lambda: sys.exit(dvc.cli.main([*arguments])))
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


def copy_project(path: Path, train_images: int, test_images: int, params: dict[str, object]) -> Project:
    """Copy what is needed to run the graph; the bundled digits then make so many images."""
    path.mkdir()
    for name in (
        "stages",
        "hidden_nodes",
        "page",
        "sweep",
        "sweeps",
        "tools",
        "datasets",
        ".dvc/plots",
        ".dvc/config",
        ".dvc/.gitignore",
        ".dvcignore",
        ".gitignore",
        "dvc.yaml",
        "params.yaml",
    ):
        source, target = ROOT / name, path / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    set_params(path / "datasets/digits.yaml", {"images": {"train": train_images, "test": test_images}})
    download = path / "hidden_nodes/data/download.py"  # no test waits as long as a user does
    text, replaced = re.subn("^TIMEOUT = .*$", "TIMEOUT = 1", download.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert replaced == 1
    download.write_text(text, encoding="utf-8")
    set_params(path / "params.yaml", {"dataset": "digits", **params})
    project = Project(path)
    project.run("git", "init", "--quiet")
    set_up_git(project)
    return project


def set_up_git(project: Project) -> None:
    """Commit all that is there, as somebody."""
    for command in (
        ("git", "config", "user.name", "test"),
        ("git", "config", "user.email", "test@localhost"),
        ("git", "add", "--all"),
        ("git", "commit", "--quiet", "--message", "small"),
    ):
        project.run(*command)
