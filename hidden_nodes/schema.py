"""Files of settings as checked objects, and one clear line for what is wrong with one."""

import difflib
import reprlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from hidden_nodes.errors import BadInput


class Section(BaseModel):
    """A mapping in which every key is known, none is missing and no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Section)

MOST = 10**15  # of anything that is counted: more than any machine holds, and little enough to compute with as a float
Count = Annotated[int, Field(ge=1, le=MOST)]
PRINTABLE = r"^[^\p{C}\p{Zl}\p{Zp}]+$"
Text = Annotated[str, Field(min_length=1, pattern=PRINTABLE)]
FromZero = Annotated[int, Field(ge=0, le=MOST)]

# How a message writes what was given: its middle is left out where it is long.
BRIEFLY = reprlib.Repr()
BRIEFLY.maxlevel, BRIEFLY.maxstring, BRIEFLY.maxother, BRIEFLY.maxlong = 2, 60, 60, 60


def check(model: type[Model], values: object, name: str | Path) -> Model:
    """The `values` read from the file `name` as a checked object.

    Raises
    ------
    BadInput
        If there are no values by name, or one is missing, unknown or out of its range.
    """
    if not isinstance(values, dict):
        found = "nothing" if values is None else f"a {type(values).__name__}"
        raise BadInput(f"{name} must hold values by name, such as '{_example(model)}'. Found {found}.")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise BadInput(f"{name}: {describe(error.errors()[0], model)}") from None


def refusal(name: str, given: object, allowed: str) -> PydanticCustomError:
    """What a validator raises for the value `given` of `name`, in this module's words."""
    return PydanticCustomError("refusal", "{message}", {"message": must_be(name, allowed, given)})


def must_be(name: str, allowed: str, given: object) -> str:
    """A finding in scikit-learn's manner: the parameter, what is allowed, what was given."""
    return f"'{name}' must be {allowed}. Got {BRIEFLY.repr(given)} instead."


def describe(error: ErrorDetails, model: type[Section]) -> str:
    """Say one of pydantic's findings about `model` in one line."""
    path, kind, given = list(error["loc"]), error["type"], error["input"]
    name = ".".join(str(part) for part in path)
    if kind == "refusal":
        return error["msg"]
    if kind == "missing":
        return f"the parameter '{name}' is missing."
    if kind == "extra_forbidden":
        return f"there is no parameter '{name}'.{did_you_mean(str(path[-1]), _known_keys(model, path[:-1]))}"
    if kind == "literal_error":
        expected = error["ctx"]["expected"]
        words = expected.replace("'", "").replace(" or ", ", ").split(", ")
        return must_be(name, f"one of {expected}", given) + did_you_mean(str(given), words)
    if kind == "string_pattern_mismatch":
        pattern = error["ctx"]["pattern"]
        form = "characters that can be printed" if pattern == PRINTABLE else f"the form {pattern}"
        return must_be(name, f"text of {form}", given)
    allowed = error["msg"].removeprefix("Input should be ").removeprefix("List should have ")
    return must_be(name, allowed, given)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint such as " Did you mean 'adam'?", or nothing where no known word resembles `word`."""
    matches = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean '{matches[0]}'?" if matches else ""


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The leaves of nested parameters by their dotted names, such as `train.l2`, as `dvc exp run -S` takes them."""
    leaves: dict[str, Any] = {}
    for name, value in values.items():
        leaves |= flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return leaves


def _example(model: type[Section]) -> str:
    return {"Params": "hidden: 128"}.get(model.__name__, f"{next(iter(model.model_fields))}: ...")


def _known_keys(model: type[Section], section: list[int | str]) -> list[str]:
    inner: Any = model
    for key in section:
        inner = inner.model_fields[key].annotation
    return list(inner.model_fields)
