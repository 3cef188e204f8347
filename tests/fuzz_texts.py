"""Random texts for what reads YAML, JSON and CSV: parameters, data sets, sweeps, and what stages hand on."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from hidden_nodes.data.dataset import as_dataset, read_dataset, read_description
from hidden_nodes.data.image_arrays import read_class_names
from hidden_nodes.data.own_images import check_classes
from hidden_nodes.files import read_json
from hidden_nodes.params import Params, fit_settings, load_params
from hidden_nodes.paths import SPLIT
from hidden_nodes.schema import flatten
from hidden_nodes.tables import read_csv
from hidden_nodes.yaml_files import read_yaml
from sweep.checks import check_trials, memory_needs
from sweep.grid import Sweep, expand, load_sweep, name_trials
from sweep.ranges import SearchSweep, corners, is_search, read_ranges, read_search
from tests.clone import ROOT
from tests.fuzz import Kind, damaged

PARAMS = read_yaml(ROOT / "params.yaml")
TEXT = st.text(max_size=30)
NUMBER = st.one_of(
    st.integers().map(str), st.floats().map(repr), st.integers(-(10**400), 10**400).map(str),
    st.integers(1, 6_000).map(lambda digits: "9" * digits),
    st.integers(1, 4_000).map(lambda digits: "0x" + "f" * digits),
    st.integers(1, 400).map(lambda size: f"1e{size}"),
)  # fmt: skip
ODD = st.sampled_from([
    "", "~", "on", "true", ".nan", "-.inf", "2026-11-24", "2026-13-45", "!!int x", "!!float 3", "!!binary x",
    "!!binary aGk=", "!!set {a, b}", "!!omap [a: 1]", "!!pairs [a: 1]", "!!timestamp x",
    "!!python/object/apply:os.system [ls]", "!own 1", "!!null x", "!!bool x", "!!map [1]", "!!seq {a: 1}",
    "!!str [1]", "&a 1", "*a", "&a [*a]", "&b {<<: *b}", "<<", "{<<: {a: 1}}", "{<<: [{a: 1}, {b: 2}]}", "{<<: 1}",
    "? x", "? [1]", "{[1]: 2}", "{{a: 1}: 2}", "{1.5: 2}", "{~: 2}", "|\n  x", ">-\n  x", "- 1", "a: 1",
    "%YAML 1.1", "---", "...", "=", "!<!> 1", "!!merge x", "!!value x", "#", "@", "`", "\t",
])  # fmt: skip
SCALAR = st.one_of(NUMBER, ODD, TEXT.map(json.dumps), TEXT)
FLOW = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda values: f"[{', '.join(values)}]"),
        st.lists(st.tuples(SCALAR, inner), max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=6,
)
# Short texts many times over: deep, wide and beyond all limits.
LARGE = st.builds(
    lambda head, unit, count: head + unit * count,
    st.sampled_from(["", "a: ", "a: [", "grid: {hidden: ["]),
    st.sampled_from(
        ["[", "{", "{a: ", "- ", "1, ", "? ", "!a ", "'x', ", "a\n", "k: 1\n", "&a [", "0:,", "\n", "\\", '"', "é"]
    ),
    st.sampled_from([49, 51, 1_000, 30_000, 110_000]),
)  # fmt: skip
JSON_VALUE: SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=8,
)


def rarely(rare: SearchStrategy[Any], usual: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """One of `rare` in about 60, as these take long."""
    return st.integers(0, 59).flatmap(lambda number: rare if number == 17 else usual)


@st.composite
def edited_yaml(draw: st.DrawFn, values: dict[str, Any]) -> str:
    """A file of settings of ours in which values, keys or lines are others; what is nested stands on one line."""
    lines = [f"{name}: {json.dumps(value)}" for name, value in values.items()]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        name = lines[at].split(":")[0]
        change = draw(st.sampled_from(["value", "value", "inner", "inner", "key", "twice", "out", "line", "merge"]))
        if change == "value":
            lines[at] = f"{name}: {draw(FLOW)}"
        elif change == "inner" and isinstance(values.get(name), dict):
            key = draw(st.sampled_from(sorted(values[name])))
            rest = {other: value for other, value in values[name].items() if other != key}
            lines[at] = f"{name}: {{{key}: {draw(FLOW)}, {json.dumps(rest)[1:]}"
        elif change == "key":
            lines[at] = f"{draw(SCALAR)}: {lines[at].partition(': ')[2]}"
        elif change == "twice":
            lines.insert(at, lines[at])
        elif change == "out" and len(lines) > 1:
            del lines[at]
        elif change == "merge":
            lines.insert(at, f"<<: {draw(FLOW)}")
        else:
            lines.insert(at, draw(FLOW))
    return "\n".join(lines) + "\n"


def yaml_bytes(values: dict[str, Any]) -> SearchStrategy[bytes]:
    """Files of settings, more or less like the good one that holds `values`."""
    good = json.dumps(values, indent=1).encode()
    texts = st.one_of(edited_yaml(values), edited_yaml(values), FLOW, JSON_VALUE.map(json.dumps))
    usual = st.one_of(texts.map(_encode), damaged(good), st.binary(max_size=60))
    return rarely(LARGE.map(_encode), usual)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def read_params(content: bytes) -> None:
    """As `make check` does."""
    from tools.check import load_checked

    Path("params.yaml").write_bytes(content)
    load_checked()


@cache
def good_params() -> Params:
    return load_params(ROOT / "params.yaml")


@cache
def descriptions() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "datasets").glob("*.yaml")}


def read_data_set(content: bytes) -> None:
    Path("datasets/fuzzed.yaml").write_bytes(content)
    fit_settings(good_params(), as_dataset(read_description("fuzzed"), "fuzzed"))


def read_sweep(content: bytes) -> None:
    """As `python -m sweep plan` does before it asks git."""
    path = Path("sweep.yaml")
    path.write_bytes(content)
    values = read_yaml(path)
    sweep: Sweep | SearchSweep
    if is_search(values):
        sweep = read_search(values, path)
        trials = corners(read_ranges(sweep, flatten(PARAMS), path))
    else:
        sweep = load_sweep(path)
        trials = expand(sweep)
    check_trials(trials, PARAMS, descriptions())
    memory_needs(name_trials(trials, PARAMS, sweep.stages, ["report"]), PARAMS, descriptions())


def json_bytes(values: dict[str, Any]) -> SearchStrategy[bytes]:
    name = st.sampled_from(sorted(values))
    edited = st.dictionaries(name | TEXT, JSON_VALUE, max_size=3).map(lambda changed: json.dumps(values | changed))
    number = st.builds(lambda key, text: json.dumps(values | {key: 0}).replace(": 0", f": {text}"), name, NUMBER)
    usual = st.one_of(
        edited.map(_encode), number.map(_encode), damaged(json.dumps(values).encode()), st.binary(max_size=60)
    )
    return rarely(LARGE.map(_encode), usual)


DATASET = {
    "name": "mnist", "title": "MNIST", "noun": "digit", "classes": ["0", "1"], "rows": 28, "columns": 28,
    "train_images": 60000, "test_images": 10000, "ordered": False, "drawing": None,
}  # fmt: skip
SPLIT_VALUES = {"train": 48000, "validation": 12000}


def read_data_set_json(content: bytes) -> None:
    """As each stage does with the one that another wrote: parameters are held against it."""
    path = Path("dataset.json")
    path.write_bytes(content)
    fit_settings(good_params(), read_dataset(path))


def read_split_json(content: bytes) -> None:
    path = Path(SPLIT.name)
    path.write_bytes(content)
    read_json(path, train=int, validation=int)


COLUMNS = ("node", "share", "class")
CELL = st.one_of(
    NUMBER, TEXT, st.sampled_from(["", "nan", "1", "0.5", '"', '""', "a,b", "\0", "\r", "inf", "1e", "True", "0x1"])
)
ROWS = st.lists(st.lists(CELL, max_size=5).map(",".join), max_size=6).map("\n".join)
GOOD_TABLE = b"node,share,class\n0,0.5,cat\n1,0.25,dog\n2,0.125,\n"


def read_table(content: bytes) -> None:
    path = Path("table.csv")
    path.write_bytes(content)
    read_csv(path, *COLUMNS, texts=["class"], gaps=["class"])


def read_names(content: bytes) -> None:
    path = Path("classes.txt")
    path.write_bytes(content)
    check_classes(read_class_names(path) or [])


_MNIST = read_yaml(ROOT / "datasets/mnist.yaml")
_SWEEP = {
    "commit": "HEAD", "stages": ["evaluate"], "grid": {"hidden": [1, 2], "seed": [1, 2]},
    "trials": [{"hidden": 8, "train.l2": 0.1}],
}  # fmt: skip
_SEARCH = {
    "stages": ["evaluate"], "search": "tpe", "objective": "val_loss", "budget": 12, "batch": 4, "sampler_seeds": [1, 2],
    "ranges": {"hidden": {"low": 1, "high": 64, "log": True}, "train.l2": {"low": 0, "high": 1}, "seed": [1, 2]},
}  # fmt: skip
_WIDE = st.dictionaries(
    st.sampled_from(sorted(flatten(PARAMS))), st.lists(JSON_VALUE, max_size=6), max_size=12
).map(lambda grid: json.dumps({"grid": grid}).encode())  # fmt: skip
KINDS = [
    Kind("params.yaml", yaml_bytes(PARAMS), read_params),
    Kind("datasets/NAME.yaml", yaml_bytes(_MNIST), read_data_set),
    Kind("sweeps/NAME.yaml", st.one_of(yaml_bytes(_SWEEP), yaml_bytes(_SEARCH), _WIDE), read_sweep),
    Kind("dataset.json", json_bytes(DATASET), read_data_set_json),
    Kind("split.json", json_bytes(SPLIT_VALUES), read_split_json),
    Kind(
        "table.csv",
        st.one_of(ROWS.map(lambda rows: _encode(f"node,share,class\n{rows}")), ROWS.map(_encode), damaged(GOOD_TABLE)),
        read_table,
    ),
    Kind("classes.txt", st.one_of(st.lists(TEXT, max_size=5).map(lambda names: _encode("\n".join(names))),
         st.binary(max_size=60), LARGE.map(_encode)), read_names),
]  # fmt: skip
