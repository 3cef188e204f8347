"""Bring the raw images into `data/raw`: four IDX files, downloaded and verified, or made of the bundled digits."""

from pathlib import Path

import numpy as np

from hidden_nodes.data.dataset import Description, as_dataset, read_description, write_dataset
from hidden_nodes.data.idx import IDX_FILES, check_part, read_idx, write_idx
from hidden_nodes.files import atomic_outputs
from hidden_nodes.params import check_against, load_params
from hidden_nodes.paths import RAW, RAW_DATASET


def make_digits(description: Description, directory: Path) -> None:
    """Make the bundled digits, as many as are described, and write them as four IDX files into `directory`."""
    from hidden_nodes.data import digits  # scikit-learn takes 2 s, and a download needs none of it

    parts = digits.make_digits(description.images.train, description.images.test)
    for part, (images, labels) in parts.items():
        write_idx(images, directory / IDX_FILES[f"{part}_images"])
        write_idx(labels, directory / IDX_FILES[f"{part}_labels"])


def turn_upright(directory: Path) -> None:
    """Exchange rows and columns of the images, for a data set that stores them transposed."""
    for key in ("train_images", "test_images"):
        path = directory / IDX_FILES[key]
        write_idx(np.swapaxes(read_idx(path, dimensions=3), 1, 2), path)


def bring(name: str, description: Description, directory: Path) -> None:
    """Bring the four files of a data set into `directory`, however they come."""
    if description.files is None:
        make_digits(description, directory)
    else:
        from hidden_nodes.data.download import download

        download(name, description.title, description.files, directory)
    if description.transposed:
        turn_upright(directory)


def main() -> None:
    params = load_params()
    description = read_description(params.dataset)
    dataset = as_dataset(description, params.dataset)
    check_against(params, dataset)
    with atomic_outputs(RAW) as (raw,):
        bring(params.dataset, description, raw)
        for part in ("train", "test"):
            check_part(raw, part, dataset)
        write_dataset(dataset, raw / RAW_DATASET.name)
    print(f"{dataset.title}: four files in {RAW}")
