"""What explains accuracy, in words, of `docs/results/nodes_variance.csv` and `nodes_differences.csv`."""

import pandas as pd


def shares(variance: pd.DataFrame) -> list[list[str]]:
    """The rows of the table: a term, the share it explains, its interval."""
    return [
        [row.term, f"{100 * row.share:.1f} %", f"{100 * max(row.low, 0):.1f} to {100 * min(row.high, 1):.1f} %"]
        for row in variance.itertuples()
    ]


def most(variance: pd.DataFrame) -> str:
    """Which term explains most, if its interval is above those of all others."""
    ordered = variance.sort_values("share", ascending=False)
    if ordered["low"].iloc[0] > ordered["high"].iloc[1:].max():
        return f"`{ordered['term'].iloc[0]}` explains most."
    return "Which of them explains most, these seeds do not tell."


def differences(table: pd.DataFrame) -> str:
    """What the best setting is better than, seed by seed; and whether than the other activation with as many nodes."""
    best, others = table.iloc[0], table.iloc[1:]
    better, worse = int((others["low"] > 0).sum()), int((others["high"] < 0).sum())
    other = others[others["hidden"] == best["hidden"]].iloc[0]
    told = "is more" if other["low"] > 0 else "is less" if other["high"] < 0 else "may be more or less"
    interval = f"{100 * other['difference']:.2f} points, {100 * other['low']:.2f} to {100 * other['high']:.2f}"
    return (
        f"Of {len(others)} other settings, the best one ({best['hidden']:.0f} nodes, {best['train.activation']}) is "
        f"better than {better} on the test images and worse than {worse}; from {len(others) - better - worse}, "
        f"{best['seeds']:.0f} seeds do not tell it, by 95 % intervals that hold all at once. It {told} accurate than "
        f"{other['train.activation']} with as many nodes ({interval})."
    )
