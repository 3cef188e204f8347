"""What the blocks of README and docs are made of: tables of `docs/results/`, figures, tables in Markdown."""

from functools import cache
from pathlib import Path

import pandas as pd

from hidden_nodes.errors import BadInput

RESULTS = Path("docs/results")


@cache
def read_results(name: str) -> pd.DataFrame:
    """A table of `docs/results/`. Raises BadInput if there is none of that name."""
    path = RESULTS / f"{name}.csv"
    if not path.is_file():
        raise BadInput(f"{path} is missing: see `make help` for the command that makes it")
    return pd.read_csv(path)


def figure(name: str, table: str = "default") -> float:
    """A single figure of a table `figure value ...`."""
    return float(read_results(table).set_index("figure")["value"][name])


def percent(share: float, decimals: int = 2) -> str:
    return f"{100 * share:.{decimals}f} %"


def draw_table(headings: list[str], rows: list[list[str]], texts: int = 1) -> str:
    """A table in Markdown; the first columns (`texts`) are set left, numbers right."""
    rule = ["---" if position < texts else "--:" for position in range(len(headings))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [headings, rule, *rows])
