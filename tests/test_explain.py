"""What explains accuracy in a full grid, what the best setting is better than, and what may be said of it."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from sweep.explain import (
    compare_to_best,
    describe_differences,
    describe_variance,
    explain_variance,
    tabulate_grid,
)
from tools import explained

WIDTHS, ACTIVATIONS, SEEDS = (1, 2, 4, 8), ("relu", "tanh"), (1, 2, 3, 4, 5)
Grid = dict[str, dict[str, Any]]


def make_grid(noise: float = 0.01, width: float = 0.1, activation: float = 0.02, both: float = 0.0) -> pd.DataFrame:
    """A full grid whose accuracies are sums of known effects."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "hidden": hidden, "train.activation": kind, "seed": seed,
            "val_accuracy": width * number + rng.normal(0, noise),
            "test_accuracy": width * number + activation * (kind == "relu") + both * number * (kind == "relu")
            + rng.normal(0, noise),
        }
        for (number, hidden), kind, seed in product(enumerate(WIDTHS), ACTIVATIONS, SEEDS)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_parts_of_the_variance_are_those_of_plain_sums_of_squares() -> None:
    grid = make_grid(both=0.01)
    y = grid["test_accuracy"].to_numpy().reshape(len(WIDTHS), len(ACTIVATIONS), len(SEEDS))
    cells, rows, columns, mean = y.mean(axis=2), y.mean(axis=(1, 2)), y.mean(axis=(0, 2)), y.mean()
    expected = {
        "hidden": 10 * ((rows - mean) ** 2).sum(),
        "train.activation": 20 * ((columns - mean) ** 2).sum(),
        "hidden x train.activation": 5 * ((cells - rows[:, None] - columns + mean) ** 2).sum(),
        "seed": ((y - cells[:, :, None]) ** 2).sum(),
    }
    found = explain_variance(grid).set_index("term")
    assert found["share"].to_dict() == pytest.approx(
        {term: part / ((y - mean) ** 2).sum() for term, part in expected.items()}, abs=1e-9
    )
    assert found["degrees"].tolist() == [3, 1, 3, 32]
    f = (expected["hidden"] / 3) / (expected["seed"] / 32)
    assert found.loc["hidden", "f"] == pytest.approx(f)
    assert found["p_value"].isna().tolist() == [False] * 3 + [True]
    assert found.loc["hidden", "low"] < found.loc["hidden", "share"] < found.loc["hidden", "high"]
    shuffled = explain_variance(grid.sample(frac=1, random_state=0)).set_index("term")
    np.testing.assert_allclose(shuffled.loc[found.index, "share"], found["share"], atol=1e-9)


def test_a_sentence_ranks_terms_only_where_intervals_permit_it() -> None:
    clear = describe_variance(explain_variance(make_grid()))
    assert clear.startswith("of the variance of test accuracy, for the swept values only: hidden 9")
    assert clear.endswith("; hidden explains most")
    table = pd.DataFrame({"term": ["a", "seed"], "share": [0.6, 0.4], "low": [0.3, 0.1], "high": [0.9, 0.7]})
    shares = "a 60.0 % (30.0 to 90.0), seed 40.0 % (10.0 to 70.0)"
    assert describe_variance(table).endswith(f"{shares}; which explains most, these seeds do not tell")
    two = explain_variance(make_grid().query("seed < 3"))
    assert two[["low", "high"]].isna().all(axis=None)
    assert describe_variance(two).endswith("these seeds do not tell")


def test_the_best_by_validation_is_compared_seed_by_seed_on_the_test_images() -> None:
    grid = make_grid()
    found = compare_to_best(grid)
    means = grid.groupby(["hidden", "train.activation"])["val_accuracy"].mean().sort_values(ascending=False)
    assert list(zip(found["hidden"], found["train.activation"], strict=True)) == means.index.tolist()
    assert found.loc[0, "difference"] == 0
    best, other = (
        grid[(grid["hidden"] == row.hidden) & (grid["train.activation"] == row[2])]["test_accuracy"].to_numpy()
        for row in found.iloc[[0, 4]].itertuples()
    )
    interval = ttest_rel(best, other).confidence_interval(1 - 0.05 / 7)  # seven others, all at once
    assert found.loc[4, ["difference", "low", "high"]].tolist() == pytest.approx(
        [np.mean(best - other), interval.low, interval.high]
    )


def test_a_setting_is_called_better_only_where_its_interval_excludes_chance() -> None:
    text = describe_differences(compare_to_best(make_grid(noise=0.001)))
    assert "better than 7 of 7 others" in text or "better than 6 of 7 others" in text
    even = describe_differences(compare_to_best(make_grid(noise=0.1, width=0, activation=0)))
    assert "better than 0 of 7 others; from 7 these seeds do not tell it" in even
    table = pd.DataFrame({"low": [0, -3.0, 1, -1], "high": [0, -1.0, 2, 1]})
    assert describe_differences(table).startswith(
        "on the test images, seed by seed, the best setting is better than 1 of 3 others, worse than 1; from 1 these"
    )


def make_trials() -> tuple[Grid, pd.DataFrame]:
    named = {
        f"{hidden}-{kind}-{seed}": {"hidden": hidden, "train.activation": kind, "knowledge.rotations": 5, "seed": seed}
        for hidden, kind, seed in product(WIDTHS, ACTIVATIONS, SEEDS)
    }
    return named, pd.DataFrame({"experiment": list(named), "val_accuracy": 0.5, "test_accuracy": 0.4})


def test_only_full_grids_of_one_data_set_are_explained() -> None:
    named, accuracies = make_trials()
    table = tabulate_grid(named, accuracies)
    assert table is not None
    assert list(table) == ["hidden", "train.activation", "seed", "val_accuracy", "test_accuracy"]
    assert len(table) == 40
    assert tabulate_grid(named, accuracies.iloc[1:]) is None  # one has not run
    assert tabulate_grid(named | {"more": {"hidden": 9, "seed": 1}}, accuracies) is None
    one_seed = {name: trial for name, trial in named.items() if trial["seed"] == 1}
    assert tabulate_grid(one_seed, accuracies) is None
    one_setting = {name: trial for name, trial in named.items() if name.startswith("1-relu")}
    assert tabulate_grid(one_setting, accuracies) is None
    two_sets = {name: trial | {"dataset": trial["train.activation"]} for name, trial in named.items()}
    assert tabulate_grid(two_sets, accuracies) is None


def test_a_grid_in_which_a_combination_stands_twice_or_a_value_is_left_out_is_not_full() -> None:
    named: Grid = {
        f"{hidden}-{kind}-{seed}": {"hidden": hidden, "train.activation": kind, "seed": seed}
        for hidden, kind, seed in product((1, 2), ACTIVATIONS, (1, 2))
    }
    accuracies = pd.DataFrame({"experiment": list(named), "val_accuracy": 0.5, "test_accuracy": 0.4})
    assert tabulate_grid(named, accuracies) is not None
    assert tabulate_grid(named | {"2-tanh-2": {"hidden": 1, "train.activation": "relu", "seed": 1}}, accuracies) is None
    default = {name: {key: value for key, value in trial.items() if value != "relu"} for name, trial in named.items()}
    assert tabulate_grid(default, accuracies) is None
    without = {name: {"hidden": trial["hidden"], "seeds": trial["seed"]} for name, trial in named.items()}
    assert tabulate_grid(without, accuracies) is None


def test_of_equally_good_settings_the_first_is_the_best() -> None:
    rows = [(kind, seed, 0.5, 0.1 * seed) for kind in ("tanh", "relu", "elu") for seed in (1, 2)]
    grid = pd.DataFrame(rows, columns=["train.activation", "seed", "val_accuracy", "test_accuracy"])
    assert compare_to_best(grid)["train.activation"].tolist() == ["tanh", "relu", "elu"]


def test_a_term_explains_most_only_if_its_interval_is_above_all_others() -> None:
    table = pd.DataFrame({
        "term": ["a", "b", "c"], "share": [0.6, 0.3, 0.1], "low": [0.5, -0.1, 0.0], "high": [1.2, 0.6, 0.2],
    })  # fmt: skip
    untold = "which explains most, these seeds do not tell"
    text = describe_variance(table)
    assert text.endswith(f": a 60.0 % (50.0 to 100.0), b 30.0 % (0.0 to 60.0), c 10.0 % (0.0 to 20.0); {untold}")
    assert describe_variance(table.assign(high=[1.2, 0.5, 0.2])).endswith(untold)
    assert describe_variance(table.assign(high=[1.2, 0.49, 0.2])).endswith("; a explains most")


def test_an_interval_that_ends_at_0_tells_nothing_of_a_setting() -> None:
    table = pd.DataFrame({"low": [0, 0.0, -0.2, -0.3, -0.1], "high": [0, 0.1, 0.0, -0.2, -0.05]})
    assert "better than 0 of 4 others, worse than 2; from 2 these" in describe_differences(table)


def test_the_documents_say_what_intervals_permit() -> None:
    table = pd.DataFrame({"term": ["a", "seed"], "share": [0.6, 0.4], "low": [0.5, 0.1], "high": [1.1, 0.45]})
    assert explained.shares(table)[0] == ["a", "60.0 %", "50.0 to 100.0 %"]
    assert explained.most(table) == "`a` explains most."
    assert explained.most(table.assign(high=[1.1, 0.5])) == "Which of them explains most, these seeds do not tell."
    columns = ["hidden", "train.activation", "seeds", "difference", "low", "high"]
    rows = [(8, "relu", 3, 0, 0, 0), (8, "tanh", 3, 0.01, -0.01, 0.03), (4, "relu", 3, 0.1, 0.05, 0.15)]
    text = explained.differences(pd.DataFrame(rows, columns=columns))
    assert "better than 1 on the test images and worse than 0; from 1, 3 seeds do not tell it" in text
    assert "It may be more or less accurate than tanh with as many nodes (1.00 points, -1.00 to 3.00)." in text
    clear = [rows[0], (8, "tanh", 3, 0.02, 0.01, 0.03)]
    assert "It is more accurate than tanh" in explained.differences(pd.DataFrame(clear, columns=columns))
