"""Sweeps that are interrupted, run beside each other, or have two hundred trials."""

import re
import signal
import time
from pathlib import Path

import psutil

from tests.stub import busy_worker, dask_cluster, experiments, make_stub, run_sweep, start_sweep


def test_two_hundred_trials_on_four_workers(tmp_path: Path) -> None:
    hidden = ", ".join(str(number) for number in range(1, 201))
    project = make_stub(tmp_path / "ours", f"stages: [evaluate]\ngrid:\n  hidden: [{hidden}]\n")
    begin = time.monotonic()
    run_sweep(project, "run", "--workers", "4")
    ours, seconds = len(set(experiments(project))), time.monotonic() - begin
    queue = make_stub(tmp_path / "queue", "")
    queue.dvc("exp", "run", "--queue", "-S", "hidden=range(1,201)")
    begin = time.monotonic()
    queue.dvc("queue", "start", "--jobs", "4")
    last, quiet = "", time.monotonic()
    while re.search("Queued|Running", status := queue.dvc("queue", "status")) and time.monotonic() - quiet < 120:
        if status != last:
            last, quiet = status, time.monotonic()
        time.sleep(2)
    theirs = len(set(experiments(queue)))
    print(f"\nof 200 trials: the sweep {ours} in {seconds:.0f} s; dvc queue start --jobs 4 {theirs} in "
          f"{quiet - begin:.0f} s, {status.count('Failed')} failed")  # fmt: skip
    queue.dvc("queue", "kill", *re.findall("^([0-9a-f]{7}).*Running", status, flags=re.MULTILINE), status=None)
    assert ours == 200


def test_two_sweeps_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "project", "")
    for name, hidden in (("one", "1, 2, 3, 4"), ("two", "3, 4, 5, 6")):
        (project.path / f"{name}.yaml").write_text(f"stages: [evaluate]\ngrid:\n  hidden: [{hidden}]\n", "utf-8")
    with start_sweep(project, "run", "one.yaml") as one, start_sweep(project, "run", "two.yaml") as two:
        printed = [process.communicate(timeout=300)[0] for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0), printed
    assert experiments(project) == [f"hidden-{hidden}-to-evaluate" for hidden in range(1, 7)]


def test_a_lost_scheduler_is_one_line_and_what_has_run_is_kept(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "project", "stages: [evaluate]\ngrid:\n  hidden: [1, 2, 3, 4]\n  seconds: [2]\n")
    with dask_cluster(tmp_path / "cluster") as (address, scheduler):
        with start_sweep(project, "run", "--scheduler", address) as process:
            printed = ""
            for line in process.stdout or ():
                printed += line
                if line.startswith("2 of 4"):
                    scheduler.kill()
        kept = len(experiments(project))
    assert process.returncode == 2
    assert kept >= 2
    assert printed.splitlines()[-1] == (
        f"error: the scheduler is gone; {kept} finished trials are kept: run the sweep again"
    )
    assert "Traceback" not in printed


def test_an_interrupted_sweep_says_so_in_one_line_and_leaves_no_process(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "project", "stages: [evaluate]\ngrid:\n  hidden: [1, 2, 3, 4]\n  seconds: [1]\n")
    with start_sweep(project, "run") as process:
        busy_worker(process.pid)
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert printed.splitlines()[-1] == "interrupted: run the same command again to go on"
    assert "Traceback" not in printed
    assert psutil.wait_procs(below, timeout=20)[1] == []
