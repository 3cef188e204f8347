"""What the page of experiments side by side says first: the parameters and metrics that differ."""

from tools.plots_page import find_differences, write_differences


def test_only_what_differs_is_listed_and_what_one_lacks_is_none() -> None:
    runs: list[dict[str, float]] = [{"hidden": 8, "seed": 1, "accuracy": 0.5}, {"hidden": 12, "seed": 1}]
    assert find_differences(runs) == {"hidden": [8, 12], "accuracy": [0.5, None]}


def test_the_table_has_a_column_for_each_experiment_and_no_html_of_theirs() -> None:
    table = write_differences(["<b>one", "two"], {"Parameters": {"hidden": [8, 12]}, "Metrics": {}})
    assert '<th scope="row"></th><th>&lt;b&gt;one</th><th>two</th>' in table
    assert '<th scope="row">hidden</th><td>8</td><td>12</td>' in table
    assert "Metrics: no difference" in table
