"""Kill `dvc repro` again and again at random moments, and see that it simply goes on: `make check-all`.

Run as `python -m tests.kills COUNT`. Each round is a small project in which nothing has run; it is killed until a run
gets through, and must then have the `dvc.lock` of an undisturbed run. Two of three kills hit DVC and its stage
together, as Ctrl-C does; one hits the stage alone.
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
from tqdm import tqdm

from tests.clone import Project, copy_project

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
LONGEST = 9.0  # seconds until a kill; a stage of a small project takes up to 6
SEED = 7


def start_repro(project: Project, *targets: str) -> subprocess.Popen[str]:
    """`dvc repro` as a process group of its own."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        ["dvc", "repro", *targets], cwd=project.path, env=os.environ | {"PATH": path}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip


def find_stages(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The Python processes of the stage that `process` runs, if it runs one."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        return [child for child in children if "-m" in child.cmdline()]
    except psutil.NoSuchProcess:
        return []


def kill_once(project: Project, chance: random.Random) -> tuple[str, str]:
    """Run and kill; return what was done, and what the run printed."""
    process = start_repro(project)
    number, alone = chance.choice(SIGNALS), chance.random() < 1 / 3
    try:
        process.wait(chance.uniform(0.3, LONGEST))
        done = "not killed"
    except subprocess.TimeoutExpired:
        stages = find_stages(process) if alone else []
        if stages:
            for stage in stages:
                stage.send_signal(number)
        else:
            os.killpg(process.pid, number)
        done = f"{number.name} {'to the stage' if stages else 'to all'}"
    output, _ = process.communicate()
    return done, output


def run_rounds(kills: int, good: Project, new_project: Path) -> list[str]:
    """Kill `kills` times; return what was lost, if anything: a line each."""
    expected = good.read("dvc.lock")
    chance = random.Random(SEED)  # noqa: S311
    lost: list[str] = []
    bar = tqdm(total=kills, desc="kills", disable=None)
    count = 0
    while count < kills:
        project = Project(Path(shutil.copytree(new_project, new_project.with_name("round"), symlinks=True)))
        history = []
        while count < kills:
            done, output = kill_once(project, chance)
            history.append(done)
            if done == "not killed":
                break
            count += 1
            bar.update()
            if not sys.stderr.isatty():
                print(f"{count}: {done}", flush=True)
            if "Traceback" in output and "SIGTERM" not in done:
                lost.append(f"a traceback after {done}: {output[-2000:]}")
        last = project.dvc("repro", status=None)
        if (project.path / "dvc.lock").read_text(encoding="utf-8") != expected:
            lost.append(f"another dvc.lock after {history}: {last[-2000:]}")
        parts = [str(path) for path in project.path.rglob("part-*") if ".dvc" not in path.parts]
        if parts:
            lost.append(f"left behind after {history}: {parts}")
        shutil.rmtree(project.path)
    bar.close()
    return lost


def main() -> None:
    from tests.conftest import SMALL_PARAMS

    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        good, fresh = (copy_project(Path(directory) / name, 1_500, 400, SMALL_PARAMS) for name in ("good", "fresh"))
        good.dvc("repro")
        lost = run_rounds(kills, good, fresh.path)
    print("\n".join([*lost, f"{kills} kills, {len(lost)} losses, {(time.monotonic() - start) / 60:.0f} minutes"]))
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
