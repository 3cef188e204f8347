"""An output is complete or absent, and the same every time; an array is never unpickled."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.files import atomic_outputs, load_array, read_json, write_json
from hidden_nodes.plotting.sheets import draw_image_sheet
from hidden_nodes.plotting.style import save_figure
from hidden_nodes.tables import write_csv


def test_a_failed_block_leaves_what_was_there(tmp_path: Path) -> None:
    directory, file = tmp_path / "plots", tmp_path / "metrics.json"
    with atomic_outputs(directory, file) as (new_directory, new_file):
        (new_directory / "a.txt").write_text("first")
        new_file.write_text("first")

    def fail() -> None:
        with atomic_outputs(directory, file) as (new_directory, new_file):
            (new_directory / "a.txt").write_text("second")
            new_file.write_text("second")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (directory / "a.txt").read_text() == file.read_text() == "first"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["metrics.json", "plots"]


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "part-plots").mkdir()
    (tmp_path / "part-plots/old.txt").write_text("half")
    with atomic_outputs(tmp_path / "plots") as (plots,):
        (plots / "new.txt").write_text("whole")
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["new.txt"]


def test_a_pickled_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="cannot be read as a numpy array"):
        load_array(path)


def test_a_missing_truncated_or_misshapen_array_is_named(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    with pytest.raises(BadInput, match=r"array.npy cannot be read"):
        load_array(path)
    np.save(path, np.zeros((3, 5), np.float32))
    with pytest.raises(BadInput, match=r"must hold numbers of shape \(n, 784\). Found float32 of shape \(3, 5\)."):
        load_array(path, 784)
    with pytest.raises(BadInput, match=r"must hold numbers of shape \(n, \). Found float32 of shape \(3, 5\)."):
        load_array(path)
    assert load_array(path, None).shape == load_array(path, 5).shape == (3, 5)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(BadInput, match="cannot be read as a numpy array"):
        load_array(path)


def test_arrays_are_memory_mapped_and_read_only(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros((3, 5)))
    array = load_array(tmp_path / "array.npy", 5)
    assert isinstance(array, np.memmap)
    assert not array.flags.writeable


def test_json_is_sorted_rounded_and_plain(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    write_json({"b": np.float32(1 / 3), "a": {"c": np.int64(2), "b": [0.1234567]}}, path)
    assert path.read_text() == '{\n  "a": {\n    "b": [\n      0.123457\n    ],\n    "c": 2\n  },\n  "b": 0.333333\n}\n'
    assert read_json(path) == json.loads(path.read_text())
    path.write_text("{")
    with pytest.raises(BadInput, match="cannot be read as JSON"):
        read_json(path)


def test_csv_floats_have_6_digits(tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"a": [1 / 3], "b": [2]}), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == b"a,b\n0.333333,2\n"


def test_a_picture_has_the_same_bytes_twice_and_tells_no_version(tmp_path: Path) -> None:
    images = np.linspace(0, 1, 2 * 8 * 6).reshape(2, 8, 6)
    for name in ("a.png", "b.png"):
        save_figure(draw_image_sheet(images, ["1", "2"], "Two digits", columns=2), tmp_path / name, "test")
    content = (tmp_path / "a.png").read_bytes()
    assert content == (tmp_path / "b.png").read_bytes()
    assert b"Software" not in content
    assert b"tEXt" not in content


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (BadInput("'hidden' must be 1"), 2, "error: 'hidden' must be 1\n"),
        (KeyboardInterrupt(), 130, "interrupted: run the same command again to go on\n"),
    ],
)
def test_a_mistake_or_ctrl_c_is_one_line_and_no_traceback(
    error: BaseException, status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        exit_with_one_line(fail)
    assert caught.value.code == status
    assert capsys.readouterr().err == line
