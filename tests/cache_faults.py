"""Faults of DVC's cache, and of the disk below it: rows of `make faults`, as in `tests/faults.py`.

A cache that is damaged is mended: `make repro` ends well, with the bytes of the last good run in every output and in
the cache. What it cannot mend costs one line and no output; once the cause is gone, it ends with these bytes, too.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dvc.utils.serialize import parse_yaml as parse_lock

from hidden_nodes.errors import BadInput
from tests.clone import ROOT, Project, bare_environment
from tests.faults import Outcome, fingerprint
from tests.stub import commit_files
from tools.verify_cache import is_whole, list_cached

CACHE = Path(".dvc/cache/files/md5")
RUNS = Path(".dvc/cache/runs")
FILE, DIRECTORY = "report/index.html", "plots/explore"  # outputs that no other stage needs
REPRO = (sys.executable, "-m", "tools", "parallel")
BAD_DISK = Path(__file__).with_name("bad_disk.c")
# A user without root's right to write whatever is write-protected; root has to be asked to be one.
PLAIN_USER = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") * (os.geteuid() == 0)


@dataclass(frozen=True)
class CacheFault:
    """Something wrong with DVC's cache, and a part of what a user must see.

    change : what is wrong, in a project that has run; part : of the path of what fails, and how (tests/bad_disk.c);
    mended : whether `make repro` must end well; replaced : whether new outputs stand, which the cache did not take.
    """

    name: str
    expected: str
    change: Callable[[Project], None]
    mended: bool = True
    replaced: bool = False
    bad_disk: tuple[str, str] | None = None


def cached_outputs(project: Project) -> dict[str, Path]:
    """Where the cache has each output, by `dvc.lock`."""
    stages = parse_lock(project.read("dvc.lock"), "dvc.lock")["stages"].values()
    return {out["path"]: locate(project, out["md5"]) for stage in stages for out in stage["outs"]}


def locate(project: Project, name: str) -> Path:
    return project.path / CACHE / name[:2] / name[2:]


def find_cached(project: Project, kind: str) -> Path:
    """The cached file of one output: of a `file`, of the first `file of a directory`, or the `listing` of that."""
    listing = cached_outputs(project)[DIRECTORY]
    return {
        "file": lambda: cached_outputs(project)[FILE],
        "listing": lambda: listing,
        "file of a directory": lambda: locate(project, json.loads(listing.read_bytes())[0]["md5"]),
    }[kind]()


def rewrite(path: Path, content: bytes, mode: int = 0o444) -> None:
    """Put other bytes into a cached file, which DVC then takes for one of its own as long as its mode is 444."""
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(mode)


def swap(content: bytes) -> bytes:
    """The same with its last letter or digit exchanged: of the same size, and a listing can be read still."""
    position = max(content.rfind(b"e"), content.rfind(b"a"), content.rfind(b"g"))
    return content[:position] + b"b" + content[position + 1 :]


DAMAGES: dict[str, Callable[[Path], None]] = {
    "altered": lambda path: rewrite(path, swap(path.read_bytes())),
    "altered, and may be written": lambda path: rewrite(path, swap(path.read_bytes()), 0o644),
    "cut in half": lambda path: rewrite(path, path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: rewrite(path, b""),
    "deleted": Path.unlink,
}


def damaged(kind: str, how: str) -> CacheFault:
    """A cached file that is not what it was, and outputs that have to come from there."""

    def change(project: Project) -> None:
        DAMAGES[how](find_cached(project, kind))
        remove_outputs(project)

    told = how not in ("deleted", "altered, and may be written")  # these DVC notices itself, and runs the stage
    return CacheFault(f"a cached {kind}, {how}", "was damaged" if told else "Running stage", change)


def remove_outputs(project: Project) -> None:
    (project.path / FILE).unlink()
    shutil.rmtree(project.path / DIRECTORY)


def damage_runs(how: str) -> Callable[[Project], None]:
    """Every record of a run is damaged so, and `dvc.lock` does not say it any more."""

    def change(project: Project) -> None:
        for path in filter(Path.is_file, (project.path / RUNS).rglob("*")):
            DAMAGES[how](path)
        remove_outputs(project)

    return change


def want_other_results(project: Project) -> None:
    """Something that DVC has to put into its cache."""
    project.set(explore__pixels=[300, 301])


def protect(change: Callable[[Project], None]) -> Callable[[Project], None]:
    """The same on a cache that may not be written."""

    def change_protected(project: Project) -> None:
        change(project)
        set_writable(project, False)

    return change_protected


def set_writable(project: Project, writable: bool) -> None:
    for path in [project.path / ".dvc/cache", *(project.path / ".dvc/cache").rglob("*")]:
        if path.is_dir():
            path.chmod(0o755 if writable else 0o555)


CACHE_FAULTS = [
    *(damaged(kind, how) for kind in ("file", "file of a directory", "listing") for how in DAMAGES),
    CacheFault("the records of all runs, cut in half", "all stages are up to date", damage_runs("cut in half")),
    CacheFault("the records of all runs, deleted", "all stages are up to date", damage_runs("deleted")),
    CacheFault("a cache that may not be written", "Permission denied", protect(want_other_results), mended=False),
    CacheFault(
        "a cache that may not be written, with what is wanted", "Permission denied", protect(remove_outputs),
        mended=False,
    ),
    CacheFault(
        "a cache on a full disk", "No space left on device", want_other_results,
        mended=False, replaced=True, bad_disk=("ENOSPC", f"/{CACHE}/"),
    ),
    CacheFault(
        "outputs on a full disk, which the cache has", f"{DIRECTORY}/", remove_outputs,
        mended=False, bad_disk=("ENOSPC", f"/{DIRECTORY}/"),
    ),
    CacheFault(
        "a cache on a broken disk", "Input/output error", remove_outputs, mended=False, bad_disk=("EIO", f"/{CACHE}/")
    ),
    CacheFault(
        "writes into the cache that come short", "Running stage", lambda project: damage_everything(project),
        bad_disk=("short", f"/{CACHE}/"),
    ),
]  # fmt: skip


def damage_everything(project: Project) -> None:
    """No cached file of the two outputs is there any more, nor these."""
    paths = cached_outputs(project)
    for name in (FILE, DIRECTORY):
        paths[name].unlink()
    remove_outputs(project)


@cache
def build_bad_disk(folder: Path) -> Path:
    """Compile what stands before the calls of the kernel. Raises BadInput without a C compiler."""
    library = folder / "bad_disk.so"
    folder.mkdir(exist_ok=True)
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(BAD_DISK)]
    if shutil.which("cc") is None or subprocess.run(command, check=False).returncode:
        raise BadInput(f"these faults of the disk need a C compiler, cc, that compiles {BAD_DISK.relative_to(ROOT)}")
    return library


def surround(fault: CacheFault, project: Project) -> dict[str, str]:
    """The variables by which a disk is bad."""
    if fault.bad_disk is None:
        return {}
    what, part = fault.bad_disk
    library = build_bad_disk(project.path.parent / "bad_disk")
    return {"LD_PRELOAD": str(library), "BAD_DISK": what, "BAD_DISK_PATH": str(project.path) + part}


def repro(project: Project, given: dict[str, str], command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PLAIN_USER, *command], cwd=project.path, env=bare_environment() | given, capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip


def provoke_cache(fault: CacheFault, project: Project, command: Sequence[str] = REPRO) -> Outcome:
    """Bring the fault about in a copy of a project that has run, and look at what happens then and afterwards."""
    good, lock, params = fingerprint(project.path), project.read("dvc.lock"), project.read("params.yaml")
    fault.change(project)
    before = fingerprint(project.path)
    done = repro(project, surround(fault, project), command)
    wrong = judge(fault, done)
    if fault.mended:
        wrong += ["outputs differ"] * (fingerprint(project.path) != good)
    else:
        after = fingerprint(project.path)
        changed = [file for file in before | after if after.get(file) not in (before.get(file), good.get(file, ""))]
        wrong += ["outputs have changed"] * (bool(changed) != fault.replaced)
        wrong += ["says that outputs stand"] * (fault.replaced and "stand as they were" in done.stderr)
        set_writable(project, True)
        (project.path / "params.yaml").write_text(params, encoding="utf-8")
        again = repro(project, {}, command)
        wrong += [f"the next run ends with status {again.returncode}"] * (again.returncode != 0)
        wrong += ["outputs differ after the next run"] * (fingerprint(project.path) != good)
    wrong += ["dvc.lock differs"] * (project.read("dvc.lock") != lock)
    wrong += ["the cache is damaged"] * (not all(map(is_whole, list_cached(project.path / CACHE))))
    lines = (done.stdout + done.stderr).splitlines()
    seen = next((line for line in reversed(lines) if fault.expected in line), lines[-1] if lines else "nothing")
    return Outcome(seen.replace(f"{project.path}/", ""), wrong)


def judge(fault: CacheFault, done: "subprocess.CompletedProcess[str]") -> list[str]:
    """What is wrong with what a user saw."""
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    status = 0 if fault.mended else 2
    findings = {
        f"status {done.returncode}": done.returncode != status,
        f"{len(errors)} lines of errors": len(errors) != (not fault.mended),
        f"no {fault.expected!r} in it": fault.expected not in (done.stdout if fault.mended else done.stderr),
        "a traceback": "Traceback (most" in done.stdout + done.stderr,
        "a line that is too long": any(len(line) > BadInput.longest for line in errors),
    }
    return [finding for finding, found in findings.items() if found]


# The two stages that the faults are about, without the others: they take no time. What the first says is no error.
STUB = f"""\
stages:
  explore:
    cmd:
      - mkdir -p {DIRECTORY} && cat source.txt params.yaml > {DIRECTORY}/a.csv && cp source.txt {DIRECTORY}/b.csv
      - echo 9 134
    deps: [source.txt]
    params: [explore.pixels]
    outs: [{DIRECTORY}]
  report:
    cmd: mkdir -p report metrics && sort source.txt > {FILE} && echo 1 > metrics/report.json
    deps: [source.txt]
    outs: [{FILE}]
    metrics:
      - metrics/report.json: {{cache: false}}
"""
# The same as `make repro` without a look at the parameters, which are not this project's.
RUN_GRAPH = """\
from hidden_nodes.errors import exit_with_one_line
from tools.parallel import run_graph
exit_with_one_line(lambda: run_graph(2))
"""
RUN_STUB = (sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{RUN_GRAPH}")


def make_cached(path: Path) -> Project:
    """A project of these stages, after a run."""
    files = {"dvc.yaml": STUB, "source.txt": "eagle\nbadge\n" * 50, "params.yaml": "explore:\n  pixels: [1, 2]\n"}
    project = commit_files(path, files | {".gitignore": "/plots\n/report\n"})
    done = repro(project, {}, RUN_STUB)
    assert done.returncode == 0, done.stdout + done.stderr
    return project
