"""Images of one's own, whatever form they came in: checked, made light on dark, ordered by their content."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from hidden_nodes.errors import BadInput

FEWEST_CLASSES, MOST_CLASSES = 2, 100
MOST_ROWS = 64  # and columns
LONGEST_NAME = 60  # characters of a class's name
KEYS = 2**64  # as many values as a content key has
TEST_SHARE = 1 / 6  # as of MNIST's images


@dataclass(frozen=True)
class Part:
    """The training or the test images.

    images : `(n, rows, columns)` uint8; labels : `(n,)` uint8 from 0; keys : `(n,)` uint64, each image's content key.
    """

    images: np.ndarray
    labels: np.ndarray
    keys: np.ndarray


@dataclass(frozen=True)
class OwnImages:
    """All images, the names of their classes, and `notes`: lines that tell the user what was done to them."""

    train: Part
    test: Part
    classes: Sequence[str]
    notes: Sequence[str] = field(default=())


def content_key(content: bytes) -> int:
    """The first 64 bits of the content's SHA-256: the same content has the same key, in whatever data set."""
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


def content_keys(images: np.ndarray) -> np.ndarray:
    """The key `(n,)` uint64 of each of `images` `(n, rows, columns)`."""
    return np.array([content_key(image.tobytes()) for image in images], np.uint64)


def choose_test(keys: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which images, `(n,)` bool, are held out as test: about a sixth of each class, by their content alone.

    So another image moves none to the other side. In a class that would be all test, the image with the largest key
    trains; only that one is moved by another that trains.
    """
    chosen = keys < np.uint64(int(KEYS * TEST_SHARE))
    for label in np.unique(labels):
        chosen &= (labels != label) | (keys < keys[labels == label].max())
    return chosen


def sort_by_content(part: Part) -> Part:
    """The images in the order of their keys, in which classes are mixed, however they were sorted before."""
    order = np.lexsort((part.labels, part.keys))
    return Part(part.images[order], part.labels[order], part.keys[order])


def is_dark_on_light(images: np.ndarray) -> bool:
    """Whether the borders of most of `images` `(n, rows, columns)` are nearer to 255 than to 0."""
    border = np.concatenate([images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]], axis=1)
    return bool(np.median(np.median(border, axis=1)) > 127)


def orient(own: OwnImages, invert: bool | None) -> OwnImages:
    """Light on dark, as MNIST's files are: 0 is the background. invert : None looks at the borders, and says so."""
    inverted = is_dark_on_light(own.train.images) if invert is None else invert
    found = "dark on light, so they are inverted" if inverted else "light on dark, and left as they are"
    notes = [f"by their borders the images are {found} (INVERT={int(not inverted)} decides otherwise)"]
    own = replace(own, notes=[*own.notes, *(notes if invert is None else [])])
    if not inverted:
        return own
    parts = [replace(part, images=255 - part.images) for part in (own.train, own.test)]
    return replace(own, train=parts[0], test=parts[1])


def arrange(own: OwnImages, invert: bool | None) -> OwnImages:
    """The images checked, oriented and in the order of their content.

    Raises
    ------
    BadInput
        As `check_classes` does, if there are no test images, or if images are larger than 64 x 64.
    """
    check_classes(own.classes)
    rows, columns = own.train.images.shape[1:]
    if not (1 <= rows <= MOST_ROWS and 1 <= columns <= MOST_ROWS):
        raise BadInput(f"images must be 1 x 1 to {MOST_ROWS} x {MOST_ROWS}. Found {rows} x {columns}.")
    if not len(own.test.labels):
        raise BadInput(
            f"none of the {len(own.train.labels)} images is among the sixth that is held out as test: "
            "add images, or divide them into folders train/ and test/"
        )
    own = orient(own, invert)
    own = replace(own, train=sort_by_content(own.train), test=sort_by_content(own.test))
    return replace(own, notes=[*own.notes, *warnings_of(own)])


def check_classes(names: Sequence[str]) -> None:
    """Raise BadInput unless there are 2 to 100 names of 1 to 60 printable characters each, and none stands twice."""
    if not FEWEST_CLASSES <= len(names) <= MOST_CLASSES:
        few = f": {', '.join(names)}" if 0 < len(names) < FEWEST_CLASSES else ""
        raise BadInput(f"there must be {FEWEST_CLASSES} to {MOST_CLASSES} classes. Found {len(names)}{few}.")
    for name in names:
        if not (name.isprintable() and name.strip() and len(name) <= LONGEST_NAME):
            raise BadInput(
                f"a class's name must have 1 to {LONGEST_NAME} characters that can be printed. "
                f"Found {len(name)}: {name[:LONGEST_NAME]!a}."
            )
        if list(names).count(name) > 1:
            raise BadInput(f"no class's name may stand twice. Found {name!r} twice.")


def check_labels(train: np.ndarray, test: np.ndarray, classes: int, where: str) -> None:
    """Raise BadInput unless the training labels are 0 to `classes` - 1, each of them there, and the test's among them.

    where : what the message calls the source of the labels.
    """
    for part, labels in (("training", train), ("test", test)):
        if not len(labels):
            raise BadInput(f"{where}: there must be {part} images. Found none.")
        if labels.min() < 0 or labels.max() >= classes:
            raise BadInput(
                f"{where}: the {part} labels of {classes} classes must be 0 to {classes - 1}. "
                f"Found {labels.min()} to {labels.max()}."
            )
    missing = sorted(set(range(classes)) - set(train.tolist()))
    if missing:
        raise BadInput(f"{where}: labels must be 0 to k - 1, each with a training image. Found none of {missing[0]}.")


def warnings_of(own: OwnImages) -> list[str]:
    """What the user should know of images that are taken nevertheless."""
    lines = []
    without = sorted(set(range(len(own.classes))) - set(own.test.labels.tolist()))
    if without:
        lines.append(f"no test image shows {', '.join(own.classes[label] for label in without)}")
    alone = np.flatnonzero(np.bincount(own.train.labels) == 1)
    if alone.size:
        lines.append(f"a single training image shows {', '.join(own.classes[int(label)] for label in alone)}")
    shared = int(np.isin(own.test.keys, own.train.keys).sum())
    if shared:
        lines.append(f"{shared} of the {len(own.test.keys)} test images are training images, too")
    return lines
