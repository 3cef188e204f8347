"""What a visitor of the page waits for, as a table of `docs/performance.md`, from `docs/results/page.csv`."""

import pandas as pd

MEASURED = ["Median", "Quarter to three quarters", "Aim", "Reached"]
HEADINGS = ["What a visitor does", "Hidden nodes", "Images", *MEASURED]
SWEEP_HEADINGS = ["What a visitor of a sweep's page does", "Trials", *MEASURED]
NAMES = {
    "usable after": "opens the page, until it answers",
    "a node off": "switches a node off, all figures and plots drawn",
    "half of the nodes off": "switches half of the nodes off, likewise",
    "an epoch of Learn": "trains a small network for an epoch",
    "moving a map": "moves a map",
    "a sweep's page usable after": "opens it, until it answers",
    "drawing a range": "draws a range along an axis",
}


def describe_measured(row: pd.Series) -> list[str]:
    """A measurement as the cells of MEASURED; frames a second are the better the more, milliseconds the fewer."""
    rate = row["unit"] != "ms"
    reached = row["median"] >= row["goal"] if rate else row["median"] <= row["goal"]
    decimals = 1 if row["median"] < 10 else 0
    between = f"{row['low']:.{decimals}f} to {row['high']:.{decimals}f}"
    aim = f"{'at least' if rate else 'at most'} {row['goal']:,.0f}"
    return [f"{row['median']:,.{decimals}f} {row['unit']}", between, aim, "yes" if reached else "no"]


def describe_row(row: pd.Series) -> list[str]:
    """A measurement of a run's page."""
    what = NAMES[row["measure"]] + (f", drawn by {row['renderer']}" if isinstance(row["renderer"], str) else "")
    counts = ["" if pd.isna(row[name]) else f"{int(row[name]):,}" for name in ("nodes", "points")]
    return [what, *counts, *describe_measured(row)]


def rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    return HEADINGS, [describe_row(row) for _, row in table.iterrows()]


def sweep_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """The same of a sweep's page."""
    rows = [[NAMES[row["measure"]], f"{row['trials']:,}", *describe_measured(row)] for _, row in table.iterrows()]
    return SWEEP_HEADINGS, rows
