"""Images of one's own as pictures in folders: a folder a class, with or without `train/` and `test/` above them."""

import io
import os
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from hidden_nodes.data.idx import MOST_BYTES
from hidden_nodes.data.own_images import OwnImages, Part, check_classes, choose_test, content_key
from hidden_nodes.errors import BadInput
from hidden_nodes.progress import progress

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
FORMATS = ("PNG", "JPEG", "BMP", "GIF")
TRAIN, TEST = "train", "test"
DRAFT = 4  # a JPEG is unpacked at no more than it takes for so many times the side


@dataclass(frozen=True)
class Folder:
    """What lies in a folder: other folders, pictures, and the names of what is neither; each sorted."""

    folders: list[Path]
    pictures: list[Path]
    others: list[str]


def list_folder(path: Path) -> Folder:
    """Look into a folder. Links are not followed, and what begins with a dot is no picture.

    Raises
    ------
    BadInput
        If the folder cannot be read.
    """
    folders, pictures, others = [], [], []
    try:
        with os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                hidden = entry.name.startswith(".")
                if entry.is_dir(follow_symlinks=False) and not hidden:
                    folders.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False) and not hidden and entry.name.lower().endswith(SUFFIXES):
                    pictures.append(Path(entry.path))
                else:
                    others.append(entry.name)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    return Folder(folders, pictures, others)


def read_class_folders(path: Path, side: int) -> OwnImages:
    """The pictures of a folder of class folders as grey images `(n, side, side)`.

    Raises
    ------
    BadInput
        If there are fewer than 2 or more than 100 class folders, one has no picture, or a picture cannot be read.
    """
    top = list_folder(path)
    skipped = [*top.others, *(picture.name for picture in top.pictures)]
    if {folder.name for folder in top.folders} >= {TRAIN, TEST}:
        own = read_divided(path, top, side, skipped)
    else:
        classes = list_classes(path, top, skipped)
        check_classes(list(classes))
        part = read_pictures(classes, list(classes), side)
        held_out = choose_test(part.keys, part.labels)
        own = OwnImages(select(part, ~held_out), select(part, held_out), list(classes))
    if not skipped:
        return own
    note = f"skipped what is no PNG, JPEG, BMP or GIF, links among it: {len(skipped)}, such as {skipped[0]!r}"
    return replace(own, notes=[note])


def read_divided(path: Path, top: Folder, side: int, skipped: list[str]) -> OwnImages:
    """The pictures of `path` where it has the folders `train` and `test`; adds what is skipped to `skipped`."""
    for folder in top.folders:
        if folder.name not in (TRAIN, TEST):
            raise BadInput(f"{path}: beside {TRAIN}/ and {TEST}/ there may be no other folder. Found {folder.name!r}.")
    train, test = (list_part(path / name, skipped) for name in (TRAIN, TEST))
    names = list(train)
    check_classes(names)
    if not test:
        raise BadInput(f"{path / TEST} must hold a folder for each class, with its pictures. Found none.")
    for name in test:
        if name not in names:
            raise BadInput(f"{path / TEST}: every class must be in {path / TRAIN}, too. Found {name!r}.")
    return OwnImages(read_pictures(train, names, side), read_pictures(test, names, side), names)


def list_part(path: Path, skipped: list[str]) -> dict[str, list[Path]]:
    """The pictures of each class in `train/` or `test/`, as `list_classes` gives them."""
    listing = list_folder(path)
    skipped.extend([*listing.others, *(picture.name for picture in listing.pictures)])
    return list_classes(path, listing, skipped)


def list_classes(path: Path, listing: Folder, skipped: list[str]) -> dict[str, list[Path]]:
    """The pictures of each class folder of `path`, by name, sorted; adds what is skipped to `skipped`.

    Raises
    ------
    BadInput
        If a folder has no picture, cannot be read, or has the name of another.
    """
    if listing.pictures and not listing.folders:
        raise BadInput(f"{path} must hold a folder for each class, with its pictures. Found pictures without.")
    classes: dict[str, list[Path]] = {}
    for folder in listing.folders:
        inside = list_folder(folder)
        if not inside.pictures:
            raise BadInput(f"{folder} must hold pictures: PNG, JPEG, BMP or GIF. Found none.")
        name = unicodedata.normalize("NFC", folder.name)  # an accent may be spelled in two ways, which look alike
        if name in classes:
            raise BadInput(f"{path}: no class's name may stand twice. Found {name!r} spelled in two ways.")
        classes[name] = inside.pictures
        skipped.extend([*inside.others, *(inner.name for inner in inside.folders)])
    return dict(sorted(classes.items()))


def select(part: Part, chosen: np.ndarray) -> Part:
    """The images of `part` for which `chosen` `(n,)` is true."""
    return Part(part.images[chosen], part.labels[chosen], part.keys[chosen])


def read_pictures(classes: dict[str, list[Path]], names: Sequence[str], side: int) -> Part:
    """Pictures as grey images `(n, side, side)`, labelled by `names`; their keys are of their files' bytes."""
    files = [(path, names.index(name)) for name, paths in classes.items() for path in paths]
    images = np.empty((len(files), side, side), np.uint8)
    labels, keys = np.empty(len(files), np.uint8), np.empty(len(files), np.uint64)
    for n, (path, label) in enumerate(progress(files, "reading pictures")):
        try:
            with path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}") from None
        if len(content) > MOST_BYTES:
            raise BadInput(f"{path} is longer than {MOST_BYTES} bytes, the most that a picture may have")
        images[n] = fit_picture(decode_picture(content, path, side), side)
        labels[n], keys[n] = label, content_key(content)
    return Part(images, labels, keys)


def decode_picture(content: bytes, path: Path, side: int) -> Image.Image:
    """A picture's first frame, grey and upright; what is transparent is white. Raises BadInput if it is damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about oddities in a file; its pixels are what counts
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                picture.draft(None, (DRAFT * side, DRAFT * side))
                return as_grey(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadInput(f"{path} has more than {Image.MAX_IMAGE_PIXELS:,} pixels, the most that are read") from None
    except UnidentifiedImageError:
        raise BadInput(f"{path} is no PNG, JPEG, BMP or GIF. Found {len(content)} bytes of something else.") from None
    except Exception as error:  # Pillow's decoders raise whatever a damaged file leads them to
        raise BadInput(f"{path} cannot be read as a picture: {' '.join(str(error).split())}") from None


def as_grey(picture: Image.Image) -> Image.Image:
    """A picture of any kind in 256 grey values."""
    if picture.mode.startswith("I"):  # 16 bit; Pillow's own conversion would cut off what is above 255
        return Image.fromarray((np.asarray(picture).clip(0, 65535) / 257).round().astype(np.uint8))
    if picture.has_transparency_data:
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture.convert("RGBA")).convert("L")
    return (picture.convert("RGB") if picture.mode == "CMYK" else picture).convert("L")


def fit_picture(picture: Image.Image, side: int) -> np.ndarray:
    """A grey picture as `(side, side)`: its longer side fills the square, its shape is kept, and it lies in the middle.

    What is left of the square has the grey of the picture's border, so that no edge appears where the picture ends.
    """
    scale = side / max(picture.size)
    width, height = (max(1, round(scale * length)) for length in picture.size)
    small = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    square = np.full((side, side), np.median(border), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = small
    return square
