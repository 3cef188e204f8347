"""Bring the raw images into `data/raw`: four IDX files, downloaded and verified, or made of the bundled digits.

What a data set's files have otherwise than MNIST's is put right here, so that no later stage need know: images are
turned upright, labels count from 0, and images do not come sorted by class.
"""

from pathlib import Path

import numpy as np

from hidden_nodes.data.dataset import Description, as_dataset, read_description, write_dataset
from hidden_nodes.data.idx import IDX_FILES, check_part, read_idx, write_idx, write_idx_blocks
from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.params import check_against, load_params
from hidden_nodes.paths import RAW, RAW_DATASET

MIX_SEED = 0  # of the order of a set that comes sorted; part of what that set is here, hence no parameter


def make_digits(description: Description, directory: Path) -> None:
    """Make the bundled digits, as many as are described, and write them as four IDX files into `directory`."""
    from hidden_nodes.data import digits  # scikit-learn takes 2 s, and a download needs none of it

    parts = digits.make_digits(description.images.train, description.images.test)
    for part, (blocks, labels) in parts.items():
        shape = (len(labels), digits.SIDE, digits.SIDE)
        write_idx_blocks(blocks, shape, directory / IDX_FILES[f"{part}_images"])
        write_idx(labels, directory / IDX_FILES[f"{part}_labels"])


def turn_upright(directory: Path) -> None:
    """Exchange rows and columns of the images, for a data set that stores them transposed."""
    for key in ("train_images", "test_images"):
        path = directory / IDX_FILES[key]
        write_idx(np.swapaxes(read_idx(path, dimensions=3), 1, 2), path)


def number_labels_from_zero(directory: Path, first_label: int) -> None:
    """Give the first class the label 0, for a data set whose files call it `first_label`.

    Raises
    ------
    BadInput
        If a file holds a label below `first_label`.
    """
    for key in ("train_labels", "test_labels"):
        path = directory / IDX_FILES[key]
        labels = read_idx(path, dimensions=1)
        if labels.size and labels.min() < first_label:
            position = int(np.argmin(labels))
            raise BadInput(
                f"{path}: labels must be {first_label} or more. Found {labels[position]} at position {position}."
            )
        write_idx(labels - np.uint8(first_label), path)


def is_sorted_by_class(labels: np.ndarray) -> bool:
    """Whether the images of each class follow one another without another class's between them."""
    changes = np.count_nonzero(labels[1:] != labels[:-1])
    return bool(changes == len(np.unique(labels)) - 1)


def mix_classes(directory: Path, part: str) -> None:
    """Put the images of a part into a random order, always the same one, if they are sorted by class.

    Validation takes the last training images and t-SNE the first, which would be of a few classes only. The files of a
    part that is not sorted stay as they are, to the byte.
    """
    image_file, label_file = directory / IDX_FILES[f"{part}_images"], directory / IDX_FILES[f"{part}_labels"]
    labels = read_idx(label_file, dimensions=1)
    if not is_sorted_by_class(labels):
        return
    order = np.random.default_rng(MIX_SEED).permutation(len(labels))
    write_idx(read_idx(image_file, dimensions=3)[order], image_file)
    write_idx(labels[order], label_file)


def bring(name: str, description: Description, directory: Path) -> None:
    """Bring the four files of a data set into `directory`, however they come: images upright, labels from 0."""
    if description.files is None:
        make_digits(description, directory)
    else:
        from hidden_nodes.data.download import download

        download(name, description.title, description.files, directory)
    if description.transposed:
        turn_upright(directory)
    if description.first_label:
        number_labels_from_zero(directory, description.first_label)


def main() -> None:
    params = load_params()
    description = read_description(params.dataset)
    dataset = as_dataset(description, params.dataset)
    check_against(params, dataset)
    with atomic_outputs(RAW) as (raw,):
        bring(params.dataset, description, raw)
        for part in ("train", "test"):
            check_part(raw, part, dataset)
            mix_classes(raw, part)
        write_dataset(dataset, raw / RAW_DATASET.name)
    print(f"{dataset.title}: four files in {RAW}")
