"""`params.yaml` as a checked object: whatever `load_params` returns is safe to use, with the data set at hand."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from hidden_nodes.data.dataset import NAME_PATTERN, Dataset, read_dataset
from hidden_nodes.errors import BadInput
from hidden_nodes.paths import DATASET, PARAMS
from hidden_nodes.schema import MOST, Count, FromZero, Section, check, must_be, refusal
from hidden_nodes.yaml_files import read_yaml

Measure = Literal["accuracy", "loss", "val_accuracy", "val_loss"]


def check_validation(given: object) -> int | float:
    """A count of images as a whole number, or a fraction of them; pydantic itself would report each kind apart."""
    is_count = isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST
    is_fraction = isinstance(given, float) and 0 < given < 1
    if not (is_count or is_fraction):
        raise refusal("validation", given, "a count from 1 or a fraction between 0 and 1")
    return given  # type: ignore[return-value]


class Explore(Section):
    pixels: Annotated[list[FromZero], Field(min_length=2, max_length=2)]


class Train(Section):
    activation: Literal[
        "elu", "gelu", "leaky_relu", "linear", "relu", "selu",
        "sigmoid", "silu", "softplus", "softsign", "tanh",
    ]  # fmt: skip
    l2: Annotated[float, Field(ge=0)]
    optimizer: Literal["adadelta", "adagrad", "adam", "adamax", "adamw", "lion", "nadam", "rmsprop", "sgd"]
    learning_rate: Annotated[float, Field(gt=0)]
    batch_size: Count
    epochs: Count
    monitor: Measure
    patience: FromZero
    keep: Measure


class Evaluate(Section):
    first: FromZero


class Activations(Section):
    node: FromZero


class PcaTsne(Section):
    images: Count
    perplexity: Annotated[float, Field(ge=1)]
    iterations: Annotated[int, Field(ge=250, le=MOST)]  # scikit-learn's minimum: its exaggeration phase


class RfSelect(Section):
    trees: Count
    images: Count


class RetrainSelected(Section):
    ranking: Literal["forest", "forest_spread", "grid", "variance", "random", "attention", "pruning"]
    pixels: Count


class Knowledge(Section):
    classes: Annotated[int, Field(ge=1, le=3)]
    auc: Annotated[float, Field(gt=0.5, lt=1)]
    rotations: Annotated[int, Field(ge=1, le=100)]


class RetrainComponents(Section):
    variance: Annotated[float, Field(gt=0, le=1)]


class Report(Section):
    megabytes: Annotated[float, Field(ge=2)]


class Params(Section):
    """The whole of `params.yaml`; each field is explained there, beside its value."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    dataset: Annotated[str, Field(pattern=NAME_PATTERN)]
    validation: Annotated[int | float, PlainValidator(check_validation)]
    hidden: Count
    explore: Explore
    train: Train
    evaluate: Evaluate
    activations: Activations
    pca_tsne: PcaTsne
    rf_select: RfSelect
    retrain_selected: RetrainSelected
    knowledge: Knowledge
    retrain_components: RetrainComponents
    report: Report

    @model_validator(mode="after")
    def node_is_one_of_the_hidden(self) -> "Params":
        if self.activations.node >= self.hidden:
            raise refusal("activations.node", self.activations.node, f"below the number of hidden nodes, {self.hidden}")
        return self


def load_params(path: str | Path = PARAMS) -> Params:
    """Read and check all parameters, as far as this can be done without the data set.

    Raises
    ------
    BadInput
        If the file cannot be read or a parameter is missing, unknown or out of its range.
    """
    return check(Params, read_yaml(path), path)


def load_settings(dataset_path: Path = DATASET) -> tuple[Params, Dataset]:
    """All parameters and what is known of the data set, held against each other.

    dataset_path : a `dataset.json`, which an earlier stage wrote. Raises BadInput as `load_params` does, too.
    """
    params, dataset = load_params(), read_dataset(dataset_path)
    check_against(params, dataset)
    return params, dataset


@dataclass(frozen=True)
class Misfit:
    """A parameter that does not fit the data set: its value, what is allowed, and a value that would do."""

    parameter: str
    given: object
    allowed: str
    fitting: Any

    @property
    def message(self) -> str:
        return f"{must_be(self.parameter, self.allowed, self.given)} {self.fitting} would do."


def check_against(params: Params, dataset: Dataset, name: str | Path = PARAMS) -> None:
    """Refuse parameters that do not fit the data set; `name` is what messages call them.

    Every program that works with parameters begins with this, so that what does not fit costs a second and a line,
    whichever stage would have met it.
    """
    for misfit in find_misfits(params, dataset):
        raise BadInput(f"{name}: {misfit.message}")


def find_misfits(params: Params, dataset: Dataset) -> list[Misfit]:
    """All parameters that do not fit the data set, in the order of `params.yaml`."""
    held_out = count_held_out(params.validation, dataset.train_images)
    training = dataset.train_images - held_out
    embedded = min(params.pca_tsne.images, dataset.train_images)
    needed, present = estimate_memory(params.hidden, dataset), _memory_size()
    rows, columns = dataset.rows, dataset.columns
    centre = (rows // 2) * columns + columns // 2
    findings: list[tuple[bool, str, object, str, Any]] = [
        (not 0 < training < dataset.train_images, "validation", params.validation,
         f"so that some of the {dataset.train_images} training images are left on either side", 0.2),
        (params.train.batch_size > training > 0, "train.batch_size", params.train.batch_size,
         f"at most the number of training images, {training}", training),
        (needed > present, "hidden", params.hidden,
         f"so small that its network fits into memory: it needs {needed / 1e9:,.0f} GB "
         f"and this machine has {present / 1e9:,.0f} GB", max(1, params.hidden * present // (2 * needed))),
        (max(params.explore.pixels) >= dataset.pixels, "explore.pixels", params.explore.pixels,
         f"positions below the number of pixels, {dataset.pixels}", [max(0, centre - columns - 1), centre]),
        (params.evaluate.first >= dataset.test_images, "evaluate.first", params.evaluate.first,
         f"below the number of test images, {dataset.test_images}", 0),
        (params.pca_tsne.perplexity * 3 > embedded, "pca_tsne.perplexity", params.pca_tsne.perplexity,
         f"at most a third of the {embedded} images that t-SNE embeds", max(1, min(20, embedded // 4))),
        (params.retrain_selected.pixels > dataset.pixels, "retrain_selected.pixels", params.retrain_selected.pixels,
         f"at most the number of pixels, {dataset.pixels}", max(1, dataset.pixels // 3)),
    ]  # fmt: skip
    return [Misfit(*what) for refused, *what in findings if refused]


def fit_settings(params: Params, dataset: Dataset) -> dict[str, Any]:
    """The parameters, by dotted name, that do not fit the data set, each with a value that does.

    Raises
    ------
    BadInput
        If no value would do, as with two images.
    """
    settings: dict[str, Any] = {}
    while misfits := find_misfits(params, dataset):
        name, value = misfits[0].parameter, misfits[0].fitting
        if name in settings:
            raise BadInput(must_be(name, misfits[0].allowed, value))
        settings[name] = value
        params = _replace(params, name, value)
    return settings


def _replace(params: Params, name: str, value: object) -> Params:
    values = params.model_dump()
    section, _, leaf = name.rpartition(".")
    (values[section] if section else values)[leaf] = value
    return check(Params, values, PARAMS)


def estimate_memory(hidden: int, dataset: Dataset) -> int:
    """Bytes that a network of `hidden` nodes takes at least, in `train` or in `pca_tsne`, whichever is more.

    Training holds the weights, their best epoch, gradients and two slots of the optimizer; the PCA holds the
    activations twice and their covariance matrix with its decomposition.
    """
    weights = 4 * hidden * (dataset.pixels + 1 + len(dataset.classes))
    return max(5 * weights, 2 * 4 * dataset.train_images * hidden + 3 * 4 * hidden**2)


def count_held_out(validation: int | float, images: int) -> int:
    """How many of `images` are held out: a count as it is, a fraction as Keras's `validation_split` takes it."""
    if isinstance(validation, int):
        return validation
    return images - int(images * (1 - validation))


def _memory_size() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
