"""Whether a commit admits a sweep's trials, and how much memory each takes: asked before anything runs."""

import functools
import json
from typing import Any

from hidden_nodes.data.dataset import Dataset, as_dataset, parse_description, unknown_dataset
from hidden_nodes.errors import BadInput
from hidden_nodes.params import Params, check_against, estimate_memory
from hidden_nodes.paths import PARAMS
from hidden_nodes.schema import check, did_you_mean, flatten
from sweep.grid import Trial, show

TRIAL_MEMORY = 1_500_000_000  # bytes that a trial takes besides what its network's size asks for


def check_trials(trials: list[Trial], params: dict[str, Any], descriptions: dict[str, str]) -> None:
    """Refuse trials that the commit's `params` or their data sets do not admit.

    descriptions : the texts of the commit's `datasets/NAME.yaml`, by NAME.
    An older commit, whose parameters or files were others than today's, is checked by its own stages instead.
    """
    leaves = flatten(params)
    for name in dict.fromkeys(name for trial in trials for name in trial):
        if name not in leaves:
            raise BadInput(f"sweep: {PARAMS} has no parameter '{name}'.{did_you_mean(name, leaves)}")
    if _is_of_today(params, descriptions):
        for trial in trials:
            _check_trial(trial, params, descriptions)


def memory_needs(named: dict[str, Trial], params: dict[str, Any], descriptions: dict[str, str]) -> dict[str, int]:
    """Bytes that each trial takes at most, by its name; of an older commit's networks nothing is known."""
    if not _is_of_today(params, descriptions):
        return dict.fromkeys(named, TRIAL_MEMORY)
    needs = {}
    for name, trial in named.items():
        values = flatten(params) | trial
        dataset = _find_dataset(values["dataset"], descriptions)
        needs[name] = TRIAL_MEMORY + estimate_memory(values["hidden"], dataset)
    return needs


def _is_of_today(params: dict[str, Any], descriptions: dict[str, str]) -> bool:
    """Whether the commit's own parameters and data set are such as today's code reads."""
    try:
        name = check(Params, params, PARAMS).dataset
        if name in descriptions:  # one that is not is refused with the trial that takes it
            _parse_dataset(descriptions[name], name)
    except BadInput:
        return False
    return bool(descriptions)


def _check_trial(trial: Trial, params: dict[str, Any], descriptions: dict[str, str]) -> None:
    name = f"the trial {show(trial)}"
    admitted = check(Params, _apply(trial, params), name)
    try:
        dataset = _find_dataset(admitted.dataset, descriptions)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    check_against(admitted, dataset, name)


def _apply(trial: Trial, params: dict[str, Any]) -> dict[str, Any]:
    """A copy of `params` with the trial's values in their places."""
    changed: dict[str, Any] = json.loads(json.dumps(params))
    for name, value in trial.items():
        section = changed
        *parents, leaf = name.split(".")
        for parent in parents:
            section = section[parent]
        section[leaf] = value
    return changed


def _find_dataset(name: str, descriptions: dict[str, str]) -> Dataset:
    if name not in descriptions:
        known = sorted(descriptions)
        raise BadInput(unknown_dataset(name, known))
    return _parse_dataset(descriptions[name], name)


@functools.cache
def _parse_dataset(text: str, name: str) -> Dataset:
    return as_dataset(parse_description(text, name), name)
