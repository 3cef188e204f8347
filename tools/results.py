"""Write what README and docs quote of the last run and of the experiments into `docs/results/`: `make results`."""

from typing import Any

import dvc.api
import pandas as pd

from hidden_nodes import paths
from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs, read_json
from hidden_nodes.schema import flatten
from hidden_nodes.tables import read_csv, write_csv
from hidden_nodes.yaml_files import read_yaml
from tools.blocks import RESULTS

METRICS = ["parameters", "val_accuracy", "test_accuracy", "selected_accuracy"]  # of an experiment


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
    projected = read_csv(paths.COMPONENTS_NETWORK_TABLE, "components", "parameters").iloc[0]
    figures |= {"components": projected["components"], "components_parameters": projected["parameters"]}
    controls = read_csv(paths.CONTROLS, "source", "sentences", "share", texts=("source", "sentences"))
    figures |= {f"described_{row.source}_{row.sentences}": row.share for row in controls.itertuples()}
    return pd.DataFrame({"figure": list(figures), "value": [f"{value:.6g}" for value in figures.values()]})


def list_experiments(rows: list[dict[str, Any]], parameters: list[str]) -> pd.DataFrame:
    """A row an experiment: `experiment changes` and METRICS, ordered by the first parameter that it changes, by value.

    rows : as `dvc.api.exp_show` gives them: the workspace, then a commit and its experiments.
    """
    commit, found = rows[1], []

    def place(row: dict[str, Any]) -> tuple[int, float, str]:
        changed = [i for i, name in enumerate(parameters) if row.get(name) != commit[name]]
        value = row.get(parameters[changed[0]]) if changed else 0
        return changed[0] if changed else -1, value if isinstance(value, int | float) else 0, str(value)

    for row in sorted(rows[2:], key=place):
        if any(pd.isna(row.get(name)) for name in METRICS):
            print(f"left out, as it has not run to its end: {row['Experiment']}")
            continue
        changes = ", ".join(
            f"`{name}={row[name]:g}`" if isinstance(row[name], float) else f"`{name}={row[name]}`"
            for name in parameters
            if row[name] != commit[name]
        )
        found.append(
            {"experiment": row["Experiment"], "changes": changes or "nothing"} | {name: row[name] for name in METRICS}
        )
    return pd.DataFrame(found, columns=["experiment", "changes", *METRICS]).astype({"parameters": int})


def write_table(table: pd.DataFrame, name: str) -> None:
    path = RESULTS / f"{name}.csv"
    with atomic_outputs(path) as (part,):
        write_csv(table, part)
    print(f"{path}: {len(table)} rows")


def main() -> None:
    if not paths.PAGE.is_file():
        raise BadInput("there is no run to take figures from: make repro makes one")
    write_table(gather_figures(), "default")
    rows = dvc.api.exp_show()
    if len(rows) > len(["workspace", "commit"]):
        write_table(list_experiments(rows, list(flatten(read_yaml(paths.PARAMS)))), "experiments")
