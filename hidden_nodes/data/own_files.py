"""Images of one's own as the files that `fetch` takes: four IDX files in the download cache, and their description."""

import json
import shutil
from pathlib import Path

import pooch

from hidden_nodes.data.dataset import Dataset, SourceFile, SourceFiles
from hidden_nodes.data.idx import IDX_FILES, write_idx
from hidden_nodes.data.own_images import OwnImages
from hidden_nodes.errors import BadInput
from hidden_nodes.paths import dataset_file

NOUN = "image"  # what an image shows, until the user finds a better word
WAITING = "part-files"  # folder of the cache in which files are written, until their hashes name them
TEMPLATE = """\
# Images of one's own, made by `make dataset`; to be committed. docs/own_images.md says how others get the four files.
# Title, noun, names of classes, licence and source may be put into better words; mnist.yaml explains the fields.
title: {title}
noun: {noun}
classes:
{classes}
images: {{train: {train}, test: {test}}}
size: [{rows}, {columns}]
licence: not stated
source: own images

# Without addresses: looked for in the download cache, and on mirrors, under its SHA-256.
files:
{files}
"""


def store_files(name: str, own: OwnImages, known: SourceFiles | None, cache: Path) -> SourceFiles:
    """Write the four IDX files into the folder `cache` under their SHA-256, complete or not at all.

    name, known : of the data set, and its files, if it is described already.

    Raises
    ------
    BadInput
        If `known` are other files, or something cannot be written, as on a full disk.
    """
    waiting, described = cache / WAITING, {}
    arrays = {
        "train_images": own.train.images, "train_labels": own.train.labels,
        "test_images": own.test.images, "test_labels": own.test.labels,
    }  # fmt: skip
    try:
        shutil.rmtree(waiting, ignore_errors=True)  # left by a process that was killed
        waiting.mkdir(parents=True)
        for key, array in arrays.items():
            path = waiting / IDX_FILES[key]
            write_idx(array, path)
            described[key] = SourceFile(urls=[], sha256=pooch.file_hash(str(path)), size=path.stat().st_size)
        files = SourceFiles(**described)
        if known is not None and known != files:
            raise BadInput(f"{dataset_file(name)} describes other images: choose another NAME, or remove it first.")
        for key, file in files:
            (waiting / IDX_FILES[key]).replace(cache / file.name)
    except OSError as error:
        raise BadInput(f"{cache} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return files


def write_description(name: str, own: OwnImages, files: SourceFiles) -> str:
    """The text of `datasets/NAME.yaml` for images whose four files are `files`."""
    rows, columns = own.train.images.shape[1:]
    return TEMPLATE.format(
        title=json.dumps(name), noun=NOUN,
        # JSON's quotes, for what is a number or a boolean without them is a name here, too.
        classes="\n".join(f"  - {json.dumps(label, ensure_ascii=False)}" for label in own.classes),
        train=len(own.train.labels), test=len(own.test.labels), rows=rows, columns=columns,
        files="\n".join(
            f"  {key}:\n    urls: []\n    sha256: {json.dumps(file.sha256)}\n    size: {file.size}"
            for key, file in files
        ),
    )  # fmt: skip


def as_own_dataset(name: str, own: OwnImages) -> Dataset:
    """What stages will know of the images."""
    rows, columns = own.train.images.shape[1:]
    return Dataset(
        name=name, title=name, noun=NOUN, classes=list(own.classes), rows=rows, columns=columns, ordered=False,
        train_images=len(own.train.labels), test_images=len(own.test.labels), drawing=None,
    )  # fmt: skip
