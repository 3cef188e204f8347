"""What searches found beside random trials of a grid: exact figures, and words that their intervals permit."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tools.searches import TEST, VAL, best_of_random, best_of_search, common_length, compare, in_words

GRID = pd.DataFrame({VAL: [0.5, 0.9, 0.7, 0.9, 0.1, 0.7], TEST: [0.4, 0.8, 0.5, 0.6, 0.2, 0.9]})


def proposals(*found: list[float]) -> pd.DataFrame:
    """Searches by what their trials came to, on both kinds of images."""
    return pd.DataFrame([
        {"sampler_seed": seed, "trial": trial, "experiment": f"e{seed}-{trial}", VAL: value, TEST: value - 0.1}
        for seed, values in enumerate(found) for trial, value in enumerate(values, 1)
    ])  # fmt: skip


@pytest.mark.parametrize("trials", [1, 2, 4, 6])
def test_the_best_of_random_trials_is_the_mean_over_all_choices(trials: int) -> None:
    best = []
    for chosen in itertools.combinations(range(len(GRID)), trials):
        rows = GRID.iloc[list(chosen)]
        winners = rows[rows[VAL] == rows[VAL].max()]
        best.append((winners[VAL].iloc[0], winners[TEST].mean()))
    assert best_of_random(GRID, trials).to_numpy() == pytest.approx(np.mean(best, axis=0))


def test_the_best_of_a_search_is_chosen_by_validation_and_counts_failures_as_tried() -> None:
    table = proposals([0.3, float("nan"), 0.5, 0.4], [0.2, 0.6, 0.1, 0.7])
    assert best_of_search(table, 3)[VAL].tolist() == [0.5, 0.6]
    assert best_of_search(table, 3)[TEST].tolist() == pytest.approx([0.4, 0.5])
    assert common_length(table) == 1
    assert common_length(proposals([0.3, 0.4, 0.5], [0.3, 0.4])) == 2


def test_words_say_no_more_than_the_intervals() -> None:
    good = proposals([0.95, 0.97], [0.96, 0.94], [0.9, 0.96])
    assert "3 searches of 2 trials each, 6 networks in all." in in_words(good, GRID, 2)
    assert "on the validation images better (+" in in_words(good, GRID, 2)
    assert "2 trials each (of 30: the others have not run yet)" in in_words(good, GRID, 30)
    wide = proposals([0.95, 0.97], [0.1, 0.2], [0.8, 0.3])
    assert "on the validation images neither better nor worse, as far as 3 searches tell (" in in_words(wide, GRID, 2)
    headings, rows = compare(good, GRID)
    assert [row[0] for row in rows] == ["2", "6, the whole grid"]
    assert all(len(row) == len(headings) for row in rows)
    assert rows[0][1] == "96.33 ± 1.43"  # Student's t for two degrees of freedom, 4.303, by 0.577 / sqrt(3)
