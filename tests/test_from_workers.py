"""What a worker sends is taken over whole, or refused in one line with nothing of it left."""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import dump_yaml

from hidden_nodes.errors import BadInput
from sweep import project
from sweep.commands import experiment_reference
from sweep.job import TAIL
from sweep.objects import list_outputs, unpack
from tests.clone import Project
from tests.stub import commit_files, experiments

NAME = "hidden-2"
HASH = "0" * 32


class Worker:
    """A clone in which a trial has run, and the user's project, of which it is one."""

    def __init__(self, path: Path) -> None:
        self.home = commit_files(path / "home", {"params.yaml": "hidden: 1\n"})
        self.home.run("git", "clone", "--quiet", ".", str(path / "clone"))
        self.clone = Project(path / "clone")
        self.commit = self.git("rev-parse", "HEAD")
        self.reference = experiment_reference(self.commit, NAME)
        self.git("config", "user.name", "worker")
        self.git("config", "user.email", "worker@localhost")
        (self.clone.path / "params.yaml").write_text("hidden: 2\n", encoding="utf-8")

    def git(self, *words: str) -> str:
        return self.clone.run("git", *words).stdout.strip()

    def bundle(self, tree: str) -> bytes:
        """The experiment as a commit of `tree`, sent as workers do."""
        commit = self.git("commit-tree", tree, "-p", self.commit, "-m", "experiment")
        self.git("update-ref", self.reference, commit)
        self.git("bundle", "create", "--quiet", "bundle", self.reference, f"^{self.commit}")
        return (self.clone.path / "bundle").read_bytes()

    def commit_all(self) -> bytes:
        self.git("add", "--all")
        return self.bundle(self.git("write-tree"))

    def commit_member(self, name: str) -> bytes:
        """A tree that git itself would not make, with a file of that name."""
        blob = self.git("hash-object", "-w", "params.yaml")
        path = self.clone.path / "tree"
        path.write_bytes(f"100644 {name}\0".encode() + bytes.fromhex(blob))
        return self.bundle(self.git("hash-object", "-t", "tree", "-w", "--literally", "tree"))

    def take_over(self, bundle: bytes) -> bool:
        answer = {"name": NAME, "bundle": bundle, "objects": b""}
        return project.import_experiment(answer, self.commit, self.home.path / ".dvc/cache")


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    found = Worker(tmp_path)
    monkeypatch.chdir(found.home.path)
    project.STATE.mkdir(parents=True)
    return found


def count_objects(project: Project) -> list[str]:
    """But for what git calls garbage: the empty file of a pack that it refused, which it removes when it tidies up."""
    lines = project.run("git", "count-objects", "-v").stdout.splitlines()
    return [line for line in lines if not line.startswith("garbage")]


def refuse(worker: Worker, bundle: bytes, message: str) -> None:
    """Nothing of it may be left: no experiment, no object, no file."""
    before = count_objects(worker.home)
    with pytest.raises(BadInput, match=message) as caught:
        worker.take_over(bundle)
    assert NAME in str(caught.value)
    assert "\n" not in str(caught.value)
    assert experiments(worker.home) == []
    assert count_objects(worker.home) == before
    assert list(project.STATE.iterdir()) == []


def test_an_experiment_is_taken_over_once(worker: Worker) -> None:
    bundle = worker.commit_all()
    assert worker.take_over(bundle) is True
    assert worker.take_over(bundle) is False
    assert experiments(worker.home) == [NAME]
    assert worker.home.run("git", "show", f"{worker.reference}:params.yaml").stdout == "hidden: 2\n"
    assert list(project.STATE.iterdir()) == []


@pytest.mark.parametrize("name", [".git", "..", "a/b"])
def test_a_malformed_object_of_git_is_refused(name: str, worker: Worker) -> None:
    refuse(worker, worker.commit_member(name), "cannot be taken over: git fetch: .*fsck error")


def test_a_link_in_git_is_refused(worker: Worker) -> None:
    (worker.clone.path / "data").symlink_to("/tmp")  # noqa: S108
    refuse(worker, worker.commit_all(), "cannot be taken over: it has a link among its files")


def test_a_damaged_bundle_is_refused(worker: Worker) -> None:
    bundle = bytearray(worker.commit_all())
    bundle[-30] ^= 1
    refuse(worker, bytes(bundle), "cannot be taken over: git fetch: ")
    refuse(worker, b"", "cannot be taken over: git fetch: ")


def test_a_bundle_that_is_too_large_is_refused(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = worker.commit_all()
    monkeypatch.setattr(project, "MOST_BUNDLE", len(bundle) - 1)
    message = f"{NAME} came with {len(bundle):,} bytes for git. At most {len(bundle) - 1:,} are taken over."
    refuse(worker, bundle, message)
    monkeypatch.setattr(project, "MOST_BUNDLE", len(bundle))
    assert worker.take_over(bundle)


def test_of_a_log_the_last_words_are_kept(worker: Worker) -> None:
    assert project.write_log(NAME, "x" * TAIL).read_text(encoding="utf-8") == "x" * TAIL + "\n"
    text = project.write_log(NAME, "a" * 10**6 + "x" * TAIL).read_text(encoding="utf-8")
    assert text == f"(of 1,004,000 characters the last 4,000)\n{'x' * TAIL}\n"


def write_archive(name: str, content: bytes, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.type, entry.linkname = len(content), kind, link
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


LISTINGS: list[Any] = [
    *([{"md5": HASH, "relpath": path}] for path in ("../evil", "/etc/evil", "a/../../evil", "", "a//b", "./a", "..")),
    [{"md5": "../../../evil", "relpath": "a"}],
    [{"md5": HASH, "relpath": 1}],
    [{"md5": HASH}],
    {"md5": HASH},
    7,
]


@pytest.mark.parametrize("listed", [*map(json.dumps, LISTINGS), "[" * 100_000, "{", "\udcff"])
def test_a_listing_names_no_file_outside_its_directory(listed: str, tmp_path: Path) -> None:
    content = listed.encode("utf-8", "surrogateescape")
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    name = f"files/md5/{md5[:2]}/{md5[2:]}.dir"
    cache = tmp_path / "cache"
    with pytest.raises(ValueError, match="the listing of a directory "):
        unpack(write_archive(name, content), cache)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    (cache / name).write_bytes(content)  # as DVC leaves it that has it from a remote
    with pytest.raises(ValueError, match="the listing of a directory "):
        list_outputs({"stages": {"train": {"outs": [{"md5": f"{md5}.dir", "path": "data"}]}}}, cache)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_links_among_outputs_are_refused(kind: bytes, tmp_path: Path) -> None:
    archive = write_archive(f"files/md5/00/{HASH[2:]}", b"", kind, "/etc/passwd")
    with pytest.raises(ValueError, match="is no object of a DVC cache"):
        unpack(archive, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_experiment_whose_outputs_on_the_remote_would_lie_elsewhere_is_removed_again(
    worker: Worker, tmp_path: Path
) -> None:
    """DVC would write to `../../evil`, as whatever is in its cache is put where the listing says."""
    listed = json.dumps([{"md5": HASH, "relpath": "../../evil"}])
    md5 = hashlib.md5(listed.encode(), usedforsecurity=False).hexdigest()
    out = {"path": "data/evaluate", "hash": "md5", "md5": f"{md5}.dir"}
    dump_yaml(worker.clone.path / "dvc.lock", {"schema": "2.0", "stages": {"evaluate": {"cmd": "x", "outs": [out]}}})
    worker.take_over(worker.commit_all())
    assert experiments(worker.home) == [NAME]
    cache = tmp_path / "cache"
    (cache / f"files/md5/{md5[:2]}").mkdir(parents=True)
    (cache / f"files/md5/{md5[:2]}/{md5[2:]}.dir").write_text(listed, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "run_dvc", lambda *words, directory: b"")  # it is there already
        with pytest.raises(BadInput, match=f"{NAME} is removed again, .*'../../evil', which is not in it"):
            project.fetch_outputs(worker.commit, {NAME: ["data/evaluate"]}, cache)
    assert experiments(worker.home) == []
