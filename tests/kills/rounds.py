"""Rounds of kills: each begins anew, is killed until it gets through, and must then be as if nobody had killed it."""

import os
import random
import re
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import psutil
from tqdm import tqdm

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
STUCK = 1_800  # seconds after which what was killed counts as hanging
ONE = r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?:\S.*\n?)?"
CHAINED = r"\n(?:During handling of|The above exception was).*\n\n"
TRACEBACK = re.compile(f"^{ONE}(?:{CHAINED}{ONE})*", flags=re.MULTILINE)
IGNORED = re.compile(r"Exception ignored in.*\n\Z")
READY = re.compile(r", in (exit_with_one_line|main)$", flags=re.MULTILINE)  # in a traceback: the program had begun


class Kind(ABC):
    """A command to kill, in `path`, which each round makes anew.

    victims : which of its processes a signal hits. longest : seconds after the start until which it is killed. most :
    kills of a round, where a command begins all over again each time.
    """

    name: ClassVar[str]
    victims: ClassVar[tuple[str, ...]]
    longest: float
    most = 1_000
    path: Path

    @abstractmethod
    def begin(self) -> None:
        """Make `path`, in which nothing has run."""

    @abstractmethod
    def start(self) -> "subprocess.Popen[str]":
        """Start the command as a process group of its own, with all that it prints in `stdout`."""

    def find(self, process: "subprocess.Popen[str]", victim: str) -> list[psutil.Process]:
        """The processes below the command's that `victim` names, as far as there are any."""
        return []

    def inspect(self) -> list[str]:
        """What a kill may not leave, and has left: a line each."""
        return []

    def mend(self, output: str) -> "subprocess.Popen[str] | None":
        """Where the command ends with `output` after a kill: the one that goes on in its place, if there is one."""
        return None

    @abstractmethod
    def compare(self, outputs: list[str]) -> list[str]:
        """How `path` differs from one in which nobody killed: a line each. outputs : all that the round printed."""


@dataclass
class Tally:
    """What has come of the kills.

    early : Ctrl-C before a program was ready for it, which costs a traceback. mended : rounds that another command than
    the one that was killed had to bring to their end.
    """

    kills: int = 0
    rounds: int = 0
    early: int = 0
    mended: int = 0
    lost: list[str] = field(default_factory=list)


def start_group(command: list[str], path: Path, **environment: str) -> "subprocess.Popen[str]":
    """Start a command as a user in an activated .venv does."""
    own = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, cwd=path, env=os.environ | own | environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip


def list_children(process: "subprocess.Popen[str]") -> list[tuple[psutil.Process, list[str]]]:
    """All processes below one, each with its command; those that are about to end are left out."""
    found = []
    try:
        for child in psutil.Process(process.pid).children(recursive=True):
            found.append((child, child.cmdline()))
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
    return found


def strike(kind: Kind, process: "subprocess.Popen[str]", number: signal.Signals, chance: random.Random) -> str:
    """Send a signal to one of the kind's victims; which it was. Where there is none of its kind, the command itself."""
    victim = chance.choice(kind.victims)
    if victim == "all":
        os.killpg(process.pid, number)
        return victim
    if found := kind.find(process, victim):
        try:
            chance.choice(found).send_signal(number)
        except psutil.NoSuchProcess:
            return f"{victim} that had just ended"
        return victim
    process.send_signal(number)
    return "the command"


def kill_once(kind: Kind, chance: random.Random) -> tuple[str, str]:
    """Run and kill; what was done, or "" if the command had ended before, and what it printed."""
    process, number, moment = kind.start(), chance.choice(SIGNALS), chance.uniform(0.1, kind.longest)
    done = ""
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        done = f"{number.name} to {strike(kind, process, number, chance)} after {moment:.1f} s"
    return done, process.communicate(timeout=STUCK)[0]  # which waits for all that it has started


def judge_output(done: str, output: str, tally: Tally) -> None:
    """No kill may cost a traceback, but SIGTERM, which DVC does not catch, and Ctrl-C before a program is ready."""
    if "SIGTERM" in done:
        return
    for found in TRACEBACK.finditer(output):
        traceback = found[0]
        interrupted = "KeyboardInterrupt" in traceback and not READY.search(traceback)
        # What DVC had half made, its progress bar, complains as it is cleared away.
        cleared = IGNORED.search(output[: found.start()]) is not None and "/site-packages/dvc/" in traceback
        early = "SIGINT" in done and (interrupted or cleared)
        tally.early += early
        if not early:
            tally.lost.append(f"a traceback after {done}: {traceback[-2000:]}")


def run_round(kind: Kind, kills: int, chance: random.Random, tally: Tally, bar: "tqdm[None]") -> None:
    """Kill until the command gets through, or often enough; then run it once more, and compare."""
    kind.begin()
    history: list[str] = []
    outputs: list[str] = []
    done = " "
    while done and tally.kills < kills and len(history) < kind.most:
        done, output = kill_once(kind, chance)
        outputs.append(output)
        if not done:
            break
        history.append(done)
        tally.kills += 1
        bar.update()
        if not sys.stderr.isatty():
            print(f"{kind.name} {tally.kills}: {done}", flush=True)
        judge_output(done, output, tally)
        tally.lost += [f"{line} after {history}" for line in kind.inspect()]
    last = kind.start()
    outputs.append(last.communicate(timeout=STUCK)[0])
    if last.returncode and (other := kind.mend(outputs[-1])):
        last = other
        outputs.append(last.communicate(timeout=STUCK)[0])
        tally.mended += 1
    if last.returncode:
        tally.lost.append(f"status {last.returncode} after {history}: {outputs[-1][-2000:]}")
    tally.lost += [f"{line} after {history}: {outputs[-1][-2000:]}" for line in kind.compare(outputs)]
    tally.rounds += 1


def run_rounds(kind: Kind, kills: int, seed: int) -> Tally:
    """Kill `kills` times in all."""
    chance, tally = random.Random(f"{kind.name} {seed}"), Tally()  # noqa: S311
    with tqdm(total=kills, desc=kind.name, disable=None) as bar:
        while tally.kills < kills:
            before = len(tally.lost)
            run_round(kind, kills, chance, tally, bar)
            print(*tally.lost[before:], sep="\n", end="\n" if tally.lost[before:] else "", flush=True)
    return tally
