"""Bring the raw digits into `data/raw`: MNIST, verified, or scikit-learn's digits in the same four files."""

from pathlib import Path

from hidden_nodes.paths import IDX_FILES, RAW, TEST_IMAGES, TRAIN_IMAGES
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.params import load_params

# What pictures and tables call the data sets.
TITLES = {"mnist": "MNIST", "digits": "scikit-learn's digits, enlarged and multiplied"}


def write_digits(directory: Path) -> None:
    """Make the bundled digits and write them as MNIST's four files into `directory`."""
    from hidden_nodes.data.digits import make_digits  # scikit-learn takes 2 s, and MNIST needs none of it
    from hidden_nodes.data.idx import write_idx

    for part, (images, labels) in make_digits(TRAIN_IMAGES, TEST_IMAGES).items():
        write_idx(images, directory / IDX_FILES[part, "images"])
        write_idx(labels, directory / IDX_FILES[part, "labels"])


def main() -> None:
    dataset = load_params().dataset
    with atomic_outputs(RAW) as (raw,):
        if dataset == "mnist":
            from hidden_nodes.data.download import copy_mnist

            copy_mnist(raw)
        else:
            write_digits(raw)
        write_json({"name": dataset, "title": TITLES[dataset]}, raw / "dataset.json")
    print(f"{TITLES[dataset]}: four files in {RAW}")
