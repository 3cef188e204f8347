"""What a sweep computes of its trials: names, sizes, memory, intervals over seeds, figures of tables, by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from scipy.stats import t as student_t

from hidden_nodes.data.dataset import as_dataset, parse_description
from hidden_nodes.errors import BadInput
from hidden_nodes.params import estimate_memory
from sweep import findings, pixels, results
from sweep.checks import TRIAL_MEMORY, check_trials, memory_needs
from sweep.grid import LONGEST_NAME, MOST_TRIALS, Sweep, expand, name_trial, name_trials, read_sweep, show
from sweep.plan import Plan, describe_plan
from sweep.results import collect, read_experiments, summarize, without_files, write_results
from sweep.scores import half_width
from tests.clone import ROOT

PARAMS = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
MNIST = (ROOT / "datasets/mnist.yaml").read_text(encoding="utf-8")
FILE = Path("sweeps/here.yaml")


# grid


@pytest.mark.parametrize("value", [True, 3, 0.5, "tanh", [1, 2], [], ""])
def test_a_value_of_any_kind_of_a_parameter_may_be_swept(value: object) -> None:
    assert read_sweep({"grid": {"hidden": [value]}}, FILE).grid["hidden"] == [value]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), [1, "a"], [0.5], {"a": 1}, [[1]]])
def test_what_no_parameter_can_be_is_no_value(value: object) -> None:
    with pytest.raises(BadInput, match="'a value' must be a finite number, a text, true or false, or a list of whole"):
        read_sweep({"trials": [{"hidden": value}]}, FILE)


def test_a_sweep_has_at_least_one_trial_and_at_most_5000() -> None:
    full: dict[str, Any] = {"grid": {"hidden": list(range(1, 51)), "seed": list(range(100))}}
    assert len(expand(read_sweep(full, FILE))) == MOST_TRIALS
    with pytest.raises(BadInput, match=r"must name at most 5000 trials\. Found 5001\.$"):
        read_sweep(full | {"trials": [{"hidden": 60}]}, FILE)
    assert len(expand(read_sweep({"trials": [{"seed": seed} for seed in range(MOST_TRIALS)]}, FILE))) == MOST_TRIALS
    with pytest.raises(BadInput, match=r"Found 5001\.$"):
        read_sweep({"trials": [{"seed": 1}] * (MOST_TRIALS + 1)}, FILE)
    empty: list[dict[str, Any]] = [{}, {"grid": {}, "trials": []}]
    for nothing in empty:
        with pytest.raises(BadInput, match=r"must name at least one trial: a 'grid', or 'trials'\. Found neither\.$"):
            read_sweep(nothing, FILE)


def test_a_sweep_runs_one_stage_or_more() -> None:
    for stages in (["train"], ["train", "evaluate"]):
        assert read_sweep({"stages": stages, "grid": {"hidden": [1]}}, FILE).stages == stages
    assert read_sweep({"grid": {"hidden": [1]}}, FILE).stages == ["evaluate"]
    with pytest.raises(BadInput, match="'stages' must be at least 1 item"):
        read_sweep({"stages": [], "grid": {"hidden": [1]}}, FILE)


def test_trials_without_a_grid_are_those_that_are_named_in_whatever_order_their_values_stand() -> None:
    sweep = Sweep(trials=[{"hidden": 1, "seed": 2}, {"seed": 2, "hidden": 1}, {"hidden": 1}])
    assert expand(sweep) == [{"hidden": 1, "seed": 2}, {"hidden": 1}]
    assert expand(Sweep(grid={"hidden": [3]})) == [{"hidden": 3}]


def test_names_hold_letters_digits_and_little_else() -> None:
    trials: list[dict[str, Any]] = [
        {"explore.pixels": [1, 2]}, {"train.activation": "a b@c..d"}, {"train.l2": 0.01, "seed": 3},
        {"retrain_selected.pixels": 5, "rf_select.images": 7, "pca_tsne.iterations": 300},
    ]  # fmt: skip
    assert list(name_trials(trials, PARAMS, ["train", "evaluate"], ["evaluate", "report"])) == [
        "explore.pixels-_1_2_-to-train-evaluate", "activation-a_b_c_d-to-train-evaluate",
        "l2-0.01-seed-3-to-train-evaluate",
        "retrain_selected.pixels-5-rf_select.images-7-iterations-300-to-train-evaluate",
    ]  # fmt: skip
    assert list(name_trials(trials[2:3], PARAMS, ["report", "evaluate"], ["evaluate"])) == ["l2-0.01-seed-3"]
    assert name_trial(trials[2], PARAMS, ["evaluate"], ["evaluate"]) == "l2-0.01-seed-3"
    assert show(trials[2]) == "train.l2=0.01, seed=3"


def test_a_name_has_at_most_200_bytes_and_one_trial() -> None:
    longest = "x" * (LONGEST_NAME - len("activation-"))
    assert name_trial({"train.activation": longest}, PARAMS, ["a"], ["a"]) == f"activation-{longest}"
    with pytest.raises(BadInput, match=r"a trial's name may have 200 bytes\. Found 201: activation-x"):
        name_trial({"train.activation": longest + "x"}, PARAMS, ["a"], ["a"])
    alike: list[dict[str, Any]] = [{"train.activation": "a b"}, {"train.activation": "a/b"}]
    with pytest.raises(BadInput, match=r"train\.activation=\"a/b\" and train\.activation=\"a b\" would both be called"):
        name_trials(alike, PARAMS, ["a"], ["a"])


# checks


def test_a_parameter_that_is_not_there_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(BadInput, match=r"params\.yaml has no parameter 'hiden'\. Did you mean 'hidden'\?$"):
        check_trials([{"hiden": 1}], PARAMS, {"mnist": MNIST})
    with pytest.raises(BadInput, match=r"^the trial train\.l2=-1: .*'train\.l2' must be"):
        check_trials([{"train.l2": -1}], PARAMS, {"mnist": MNIST})
    assert PARAMS["train"]["l2"] == 0.001  # a trial changes a copy


def test_a_commit_whose_data_set_todays_code_does_not_read_is_left_to_its_own_stages() -> None:
    check_trials([{"hidden": 0}], PARAMS, {"mnist": "title: of an older form\n"})
    assert memory_needs({"a": {"hidden": 5}}, PARAMS, {"mnist": "title: of an older form\n"}) == {"a": TRIAL_MEMORY}


def test_a_trial_takes_what_its_network_takes_beside_what_every_trial_takes() -> None:
    mnist = as_dataset(parse_description(MNIST, "mnist"), "mnist")
    needs = memory_needs({"a": {"hidden": 512}, "b": {"seed": 3}}, PARAMS, {"mnist": MNIST})
    assert needs == {
        "a": TRIAL_MEMORY + estimate_memory(512, mnist), "b": TRIAL_MEMORY + estimate_memory(PARAMS["hidden"], mnist),
    }  # fmt: skip


# plan


def test_a_plan_lists_its_trials_and_says_what_the_cache_saves() -> None:
    plan = Plan(
        commit="0123456789", asked=["evaluate"], needed=["train", "evaluate"],
        named={"hidden-1": {"hidden": 1}, "hidden-2": {"hidden": 2}}, existing={"hidden-2"}, memory={}, shared=[],
        total=6, distinct=4,
    )  # fmt: skip
    assert describe_plan(plan).splitlines() == [
        "to run  hidden-1   (hidden=1)", "exists  hidden-2   (hidden=2)",
        "commit 0123456, up to evaluate: 2 trials, of which 1 exist",
        "6 stage executions, of which the cache saves at least 2; once for all trials: none",
    ]  # fmt: skip
    assert (plan.further, plan.advance()) == (0, {})


# results and scores


def row(hidden: int, seed: int, accuracy: float, **more: object) -> dict[str, Any]:
    return {"hidden": hidden, "seed": seed, "val_accuracy": accuracy, "test_accuracy": accuracy - 0.1} | more


def test_networks_are_collected_whatever_else_is_known_of_them() -> None:
    bare = collect([row(2, 1, 0.9), row(1, 1, 0.8)])
    assert bare["hidden"].tolist() == [1, 2]
    assert bare["settings"].tolist() == ["", ""]
    assert bare.index.tolist() == [0, 1]
    for missing in ("hidden", "seed", "val_accuracy", "test_accuracy"):
        rest = {name: value for name, value in row(2, 1, 0.9).items() if name != missing}
        assert collect([rest]).empty


def test_settings_are_those_that_differ_and_the_newest_of_equal_networks_counts() -> None:
    table = collect([
        row(2, 1, 0.9, **{"train.l2": 0.01, "dataset": "a", "train.epochs": 5, "rf_select.trees": 1}),
        row(2, 1, 0.5, **{"train.l2": 0.01, "dataset": "a", "train.epochs": 5, "rf_select.trees": 2}),
        row(2, 1, 0.7, **{"train.l2": 0.001, "dataset": "b", "train.epochs": 5, "rf_select.trees": 3}),
    ])  # fmt: skip
    assert table["settings"].tolist() == ["l2 0.001, dataset b", "l2 0.01, dataset a"]
    assert table["val_accuracy"].tolist() == [0.7, 0.9]


def test_a_summary_has_the_best_by_validation_first_and_equal_ones_in_their_order() -> None:
    rows = [row(hidden, seed, 0.5 + hidden / 100 + seed / 10) for hidden in (1, 2) for seed in (1, 2, 3)]
    summary = summarize(collect([*rows, row(4, 1, 0.9), row(8, 1, 0.9)]))
    assert summary["hidden"].tolist() == [4, 8, 2, 1]
    assert summary["seeds"].tolist() == [1, 1, 3, 3]
    half = student_t.ppf(0.975, 2) * 0.1 / np.sqrt(3)
    assert summary.loc[2, ["val_accuracy", "test_accuracy", "test_low", "test_high"]].tolist() == pytest.approx(
        [0.72, 0.62, 0.62 - half, 0.62 + half]
    )


def test_results_are_written_with_tables_beside_them_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    titles: list[str] = []
    monkeypatch.setattr(results, "save_figure", lambda figure, path, title: titles.append(f"{path.name}: {title}"))
    table = collect([row(1, 1, 0.8, dataset="mnist"), row(2, 1, 0.9, dataset="mnist")])
    write_results(table, "here", {"variance": pd.DataFrame({"term": ["hidden"]})})
    assert titles == ["results.png: mnist, 2 networks"]
    assert {path.name for path in Path("plots/here").iterdir()} == {"results.csv", "summary.csv", "variance.csv"}
    assert pd.read_csv("plots/here/summary.csv")["hidden"].tolist() == [2, 1]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:3] == ["experiment", "dataset", "hidden"]
    assert printed[1].split()[:3] == ["NaN", "mnist", "1"]
    assert printed[3:] == [
        "plots/here/: results.png, results.csv and summary.csv of 2 networks",
        "best by validation accuracy: 2 nodes: test accuracy 80.00 % (1 seed)",
    ]
    with pytest.raises(BadInput, match=r"no experiment with metrics/evaluate\.json was found"):
        write_results(collect([]), "here")


def test_experiments_are_those_of_a_commit_by_name_or_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def exp_show(**arguments: object) -> list[dict[str, Any]]:
        asked.append(arguments)
        return [{"Experiment": "a", "metrics/a.json:m": 1}, {"Experiment": "b"}, {"rev": "main"}]

    monkeypatch.setattr("dvc.api.exp_show", exp_show)
    assert read_experiments("0123", {"b", "c"}) == [{"Experiment": "b"}]
    assert read_experiments(None, set()) == [{"Experiment": "a", "m": 1}, {"Experiment": "b"}, {"rev": "main"}]
    assert asked == [{"revs": ["0123"]}, {"num": -1}]
    assert without_files({"a:b:m": 1, "m": 2, "n": None, "x:n": 0}) == {"m": 1, "n": 0}


def test_half_an_interval_is_students_and_missing_for_one_seed() -> None:
    found = half_width(pd.Series([0.2, 0.2, np.nan]), pd.Series([2, 5, 1]))
    expected = [0.2 / np.sqrt(n) * student_t.ppf(0.975, n - 1) for n in (2, 5)]
    assert found.tolist()[:2] == pytest.approx(expected)
    assert np.isnan(found[2])


# pixels


def make_pixels() -> list[dict[str, Any]]:
    named = {"dataset": "mnist", "hidden": 4}
    return [
        named | {
            "Experiment": f"{ranking}-{count}-{seed}", "seed": float(seed), pixels.RANKING: ranking,
            pixels.PIXELS: float(count), pixels.VAL: place + seed / 100, pixels.TEST: place - 0.1 + seed / 50,
        }
        for ranking, place in (("grid", 0.6), ("forest", 0.8)) for count in (50, 10) for seed in (2, 1)
    ]  # fmt: skip


def test_networks_on_few_pixels_come_by_ranking_pixels_and_seed() -> None:
    table = pixels.collect_pixels([*make_pixels(), make_pixels()[0] | {pixels.TEST: None}])
    assert list(table) == pixels.COLUMNS
    assert table["experiment"].tolist() == [
        f"{ranking}-{count}-{seed}" for ranking in ("forest", "grid") for count in (10, 50) for seed in (1, 2)
    ]  # fmt: skip
    assert table.index.tolist() == list(range(8))
    assert table["pixels"].dtype == table["seed"].dtype == int


def test_rankings_are_summarized_over_seeds_the_best_on_held_out_images_first() -> None:
    summary = pixels.summarize_pixels(pixels.collect_pixels(make_pixels()))
    assert summary[["pixels", "ranking", "seeds"]].to_numpy().tolist() == [
        [10, "forest", 2], [10, "grid", 2], [50, "forest", 2], [50, "grid", 2],
    ]  # fmt: skip
    assert summary.index.tolist() == [0, 1, 2, 3]
    factor = student_t.ppf(0.975, 1) * np.sqrt(2) / 2 / np.sqrt(2)  # of two values' difference
    for name, mean, difference in (("val", 0.815, 0.01), ("test", 0.73, 0.02)):
        ends = [summary.loc[0, f"{name}_{end}"] for end in ("low", "accuracy", "high")]
        assert ends == pytest.approx([mean - factor * difference, mean, mean + factor * difference])
    best = pixels.choose_best(summary)
    assert best["ranking"].tolist() == ["forest", "forest"]
    assert pixels.describe_best(best.iloc[1]) == (
        "50 pixels: forest, test accuracy 73.00 % (95 % interval 60.29 to 85.71 %, 2 seeds)"
    )
    assert pixels.describe_best(best.iloc[0].replace({2: 1})).endswith("73.00 % (1 seed)")


def test_a_contest_of_rankings_is_written_of_one_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    titles: list[str] = []
    monkeypatch.setattr(pixels, "save_figure", lambda figure, path, title: titles.append(f"{path.name}: {title}"))
    table = pixels.collect_pixels(make_pixels())
    pixels.write_pixels(table, "here")
    assert titles == ["results.png: mnist, 8 networks"]
    assert len(pd.read_csv("plots/here/results.csv")) == 8
    assert len(pd.read_csv("plots/here/summary.csv")) == 4
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:3] == ["pixels", "ranking", "seeds"]
    assert printed[1].split()[:3] == ["10", "forest", "2"]
    assert printed[5] == "plots/here/: results.png, results.csv and summary.csv of 8 networks"
    assert printed[6].startswith("best by validation accuracy, 10 pixels: forest, test accuracy 73.00 %")
    assert not pixels.is_of_pixels([{pixels.RANKING: "grid", pixels.PIXELS: 5}, {"hidden": 5}])
    with pytest.raises(BadInput, match=r"rankings compare on one data set\. Found mnist, digits\.$"):
        pixels.write_pixels(table.assign(dataset=["mnist"] * 4 + ["digits"] * 4), "here")
    with pytest.raises(BadInput, match="no experiment with 'selected_accuracy' was found"):
        pixels.write_pixels(table[:0], "here")


# findings


def make_findings() -> pd.DataFrame:
    rows = [
        {
            "experiment": f"{hidden}-{seed}", "dataset": "mnist", "hidden": hidden, "seed": seed,
            "nodes_described": 0.5 + seed / 10, "directions_described": 0.2, "nodes_for_95": 3.0,
            "effective_dimensions": np.nan if seed == 3 else 2.0, "trained_size": 3.0, "untrained_size": 2.0 + seed,
        }
        for hidden in (2, 4) for seed in (1, 2, 3)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_findings_have_means_and_intervals_over_the_seeds_that_have_them() -> None:
    summary = findings.summarize_findings(make_findings())
    assert summary["figure"].tolist()[::2][:3] == ["nodes_described", "directions_described", "nodes_for_95"]
    summary = summary.set_index(["hidden", "figure"])
    assert summary.loc[(2, "nodes_described"), ["seeds", "mean"]].tolist() == pytest.approx([3, 0.7])
    half = student_t.ppf(0.975, 2) * 0.1 / np.sqrt(3)
    assert summary.loc[(4, "nodes_minus_rotated"), ["low", "mean", "high"]].tolist() == pytest.approx(
        [0.5 - half, 0.5, 0.5 + half]
    )
    assert summary.loc[(4, "trained_minus_untrained_size"), "mean"] == pytest.approx(-1)
    assert summary.loc[(4, "effective_dimensions"), "seeds"] == 2
    assert not {"experiment", "seed", "dataset"} & set(summary.index.get_level_values("figure"))


def test_random_orders_need_as_many_nodes_as_first_keep_95_percent() -> None:
    """Also where the accuracy is just that share, and where what comes first in the file is not the smallest."""
    tables = {
        "controls": pd.DataFrame(
            [(kind, source, 0.5) for kind in ("class", "two_part")
             for source in ("nodes", "rotated", "untrained", "pixels", "shuffled")],
            columns=["sentences", "source", "share"],
        ),
        "nodes": pd.DataFrame({
            "sentence": ["fires for a", "fires for b", "nothing", "nothing"], "q_value": [0.01, 0.05, 0.04, 0.9],
            "ablation": [1.0, 3.0, 2.0, 0.0], "mutual_information": [0.1, 0.3, 0.2, 0.0],
            "mi_shuffled": [0.01, 0.03, 0.02, 0.0], "dead": [0, 0, 0, 1],
        }),
        "relations": pd.DataFrame({
            "relation": ["information and ablation loss", "information, split halves", "ablation loss, split halves"],
            "spearman": [0.1, 0.2, 0.3],
        }),
        "probes": pd.DataFrame({
            "source": ["hidden", "pixels", "untrained"], "target": "class", "value": [0.9, 0.8, 0.7],
        }),
        "layers": pd.DataFrame({
            "network": ["trained", "untrained"], "nodes_for_95": [3, 5], "effective_dimensions": [2.5, 6.5],
        }),
        "curves": pd.DataFrame({
            "order": ["greedy", *["random"] * 6],
            "others": ["refitted", "refitted", "mean", "refitted", "mean", "refitted", "refitted"],
            "nodes": [1, 8, 8, 4, 2, 1, 2], "accuracy": [1.0, 1.0, 0.8, 0.95, 0.7, 0.5, 0.93],
        }),
    }  # fmt: skip
    found = findings.gather_figures(tables.__getitem__)
    assert (found["random_for_95"], found["test_accuracy"]) == (4, 0.8)
    assert (found["significant"], found["fires_for"], found["dead"]) == (0.5, 0.5, 0.25)
    assert (found["largest_ablation_points"], found["largest_information"]) == (3, 0.3)
    assert found["largest_shuffled_information"] == 0.03
    assert (found["untrained_dimensions"], found["trained_size"]) == (6.5, 3)
    assert (found["knowing_halves"], found["mattering_halves"], found["pixels_probe"]) == (0.2, 0.3, 0.8)


class Files:
    """In the place of an experiment's files: tables that say whose they are."""

    def __init__(self, rev: str) -> None:
        self.rev = rev

    def open(self, path: str) -> Any:
        target = Path(f"{self.rev}-{Path(path).name}")
        target.write_text(f"experiment,path\n{self.rev},{path}\n", encoding="utf-8")
        return target.open(encoding="utf-8")


def test_each_trials_figures_are_of_its_own_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(findings, "DVCFileSystem", Files)
    monkeypatch.setattr(findings, "gather_figures", lambda read: read("nodes").iloc[0].add_prefix("of_").to_dict())
    known = dict.fromkeys(findings.METRICS, 0.5) | {"dataset": "mnist"}
    rows = [{"Experiment": name, "hidden": hidden, "seed": 1} | known for name, hidden in (("b", 4), ("a", 2))]
    table = findings.collect_findings([*rows, {"Experiment": "bare", "hidden": 1, "seed": 1, "dataset": "mnist"}])
    assert table["experiment"].tolist() == table["of_experiment"].tolist() == ["a", "b"]
    assert table.index.tolist() == [0, 1]
    assert set(table["of_path"]) == {"data/knowledge/nodes.csv"}
    assert list(table)[:8] == ["experiment", *findings.KEYS, *findings.METRICS]


def test_findings_are_written_of_one_data_set_with_all_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn: list[str] = []
    monkeypatch.setattr(findings, "draw_finding", lambda summary, name: name)
    monkeypatch.setattr(findings, "save_figure", lambda figure, path, title: drawn.append(f"{path.name}: {title}"))
    findings.write_findings(make_findings(), "here")
    title = "mnist; 6 networks, mean and 95 % interval over 3 seeds"
    assert drawn == [f"{name}.png: {title}" for name in findings.DRAWN]
    assert capsys.readouterr().out == "plots/here/: results.csv, summary.csv and 6 pictures of 6 networks\n"
    assert len(pd.read_csv("plots/here/results.csv")) == 6
    assert "nodes_minus_rotated" in pd.read_csv("plots/here/summary.csv")["figure"].tolist()
    with pytest.raises(BadInput, match=r"findings are drawn of one data set\. Found mnist, digits\.$"):
        findings.write_findings(make_findings().assign(dataset=["mnist"] * 3 + ["digits"] * 3), "here")
    with pytest.raises(BadInput, match="no experiment with 'nodes_described' was found"):
        findings.write_findings(make_findings()[:0], "here")
    assert findings.is_of_findings(["knowledge"])
    assert not findings.is_of_findings(["knowledge", "evaluate"])
