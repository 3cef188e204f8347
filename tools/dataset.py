"""Make a data set of one's own images: `make dataset NAME=animals FROM=path [SIZE=64] [INVERT=0|1]`.

It checks the images, writes them into the download cache and their description to `datasets/NAME.yaml`, draws a
contact sheet, and ends with the commands to run next.
"""

import argparse
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hidden_nodes.data import download
from hidden_nodes.data.dataset import NAME_PATTERN, list_datasets, parse_description, read_description
from hidden_nodes.data.image_arrays import has_idx_files, read_idx_folder, read_npz
from hidden_nodes.data.own_files import as_own_dataset, store_files, write_description
from hidden_nodes.data.own_images import MOST_ROWS, OwnImages, arrange
from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.params import fit_settings, load_params
from hidden_nodes.paths import dataset_file

SIDE, SMALLEST = 28, 8  # rows and columns of a picture by default, and at least
SHEETS = Path("plots", "datasets")  # beside the stages' pictures
SHOWN = 10  # images of each class on the contact sheet
LONGEST = 40  # characters of NAME
# Words of the right form that YAML or `dvc exp run -S` would take for something else.
NO_NAMES = ("true", "false", "null", "inf", "nan")


def check_name(name: str) -> None:
    """Raise BadInput unless `name` can be the name of a data set, and is none of a public one."""
    is_name = re.fullmatch(NAME_PATTERN, name) and name[0].isalpha() and len(name) <= LONGEST
    if not is_name or name in NO_NAMES:
        raise BadInput(
            f"NAME must be a word of small letters, digits and _, a letter first, of at most {LONGEST} characters, "
            f"such as animals. Got {name[: LONGEST + 1]!r} instead."
        )
    if name in list_datasets():
        files = read_description(name).files
        if files is None or not files.are_own:
            raise BadInput(f"NAME must be none of a public data set. Got {name!r} instead.")


def read_size(text: str) -> int:
    """SIZE as a number of rows and columns. Raises BadInput if it is none from 8 to 64."""
    if not re.fullmatch("[0-9]{1,2}", text) or not SMALLEST <= int(text) <= MOST_ROWS:
        raise BadInput(f"SIZE must be a whole number from {SMALLEST} to {MOST_ROWS}. Got {text!r} instead.")
    return int(text)


def read_invert(text: str) -> bool | None:
    """INVERT as a choice, None if it is not given. Raises BadInput if it is neither 0 nor 1."""
    if text not in ("", "0", "1"):
        raise BadInput(f"INVERT must be 0 or 1, or not given. Got {text!r} instead.")
    return bool(int(text)) if text else None


def read_images(source: str, size: str) -> OwnImages:
    """The images at `source`, in whichever of the three forms they are. Raises BadInput if they are in none."""
    if not source:
        raise BadInput("FROM must name a folder or an .npz file, as in: make dataset NAME=animals FROM=pictures")
    try:
        path = Path(source).expanduser()
        path.stat()
        holds_idx = path.is_dir() and has_idx_files(path)
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a null byte; RuntimeError: no such user's home
        raise BadInput(f"FROM: {source} cannot be read: {getattr(error, 'strerror', error)}") from None
    if path.is_dir() and not holds_idx:
        from hidden_nodes.data.class_folders import read_class_folders  # Pillow, which arrays need not

        return read_class_folders(path, read_size(size or str(SIDE)))
    if not path.is_dir() and not (path.is_file() and path.suffix == ".npz"):
        raise BadInput(f"FROM must be a folder of IDX files, a folder of class folders, or an .npz file. Got {path}.")
    if size:
        raise BadInput(f"SIZE is for pictures only: the images of {path} keep their own size. Got {size!r}.")
    return read_idx_folder(path) if path.is_dir() else read_npz(path)


def describe(name: str, own: OwnImages) -> str:
    """Store the images' files, and return the text of the description: the one that is there, or a new one.

    Raises
    ------
    BadInput
        If the data set is described already, and has other images, or if something cannot be written.
    """
    known = read_description(name).files if name in list_datasets() else None
    files = store_files(name, own, known, download.CACHE / name)
    if known:
        return dataset_file(name).read_text(encoding="utf-8")  # as it is: the user may have put in better words
    text = write_description(name, own, files)
    parse_description(text, name)  # as `fetch` will
    return text


def count_images(own: OwnImages) -> list[str]:
    """For each class, how many images train, and how many are test images."""
    n_classes = len(own.classes)
    train, test = (np.bincount(part.labels, minlength=n_classes) for part in (own.train, own.test))
    return [f"{name} {train[n]} + {test[n]}" for n, name in enumerate(own.classes)]


def draw_contact_sheet(own: OwnImages, name: str, path: Path) -> None:
    """Draw the first training images of each class, a row a class, as the network will see them."""
    from hidden_nodes.plotting.sheets import draw_image_sheet  # matplotlib, after everything has been checked
    from hidden_nodes.plotting.style import save_figure

    rows, columns = own.train.images.shape[1:]
    images = np.full((len(own.classes), SHOWN, rows, columns), np.nan)
    captions = [""] * (len(own.classes) * SHOWN)
    for label, counted in enumerate(count_images(own)):
        first = np.flatnonzero(own.train.labels == label)[:SHOWN]
        images[label, : len(first)] = own.train.images[first] / 255
        captions[label * SHOWN + SHOWN // 2] = counted
    title = f"{name}: training + test images of each class"
    figure = draw_image_sheet(images.reshape(-1, rows, columns), captions, title, SHOWN)
    save_figure(figure, path, name)


def boxes_note(own: OwnImages) -> list[str]:
    """What to say where pictures cannot show a class's name."""
    from hidden_nodes.plotting.style import find_undrawable  # matplotlib, as above

    found = find_undrawable(own.classes)
    return [f"pictures show boxes in {', '.join(found)}, for which their font has no letters"] if found else []


def next_commands(name: str, own: OwnImages) -> list[str]:
    """What to run next, with the settings that these images need. Raises BadInput if no setting would do."""
    settings = {"dataset": name} | fit_settings(load_params(), as_own_dataset(name, own))
    words = [shlex.quote(f"{key}={value}".replace(" ", "")) for key, value in settings.items()]
    commit = f"git add {dataset_file(name)} && git commit --message {shlex.quote(f'Data set {name}')}"
    return [commit, f"dvc exp run {' '.join(f'-S {word}' for word in words)}"]


def read_arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools dataset", description="A data set of one's own images.")
    parser.add_argument("--name", default="", help="what the data set is to be called")
    parser.add_argument("--from", dest="source", default="", help="a folder, or an .npz file")
    parser.add_argument("--size", default="", help=f"rows and columns of pictures, {SMALLEST} to {MOST_ROWS}")
    parser.add_argument("--invert", default="", help="1: dark on light, 0: light on dark; guessed by default")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    arguments = read_arguments(words)
    name = arguments.name
    check_name(name)
    invert = read_invert(arguments.invert)
    own = arrange(read_images(arguments.source, arguments.size), invert)
    commands = next_commands(name, own)
    text = describe(name, own)
    sheet, path = SHEETS / f"{name}.png", dataset_file(name)
    # A description that is there may have its user's own words: it is not moved, as a kill may come meanwhile.
    new = [] if path.exists() else [path]
    with atomic_outputs(sheet, *new) as (sheet_part, *parts):
        for part in parts:
            part.write_text(text, encoding="utf-8")
        draw_contact_sheet(own, name, sheet_part)
    for note in [*own.notes, *boxes_note(own)]:
        print(f"note: {note}")
    print(f"training + test images: {', '.join(count_images(own))}")
    print(f"{path}: the data set; its files are in {download.CACHE / name}")
    print(f"{sheet}: the images as the network will see them, to look at")
    print("next:", *commands, sep="\n  ")
