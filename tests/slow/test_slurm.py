"""A sweep on a real Slurm: a job is cancelled and a node drained, and no trial is lost or doubled.

For root on Linux, with Debian's packages slurm-wlm and munge; skipped elsewhere.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clone import Project, bare_environment, copy_project, set_up_git
from tests.conftest import SMALL_PARAMS
from tests.slow.slurm import NODES, Slurm, find_missing, start_slurm
from tests.slow.test_cluster import make_certificate
from tests.stub import experiments, wait_for

GRID = "stages: [evaluate]\ngrid:\n  hidden: [1, 2, 3, 4, 5, 6]\n  seed: [1, 2]\n"
NAMES = sorted(f"hidden-{hidden}-seed-{seed}-to-evaluate" for hidden in range(1, 7) for seed in (1, 2))
SCRIPT = Path(__file__).with_name("slurm_workers.py")
pytestmark = pytest.mark.skipif(bool(find_missing()), reason=find_missing())


@contextmanager
def start_workers(slurm: Slurm, tls: Path, directory: Path) -> Iterator[list[str]]:
    """Run the script of docs/sweeps.md; the command that it prints. Its jobs end with the block."""
    log = directory / "workers.log"
    environment = slurm.environment | {"TMPDIR": str(directory)}  # of each node's own
    with log.open("w") as errors, subprocess.Popen(
        slurm.enter(sys.executable, "-u", str(SCRIPT), str(tls)), cwd=directory, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
    ) as script:  # fmt: skip
        try:
            assert script.stdout, log.read_text()
            line = script.stdout.readline()
            assert line.startswith("python -m sweep run --scheduler tls://"), line + log.read_text(encoding="utf-8")
            yield shlex.split(line)
            assert script.poll() is None, log.read_text(encoding="utf-8")
            script.communicate("\n", timeout=120)
        finally:
            script.kill()


def find_busy(slurm: Slurm) -> list[str]:
    """The nodes on which a job runs."""
    return [node for node in NODES if slurm.find_job(node)]


def make_trouble(slurm: Slurm, line: str) -> str:
    """After the second trial cancel a job; after the fifth drain a node and clear it. The name of the drained node."""
    if line.startswith("2 of 12"):
        slurm.ask("scancel", slurm.find_job(find_busy(slurm)[0]))
    if line.startswith("5 of 12"):
        node = wait_for(lambda: next(iter(find_busy(slurm)), None), seconds=300)
        slurm.ask("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=maintenance")
        slurm.ask("scancel", slurm.find_job(node))
        return node
    return ""


def run_sweep(slurm: Slurm, project: Project, command: list[str]) -> tuple[int, str, str]:
    """Run it with trouble on the way: its status, what it printed, and the node that was drained."""
    printed = drained = ""
    with subprocess.Popen(
        slurm.enter(*command), cwd=project.path, env=bare_environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as client:  # fmt: skip
        for line in client.stdout or ():
            printed += line
            drained = make_trouble(slurm, line) or drained
    return client.returncode, printed, drained


def test_slurm_loses_no_trial(tmp_path: Path) -> None:
    tls, files = tmp_path / "tls", tmp_path / "files"
    make_certificate(tls)
    (tls / "ca.pem").symlink_to("cert.pem")  # its own authority
    files.mkdir()
    project = copy_project(files / "project", 1_500, 400, SMALL_PARAMS)
    (project.path / "sweeps/nodes.yaml").write_text(GRID, encoding="utf-8")
    set_up_git(project)
    with start_slurm(tmp_path / "slurm", files) as slurm, start_workers(slurm, tls, files) as command:
        wait_for(lambda: len(find_busy(slurm)) == 2 or None, seconds=300)
        status, printed, drained = run_sweep(slurm, project, command)
        assert status == 0, printed
        jobs = slurm.ask("squeue", "--states=all", "--format=%A %T %N")
        print(printed, slurm.ask("sinfo", "--Node", "--long"), jobs, sep="\n")
        assert slurm.ask("sinfo", "--noheader", "--Node", f"--nodes={drained}", "--format=%T") == "drained"
        assert jobs.count("CANCELLED") == 2
    assert sorted(re.findall(r"^\d+ of 12: (\S+): .*executed", printed, flags=re.MULTILINE)) == NAMES
    assert experiments(project) == NAMES
    assert "Traceback" not in printed
