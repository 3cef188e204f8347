"""Which images the page carries: the test images, and of those that t-SNE embedded what there is room for."""

import zlib
from dataclasses import dataclass

import numpy as np

from hidden_nodes.plotting.points import stratified_subsample
from page.contents import Contents

FEW_NODES = 256  # above so many, weights take room that would be missing for images
MORE_MEGABYTES = 4
FEWEST = 10  # of each class, test images as well as embedded ones, however little room there is
SAMPLED = 1000  # images by which the size of all is estimated
LISTED = 12  # bytes of an image's index and classes in lists, about
DRAWN = 30  # bytes of its places on the maps and their measures, about
AS_TEXT = 4 / 3  # base64
MARGIN = 0.98  # of the room, as sizes are estimated
PLACED = 1 / 4  # of the room at least is for embedded images, so that the maps show something


@dataclass(frozen=True)
class Chosen:
    """Indices, ascending: of embedded `training` images, and of `test` images."""

    training: np.ndarray
    tests: np.ndarray


def page_limit(megabytes: float, nodes: int) -> int:
    """The bytes that the page may have with so many hidden nodes."""
    return round(1e6 * (megabytes + (MORE_MEGABYTES if nodes > FEW_NODES else 0)))


def estimate_bytes(images: np.ndarray) -> float:
    """About how many bytes of the page one of `images` `(n, pixels)` takes, and its entries in lists."""
    sample = images[:: max(1, len(images) // SAMPLED)]
    return AS_TEXT * len(zlib.compress(sample.tobytes())) / len(sample) + LISTED


def share_room(room: float, test: tuple[int, float], placed: tuple[int, float]) -> tuple[int, int]:
    """How many test images and how many embedded ones fit into `room` bytes.

    test, placed : how many there are, and the bytes of one. Test images come first, but for the embedded images' share.
    """
    (n_tests, test_bytes), (n_placed, placed_bytes) = test, placed
    kept_free = min(n_placed * placed_bytes, PLACED * room)
    tests = min(n_tests, int((room - kept_free) / test_bytes))
    return tests, min(n_placed, int((room - tests * test_bytes) / placed_bytes))


def choose(classes: np.ndarray, count: int, n_classes: int) -> np.ndarray:
    """The indices, ascending, of `count` images evenly over `classes` `(n,)`, or of all if there are no more."""
    if count >= len(classes):
        return np.arange(len(classes))
    return stratified_subsample(classes, max(count, FEWEST * n_classes), n_classes)


def choose_images(contents: Contents, room: float) -> Chosen:
    """The images that fill `room` bytes of the page; without room the fewest."""
    n_classes, embedded = len(contents.dataset.classes), len(contents.embeddings[0].points)
    actual = contents.predictions["actual"].to_numpy()
    sizes = estimate_bytes(contents.images_test), estimate_bytes(contents.images_train[:embedded]) + DRAWN
    tests, training = share_room(MARGIN * max(0, room), (len(actual), sizes[0]), (embedded, sizes[1]))
    return Chosen(choose(contents.classes[:embedded], training, n_classes), choose(actual, tests, n_classes))
