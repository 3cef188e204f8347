"""`sweeps/NAME.yaml` with `search: tpe`: ranges, in which trials are looked for, in place of a grid."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from hidden_nodes.errors import BadInput
from hidden_nodes.paths import PARAMS
from hidden_nodes.schema import MOST, Section, Text, check, did_you_mean, must_be, refusal
from sweep.grid import MOST_TRIALS, Trial, Value, check_value

RANDOM_TRIALS = 10  # of each search, before it learns from any: Optuna's own number
GRID = ["grid", "trials"]  # fields of a sweep that is no search
DIGITS = 4  # significant ones of a proposed number that is not whole: enough, and names stay short


def check_number(given: object) -> int | float:
    """The end of a range; pydantic itself would report whole and other numbers apart."""
    value = check_value(given)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal("the end of a range", given, "a finite number")
    if abs(value) > MOST and isinstance(value, int):
        raise refusal("the end of a range", given, f"a number from -{MOST:.0e} to {MOST:.0e}")
    return value


Number = Annotated[int | float, PlainValidator(check_number)]


class Range(Section):
    """Numbers from `low` to `high`, both included; with `log`, as many from 1 to 10 as from 10 to 100."""

    low: Number
    high: Number
    log: bool = False

    @model_validator(mode="after")
    def low_is_below_high(self) -> "Range":
        if self.low >= self.high:
            raise refusal("low", self.low, f"below 'high', {self.high}")
        least = 1 if isinstance(self.low, int) and isinstance(self.high, int) else 0
        if self.log and (self.low < least or self.low == 0):
            raise refusal("low", self.low, f"{'at least 1' if least else 'above 0'}, as 'log' is true")
        return self


class Choices(Section):
    """Values of any kind, without an order."""

    values: Annotated[list[Value], Field(min_length=1)]


Ranges = dict[str, Range | Choices]  # by the names of their parameters


class SearchSweep(Section):
    """What the file of a search holds; each field is explained in `sweeps/nodes_tpe.yaml`, beside its value."""

    search: Literal["tpe"]
    ranges: Annotated[dict[str, Any], Field(min_length=1)]
    budget: Annotated[int, Field(gt=RANDOM_TRIALS, le=MOST_TRIALS)]
    commit: Text = "HEAD"
    stages: list[Text] = Field(default=["evaluate"], min_length=1)
    objective: Literal["val_accuracy", "val_loss", "selected_val_accuracy"] = "val_accuracy"
    batch: Annotated[int, Field(ge=1, le=MOST_TRIALS)] = 4
    sampler_seeds: Annotated[list[Annotated[int, Field(ge=0, lt=2**32)]], Field(min_length=1)] = Field(default=[1])


def is_search(values: object) -> bool:
    """Whether a file's content is that of a search, be it a good one or not."""
    return isinstance(values, dict) and bool({"search", "ranges"} & set(values))


def read_search(values: dict[str, Any], path: Path) -> SearchSweep:
    """The content of a search's file, checked as far as this can be done without the parameters of its commit.

    Raises
    ------
    BadInput
        If something in it is missing, unknown or of another kind.
    """
    if found := [name for name in GRID if values.get(name)]:
        raise BadInput(f"{path} must have either a 'grid' and 'trials', or a 'search' in 'ranges'. Found '{found[0]}'.")
    search = check(SearchSweep, {name: value for name, value in values.items() if name not in GRID}, path)
    if len(set(search.sampler_seeds)) < len(search.sampler_seeds):
        raise BadInput(f"{path}: {must_be('sampler_seeds', 'numbers that differ', search.sampler_seeds)}")
    if search.budget * len(search.sampler_seeds) > MOST_TRIALS:
        most = f"{search.budget} for each of {len(search.sampler_seeds)} sampler seeds"
        raise BadInput(f"{path} must ask for at most {MOST_TRIALS} trials. Found {most}.")
    return search


def read_ranges(search: SearchSweep, leaves: dict[str, Any], path: Path) -> Ranges:
    """The ranges by the names of their parameters.

    leaves : the parameters of the commit by dotted names. A range is of whole numbers where its ends are, and the
    parameter's own value is. Raises BadInput if there is no such parameter, or if a range is none.
    """
    found: Ranges = {}
    for name, given in search.ranges.items():
        if name not in leaves:
            raise BadInput(f"sweep: {PARAMS} has no parameter '{name}'.{did_you_mean(name, leaves)}")
        place = f"{path}: 'ranges.{name}'"
        if isinstance(given, list):
            found[name] = check(Choices, {"values": given}, place)
        elif not isinstance(given, dict):
            raise BadInput(f"{path}: {must_be(f'ranges.{name}', 'a list of values, or {low: ..., high: ...}', given)}")
        else:
            is_whole = not isinstance(leaves[name], float)
            ends = {end: number if is_whole else _as_float(number) for end, number in given.items()}
            found[name] = check(Range, ends, place)
    return found


def _as_float(given: object) -> object:
    """A whole number as a float; anything else as it is, for the check to find."""
    is_number = isinstance(given, int) and not isinstance(given, bool) and abs(given) <= MOST
    return float(given) if is_number else given  # type: ignore[arg-type]


def corners(ranges: Ranges) -> list[Trial]:
    """Trials that have between them both ends of each range, and every choice."""
    extremes = {
        name: kind.values if isinstance(kind, Choices) else [kind.low, kind.high] for name, kind in ranges.items()
    }
    longest = max(len(values) for values in extremes.values())
    return [{name: values[min(i, len(values) - 1)] for name, values in extremes.items()} for i in range(longest)]
