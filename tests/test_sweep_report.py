"""What the page of a sweep is made of: trials read from git and DVC's cache, means, what there is room for."""

import hashlib
import json
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import t as student_t

from hidden_nodes.data.dataset import Dataset
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.network.weights import write_weights
from page.bundle import IMPORT
from sweep import watch
from sweep.brought import Brought, read_blobs, read_brought, read_history
from sweep.carry import carry_pictures, carry_sweep, fill_room, fit, hash_sweep
from sweep.commands import experiment_reference
from sweep.dispatch import list_running
from sweep.means import choose_setting, list_levels, tabulate_means
from sweep.plan import Plan
from sweep.report import MAX_BYTES, describe_missing, describe_seconds, modules, render_sweep
from sweep.shown import Gatherer, Progress, read_logs, read_matching
from tests.made_sweep import SMALL, make_matching, make_progress, make_shown
from tests.stub import commit_files

DATASET = Dataset(
    name="tiny", title="Tiny", noun="image", classes=["a", "b"], rows=2, columns=3, train_images=4, test_images=4,
    ordered=False, drawing=None,
)  # fmt: skip
HISTORY = "epoch,loss,accuracy,val_loss,val_accuracy,kept\n1,0.9,0.5,0.8,0.6,0\n2,0.7,0.7,0.75,0.65,1\n"
CONFUSIONS = "actual,predicted,images,percent\n1,1,4,80\n0,0,5,50\n0,1,5,50\n1,0,1,20\n"


def keep(cache: Path, content: bytes, end: str = "") -> str:
    """Put something into a DVC cache; its hash."""
    name = hashlib.md5(content, usedforsecurity=False).hexdigest() + end
    path = cache / "files/md5" / name[:2] / name[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def keep_directory(cache: Path, files: dict[str, str]) -> str:
    listed = [{"md5": keep(cache, text.encode()), "relpath": name} for name, text in files.items()]
    return keep(cache, json.dumps(listed).encode(), ".dir")


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Brought]:
    """Three experiments: one has all, one only metrics, one damaged files."""
    path = tmp_path_factory.mktemp("brought")
    cache, weights = path / "cache", path / "network.npz"
    write_weights(untrained_network(6, 20, 2, "relu", 1), weights)
    tables = {"whole": (HISTORY, CONFUSIONS, weights.read_bytes()), "damaged": ("epoch\n1\n", "actual\n", b"PK")}
    project = commit_files(path / "project", {"metrics/knowledge.json": '{"nodes_described": 0.5}'})
    commit = project.run("git", "rev-parse", "HEAD").stdout.strip()
    for name in ("whole", "damaged", "bare"):
        train, evaluate = [], [{"path": "metrics/evaluate.json", "md5": "0" * 32}]
        if name in tables:
            history, confusions, network = tables[name]
            train = [
                {"path": "data/train", "md5": keep_directory(cache, {"history.csv": history})},
                {"path": "models/network.npz", "md5": keep(cache, network)},
            ]
            evaluate.append({"path": "data/evaluate", "md5": keep_directory(cache, {"confusion.csv": confusions})})
        stages = {"train": {"outs": train}, "evaluate": {"outs": evaluate},
                  "knowledge": {"outs": [{"path": "metrics/knowledge.json", "md5": "0" * 32}]}}  # fmt: skip
        (project.path / "dvc.lock").write_text(yaml.safe_dump({"stages": stages}), encoding="utf-8")
        metrics = '{"test_accuracy": 0.9, "note": "text"}' if name == "whole" else "[" * (name == "damaged") + "{}"
        (project.path / "metrics/evaluate.json").write_text(metrics, encoding="utf-8")
        project.run("git", "add", "--all")
        project.run("git", "commit", "--quiet", "--message", name)
        project.run("git", "update-ref", experiment_reference(commit, name), "HEAD")
        project.run("git", "reset", "--quiet", "--hard", commit)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.path)
        names = ("whole", "damaged", "bare", "gone")
        return read_brought(commit, ["train", "evaluate"], dict.fromkeys(names, DATASET), cache)


def test_a_trial_has_what_its_commit_and_the_cache_hold(brought: dict[str, Brought]) -> None:
    whole = brought["whole"]
    assert whole.metrics == {"test_accuracy": 0.9}  # not the texts, nor what the commit has of other stages
    assert whole.history is not None
    assert whole.history["val_accuracy"].tolist() == [0.6, 0.65]
    assert whole.confusions is not None
    assert whole.confusions.tolist() == [[5, 5], [1, 4]]


def test_what_a_trial_lacks_or_what_is_damaged_is_left_out(brought: dict[str, Brought]) -> None:
    for name in ("damaged", "bare", "gone"):
        found = brought[name]
        assert (found.metrics, found.history, found.confusions, found.pictures) == ({}, None, None, None), name


def test_pictures_are_of_the_nodes_with_the_largest_outgoing_weights(brought: dict[str, Brought]) -> None:
    pictures = brought["whole"].pictures
    assert pictures is not None
    network = untrained_network(6, 20, 2, "relu", 1)
    sizes = (network.output_weights**2).sum(axis=1)
    assert set(pictures.nodes) == set(np.argsort(sizes)[-16:])
    for node, largest, pixels in zip(pictures.nodes, pictures.largest, pictures.pixels, strict=True):
        incoming = network.hidden_weights[:, node]
        assert largest == np.abs(incoming).max()
        np.testing.assert_allclose((pixels.astype(float) - 128) / 127 * largest, incoming, atol=largest / 250)


def test_names_that_git_does_not_know_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = commit_files(tmp_path, {"a": "1\n2", "b": ""})
    monkeypatch.chdir(project.path)
    found = read_blobs({"no": "HEAD:./c", "a": "HEAD:./a", "b": "HEAD:./b", "directory": "HEAD:./"})
    assert found == {"a": b"1\n2", "b": b""}
    assert read_blobs({}) == {}


def test_a_history_without_its_kept_epoch_is_none(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(HISTORY.replace(",1\n", ",0\n"), encoding="utf-8")
    assert read_history(path) is None


def test_means_are_over_all_else_and_intervals_over_seeds() -> None:
    """Held against the definition, seed by seed, on a full grid with one trial missing."""
    rng = np.random.default_rng(1)
    rows = [(a, b, seed, rng.normal()) for a in "xy" for b in "12" for seed in "123"]
    trials = pd.DataFrame(rows, columns=["a", "b", "seed", "m"])[:-1]  # y, 2, 3 has not run
    table = tabulate_means(trials, "a", None, ["a", "b", "seed"], ["m"]).set_index("a")
    of_x = trials[trials["a"] == "x"]
    means = [of_x[of_x["seed"] == seed]["m"].mean() for seed in "123"]
    half = student_t.ppf(0.975, 2) * np.std(means, ddof=1) / np.sqrt(3)
    assert table.loc["x", "trials"] == 6
    assert table.loc["x", ["m_low", "m_mean", "m_high"]].tolist() == pytest.approx(
        [np.mean(means) - half, np.mean(means), np.mean(means) + half]
    )
    assert table.loc["y", "m_mean"] == pytest.approx(trials[trials["a"] == "y"]["m"].mean())
    assert np.isnan(table.loc["y", "m_low"])  # seed 3 did not run what the others did
    lined = tabulate_means(trials, "a", "b", ["a", "b", "seed"], ["m"]).set_index(["a", "b"])
    single = trials[(trials["a"] == "y") & (trials["b"] == "1")]["m"]
    half = student_t.ppf(0.975, 2) * single.std() / np.sqrt(3)
    assert lined.loc[("y", "1"), "m_high"] == pytest.approx(single.mean() + half)
    assert lined.loc[("y", "2"), "m_low"] < lined.loc[("y", "2"), "m_mean"]  # two seeds, one setting


def test_there_is_no_interval_without_a_second_seed() -> None:
    trials = pd.DataFrame({"a": ["x", "y"], "seed": ["1", "1"], "m": [1.0, 2.0]})
    assert tabulate_means(trials, "a", None, ["a", "seed"], ["m"])["m_low"].isna().all()
    assert tabulate_means(trials.drop(columns="seed"), "a", None, ["a"], ["m"])["m_low"].isna().all()
    assert tabulate_means(trials, "seed", None, ["a", "seed"], ["m"])["m_mean"].tolist() == [1.5]


def test_the_best_setting_is_chosen_on_the_validation_images() -> None:
    rows = [("x", "1", 0.9, 0.5), ("x", "2", 0.9, 0.7), ("y", "1", 0.8, 0.99), ("y", "2", 0.8, 0.99)]
    trials = pd.DataFrame(rows, columns=["a", "seed", "val_accuracy", "test_accuracy"])
    best = choose_setting(trials, ["a", "seed"])
    assert best is not None
    assert (best["a"], best["seeds"], best["mean"]) == ("x", 2, pytest.approx(0.6))
    half = student_t.ppf(0.975, 1) * 0.1
    assert best["high"] - best["mean"] == pytest.approx(half)
    assert choose_setting(trials.rename(columns={"a": "dataset"}), ["dataset", "seed"]) is None
    assert choose_setting(trials.drop(columns="val_accuracy"), ["a", "seed"]) is None


def test_values_are_told_apart_and_ordered_as_they_are_meant() -> None:
    assert list_levels([10, 2, 10, 1.5]) == [1.5, 2, 10]
    assert list_levels(["tanh", "relu", "tanh"]) == ["tanh", "relu"]
    assert list_levels([True, 1, False]) == [True, 1, False]


def test_what_there_is_room_for_fits_and_the_page_says_which_trials_it_carries() -> None:
    shown = make_shown(SMALL)
    carried = carry_sweep(shown)
    room = 24_000
    parts = fill_room(carried, shown, room)
    taken = sum(len(json.dumps(carried[name], separators=(",", ":"))) for name in ("curves", "confusions", "pictures"))
    assert 0.9 * room < taken <= room + 200  # a part that is empty has its names
    assert parts["curves"] == (66, 66)  # the first of three, for which there is room
    assert 0 < parts["confusions"][0] < 66
    best = shown.table["val_accuracy"].to_numpy()
    within = carried["confusions"]["trials"]
    assert best[within].min() >= np.delete(best, within).max()
    assert describe_missing(10, 20, 25, "the first ones") == (
        "5 of 25 trials that have run have no such table here. "
        "The page carries those of 10 of 20 trials, the first ones."
    )
    assert describe_missing(0, 0, 3, "") == "None of the trials has such a table here."
    assert describe_missing(3, 3, 3, "") == ""


def test_what_does_not_fit_at_all_is_empty() -> None:
    shown = make_shown(SMALL)
    carried, size = fit(lambda trials: carry_pictures(shown, trials), [3, 4], 10)
    assert carried["trials"] == []
    assert size < 200


def test_an_address_outlives_the_trials_that_run_meanwhile() -> None:
    some, all_ = make_shown(SMALL, {0: "waiting", 1: "failed"}), make_shown(SMALL)
    assert hash_sweep(some) == hash_sweep(all_)
    assert hash_sweep(make_shown(SMALL | {"seed": [1, 2, 4]})) != hash_sweep(all_)


def test_the_same_trials_make_the_same_page() -> None:
    assert render_sweep(make_shown(SMALL)) == render_sweep(make_shown(SMALL))


def test_the_page_escapes_what_a_log_says_and_shows_the_comparison_of_seeds() -> None:
    page = render_sweep(make_shown(SMALL, {4: "failed"}, matching=make_matching()))
    assert "error: &lt;b&gt;the network&lt;/b&gt; has no memory left" in page
    assert "28.5 %<small>27.5 to 29.5 %" in page
    assert '65 of 66</strong> trials done, <strong class="bad">1 failed' in page
    assert len(page.encode()) <= MAX_BYTES


def test_a_sweep_that_runs_shows_its_trials_by_worker_and_what_is_left() -> None:
    shown = make_shown(SMALL, {4: "running", 65: "waiting"})
    page = render_sweep(make_shown(SMALL, {4: "running", 65: "waiting"}, progress=make_progress(shown, 1.5e9)))
    assert "64 of 66</strong> trials done, 1 running, 1 waiting; about 12 min left" in page
    assert "tcp://127.0.0.1:40001: hidden-1-activation-tanh-seed-2" in page
    assert '"progress":{"written":1500000000}' in page
    assert 'http-equiv="refresh"' not in page


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 s"), (754, "13 min"), (12_000, "3 h 20 min")])
def test_times_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert describe_seconds(seconds) == words


def test_the_end_of_a_log_is_shown_and_one_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "long.log").write_text("\n".join(str(line) for line in range(100)), encoding="utf-8")
    logs = read_logs({"a": tmp_path / "long.log", "b": tmp_path / "gone.log"})
    assert logs["a"].splitlines() == [str(line) for line in range(80, 100)]
    assert logs["b"].endswith("gone.log is not there any more")


def test_a_comparison_is_read_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_matching(Path("sweeps/seeds.yaml")) is None
    folder = tmp_path / "plots/compared-seeds"
    folder.mkdir(parents=True)
    make_matching().assign(setting="").to_csv(folder / "summary.csv", index=False)
    found = read_matching(Path("sweeps/seeds.yaml"))
    assert found is not None
    assert found["setting"].eq("").all()


def test_of_the_trials_that_a_worker_has_those_run_for_which_there_is_room() -> None:
    names = {"k1": "large", "k2": "small", "k3": "other", "k4": "last"}
    memory = {"large": 6, "small": 3, "other": 1, "last": 5}
    tasks = {"b": ["k4"], "a": ["k3", "k1", "k2"], "idle": [], "new": ["k9"]}
    offers = {"a": {"trial": 3, "memory": 9}, "b": {"trial": 1, "memory": 8}, "idle": {"trial": 1, "memory": 8}}
    assert list_running(names, tasks, offers, memory) == {"a": ["large", "small"], "b": ["last"]}
    offers["a"] = {"trial": 1, "memory": 100}
    assert list_running(names, tasks, offers, memory)["a"] == ["large"]


class Gathered:
    """Stands for a `Gatherer`, of a plan of which one trial has run."""

    plan = SimpleNamespace(existing={"old"})

    def gather(self, existing: set[str], failed: dict[str, str], progress: Progress | None) -> int:
        return len(existing) + len(failed)


def test_trials_that_a_search_adds_while_it_runs_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweep.project.read_params", lambda _: {"hidden": 8, "seed": 1})
    monkeypatch.setattr("sweep.project.read_descriptions", lambda _: {})
    monkeypatch.setattr(
        "sweep.shown.read_brought",
        lambda _commit, _stages, new, _cache: {name: Brought({"val_accuracy": 0.5}) for name in new},
    )
    plan = Plan("c" * 40, ["evaluate"], ["evaluate"], {"two": {"hidden": 2}}, set(), {}, [], 1, 1)
    gatherer = Gatherer(plan, Path("sweeps/search.yaml"), Path())
    assert gatherer.gather({"two"}, {}).status == ["done"]
    plan.named["nine"] = {"hidden": 9, "seed": 3}
    shown = gatherer.gather({"two"}, {})
    assert (shown.status, shown.parameters) == (["done", "waiting"], ["hidden", "seed"])
    assert shown.table.loc["nine", "hidden"] == 9
    assert shown.table.loc["two", "seed"] == 1
    assert len(shown.datasets) == 2


def test_the_page_is_written_when_something_has_changed_and_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    written: list[object] = []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(watch, "write_report", written.append)
    watcher = watch.Watcher(Gathered(), started=0.0)  # type: ignore[arg-type]
    for at, done, expected in [
        (100, set(), 1),  # at once
        (101, {"a"}, 1),  # too soon after it
        (103, {"a"}, 2),
        (110, {"a"}, 2),  # nothing new
        (164, {"a"}, 3),  # a sign of life
    ]:
        now[0] = at
        watcher.look(done, {}, {}, 5)
        assert len(written) == expected, at
    assert written == [1, 2, 2]


def test_modules_of_a_runs_page_are_taken_only_where_they_are_imported() -> None:
    names = set(modules())
    assert {"sweep_page.js", "state.js", "address_bar.js", "network.js"} <= names
    assert not names & {"page.js", "maps.js", "learn.js", "question.js"}
    for text in modules().values():
        assert set(IMPORT.findall(text)) <= names
