"""The user's clone: what a sweep starts from, and the experiments that come home."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from dvc.repo import Repo
from dvc.utils.serialize import modify_yaml
from dvc.utils.serialize import parse_yaml as parse_lock

from hidden_nodes.errors import BadInput
from hidden_nodes.paths import DATASETS, PARAMS
from hidden_nodes.schema import must_be
from hidden_nodes.yaml_files import parse_yaml
from sweep.clones import BRANCH
from sweep.commands import executed_stages, experiment_reference, run_command, run_dvc
from sweep.job import TAIL
from sweep.objects import list_objects, list_outputs, pack, unpack

STATE = Path(".dvc/tmp/sweep")  # clones, logs and states of sweeps; outside git, as all of .dvc/tmp is
MOST_BUNDLE = 2**26  # bytes; git has the texts of a trial alone, some ten thousand bytes
MODES = ("100644", "100755", "000000")  # of files in git, and of one that is gone


def git(*arguments: str, directory: Path = Path()) -> str:
    """Run git; what it printed.

    Raises
    ------
    BadInput
        If git refuses, with its last words.
    """
    try:
        return run_command("git", *arguments, directory=directory).decode("utf-8")
    except subprocess.CalledProcessError as error:
        command = next(word for word in arguments if word != "-c" and "=" not in word)
        raise BadInput(f"git {command}: {' '.join(str(error.stdout).split())[-200:]}") from None


def resolve(commit: str) -> str:
    """The full hash of a commit."""
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}").strip()
    except BadInput:
        raise BadInput(f"sweep: {must_be('commit', 'a commit of this repository', commit)}") from None


def read_params(commit: str) -> dict[str, Any]:
    """`params.yaml` as it is in a commit."""
    values = parse_yaml(git("show", f"{commit}:./{PARAMS}"), f"{PARAMS} of commit {commit[:7]}")
    return dict(values) if isinstance(values, dict) else {}


def read_descriptions(commit: str) -> dict[str, str]:
    """The texts of the files `datasets/NAME.yaml` in a commit, by NAME; empty if it has none."""
    listed = git("ls-tree", "--name-only", "-z", commit, "--", f"./{DATASETS}/").split("\0")
    paths = [Path(name) for name in listed if name.endswith(".yaml")]
    return {path.stem: git("show", f"{commit}:./{path}") for path in paths}


def existing(commit: str) -> set[str]:
    """Names of the experiments on a commit."""
    prefix = experiment_reference(commit, "")
    return set(git("for-each-ref", "--format=%(refname)", prefix).replace(prefix, "").split())


def read_metric(revision: str, paths: Iterable[str], name: str) -> float | None:
    """A metric as it is in a commit or an experiment, a reference of git; None if no file of `paths` is there.

    Raises
    ------
    BadInput
        If there are such files, and none of them holds it.
    """
    listed = git("ls-tree", "--name-only", "-z", revision, "--", *(f"./{path}" for path in paths))
    there = [path for path in listed.split("\0") if path]
    for path in there:
        values = json.loads(git("show", f"{revision}:./{path}"))
        if name in values:
            return float("nan") if values[name] is None else float(values[name])
    if there:
        raise BadInput(f"sweep: no stage that would run writes the metric '{name}'. Looked in {', '.join(there)}.")
    return None


def has_changes() -> bool:
    """Whether files that git tracks differ from HEAD; they are no part of a sweep."""
    return bool(git("status", "--porcelain", "--untracked-files=no").strip())


def cache_directory() -> Path:
    with Repo() as repo:
        return Path(repo.cache.local.path).parents[1].resolve()


def has_remote(directory: Path) -> bool:
    """Whether the project names a default DVC remote."""
    with Repo(str(directory)) as repo:
        return bool(repo.config["core"].get("remote"))


@contextmanager
def clone_at(commit: str, cache: Path) -> Iterator[Path]:
    """A short-lived clone of the project at a commit, on its branch `sweep`, with the project's own DVC cache."""
    STATE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STATE, prefix="base-") as directory:
        clone = Path(directory).resolve() / "project"
        git("clone", "--quiet", "--shared", "--no-checkout", ".", str(clone))
        git("checkout", "--quiet", "-B", BRANCH, commit, directory=clone)
        (clone / ".dvc/config.local").write_text(f"[cache]\n    dir = {cache}\n", encoding="utf-8")
        yield clone


def reproduce(clone: Path, stages: list[str]) -> tuple[bytes, list[str]]:
    """Bring the outputs of `stages` into the cache; the clone's `dvc.lock` then, and the stages that were executed."""
    executed: list[str] = []
    if stages:
        try:
            executed = executed_stages(run_dvc("repro", *stages, directory=clone).decode("utf-8"))
        except subprocess.CalledProcessError as error:
            errors = [line for line in str(error.stdout).splitlines() if line.lower().startswith("error")]
            raise BadInput(f"sweep: what all trials share cannot be made: {(errors or ['no word'])[0]}") from None
    lock = clone / "dvc.lock"
    return lock.read_bytes() if lock.is_file() else b"", executed


def trim_lock(clone: Path, stages: list[str]) -> bytes:
    """The clone's `dvc.lock` with the entries of `stages` only."""
    lock = clone / "dvc.lock"
    if not lock.is_file():
        return b""
    with modify_yaml(lock) as content:
        for name in set(content.get("stages", {})) - set(stages):
            del content["stages"][name]
    return lock.read_bytes()


def bundle(clone: Path) -> bytes:
    """The clone's branch `sweep` as a git bundle."""
    path = clone.parent / "project.bundle"
    git("bundle", "create", "--quiet", str(path), f"refs/heads/{BRANCH}", directory=clone)
    return path.read_bytes()


def pack_outputs(lock: bytes, stages: list[str], cache: Path) -> bytes:
    """The cached outputs of `stages` as an archive."""
    outputs = list_outputs(parse_lock(lock.decode("utf-8"), "dvc.lock") or {}, cache)
    return pack(cache, list_objects(output for output in outputs if output.stage in stages))


def import_experiment(result: dict[str, Any], commit: str, cache: Path) -> bool:
    """Add an experiment that ran elsewhere: its outputs first, so that where its name is, all of it is.

    False if an experiment of this name has come meanwhile, from another sweep; that one stays.

    Raises
    ------
    BadInput
        If what came is damaged, too large, or no experiment.
    """
    name = result["name"]
    if len(result["bundle"]) > MOST_BUNDLE:
        raise BadInput(
            f"sweep: {name} came with {len(result['bundle']):,} bytes for git. At most {MOST_BUNDLE:,} are taken over."
        )
    if result["objects"]:
        take_over(result["objects"], cache, name)
    if name in existing(commit):
        return False
    try:
        fetch_bundle(result["bundle"], commit, experiment_reference(commit, name))
    except BadInput as error:
        raise BadInput(f"sweep: the experiment {name} cannot be taken over: {error}") from None
    return True


def fetch_bundle(content: bytes, commit: str, reference: str) -> None:
    """Add `reference` of a git bundle, which builds on `commit`, by way of a repository that is thrown away.

    Only between repositories does every git check each object (bundles it does from 2.46 on), and nothing that is
    refused is left here.

    Raises
    ------
    BadInput
        If an object is damaged or malformed, or if a file has become a link, by which outputs would go elsewhere.
    """
    same = f"{reference}:{reference}"
    with tempfile.TemporaryDirectory(dir=STATE, prefix="came-") as directory:
        bundle, came = Path(directory).resolve() / "bundle", Path(directory).resolve() / "git"
        bundle.write_bytes(content)
        git("clone", "--quiet", "--bare", "--shared", ".", str(came))
        git("fetch", "--quiet", "--no-tags", str(bundle), same, directory=came)
        changed = git("-c", "core.quotePath=true", "diff-tree", "-r", commit, reference, directory=came)
        if any(line.split()[1] not in MODES for line in changed.splitlines()):  # :100644 120000 from to T path
            raise BadInput("it has a link among its files")
        git("-c", "gc.auto=0", "-c", "fetch.fsckObjects=true", "fetch", "--quiet", "--no-write-fetch-head", "--no-tags",
            str(came), same)  # fmt: skip


def take_over(objects: bytes, cache: Path, name: str) -> None:
    """Add the outputs of the experiment `name` to the cache. Raises BadInput if they are damaged."""
    try:
        unpack(objects, cache)
    except (OSError, ValueError) as error:
        raise BadInput(f"sweep: the outputs of {name} cannot be taken over: {error}") from None


def fetch_outputs(commit: str, pushed: dict[str, list[str]], cache: Path) -> None:
    """Bring the outputs that workers pushed to the DVC remote, by experiment, into the project's cache.

    Raises
    ------
    BadInput
        If a directory's listing names files outside of it: DVC would write there, so the experiment is removed again.
    """
    with clone_at(commit, cache) as clone:
        for name, paths in sorted(pushed.items()):
            reference = experiment_reference(commit, name)
            git("fetch", "--quiet", str(Path.cwd()), reference, directory=clone)
            git("checkout", "--quiet", "--force", "FETCH_HEAD", directory=clone)
            run_dvc("fetch", "--quiet", *paths, directory=clone)
            try:
                list_outputs(parse_lock((clone / "dvc.lock").read_text(encoding="utf-8"), "dvc.lock"), cache)
            except ValueError as error:
                git("update-ref", "-d", reference)
                raise BadInput(
                    f"sweep: {name} is removed again, as its outputs are not what they say: {error}"
                ) from None


def push(clone: Path, stages: list[str]) -> None:
    """Send the outputs of `stages` to the project's DVC remote, where workers find them."""
    run_dvc("push", "--quiet", *stages, directory=clone)


def leave_token(key: str) -> Path:
    """A file by which a worker on the same file system knows this project's cache."""
    path = STATE.resolve() / f"token-{key}"
    path.write_text(key, encoding="utf-8")
    return path


def write_log(name: str, log: str) -> Path:
    """Keep the last words of a failed trial, as many as a worker is to send."""
    path = STATE / f"{name}.log"
    left_out = f"(of {len(log):,} characters the last {TAIL:,})\n" * (len(log) > TAIL)
    path.write_text(f"{left_out}{log[-TAIL:]}\n", encoding="utf-8")
    return path


def write_state(name: str, state: dict[str, Any]) -> None:
    """What `python -m sweep status` reads, replaced as a whole."""
    own = psutil.Process()
    part = STATE / f"{name}.json.{own.pid}"
    part.write_text(json.dumps(state | {"process": own.pid, "started": own.create_time()}), encoding="utf-8")
    part.replace(STATE / f"{name}.json")


def read_failed(name: str, commit: str) -> dict[str, str]:
    """The trials that failed when a sweep ran last, on this commit, with their logs."""
    state = read_state(name)
    return dict(state.get("failed", {})) if state.get("commit") == commit else {}


def read_state(name: str) -> dict[str, Any]:
    """What was written last, with `alive`: whether the process that wrote it still runs."""
    try:
        state = dict(json.loads((STATE / f"{name}.json").read_text(encoding="utf-8")))
        alive = psutil.Process(state["process"]).create_time() == state["started"]
    except psutil.NoSuchProcess:
        alive = False
    except (OSError, ValueError):
        return {}
    return state | {"alive": alive}
