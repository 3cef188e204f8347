"""What the page of a sweep carries for its scripts; `static/sweep_carried.js` repeats the types."""

from typing import NotRequired, TypedDict

from page.packed import Packed


class CarriedColumn(TypedDict):
    """A parameter that varies, or a metric. A text's number is its place among the levels."""

    name: str
    parameter: bool
    numeric: bool
    log: bool
    percent: bool
    levels: list[str]  # the values of a parameter, ascending; none if these are many numbers
    at: list[float]  # the levels as numbers
    values: list[float | None]  # of each trial


class CarriedMeans(TypedDict):
    """All metrics against a parameter; a position is a value of it, on a line. Columns are meant by their numbers."""

    parameter: int
    line: int  # the parameter of which each value has a line; -1 for a single line
    levels: list[int]  # of each position
    lines: list[int]
    trials: list[int]  # how many there are
    mean: list[list[float | None]]  # of each metric, by position
    low: list[list[float | None]]
    high: list[list[float | None]]


class CarriedDataset(TypedDict):
    """What is known of a data set."""

    title: str
    classes: list[str]
    rows: int
    columns: int


class CarriedCurves(TypedDict):
    """Learning curves of some trials, one after the other."""

    trials: list[int]
    epochs: list[int]  # of each, how many
    kept: list[int]  # of each, the epoch whose weights were kept
    loss: Packed
    accuracy: Packed
    valLoss: Packed
    valAccuracy: Packed


class CarriedConfusions(TypedDict):
    """Confusion matrices of some trials, one after the other, rows by actual class."""

    trials: list[int]
    classes: list[int]  # of each, how many
    counts: Packed


class CarriedPictures(TypedDict):
    """Incoming weights of some nodes of some trials: 128 is no weight, 255 and 1 the node's largest."""

    trials: list[int]
    nodes: list[list[int]]
    largest: list[list[float]]
    pixels: Packed


class CarriedProgress(TypedDict):
    """Of a sweep that runs: when this was written, in seconds since 1970."""

    written: float


class CarriedSweep(TypedDict):
    """Trials are meant by their numbers."""

    run: str  # a short hash of commit and trials: what an address speaks of
    trials: list[str]  # the names of their experiments
    status: list[str]
    columns: list[CarriedColumn]  # parameters, then metrics
    means: list[CarriedMeans]
    datasets: list[CarriedDataset]
    dataset: list[int]  # of each trial; -1 where it is not known
    colours: list[str]
    curves: CarriedCurves
    confusions: CarriedConfusions
    pictures: CarriedPictures
    progress: NotRequired[CarriedProgress]
