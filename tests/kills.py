"""Kill `dvc repro`, or `make repro JOBS=3`, again and again at random moments, and see that it simply goes on.

Run as `python -m tests.kills COUNT [JOBS]`. Each round is a small project in which nothing has run; it is killed until
a run gets through, and must then have the `dvc.lock` of an undisturbed run, as data. Of `dvc repro`, two of three kills
hit DVC and its stage together, as Ctrl-C does, and one the stage alone; with JOBS, a kill hits all, the program that
starts the stages, one stage's DVC, or one stage.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from dvc.utils.serialize import parse_yaml as parse_lock
from tqdm import tqdm

from tests.clone import Project, copy_project

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
LONGEST = 9.0  # seconds until a kill; a stage of a small project takes up to 6
SEED = 7


def start_repro(project: Project, *targets: str, jobs: str = "") -> subprocess.Popen[str]:
    """`dvc repro` as a process group of its own; with `jobs` what `make repro JOBS=...` runs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "tools.repro", "--jobs", jobs] if jobs else ["dvc", "repro", *targets]
    return subprocess.Popen(
        command, cwd=project.path, env=os.environ | {"PATH": path}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip


def find_stages(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The Python processes of the stages that `process` runs, if it runs any."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        return [child for child in children if "stages" in child.cmdline()]
    except psutil.NoSuchProcess:
        return []


def kill_once(project: Project, chance: random.Random, jobs: str) -> tuple[str, str]:
    """Run and kill; return what was done, and what the run printed."""
    process = start_repro(project, jobs=jobs)
    number = chance.choice(SIGNALS)
    victim = chance.choice(["the stage", "a DVC", "the parent", "all"] if jobs else ["the stage", "all", "all"])
    try:
        process.wait(chance.uniform(0.3, LONGEST))
        done = "not killed"
    except subprocess.TimeoutExpired:
        stages = find_stages(process)
        if victim in ("the stage", "a DVC") and stages:
            stage = chance.choice(stages)
            (stage if victim == "the stage" else stage.parent() or stage).send_signal(number)
        elif victim == "all":
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        done = f"{number.name} to {victim}"
    output, _ = process.communicate()
    return done, output


def read_lock(project: Project) -> object:
    return parse_lock(project.read("dvc.lock"), "dvc.lock")


def run_rounds(kills: int, good: Project, new_project: Path, jobs: str) -> list[str]:
    """Kill `kills` times; return what was lost, if anything: a line each."""
    expected = read_lock(good)
    chance = random.Random(SEED)  # noqa: S311  # moments, no secrets
    lost: list[str] = []
    bar = tqdm(total=kills, desc="kills", disable=None)
    count = 0
    while count < kills:
        project = Project(Path(shutil.copytree(new_project, new_project.with_name("round"), symlinks=True)))
        history = []
        while count < kills:
            done, output = kill_once(project, chance, jobs)
            history.append(done)
            if done == "not killed":
                break
            count += 1
            bar.update()
            if not sys.stderr.isatty():
                print(f"{count}: {done}", flush=True)
            if "Traceback" in output and "SIGTERM" not in done:
                lost.append(f"a traceback after {done}: {output[-2000:]}")
        last = start_repro(project, jobs=jobs).communicate()[0]
        if read_lock(project) != expected:
            lost.append(f"another dvc.lock after {history}: {last[-2000:]}")
        parts = [str(path) for path in project.path.rglob("part-*") if ".dvc" not in path.parts]
        if parts:
            lost.append(f"left behind after {history}: {parts}")
        shutil.rmtree(project.path)
    bar.close()
    return lost


def main() -> None:
    from tests.conftest import SMALL_PARAMS

    kills, jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 100, sys.argv[2] if len(sys.argv) > 2 else ""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        good, fresh = (copy_project(Path(directory) / name, 1_500, 400, SMALL_PARAMS) for name in ("good", "fresh"))
        good.dvc("repro")
        lost = run_rounds(kills, good, fresh.path, jobs)
    print("\n".join([*lost, f"{kills} kills, {len(lost)} losses, {(time.monotonic() - start) / 60:.0f} minutes"]))
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
