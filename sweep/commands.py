"""How git and DVC are started, here and on workers, which get these functions by value: no import of ours."""

import os
import subprocess
import sys
from pathlib import Path

# `python -m dvc`, but that looking for garbage in what its imports make takes a fifth of its time.
DVC = "import gc, sys; gc.set_threshold(200_000); from dvc.cli import main; sys.exit(main())"

# For `/bin/sh`: runs the command "$@", and ends it with all that it has started when standard input closes.
# So a worker that is killed takes the stage that it runs with it: its end of the pipe closes, whatever became of it.
WATCHED = """
exec 3<&0                       # the pipe, kept as file 3
"$@" </dev/null 3<&- &          # the command, which must not hold the pipe open itself
child=$!
{
    cat                         # ends when the pipe does
    kill -- -$$                 # the process group of this shell: command, children and all
} <&3 >/dev/null 2>&1 &
wait $child
"""


def run_command(*command: str, directory: Path) -> bytes:
    """Run a short command; its output, or a CalledProcessError that holds what it said."""
    done = subprocess.run(command, cwd=directory, env=_environment(), capture_output=True)
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", errors="replace")
        raise subprocess.CalledProcessError(done.returncode, command, said)
    return done.stdout


def run_dvc(*arguments: str, directory: Path) -> bytes:
    return run_command(sys.executable, "-c", DVC, *arguments, directory=directory)


def run_watched_dvc(*arguments: str, directory: Path) -> str:
    """Run DVC for as long as this process lives; what it printed, or a CalledProcessError that holds it."""
    command = [sys.executable, "-c", DVC, *arguments]
    # Whoever holds the writing end keeps the command alive: this process, until it ends in whatever way.
    reading, writing = os.pipe()
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", WATCHED, "sh", *command],
            cwd=directory, env=_environment(), stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
    finally:
        os.close(reading)
        os.close(writing)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
    return done.stdout


def executed_stages(log: str) -> list[str]:
    """The stages that DVC executed, by what it printed; those restored or skipped are none of them."""
    return [line.split("'")[1] for line in log.splitlines() if line.startswith("Running stage '")]


def experiment_reference(commit: str, name: str) -> str:
    """Where DVC keeps an experiment in git."""
    return f"refs/exps/{commit[:2]}/{commit[2:]}/{name}"


def _environment() -> dict[str, str]:
    """That of a user in the activated environment, whoever started the worker."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    own = {"PATH": path, "PYTHONDONTWRITEBYTECODE": ""}  # a clone is ours: the next trial has its modules compiled
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | own
