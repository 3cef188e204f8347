"""Our reader of YAML and DVC's make the same of every scalar and document, and a mistake is one line."""

import itertools
import math
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.serialize import ParseError
from dvc.utils.serialize import parse_yaml as parse_as_dvc
from ruamel.yaml.error import ReusedAnchorWarning

from hidden_nodes.data.dataset import list_datasets
from hidden_nodes.errors import BadInput
from hidden_nodes.yaml_files import parse_yaml, read_yaml
from tests.clone import ROOT

NUMBERS = [
    "0", "7", "42", "007", "0o17", "017", "08", "0x1f", "0X1F", "0b101", "0b12", "1_000", "1__0", "12e3", "1e3", "1e-3",
    "1E+3", "1.", "1.5", "1.5e3", "1.5e-3", "1.e5", ".5", ".5e3", ".5e+3", "1.2.3", "1e", "1e3.5", "1_0.5_0", "0.0",
    "00.5", "0e0", "1:30", "1:30:15", "190:20:30.15", ".inf", ".Inf", ".INF", ".iNf", ".nan", ".NaN", ".NAN", "inf",
    "nan", "infinity", "1,000", "1 000", "0xg", "0o8", "1e400", "99999999999999999999", "1.7976931348623157e308",
]  # fmt: skip
SIGNED = ["".join(pair) for pair in itertools.product(["", "-", "+"], NUMBERS)]
WORDS = [
    "".join(pair)
    for pair in itertools.product(
        ["true", "True", "TRUE", "tRUE", "false", "yes", "Yes", "no", "NO", "on", "On", "off", "OFF", "y", "n", "Y",
         "N", "null", "Null", "NULL", "nULL", "~", "none", "None", "relu", "val_accuracy"],
        ["", "s"],
    )
]  # fmt: skip
OTHERS = [
    "", "''", '""', "'1'", '"true"', "'on'", "2026-11-24", "2026-1-2", "2026-11-24 10:11:12", "2026-11-24T10:11:12Z",
    "2026-11-24t10:11:12.5+01:00", "2026-11-24 10:11:12.25 -5", "10:11", "=", "<<", "a b", "a: b", "a:b", "#",
    "a #b", "[]", "{}", "[1, 1e-3, on]", "{a: 1}", "!!str 1", "!!int '3'", "!!float 3", "!!null ''", "!!bool 'true'",
    "é", "日本", "\\n", '"\\n"', '"\\u00e9"', "@a", "`a", "%a", "&a 1", "*a", "-", "?", "- 1", "|", ">", "a,b", "1-2",
    "--1", "+-1", "_1", "1_",
]  # fmt: skip
SCALARS = SIGNED + WORDS + OTHERS
DOCUMENTS = [
    "", "# only a comment\n", "a: 1\nb: 2\n", "a:\n- 1\n- 2\n", "a:\n  - 1\n  - b: c\n",
    "a: {b: {c: [1, 2, {d: e}]}}\n", "a: |\n  two\n  lines\n", "a: >\n  one\n  line\n", "a: >-\n  one\n\n  two\n",
    "a: 'it''s'\n", 'a: "x\\ty"\n', "a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n",
    "a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n", "a: &x {b: 1}\nd: &y {e: 2}\nc:\n  <<: [*x, *y]\n", "? a\n: 1\n",
    "1: a\n2: b\n", "1e-3: a\ntrue: b\n~: c\n", "---\na: 1\n", "a: 1\n...\n", "a: !!set {b, c}\n", "a: [1, 2,]\n",
    "a: [\n  1,\n  2\n]\n", "a: \n", "a:\n  b:\n", "- 1\n- 2\n", "plain text\n", "a: b: c\n", "a: [1\n", "a: {b\n",
    "a: 'b\n", 'a: "b\n', "\ta: 1\n", "a: 1\n  b: 2\n", "a: 1\na: 2\n", "a: {b: 1, b: 2}\n", "- {a: 1, a: 1}\n",
    "a: !!python/object/apply:os.system [ls]\n", "a: !own 1\n", "a: *x\n", "a: &x 1\nb: &x 2\nc: *x\n",
    "---\na: 1\n---\nb: 2\n", "a: 1\nb\n", "a:\n- 1\n  - 2\n", "'a': 1\n\"a\": 2\n", "1: a\n1.0: b\n",
    "=: 1\n", "a: !!int ''\n", "a: !!int [1]\n", "a: !!float {a: 1}\n", "a: !!bool x\n", "a: !!timestamp x\n",
    "b: &b {k: 1}\nx:\n  m: &m\n    <<: *b\n    k: 2\nc:\n  <<: *m\n",
    "a: &x {b: 1}\ne: &y {f: 1}\nc:\n  <<: *x\n  <<: *y\n",
]  # fmt: skip


def read_both(text: str) -> tuple[Any, Any]:
    """What DVC's reader and ours make of a text; "refused" where one refuses it."""
    found: list[Any] = []
    for read, refusal in ((parse_as_dvc, ParseError), (parse_yaml, BadInput)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ReusedAnchorWarning)  # an anchor may stand twice
                found.append(read(text, "test"))
        except refusal:
            found.append("refused")
        except (ValueError, LookupError):
            assert read is parse_as_dvc, "ours must refuse in one line"
            found.append("refused")
    return found[0], found[1] or {}  # as DVC's reader, which makes an empty mapping of nothing


def alike(one: Any, other: Any) -> bool:
    """Equal in value and type, at every depth."""
    if isinstance(one, dict) and isinstance(other, dict):
        return alike(list(one), list(other)) and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    if isinstance(one, datetime) and isinstance(other, datetime) and one.utcoffset() != other.utcoffset():
        return False
    return type(one) is type(other) and bool(one == other)


def test_there_are_enough_scalars_and_documents_to_compare() -> None:
    assert len(set(SCALARS)) >= 200
    assert len(set(DOCUMENTS)) >= 20


@pytest.mark.parametrize("scalar", sorted(set(SCALARS)))
def test_a_scalar_is_what_dvc_reads(scalar: str) -> None:
    theirs, ours = read_both(f"a: {scalar}\n")
    assert alike(theirs, ours), (theirs, ours)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_what_dvc_reads(document: str) -> None:
    theirs, ours = read_both(document)
    assert alike(theirs, ours), (theirs, ours)


OWN_FILES = ["params.yaml", "dvc.yaml", *(f"datasets/{name}.yaml" for name in list_datasets()), "sweeps/nodes.yaml"]


@pytest.mark.parametrize("name", OWN_FILES)
def test_the_projects_own_files_are_what_dvc_reads(name: str) -> None:
    theirs, ours = read_both((ROOT / name).read_text(encoding="utf-8"))
    assert alike(theirs, ours)
    assert ours != "refused"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hidden: 1\nhidden: 2\n", 'is not valid YAML: found duplicate key "hidden", line 2'),
        (b"a:\n  b: 1\n  c: 2\n  b: 3\n", 'found duplicate key "b", line 4'),
        (b"hidden: [", "is not valid YAML: "),
        (b"\thidden: 1", "is not valid YAML: found character '\\t' that cannot start any token, line 1"),
        (b"a: !!python/object/apply:os.system [ls]", "could not determine a constructor for the tag"),
        (b"a: " + b"[" * 10_000, "more than 50 levels of nesting, line 1"),
        (b"a: \xff", "is not UTF-8 text: byte 3 cannot be read"),
        (b"a: !!int x", "is not valid YAML: a value cannot be read as int, line 1"),
        (b"a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n  d: 2\n", 'found duplicate key "d", line 5'),
        (b"%YAML 1.1\n---\na: on\n", "%YAML 1.1 is declared, only 1.2 is read, line 1"),
        (b"a: 2026-13-45", "is not valid YAML: "),
    ],
)
def test_a_mistake_is_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path} ")
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere.yaml cannot be read: No such file or directory"):
        read_yaml(tmp_path / "nowhere.yaml")


def test_aliases_count_as_all_that_they_stand_for() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(BadInput, match=r"more than 20000 values, line 5$"):
        parse_yaml("\n".join(lines), "test")
    assert parse_yaml("\n".join(lines[:4]), "test")["a3"][8][8][8] == ["x"] * 9


def test_merges_of_merges_and_chains_of_aliases_are_refused_in_one_line() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 10)]
    with pytest.raises(BadInput, match="more than 20000 values, line "):
        parse_yaml("\n".join(lines), "test")
    chain = ", ".join(f"&a{n} [*a{n - 1}]" for n in range(1, 60))
    with pytest.raises(BadInput, match="more than 50 levels of nesting, line "):
        parse_yaml(f"v: [&a0 [x], {chain}]\n", "test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [*x]", "an alias stands in what it names, line 1"),
        ("a: " + "9" * 1_001, "a number of more than 1000 digits, line 1"),
        ("a: 0x" + "f" * 5_000, "a number of more than 1000 digits, line 1"),
        ("[" + "1, " * 20_000 + "]", "more than 20000 values, line 1"),
        ("#" * 100_001, "test must have at most 100000 bytes."),
    ],
)
def test_what_is_far_larger_than_ours_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_yaml(text, "test")


def test_no_more_of_a_file_is_read_than_it_may_have() -> None:
    with pytest.raises(BadInput, match="must have at most 100000 bytes"):
        read_yaml("/dev/zero")


def test_pyyamls_own_loader_is_left_as_it_is() -> None:
    assert yaml.safe_load("a: on\nb: 1e-3\n") == {"a": True, "b": "1e-3"}
