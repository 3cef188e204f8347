"""Images of one's own that are arrays already: four IDX files under MNIST's names, or an `.npz` as Keras's."""

import zipfile
from pathlib import Path

import numpy as np

from hidden_nodes.data.idx import IDX_FILES, MOST_BYTES, read_idx
from hidden_nodes.data.own_images import MOST_CLASSES, OwnImages, Part, check_labels, content_keys
from hidden_nodes.errors import BadInput
from hidden_nodes.files import refuse_damage

CLASS_NAMES = "classes.txt"  # beside IDX files: a name a line
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
MOST_LABEL = 2.0**53  # below which a float tells every whole number from the next
MOST_UNPACKED = 8 * MOST_BYTES  # of an array: as many numbers as an IDX file may hold bytes, each of 8 bytes


def has_idx_files(folder: Path) -> bool:
    """Whether one of the four files is there, so that the others should be, too."""
    return any((folder / name).is_file() or (folder / name).with_suffix("").is_file() for name in IDX_FILES.values())


def read_idx_folder(folder: Path) -> OwnImages:
    """The images of four IDX files, gzipped or not; without `classes.txt`, the classes are named by their numbers.

    Raises
    ------
    BadInput
        If a file is missing or a link, is no IDX file of bytes, or the four do not go together.
    """
    arrays = {}
    for key, name in IDX_FILES.items():
        path = find_file(folder, name)
        arrays[key] = read_idx(path, dimensions=3 if key.endswith("images") else 1)
    train = arrays["train_images"], arrays["train_labels"]
    test = arrays["test_images"], arrays["test_labels"]
    return gather(train, test, folder, read_class_names(folder / CLASS_NAMES))


def find_file(folder: Path, name: str) -> Path:
    """The file `name` of `folder`, or the same without `.gz`; links are not followed."""
    for path in (folder / name, (folder / name).with_suffix("")):
        if path.is_file() and not path.is_symlink():
            return path
    raise BadInput(f"{folder} has some of the four IDX files, so it must have {name}, gzipped or not. Found none.")


def read_class_names(path: Path) -> list[str] | None:
    """The lines of a text file, or nothing if there is no such file. Raises BadInput if it cannot be read."""
    if not path.is_file() or path.is_symlink():
        return None
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").strip().splitlines()]
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text: byte {error.start} cannot be read") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None


def read_npz(path: Path) -> OwnImages:
    """The images of an `.npz` with `x_train`, `y_train`, `x_test` and `y_test`; nothing is ever unpickled.

    Images are `(n, rows, columns)`, whole numbers from 0 to 255 or anything in [0, 1]; labels `(n,)` or `(n, 1)`.

    Raises
    ------
    BadInput
        If the file cannot be read, an array is missing, or has other values or another shape.
    """
    arrays = load_arrays(path)
    images, note = as_bytes(arrays["x_train"], arrays["x_test"], path)
    labels = [as_labels(arrays[name], f"{path}: {name}") for name in ("y_train", "y_test")]
    return gather((images[0], labels[0]), (images[1], labels[1]), path, None, note)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """The four arrays, each of numbers. Raises BadInput as `read_npz` does."""
    with refuse_damage(path, "an .npz"):
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.infolist()}
        for name in ARRAYS:
            if name not in sizes:
                raise BadInput(f"{path} must hold {', '.join(ARRAYS)}. Found {', '.join(sizes) or 'nothing'}.")
            if sizes[name] > MOST_UNPACKED:
                raise BadInput(f"{path}: {name} is {sizes[name]} bytes long. Allowed are {MOST_UNPACKED}.")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in ARRAYS}
    for name, array in arrays.items():
        if array.dtype.kind not in "buif":
            raise BadInput(f"{path}: {name} must hold numbers. Found {array.dtype}.")
    return arrays


def as_bytes(train: np.ndarray, test: np.ndarray, path: Path) -> tuple[list[np.ndarray], str]:
    """Both arrays of images `(n, rows, columns)` as uint8, and a line about what was done to them, if anything."""
    arrays, largest = [], 0.0
    for name, array in (("x_train", train), ("x_test", test)):
        array = array[..., 0] if array.ndim == 4 and array.shape[3] == 1 else array
        if array.ndim != 3 or not array.size:
            raise BadInput(f"{path}: {name} must be grey images (n, rows, columns). Found shape {array.shape}.")
        if not (array.min() >= 0 and array.max() <= 255):  # refuses nan, too
            raise BadInput(
                f"{path}: the values of {name} must be from 0 to 255. Found {array.min():g} to {array.max():g}."
            )
        arrays.append(array)
        largest = max(largest, float(array.max()))
    if largest <= 1:
        return [(array * 255.0).round().astype(np.uint8) for array in arrays], "values in [0, 1] are multiplied by 255"
    rounded = [array.round() if array.dtype.kind == "f" else array for array in arrays]
    changed = any(not np.array_equal(*pair) for pair in zip(arrays, rounded, strict=True))
    return [array.astype(np.uint8) for array in rounded], "values are rounded to whole numbers" * changed


def as_labels(labels: np.ndarray, where: str) -> np.ndarray:
    """Labels `(n,)` or, as a column, `(n, 1)`, as whole numbers `(n,)`."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise BadInput(f"{where} must be labels (n,), a whole number an image. Found shape {labels.shape}.")
    whole = np.array(True)
    if labels.dtype.kind == "f":
        whole = (np.abs(labels).astype(np.longdouble) < MOST_LABEL) & (labels == labels.round())
    if not whole.all():
        raise BadInput(f"{where} must be whole numbers. Found {labels[~whole][0]:g}.")
    return labels.astype(np.int64)


def gather(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    path: Path,
    classes: list[str] | None,
    note: str = "",
) -> OwnImages:
    """Images and labels of both parts, held against each other. Raises BadInput if they do not go together."""
    for part, (images, labels) in (("training", train), ("test", test)):
        if len(images) != len(labels):
            raise BadInput(
                f"{path}: every {part} image must have a label. Found {len(images)} images and {len(labels)} labels."
            )
    if train[0].shape[1:] != test[0].shape[1:]:
        sizes = " and ".join(" x ".join(map(str, images.shape[1:])) for images, _ in (train, test))
        raise BadInput(f"{path}: training and test images must be of one size. Found {sizes}.")
    # Without names the largest label says how many classes there are; what is far too large is refused as a label.
    largest = int(train[1].max()) if len(train[1]) else 0
    names = classes or [str(label) for label in range(min(largest + 1, MOST_CLASSES + 1))]
    check_labels(train[1], test[1], len(names), str(path))
    parts = [Part(images, labels.astype(np.uint8), content_keys(images)) for images, labels in (train, test)]
    return OwnImages(parts[0], parts[1], names, [note] if note else [])
