"""Images of one's own become a data set like any other; what is refused is in `tests/dataset_faults.py`."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hidden_nodes.data import download
from hidden_nodes.data.class_folders import decode_picture, fit_picture
from hidden_nodes.data.dataset import Dataset, parse_description, read_description
from hidden_nodes.data.idx import read_idx
from hidden_nodes.data.own_images import OwnImages, choose_test, content_keys
from hidden_nodes.errors import BadInput
from hidden_nodes.params import find_misfits, fit_settings, load_params
from hidden_nodes.paths import RAW
from hidden_nodes.yaml_files import parse_yaml
from stages import fetch
from tests.clone import ROOT, set_params
from tests.dataset_faults import make_workspace
from tests.own_pictures import (
    NAMES,
    draw_picture,
    make_arrays,
    unpack_idx_folder,
    write_idx_folder,
    write_npz,
    write_pictures,
)
from tools import dataset as command

Make = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Make:
    """Calls the command in a workspace and with a cache of the test's own, and returns what it prints."""
    monkeypatch.chdir(make_workspace(tmp_path / "project"))
    monkeypatch.setattr(download, "CACHE", tmp_path / "cache")
    monkeypatch.delenv("DATASETS_MIRROR", raising=False)

    def call(source: Path, name: str = "animals", **words: str) -> str:
        words = {"name": name, "from": str(source)} | words
        command.main([f"--{key}={value}" for key, value in words.items()])
        return capsys.readouterr().out

    return call


def settings_of(printed: str) -> dict[str, object]:
    """The settings of the command that is to be run next, by dotted name."""
    words = shlex.split(printed.splitlines()[-1])
    assert words[:3] == ["dvc", "exp", "run"]
    assert set(words[3::2]) == {"-S"}
    return {name: parse_yaml(value, name) for name, _, value in (word.partition("=") for word in words[4::2])}


def fetch_arrays(printed: str) -> dict[str, np.ndarray]:
    """What `fetch` brings with the printed settings: images and labels, by the names that Keras uses."""
    set_params(Path("params.yaml"), settings_of(printed))
    fetch.main()
    return {
        "x_train": read_idx(RAW / "train-images-idx3-ubyte.gz", 3),
        "y_train": read_idx(RAW / "train-labels-idx1-ubyte.gz", 1),
        "x_test": read_idx(RAW / "t10k-images-idx3-ubyte.gz", 3),
        "y_test": read_idx(RAW / "t10k-labels-idx1-ubyte.gz", 1),
    }


def pairs(images: np.ndarray, labels: np.ndarray) -> list[tuple[bytes, int]]:
    """Images with their labels, in an order that does not depend on theirs."""
    return sorted(zip([image.tobytes() for image in images], labels.tolist(), strict=True))


def files_of(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def png(picture: Image.Image, path: Path) -> Path:
    picture.save(path)
    return path


def grey(path: Path, side: int = 8) -> np.ndarray:
    return fit_picture(decode_picture(path.read_bytes(), path, side), side)


@pytest.mark.parametrize("form", ["npz", "idx", "unpacked"])
def test_arrays_come_back_from_fetch_as_they_were_but_mixed(form: str, make: Make, tmp_path: Path) -> None:
    arrays = make_arrays()
    assert (np.diff(arrays["y_train"].astype(int)) >= 0).all()  # sorted by class
    source = write_npz(tmp_path / "mine.npz") if form == "npz" else write_idx_folder(tmp_path / "mine")
    found = fetch_arrays(make(unpack_idx_folder(source) if form == "unpacked" else source))
    for part in ("train", "test"):
        before, after = ((group[f"x_{part}"], group[f"y_{part}"]) for group in (arrays, found))
        assert pairs(*after) == pairs(*before)
    assert set(found["y_train"][-12:]) == set(found["y_train"][:12]) == {0, 1, 2}


def test_pictures_sorted_by_class_are_mixed_too(make: Make, tmp_path: Path) -> None:
    found = fetch_arrays(make(write_pictures(tmp_path / "mine")))
    assert set(found["y_train"][-6:]) == set(found["y_train"][:6]) == {0, 1}
    assert len(found["y_train"]) + len(found["y_test"]) == 40
    assert found["x_train"].shape[1:] == (28, 28)


def test_a_part_of_each_class_is_held_out_by_content_and_another_picture_moves_none(make: Make, tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "mine", count=40)
    before = fetch_arrays(make(source))
    for number in range(40, 60):
        draw_picture(0, number).save(source / f"cat/{number}.png")
    after = fetch_arrays(make(source, "more"))
    for part in ("train", "test"):
        old, new = (pairs(group[f"x_{part}"], group[f"y_{part}"]) for group in (before, after))
        assert set(old) <= set(new)
    assert len(after["y_test"]) > len(before["y_test"]) > 0


def test_about_a_sixth_of_each_class_is_held_out_and_a_class_keeps_a_training_image() -> None:
    keys = content_keys(np.random.default_rng(0).integers(0, 256, (6000, 4, 4)).astype(np.uint8))
    labels = np.arange(6000) % 2
    held_out = choose_test(keys, labels)
    assert [held_out[labels == label].mean() for label in (0, 1)] == pytest.approx([1 / 6, 1 / 6], abs=0.02)
    few = np.array([5, 9, 7], np.uint64)  # all so small that chance would hold them out
    assert choose_test(few, np.zeros(3)).tolist() == [True, False, True]
    assert choose_test(few, np.array([0, 1, 1])).tolist() == [False, False, True]


def test_the_same_images_give_the_same_bytes(make: Make, tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "mine")
    printed = [make(source)]
    before = files_of(tmp_path / "cache") | files_of(Path())
    shutil.rmtree(tmp_path / "cache")
    for path in ("datasets/animals.yaml", "plots/datasets/animals.png"):
        Path(path).unlink()
    printed.append(make(shutil.move(source, tmp_path / "elsewhere")))
    assert files_of(tmp_path / "cache") | files_of(Path()) == before
    assert printed[0] == printed[1]


def test_a_description_that_the_user_put_into_better_words_is_kept(make: Make, tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "mine")
    make(source)
    path = Path("datasets/animals.yaml")
    text = path.read_text(encoding="utf-8").replace("noun: image", "noun: animal").replace('"cat"', '"the cat"')
    path.write_text(text, encoding="utf-8")
    shutil.rmtree(tmp_path / "cache")
    before = path.stat()
    make(source)
    assert path.read_text(encoding="utf-8") == text
    # The same file, never moved aside: a kill at that moment would have cost the user's words.
    assert (path.stat().st_ino, path.stat().st_ctime_ns) == (before.st_ino, before.st_ctime_ns)
    fetch_arrays(make(source))
    assert '"noun": "animal"' in (RAW / "dataset.json").read_text(encoding="utf-8")


def test_files_come_from_the_cache_or_a_mirror_and_else_one_line_says_how_to_bring_them(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = make(write_pictures(tmp_path / "mine"))
    fetch_arrays(printed)
    (tmp_path / "cache").rename(tmp_path / "shared")
    with pytest.raises(BadInput, match=r"animals cannot be had .* get them by `dvc pull data/raw`, as docs/") as caught:
        fetch_arrays(printed)
    assert str(tmp_path / "cache/animals") in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    monkeypatch.setenv("DATASETS_MIRROR", str(tmp_path / "shared"))
    fetch_arrays(printed)
    damaged = next((tmp_path / "shared/animals").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(BadInput, match="SHA-256 differs"):
        fetch_arrays(printed)


def test_train_and_test_folders_are_taken_as_they_are(make: Make, tmp_path: Path) -> None:
    write_pictures(tmp_path / "mine/train", ("犬", "cat", "é & <b>"), count=5)
    write_pictures(tmp_path / "mine/test", ("é & <b>", "cat"), count=2, first=50)
    (tmp_path / "mine/test/notes.txt").write_text("hello", encoding="utf-8")
    printed = make(tmp_path / "mine")
    assert read_description("animals").classes == ["cat", "é & <b>", "犬"]
    assert "training + test images: cat 5 + 2, é & <b> 5 + 2, 犬 5 + 0" in printed
    assert "note: no test image shows 犬" in printed
    assert "are training images, too" not in printed
    assert "links among it: 1, such as 'notes.txt'" in printed
    found = fetch_arrays(printed)
    assert np.bincount(found["y_test"]).tolist() == [2, 2]


def test_the_test_folder_may_lack_classes(make: Make, tmp_path: Path) -> None:
    write_pictures(tmp_path / "mine/train", ("犬", "cat"), count=5)
    write_pictures(tmp_path / "mine/test", ("犬",), count=2)
    assert set(fetch_arrays(make(tmp_path / "mine"))["y_test"]) == {1}


def test_a_test_image_that_is_a_training_image_is_reported(make: Make, tmp_path: Path) -> None:
    for part in ("train", "test"):
        write_pictures(tmp_path / "mine" / part, count=10 if part == "train" else 3)
    assert "note: 6 of the 6 test images are training images, too" in make(tmp_path / "mine")


def test_what_is_no_picture_and_links_are_skipped_and_counted(make: Make, tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "mine")
    (source / "cat/notes.txt").write_text("hello", encoding="utf-8")
    (source / "README").write_text("hello", encoding="utf-8")
    (source / "dog/._1.png").write_bytes(b"x")  # macOS leaves such files
    draw_picture(1, 77).save(tmp_path / "outside.png")
    (source / "dog/linked.png").symlink_to(tmp_path / "outside.png")
    (source / "emu").symlink_to(source / "cat")
    os.mkfifo(source / "dog/waits.png")  # reading it would wait for ever
    printed = make(source)
    assert "note: skipped what is no PNG, JPEG, BMP or GIF, links among it: 6, such as 'README'" in printed
    assert parse_description(Path("datasets/animals.yaml").read_text("utf-8"), "animals").classes == list(NAMES)
    assert len(fetch_arrays(printed)["y_train"]) <= 40 - 1


def test_dark_on_light_is_guessed_and_said_and_invert_decides(make: Make, tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "mine")
    printed = make(source, "guessed")
    assert "by their borders the images are dark on light, so they are inverted (INVERT=0 decides" in printed
    guessed, inverted = fetch_arrays(printed), fetch_arrays(make(source, "inverted", invert="1"))
    left = make(source, "left", invert="0")
    assert "borders" not in left
    assert (guessed["x_train"][:, 0, 0] == 0).all()
    assert np.array_equal(guessed["x_train"], inverted["x_train"])
    assert np.array_equal(255 - guessed["x_train"], fetch_arrays(left)["x_train"])
    assert "light on dark, and left as they are (INVERT=1" in make(write_npz(tmp_path / "dark.npz"), "dark")


def test_pictures_have_the_size_that_is_asked_for(make: Make, tmp_path: Path) -> None:
    assert fetch_arrays(make(write_pictures(tmp_path / "mine"), size="64"))["x_train"].shape[1:] == (64, 64)


def test_float_images_in_0_1_and_a_column_of_labels_are_taken_and_said(make: Make, tmp_path: Path) -> None:
    arrays = make_arrays()
    changed = {f"x_{part}": (arrays[f"x_{part}"] / 255)[..., np.newaxis] for part in ("train", "test")}
    changed |= {f"y_{part}": arrays[f"y_{part}"][:, np.newaxis].astype(float) for part in ("train", "test")}
    printed = make(write_npz(tmp_path / "mine.npz", **changed))
    assert "note: values in [0, 1] are multiplied by 255" in printed
    found = fetch_arrays(printed)
    assert pairs(found["x_train"], found["y_train"]) == pairs(arrays["x_train"], arrays["y_train"])
    halves = {f"x_{part}": arrays[f"x_{part}"] * 0.5 for part in ("train", "test")}
    assert "note: values are rounded to whole numbers" in make(write_npz(tmp_path / "halves.npz", **halves), "halves")


def test_classes_txt_names_the_classes(make: Make, tmp_path: Path) -> None:
    source = write_idx_folder(tmp_path / "mine")
    (source / "classes.txt").write_text("\ufeffone\r\n2\r\nthé trois\r\n\r\n", encoding="utf-8")
    make(source)
    assert read_description("animals").classes == ["one", "2", "thé trois"]


@pytest.mark.parametrize("names", [("1e-3", "yes"), ("null", "0o7"), ("'\"\\", "# no: comment"), (" a ", "😀 {b}")])
def test_class_names_are_text_whatever_they_look_like(names: tuple[str, str], make: Make, tmp_path: Path) -> None:
    make(write_pictures(tmp_path / "mine", names, count=12))
    assert read_description("animals").classes == sorted(names)


def test_a_picture_keeps_its_shape_and_lies_in_the_middle(tmp_path: Path) -> None:
    wide = grey(png(Image.new("L", (40, 10), 30), tmp_path / "wide.png"))
    assert (wide == 30).all()  # the border's grey, so that no edge appears
    pixels = np.zeros((10, 40), np.uint8)
    pixels[1:-1, 1:-1] = 255
    found = grey(png(Image.fromarray(pixels), tmp_path / "framed.png"), 40)
    assert np.array_equal(found[15:25], pixels)
    assert not found[:15].any()
    assert not found[25:].any()
    same = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    assert np.array_equal(grey(png(Image.fromarray(same), tmp_path / "same.png"), 28), same)


def test_exif_rotation_is_respected(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16), np.uint8)
    pixels[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter: what is above goes to the right
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif, quality=100)
    found = grey(tmp_path / "turned.jpg")
    assert (found[:, 4:] > 200).all()
    assert (found[:, :4] < 50).all()


def test_pictures_of_every_kind_become_grey(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    clear.putpixel((3, 3), (0, 0, 0, 255))
    found = grey(png(clear, tmp_path / "clear.png"))
    assert found[3, 3] == 0
    assert (np.delete(found.ravel(), 3 * 8 + 3) == 255).all()  # what is transparent lies on white
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.save(tmp_path / "palette.gif", transparency=0)
    assert (grey(tmp_path / "palette.gif") == 255).all()
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1040
    found = grey(png(Image.fromarray(deep), tmp_path / "deep.png"))
    assert np.array_equal(found, (deep / 65535 * 255).round())
    Image.new("CMYK", (8, 8), (0, 0, 0, 0)).save(tmp_path / "white.jpg")
    assert (grey(tmp_path / "white.jpg") > 250).all()
    frames = [Image.new("L", (8, 8), value) for value in (200, 10)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert (grey(tmp_path / "moving.gif") == 200).all()
    for name in ("bit.png", "bit.bmp"):
        assert (grey(png(Image.new("1", (8, 8), 1), tmp_path / name)) == 255).all()


@pytest.mark.parametrize(
    ("rows", "columns", "train", "expected"),
    [
        (28, 28, 60_000, {}),
        (8, 8, 4_000, {"validation": 0.2, "explore.pixels": [27, 36], "retrain_selected.pixels": 21}),
        (20, 30, 60_000, {}),
        (28, 28, 30, {"validation": 0.2, "train.batch_size": 24, "pca_tsne.perplexity": 7}),
        (28, 28, 90, {"validation": 0.2, "pca_tsne.perplexity": 20}),
        (1, 1, 6_000, {"explore.pixels": [0, 0], "retrain_selected.pixels": 1}),
    ],
)
def test_exactly_the_parameters_that_do_not_fit_are_set(
    rows: int, columns: int, train: int, expected: dict[str, object]
) -> None:
    dataset = Dataset(
        name="x", title="x", noun="x", classes=["a", "b"], rows=rows, columns=columns, train_images=train,
        test_images=10, ordered=False, drawing=None,
    )  # fmt: skip
    assert fit_settings(load_params(ROOT / "params.yaml"), dataset) == expected
    for misfit in find_misfits(load_params(ROOT / "params.yaml"), dataset):
        assert misfit.message.endswith(f"Got {misfit.given!r} instead. {misfit.fitting} would do.")


def test_where_no_value_would_do_the_data_are_refused() -> None:
    tiny = Dataset(
        name="x", title="x", noun="x", classes=["a", "b"], rows=9, columns=9, train_images=2, test_images=1,
        ordered=False, drawing=None,
    )  # fmt: skip
    with pytest.raises(BadInput, match=r"'pca_tsne.perplexity' must be at most a third of the 2 images"):
        fit_settings(load_params(ROOT / "params.yaml"), tiny)


def test_the_printed_command_names_the_settings_and_a_commit_comes_first(make: Make, tmp_path: Path) -> None:
    lines = make(write_npz(tmp_path / "mine.npz")).splitlines()
    assert lines[-3:-1] == ["next:", "  git add datasets/animals.yaml && git commit --message 'Data set animals'"]
    assert lines[-1] == "  dvc exp run -S dataset=animals -S validation=0.2 -S pca_tsne.perplexity=15"
    small = make_arrays(rows=8, columns=8)
    lines = make(write_npz(tmp_path / "small.npz", **small), "small").splitlines()
    assert "-S 'explore.pixels=[27,36]' -S pca_tsne.perplexity=15 -S retrain_selected.pixels=21" in lines[-1]
    assert settings_of("\n".join(lines))["explore.pixels"] == [27, 36]


def test_the_contact_sheet_is_a_picture_of_every_class(make: Make, tmp_path: Path) -> None:
    printed = make(write_pictures(tmp_path / "mine", ("$\\frac$ 犬", "b" * 60, "c")))
    assert "plots/datasets/animals.png" in printed
    with Image.open("plots/datasets/animals.png") as sheet:
        pixels = np.asarray(sheet.convert("L"))
    assert pixels.shape[1] > 1000
    assert (pixels < 100).mean() > 0.005


def test_files_with_and_without_addresses_are_not_mixed() -> None:
    text = (ROOT / "datasets/mnist.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    first = lines.index("    urls:")
    mixed = "\n".join([*lines[:first], "    urls: []", *lines[first + 3 :]])
    with pytest.raises(BadInput, match=r"'files' must be given with 'urls' for all four, or, as one's own, for none"):
        parse_description(mixed, "mnist")


KILLED = """
import os, signal, sys
from hidden_nodes.data import own_files
from tools.dataset import main

write, calls = own_files.write_idx, []

def die_at_the_third(array, path):
    calls.append(path)
    write(array[: len(array) // 2] if len(calls) == 3 else array, path)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

own_files.write_idx = die_at_the_third
main(sys.argv[1:])
"""


def test_killed_in_the_middle_it_leaves_nothing_half_written_and_the_second_run_goes_on(
    tmp_path: Path,
) -> None:
    project = make_workspace(tmp_path / "project")
    write_npz(tmp_path / "mine.npz")
    before = files_of(project)
    words = ["--name=animals", f"--from={tmp_path / 'mine.npz'}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "home")}
    killed = subprocess.run([sys.executable, "-c", KILLED, *words], cwd=project, env=environment)
    assert killed.returncode == -signal.SIGKILL
    assert files_of(project) == before
    cache = tmp_path / "home/hidden-nodes/animals"
    assert {path.name for path in cache.iterdir()} == {"part-files"}
    second = [sys.executable, "-m", "tools", "dataset", *words]
    done = subprocess.run(second, cwd=project, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(cache.glob("*.gz"))) == len(list(cache.iterdir())) == 4


def test_a_picture_that_cannot_be_written_leaves_no_description(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_disk(own: OwnImages, name: str, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "draw_contact_sheet", fill_disk)
    before = files_of(Path())
    with pytest.raises(BadInput, match="cannot be written: No space left on device"):
        make(write_pictures(tmp_path / "mine"))
    assert files_of(Path()) == before


@pytest.mark.parametrize("path", ["a b", "it's", 'say "x"', "$HOME", "$(touch bad)", "${x}", "$(", "`touch bad`", "-x"])
def test_make_passes_any_path_as_it_was_typed(path: str, tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "Makefile", tmp_path / "Makefile")
    for name in ("requirements.txt", "requirements-uv.txt"):
        (tmp_path / name).touch()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/installed").touch()
    python = tmp_path / ".venv/bin/python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")  # says what it is given
    python.chmod(0o755)
    # Where the tests were started by make, it hands its own options down, and the inner one speaks of directories.
    inherited = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    done = subprocess.run(
        ["make", "dataset", "NAME=animals", f"FROM={path}", "INVERT=1"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    expected = ["-m", "tools", "dataset", "--name=animals", f"--from={path}", "--size=", "--invert=1"]
    assert (done.stdout.splitlines(), done.stderr) == (expected, "")
    assert not (tmp_path / "bad").exists()
