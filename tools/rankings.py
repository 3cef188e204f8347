"""What the contest of rankings found (`sweeps/pixels.yaml`), as rows and sentences for the documents."""

import pandas as pd

from hidden_nodes.plotting.style import plural

AIM = {50: 0.955, 70: 0.96}  # test accuracy by number of pixels, as set before the contest


def half_width(row: pd.Series, metric: str) -> str:
    """Half the interval over seeds, in percent; nothing where there was one seed only."""
    half = 50 * (row[f"{metric}_high"] - row[f"{metric}_low"])
    return "" if pd.isna(half) else f" ± {half:.2f}"


def cell(row: pd.Series, metric: str) -> str:
    """A mean with half its interval, such as "95.23 ± 0.30"."""
    return f"{100 * row[f'{metric}_accuracy']:.2f}{half_width(row, metric)}"


def by_ranking(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row a ranking: accuracy on held-out images at each number of pixels; the best on the whole first.

    table : as `sweep.pixels.summarize_pixels` gives it.
    """
    numbers = sorted(int(number) for number in table["pixels"].unique())
    order = table.groupby("ranking")["val_accuracy"].mean().sort_values(ascending=False).index
    cells = {(row["ranking"], row["pixels"]): cell(row, "val") for _, row in table.iterrows()}
    rows = [[f"`{ranking}`", *(cells.get((ranking, number), "") for number in numbers)] for ranking in order]
    return ["Ranking", *(f"{number} pixels" for number in numbers)], rows


def seeds(table: pd.DataFrame, trials: int) -> str:
    """Over how many seeds the means are, and how many of the sweep's `trials` have run."""
    least, most = table["seeds"].min(), table["seeds"].max()
    number = str(most) if least == most else f"{least} to {most}"
    run = table["seeds"].sum()
    return f"{number} seeds; " + (f"all {trials} trials" if run == trials else f"{run} of {trials} trials have run")


def best_ones(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row a number of pixels: the ranking that is best on held-out images, and its test accuracy."""
    best = table.sort_values(["pixels", "val_accuracy"], ascending=[True, False]).drop_duplicates("pixels")
    rows = [
        [str(row["pixels"]), f"`{row['ranking']}`", str(row["seeds"]), cell(row, "val"), cell(row, "test")]
        for _, row in best.iterrows()
    ]
    return ["Pixels", "Best on held-out images", "Seeds", "Held-out images (%)", "Test images (%)"], rows


def aim(table: pd.DataFrame) -> str:
    """Which ranking, chosen on the held-out images, reached what was aimed at, and what was tried in vain; a list."""
    points = []
    for number, least in AIM.items():
        rows = table[table["pixels"] == number].sort_values("val_accuracy", ascending=False)
        best = rows.iloc[0]
        interval = f"95 % interval {100 * best['test_low']:.2f} to {100 * best['test_high']:.2f} %"
        reached = "reaches" if best["test_accuracy"] >= least else "misses"
        sentence = (
            f"With {plural(number, 'pixel')} the aim was {100 * least:.1f} % of the test images. `{best['ranking']}`, "
            f"the best on held-out images, {reached} it: {100 * best['test_accuracy']:.2f} % ({interval}, "
            f"{plural(best['seeds'], 'seed')})."
        )
        points.append(" ".join([sentence, *_others(rows, least)]))
    return "\n".join(f"- {point}" for point in [*points, _one_for_all(table)])


def _others(rows: pd.DataFrame, least: float) -> list[str]:
    """The rankings after the best, those that reach `least` on test images apart from those that do not."""
    named: dict[str, list[str]] = {"Others that reach it": [], "Tried in vain": []}
    for row in rows.iloc[1:].itertuples():
        behind = 100 * (rows["val_accuracy"].iloc[0] - row.val_accuracy)
        group = "Others that reach it" if row.test_accuracy >= least else "Tried in vain"
        named[group].append(
            f"`{row.ranking}` ({100 * row.test_accuracy:.2f} %; on held-out images {behind:.2f} behind)"
        )
    return [f"{words}: {', '.join(texts)}." for words, texts in named.items() if texts]


def _one_for_all(table: pd.DataFrame) -> str:
    """The ranking that is best on held-out images where one has to serve all numbers of AIM."""
    rows = table[table["pixels"].isin(list(AIM))]
    best = rows.groupby("ranking")["val_accuracy"].mean().idxmax()
    tests = rows[rows["ranking"] == best].set_index("pixels")["test_accuracy"]
    figures = " and ".join(f"{100 * tests[number]:.2f} % with {number}" for number in AIM)
    reached = all(tests[number] >= least for number, least in AIM.items())
    return (
        f"Where one ranking is to serve both numbers, the held-out images choose `{best}`, which "
        f"{'reaches both aims' if reached else 'does not reach both aims'}: {figures}."
    )


def default(table: pd.DataFrame) -> str:
    """How the study's own ranking compares at its number of pixels."""
    rows = table[table["pixels"] == max(AIM)].set_index("ranking")
    forest, best = rows.loc["forest"], rows.sort_values("val_accuracy").iloc[-1]
    return (
        f"{100 * forest['test_accuracy']:.2f} % of the test images with {max(AIM)} pixels, where `{best.name}` has "
        f"{100 * best['test_accuracy']:.2f} %"
    )
