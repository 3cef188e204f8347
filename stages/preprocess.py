"""Turn the four IDX files into checked arrays: images and labels as bytes, once, and which images are held out."""

import shutil

from hidden_nodes import paths
from hidden_nodes.data.idx import IDX_FILES, check_part, read_idx_blocks
from hidden_nodes.files import array_writer, atomic_outputs, write_json
from hidden_nodes.params import count_held_out, load_settings


def split_counts(images: int, validation: int | float) -> dict[str, int]:
    """How many images train and how many, the last ones, are held out for validation."""
    held_out = count_held_out(validation, images)
    return {"train": images - held_out, "validation": held_out}


def main() -> None:
    params, dataset = load_settings(paths.RAW_DATASET)
    split = split_counts(dataset.train_images, params.validation)
    with atomic_outputs(paths.PREPARED) as (prepared,):
        for part, images in (("train", dataset.train_images), ("test", dataset.test_images)):
            check_part(paths.RAW, part, dataset)
            for kind, name, row in (("images", "images", (dataset.rows, dataset.columns)), ("labels", "y", ())):
                with array_writer(prepared / f"{name}_{part}.npy", "uint8", (images, *row)) as write:
                    for block in read_idx_blocks(paths.RAW / IDX_FILES[f"{part}_{kind}"], 1 + len(row)):
                        write(block)
            print(f"{part}: {images} images")
        write_json(split, prepared / paths.SPLIT.name)
        shutil.copyfile(paths.RAW_DATASET, prepared / paths.DATASET.name)
    print(f"of the training images, the last {split['validation']} are held out for validation")
