"""`sweeps/NAME.yaml`: which experiments a sweep consists of, and what each is called."""

import itertools
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from hidden_nodes.errors import BadInput
from hidden_nodes.schema import Section, Text, check, flatten, refusal
from hidden_nodes.yaml_files import read_yaml

MOST_TRIALS = 5_000  # of a sweep: a grid of a few long lists has more than any cluster ever runs
LONGEST_NAME = 200  # bytes of an experiment's name, which git keeps as that of a file


def check_value(given: object) -> object:
    """The value of a parameter, of any kind that `params.yaml` has; pydantic itself would report each kind apart."""
    is_list = isinstance(given, list) and all(isinstance(item, int) for item in given)
    is_finite = not isinstance(given, float) or math.isfinite(given)
    if not (is_list or isinstance(given, bool | int | float | str)) or not is_finite:
        raise refusal("a value", given, "a finite number, a text, true or false, or a list of whole numbers")
    return given


Value = Annotated[bool | int | float | str | list[int], PlainValidator(check_value)]
Trial = dict[str, Value]  # values of parameters by their dotted names, such as {"hidden": 2, "train.l2": 0.01}


class Sweep(Section):
    """What a sweep's file holds; each field is explained in `sweeps/nodes.yaml`, beside its value."""

    commit: Text = "HEAD"
    stages: list[Text] = Field(default=["evaluate"], min_length=1)
    grid: dict[str, Annotated[list[Value], Field(min_length=1)]] = Field(default={})
    trials: list[Annotated[Trial, Field(min_length=1)]] = Field(default=[])


def load_sweep(path: Path) -> Sweep:
    """Read a sweep that is no search.

    Raises
    ------
    BadInput
        If the file cannot be read, or something in it is missing, unknown or of another kind.
    """
    return read_sweep(read_yaml(path), path)


def read_sweep(values: object, path: Path) -> Sweep:
    """The content of a sweep's file, checked; raises BadInput as `load_sweep` does."""
    sweep = check(Sweep, values, path)
    if not sweep.grid and not sweep.trials:
        raise BadInput(f"{path} must name at least one trial: a 'grid', or 'trials'. Found neither.")
    combinations = math.prod(len(values) for values in sweep.grid.values()) if sweep.grid else 0
    count = combinations + len(sweep.trials)
    if count > MOST_TRIALS:
        raise BadInput(f"{path} must name at most {MOST_TRIALS} trials. Found {count}.")
    return sweep


def expand(sweep: Sweep) -> list[Trial]:
    """All trials: the grid's, every value with every other, then the explicit ones; none twice."""
    combinations = [dict(zip(sweep.grid, values, strict=True)) for values in itertools.product(*sweep.grid.values())]
    trials = (combinations if sweep.grid else []) + sweep.trials
    return list({json.dumps(trial, sort_keys=True): trial for trial in trials}.values())


def name_trials(trials: list[Trial], params: dict[str, Any], stages: list[str], last: list[str]) -> dict[str, Trial]:
    """The trials by the names of their experiments, such as `hidden-16-seed-1-to-evaluate`.

    A parameter is called by its last part where no other ends alike. Names say which `stages` were asked for, unless
    these are the `last` of the graph: an experiment that ended earlier is another one.
    """
    ends = Counter(_last_part(name) for name in flatten(params))
    suffix = "" if set(last) <= set(stages) else f"-to-{'-'.join(stages)}"
    named: dict[str, Trial] = {}
    for trial in trials:
        words = []
        for parameter, value in trial.items():
            end = _last_part(parameter)
            words.append(f"{end if ends[end] == 1 else parameter}-{json.dumps(value)}")
        joined = f"{'-'.join(words)}{suffix}".replace('"', "").replace("@", "_")
        name = re.sub(r"[^\w.+-]+|\.\.+", "_", joined).strip("._")
        if len(name.encode()) > LONGEST_NAME:
            raise BadInput(f"sweep: a trial's name may have {LONGEST_NAME} bytes. Found {len(name.encode())}: {name}")
        if name in named:
            raise BadInput(f"sweep: {show(trial)} and {show(named[name])} would both be called '{name}'")
        named[name] = trial
    return named


def name_trial(trial: Trial, params: dict[str, Any], stages: list[str], last: list[str]) -> str:
    """As `name_trials` does."""
    return next(iter(name_trials([trial], params, stages, last)))


def show(trial: Trial) -> str:
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in trial.items())


def _last_part(name: str) -> str:
    return name.rsplit(".")[-1]
