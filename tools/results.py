"""Write the figures of the last run that README and docs quote into `docs/results/default.csv`: `make results`."""

from pathlib import Path

import pandas as pd

from hidden_nodes import paths
from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.files import atomic_outputs, read_json
from hidden_nodes.tables import read_csv, write_csv

RESULTS = Path("docs/results/default.csv")


def gather_figures() -> pd.DataFrame:
    """Every metric, and from the tables what is none: a row a figure, `figure value`."""
    figures: dict[str, float] = {}
    for path in sorted(paths.TRAIN_METRICS.parent.glob("*.json")):
        figures |= read_json(path)
    for values in ("pixels", "activations"):
        maps = pd.read_csv(paths.embedding(values, "maps"))
        figures |= {f"{values}_knn_{row.map}": row.knn_accuracy for row in maps.itertuples()}
    selected = read_csv(paths.SELECTED_NETWORK_TABLE, "pixels", "parameters").iloc[0]
    figures |= {"selected_pixels": selected["pixels"], "selected_parameters": selected["parameters"]}
    return pd.DataFrame({"figure": list(figures), "value": [f"{value:.6g}" for value in figures.values()]})


def main() -> None:
    if not paths.PAGE.is_file():
        raise BadInput("there is no run to take figures from: make repro makes one")
    with atomic_outputs(RESULTS) as (part,):
        write_csv(gather_figures(), part)
    print(f"{RESULTS}: the figures of the last run")


if __name__ == "__main__":
    exit_with_one_line(main)
