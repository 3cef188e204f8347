"""`study.yaml`: which experiments a study consists of, and what each is called."""

import difflib
import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML, YAMLError

from hidden_nodes.errors import BadInput
from hidden_nodes.params import Params

Value = bool | int | float | str | list[int]
Point = dict[str, Value]  # values of parameters by their dotted names, such as {"hidden": 2, "train.l2": 0.01}


class Study(BaseModel):
    """What `study.yaml` holds; each field is explained there, beside its value."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    commit: str = "HEAD"
    stages: Annotated[list[str], Field(min_length=1)] = ["evaluate"]
    grid: dict[str, Annotated[list[Value], Field(min_length=1)]] = {}
    points: list[Annotated[Point, Field(min_length=1)]] = []


def load_study(path: Path) -> Study:
    """Read a study.

    Raises
    ------
    BadInput
        If the file cannot be read, or something in it is missing, unknown or of another kind.
    """
    try:
        values = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        study = Study.model_validate(values)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    except YAMLError as error:
        raise BadInput(f"{path} is not valid YAML: {' '.join(str(error).split())[:200]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        hint = _nearest(name, list(Study.model_fields)) if first["type"] == "extra_forbidden" else ""
        raise BadInput(f"{path}: '{name}': {first['msg']}. Got {str(first['input'])[:80]!r} instead.{hint}") from None
    if not study.grid and not study.points:
        raise BadInput(f"{path} must name at least one point: a 'grid', or 'points'. Found neither.")
    return study


def expand(study: Study) -> list[Point]:
    """All points: the grid's, every value with every other, then the explicit ones; none twice."""
    combinations = [dict(zip(study.grid, values, strict=True)) for values in itertools.product(*study.grid.values())]
    points = (combinations if study.grid else []) + study.points
    return list({json.dumps(point, sort_keys=True): point for point in points}.values())


def flatten(params: dict[str, Any], prefix: str = "") -> Point:
    """The leaves of nested parameters by their dotted names."""
    leaves: Point = {}
    for name, value in params.items():
        leaves |= flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return leaves


def check_points(points: list[Point], params: dict[str, Any]) -> None:
    """Refuse points that the commit's `params` do not admit, before anything runs.

    An older commit, whose parameters were others than today's, is checked by its own stages instead.
    """
    leaves = flatten(params)
    for name in dict.fromkeys(name for point in points for name in point):
        if name not in leaves:
            raise BadInput(f"study: params.yaml has no parameter '{name}'.{_nearest(name, list(leaves))}")
    if not _is_admitted(params):
        return
    for point in points:
        try:
            Params.model_validate(_with(params, point))
        except ValidationError as error:
            first = error.errors()[0]
            where = "" if first["type"] == "cross_check" else f"'{'.'.join(str(part) for part in first['loc'])}': "
            raise BadInput(f"study: the point {show(point)} is not admitted: {where}{first['msg']}") from None


def name_points(points: list[Point], params: dict[str, Any], stages: list[str], last: list[str]) -> dict[str, Point]:
    """The points by the names of their experiments, such as `hidden-16-seed-1-to-evaluate`.

    A parameter is called by its last part where no other ends alike. Names say which `stages` were asked for, unless
    these are the `last` of the graph: an experiment that ended earlier is another one.
    """
    ends = Counter(name.rsplit(".")[-1] for name in flatten(params))
    suffix = "" if set(last) <= set(stages) else f"-to-{'-'.join(stages)}"
    named: dict[str, Point] = {}
    for point in points:
        words = [
            f"{end if ends[end := name.rsplit('.')[-1]] == 1 else name}-{json.dumps(value)}"
            for name, value in point.items()
        ]
        name = re.sub(r"[^\w.+-]+", "_", f"{'-'.join(words)}{suffix}".replace('"', "").replace("@", "_")).strip("._")
        if name in named:
            raise BadInput(f"study: {show(point)} and {show(named[name])} would both be called '{name}'")
        named[name] = point
    return named


def show(point: Point) -> str:
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in point.items())


def _with(params: dict[str, Any], point: Point) -> dict[str, Any]:
    """A copy of `params` with the point's values in their places."""
    changed: dict[str, Any] = json.loads(json.dumps(params))
    for name, value in point.items():
        section = changed
        *parents, leaf = name.split(".")
        for parent in parents:
            section = section[parent]
        section[leaf] = value
    return changed


def _is_admitted(params: dict[str, Any]) -> bool:
    try:
        Params.model_validate(params)
    except ValidationError:
        return False
    return True


def _nearest(word: str, known: list[str]) -> str:
    matches = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean '{matches[0]}'?" if matches else ""
