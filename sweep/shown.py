"""What the page of a sweep shows: its trials, what they brought home, what failed, and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hidden_nodes.data.dataset import Dataset, as_dataset, parse_description
from hidden_nodes.errors import BadInput
from hidden_nodes.schema import flatten
from hidden_nodes.tables import read_csv
from sweep import project
from sweep.brought import Brought, read_brought
from sweep.means import name_value
from sweep.plan import Plan
from sweep.scores import COMPARED, PICTURES, SCORES

MATCHING_COLUMNS = ["setting", "networks", "figure", "mean", "low", "high"]
LOG_LINES, LOG_CHARACTERS = 20, 2_000  # of the end of a failed trial's log
MOST_LOGS = 200


@dataclass(frozen=True)
class Progress:
    """How far a sweep is that runs now.

    running : the trials under way, by the address of their worker. left : estimated seconds to its end, None before
    the first trial has ended. written : when, in seconds since 1970.
    """

    running: dict[str, list[str]]
    left: float | None
    written: float


@dataclass(frozen=True)
class Shown:
    """A sweep.

    parameters : names of those that vary, and `fixed` the values of those that the sweep sets to one value everywhere.
    table : a row a trial, by name, in the sweep's order: `parameters` with their values, `metrics` as numbers, NaN
    where a trial has none. status : of each trial: done, failed, running or waiting. datasets : of each trial.
    matching : the summary of `python -m sweep compare`, where it has been written for this sweep.
    """

    path: Path
    commit: str
    stages: list[str]
    parameters: list[str]
    fixed: dict[str, str]
    metrics: list[str]
    table: pd.DataFrame
    status: list[str]
    datasets: list[Dataset | None]
    brought: dict[str, Brought]
    logs: dict[str, str]
    matching: pd.DataFrame | None = None
    progress: Progress | None = None

    @property
    def done(self) -> pd.DataFrame:
        """The rows of the trials that have run."""
        return self.table[[status == "done" for status in self.status]]


@dataclass
class Gatherer:
    """Reads what there is of a sweep, each trial once, however often it is asked."""

    plan: Plan
    path: Path
    cache: Path
    known: dict[str, Brought] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what is the same whenever one looks: parameters and data sets of the commit."""
        self.base = flatten(project.read_params(self.plan.commit))
        descriptions = project.read_descriptions(self.plan.commit)
        self.descriptions = {name: find_dataset(descriptions, name) for name in descriptions}

    def tabulate_values(self) -> pd.DataFrame:
        """A row a trial, by name, with the value of each parameter that any trial sets; a search adds trials."""
        named = {name for trial in self.plan.named.values() for name in trial}
        order = [name for name in self.base if name in named]
        return pd.DataFrame(
            [[(self.base | trial)[name] for name in order] for trial in self.plan.named.values()],
            index=list(self.plan.named), columns=order, dtype=object,
        )  # fmt: skip

    def dataset_of(self, trial: str) -> Dataset | None:
        return self.descriptions.get(str(self.plan.named[trial].get("dataset", self.base.get("dataset"))))

    def gather(self, existing: set[str], failed: Mapping[str, str | Path], progress: Progress | None = None) -> Shown:
        """The sweep as it is now. failed : the paths of the logs of trials that were given up."""
        values = self.tabulate_values()
        new = {name: self.dataset_of(name) for name in self.plan.named if name in existing and name not in self.known}
        self.known |= read_brought(self.plan.commit, self.plan.needed, new, self.cache)
        brought = {name: self.known[name] for name in self.plan.named if name in existing}
        running = {name for names in progress.running.values() for name in names} if progress else set()
        given_up = {name: path for name, path in failed.items() if name in self.plan.named and name not in existing}
        known = {"done": existing, "failed": set(given_up), "running": running}
        status = [next((word for word, names in known.items() if name in names), "waiting") for name in self.plan.named]
        metrics = order_metrics([one.metrics for one in brought.values()])
        numbers = pd.DataFrame(
            [[(brought[name].metrics if name in brought else {}).get(metric) for metric in metrics]
             for name in self.plan.named],
            index=values.index, columns=metrics, dtype=float,
        )  # fmt: skip
        parameters, fixed = split_parameters(values)
        return Shown(
            path=self.path, commit=self.plan.commit, stages=self.plan.asked, parameters=parameters, fixed=fixed,
            metrics=metrics, table=values[parameters].join(numbers), status=status,
            datasets=[self.dataset_of(name) for name in self.plan.named], brought=brought, logs=read_logs(given_up),
            matching=read_matching(self.path), progress=progress,
        )  # fmt: skip


def find_dataset(descriptions: Mapping[str, str], name: str) -> Dataset | None:
    """A data set of the commit; an older one's description may be of another form."""
    try:
        return as_dataset(parse_description(descriptions[name], name), name)
    except BadInput:
        return None


def split_parameters(values: pd.DataFrame) -> tuple[list[str], dict[str, str]]:
    """The parameters that vary, the seed last, and those that do not, with their value; of a single trial all vary."""
    varied = [name for name in values if len(values) == 1 or len({name_value(value) for value in values[name]}) > 1]
    varied.sort(key=lambda name: name == "seed")
    return varied, {name: name_value(values[name].iloc[0]) for name in values if name not in varied}


def order_metrics(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of all metrics: accuracies and losses first, the others as they come."""
    names = list(dict.fromkeys(name for metrics in found for name in metrics))
    return [*(name for name in SCORES if name in names), *(name for name in names if name not in SCORES)]


def read_logs(failed: Mapping[str, str | Path]) -> dict[str, str]:
    """The end of the log of each failed trial; of many the first ones' only."""
    logs = {}
    for number, (name, path) in enumerate(failed.items()):
        try:
            text = Path(path).read_text(encoding="utf-8").strip() if number < MOST_LOGS else f"see {path}"
        except OSError:
            text = f"{path} is not there any more"
        logs[name] = "\n".join(text.splitlines()[-LOG_LINES:])[-LOG_CHARACTERS:]
    return logs


def read_matching(path: Path) -> pd.DataFrame | None:
    """What `python -m sweep compare` found for the sweep: a row a setting and figure; None without it."""
    summary = PICTURES / f"{COMPARED}-{path.stem}" / "summary.csv"
    if not summary.is_file():
        return None
    table = read_csv(summary, *MATCHING_COLUMNS, texts=["setting", "figure"], gaps=["setting", "mean", "low", "high"])
    return table.assign(setting=table["setting"].fillna("")).replace({np.nan: None})
