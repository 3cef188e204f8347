"""`params.yaml` as a checked object: whatever `load_params` returns is safe to use."""

import difflib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML, YAMLError

from hidden_nodes.paths import CLASSES, PIXELS, TEST_IMAGES, TRAIN_IMAGES
from hidden_nodes.errors import BadInput, exit_with_one_line

Measure = Literal["accuracy", "loss", "val_accuracy", "val_loss"]
Count = Annotated[int, Field(ge=1)]
Pixel = Annotated[int, Field(ge=0, lt=PIXELS)]


class Section(BaseModel):
    """A mapping in which every key is known, none is missing and no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Explore(Section):
    pixels: Annotated[list[Pixel], Field(min_length=2, max_length=2)]


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
    patience: Annotated[int, Field(ge=0)]
    keep: Measure


class Evaluate(Section):
    first: Annotated[int, Field(ge=0, lt=TEST_IMAGES)]


class Activations(Section):
    node: Annotated[int, Field(ge=0)]


class PcaTsne(Section):
    images: Count
    perplexity: Annotated[float, Field(ge=1)]
    iterations: Annotated[int, Field(ge=250)]  # scikit-learn's minimum: its exaggeration phase

    @model_validator(mode="after")
    def perplexity_fits_the_images(self) -> "PcaTsne":
        images = min(self.images, TRAIN_IMAGES)
        if self.perplexity * 3 > images:
            raise _cross_check("pca_tsne.perplexity", self.perplexity, f"at most a third of the {images} images placed")
        return self


class RfSelect(Section):
    trees: Count


class RetrainSelected(Section):
    pixels: Annotated[int, Field(ge=1, le=PIXELS)]


class Report(Section):
    images: Annotated[int, Field(ge=CLASSES)]
    mistakes: Annotated[int, Field(ge=0)]


class Params(Section):
    """The whole of `params.yaml`; each field is explained there, beside its value."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    dataset: Literal["mnist", "digits"]
    validation: Annotated[int, Field(ge=1, lt=TRAIN_IMAGES)] | Annotated[float, Field(gt=0, lt=1)]
    hidden: Count
    explore: Explore
    train: Train
    evaluate: Evaluate
    activations: Activations
    pca_tsne: PcaTsne
    rf_select: RfSelect
    retrain_selected: RetrainSelected
    report: Report

    @model_validator(mode="after")
    def parameters_fit_each_other(self) -> "Params":
        left = TRAIN_IMAGES - count_held_back(self.validation, TRAIN_IMAGES)
        if not 0 < left < TRAIN_IMAGES:
            raise _cross_check(
                "validation", self.validation, f"a share of the {TRAIN_IMAGES} images that leaves some on either side"
            )
        if self.train.batch_size > left:
            raise _cross_check(
                "train.batch_size", self.train.batch_size, f"at most the number of training images, {left}"
            )
        needed, present = estimate_memory(self.hidden), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if needed > present:
            raise _cross_check(
                "hidden",
                self.hidden,
                f"so small that its network fits into memory: it needs {needed / 1e9:,.0f} GB "
                f"and this machine has {present / 1e9:,.0f} GB",
            )
        if self.activations.node >= self.hidden:
            raise _cross_check(
                "activations.node", self.activations.node, f"below the number of hidden nodes, {self.hidden}"
            )
        return self


def estimate_memory(hidden: int) -> int:
    """Bytes that a network of `hidden` nodes takes at least, in `train` or in `pca_tsne`, whichever is more.

    Training holds the weights, their best epoch, gradients and two slots of the optimizer; the PCA holds the
    activations twice and their covariance matrix with its decomposition.
    """
    weights = 4 * hidden * (PIXELS + 1 + CLASSES)
    return max(5 * weights, 2 * 4 * TRAIN_IMAGES * hidden + 3 * 4 * hidden**2)


def count_held_back(validation: int | float, images: int) -> int:
    """How many of `images` are held back: a count as it is, a fraction as Keras's `validation_split` takes it."""
    if isinstance(validation, int):
        return validation
    return images - int(images * (1 - validation))


def load_params(path: str | Path = "params.yaml") -> Params:
    """Read and check all parameters.

    Raises
    ------
    BadInput
        If the file cannot be read or a parameter is missing, unknown or out of its range.
    """
    try:
        # The library that DVC reads the file with: `1e-3` is a number, and no key may stand twice.
        values = YAML(typ="safe", pure=True).load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text: byte {error.start} cannot be read") from None
    except YAMLError as error:
        raise BadInput(f"{path} is not valid YAML: {_first_sentence(error)}") from None
    if not isinstance(values, dict):
        found = "nothing" if values is None else f"a {type(values).__name__}"
        raise BadInput(f"{path} must hold parameters by name, such as 'hidden: 128'. Found {found}.")
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        raise BadInput(f"{path}: {_describe(error.errors()[0])}") from None


def _cross_check(name: str, given: object, allowed: str) -> PydanticCustomError:
    """An error about a value that is fine on its own and does not fit another parameter."""
    message = f"'{name}' must be {allowed}. Got {given!r} instead."
    return PydanticCustomError("cross_check", "{message}", {"message": message})


def _first_sentence(error: YAMLError) -> str:
    """The problem and its place, without the lines of advice that follow in ruamel's message."""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    return f"{problem}, line {mark.line + 1}" if mark else problem


def _describe(error: ErrorDetails) -> str:
    """Say one of pydantic's findings in scikit-learn's manner: parameter, what is allowed, what was given."""
    # A union reports each branch; the branch's own label is no part of the parameter's name.
    path = [part for part in error["loc"] if not str(part).startswith("constrained-")]
    name = ".".join(str(part) for part in path if part not in ("int", "float"))
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return f"the parameter '{name}' is missing."
    if kind == "extra_forbidden":
        return f"there is no parameter '{name}'.{_nearest(str(path[-1]), _known_keys(path[:-1]))}"
    if kind == "cross_check":
        return error["msg"]
    if name == "validation":
        allowed = f"a count from 1 to {TRAIN_IMAGES - 1} or a fraction between 0 and 1"
    elif kind == "literal_error":
        allowed = f"one of {context['expected']}"
    else:
        allowed = error["msg"].removeprefix("Input should be ").removeprefix("List should have ")
    hint = ""
    if kind == "literal_error":
        hint = _nearest(str(given), context["expected"].replace("'", "").replace(" or ", ", ").split(", "))
    return f"'{name}' must be {allowed}. Got {given!r} instead.{hint}"


def _known_keys(section: list[int | str]) -> list[str]:
    model: Any = Params
    for key in section:
        model = model.model_fields[key].annotation
    return list(model.model_fields)


def _nearest(word: str, known: list[str]) -> str:
    """A hint such as " Did you mean 'adam'?", or nothing where no known word resembles `word`."""
    matches = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean '{matches[0]}'?" if matches else ""


def main() -> None:
    load_params()
    print("params.yaml: every parameter is known and in its range")


if __name__ == "__main__":
    exit_with_one_line(main)
