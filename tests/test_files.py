"""An output is complete or absent, and the same every time; an array is never unpickled."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.files import array_writer, atomic_outputs, load_array, read_json, write_json
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


def test_what_was_killed_between_the_old_and_the_new_is_cleared(tmp_path: Path) -> None:
    """Of `plots` the old one stood aside, and a new one had taken its place."""
    for name in ("part-old-plots", "plots"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("earlier")
    (tmp_path / "part-old-link").symlink_to(tmp_path / "nowhere")
    with atomic_outputs(tmp_path / "plots", tmp_path / "link") as (plots, link):
        (plots / "new.txt").write_text("whole")
        link.mkdir(exist_ok=True)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        "link", "plots", "plots/new.txt",
    ]  # fmt: skip


def test_an_output_in_a_directory_that_is_not_there_yet_is_written(tmp_path: Path) -> None:
    target = tmp_path / "a/b/metrics.json"
    for content in ("first", "second"):
        with atomic_outputs(target) as (part,):
            part.write_text(content)
        assert target.read_text() == content
    assert [path.name for path in target.parent.iterdir()] == ["metrics.json"]


def test_where_one_output_cannot_take_its_place_all_old_ones_stand_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / name for name in ("a.txt", "b.txt", "c.txt")]
    files[0].write_text("old")
    files[2].write_text("old")
    rename = Path.rename

    def fail_once(path: Path, target: Path) -> Path:
        if path.name == "part-b.txt":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    def write() -> None:
        with atomic_outputs(*files) as parts:
            for part in parts:
                part.write_text("new")

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises(BadInput, match=r"a\.txt and .*b\.txt and .*c\.txt cannot be written: No space left on device$"):
        write()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "old", "c.txt": "old"}


@pytest.mark.parametrize(("dtype", "shape"), [("float32", (5, 3)), ("uint8", (4,)), ("float64", (0, 2))])
def test_an_array_written_in_blocks_has_the_bytes_of_one_that_numpy_saves(
    dtype: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    array = np.arange(np.prod(shape)).reshape(shape)
    with array_writer(tmp_path / "blocks.npy", dtype, shape) as write:
        for block in (array[:2], array[2:]):
            write(np.asfortranarray(block))
    np.save(tmp_path / "whole.npy", array.astype(dtype))
    assert (tmp_path / "blocks.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_an_array_of_an_old_python_is_read_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, np.arange(3, dtype=np.uint8))
    path.write_bytes(path.read_bytes().replace(b"(3,), }", b"(3L,),}"))
    assert load_array(path).tolist() == [0, 1, 2]


@pytest.mark.parametrize("values", [np.zeros(3, bool), np.array(["a", "b"]), np.zeros(3, complex), np.zeros(())])
def test_an_array_that_holds_no_row_of_numbers_is_refused(values: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", values)
    with pytest.raises(BadInput, match="must hold numbers of shape"):
        load_array(tmp_path / "array.npy")


def test_an_array_has_the_named_sizes_and_any_others(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    np.save(path, np.zeros((2, 3, 4), np.uint8))
    assert load_array(path, None, 4).shape == load_array(path, 3, None).shape == (2, 3, 4)
    for row in ((4, None), (None, 3), (None,), (3, 4, 1)):
        with pytest.raises(BadInput, match="must hold numbers of shape"):
            load_array(path, *row)


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


def test_numbers_of_numpy_and_what_stands_in_tuples_are_written_too(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json({"a": (np.float64(0.12345678), [np.int32(3), {"b": 2.00000049}]), "c": None, "d": "ö"}, path)
    assert read_json(path) == {"a": [0.123457, [3, {"b": 2.0}]], "c": None, "d": "ö"}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"a": float("nan")}, path)


def test_a_json_file_must_hold_what_it_was_written_for(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    path.write_text('{"train": 4, "name": "a"}')
    assert read_json(path, train=int, name=str) == {"train": 4, "name": "a"}
    with pytest.raises(BadInput, match=r"must hold 'validation', of type int\. Found \{'train': 4, 'name': 'a'\}\.$"):
        read_json(path, train=int, validation=int)
    with pytest.raises(BadInput, match="must hold 'name', of type int"):
        read_json(path, name=int)
    path.write_text(f"[{'1, ' * 100}1]")
    with pytest.raises(BadInput) as refused:
        read_json(path, train=int)
    assert str(refused.value) == f"{path} must hold 'train', of type int. Found {str([1] * 101)[:80]}."


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
