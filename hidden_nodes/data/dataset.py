"""What a data set is: its description `datasets/NAME.yaml`, and the part of it that stages pass on as JSON."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hidden_nodes.errors import BadInput
from hidden_nodes.files import read_json
from hidden_nodes.paths import DATASETS, dataset_file
from hidden_nodes.schema import Count, Section, Text, check, did_you_mean, must_be, refusal
from hidden_nodes.yaml_files import parse_yaml, read_yaml

NAME_PATTERN = r"^[a-z0-9_]+$"
Side = Annotated[int, Field(ge=1, le=64)]
Drawing = Literal["mnist"]  # fitted into a box of 20 x 20 and centred by its mass


class SourceFile(Section):
    """One of the four IDX files; `member` is its name in a zip, whose address, hash and size the others are then.

    A user's own file has no address: it lies in the download cache, or on a mirror, under its SHA-256.
    """

    urls: list[Text]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Count
    member: Text | None = None

    @property
    def name(self) -> str:
        """What the file is called in the download cache and on mirrors."""
        return self.urls[0].rpartition("/")[2] if self.urls else f"{self.sha256}.gz"


class SourceFiles(Section):
    """Where the four IDX files come from."""

    train_images: SourceFile
    train_labels: SourceFile
    test_images: SourceFile
    test_labels: SourceFile

    @property
    def are_own(self) -> bool:
        """Whether these are a user's own images, which no public address has."""
        return not any(file.urls for _, file in self)


class ImageCounts(Section):
    train: Count
    test: Count


class Description(Section):
    """The whole of `datasets/NAME.yaml`; `datasets/mnist.yaml` explains each field beside its value."""

    title: Text
    noun: Text
    classes: Annotated[list[Text], Field(min_length=2, max_length=100)]
    images: ImageCounts
    size: Annotated[list[Side], Field(min_length=2, max_length=2)]
    licence: Text
    source: Text
    ordered: bool = False
    drawing: Drawing | None = None
    transposed: bool = False
    first_label: Annotated[int, Field(ge=0, le=255)] = 0
    files: SourceFiles | None = None
    made_by: Literal["digits"] | None = None

    @model_validator(mode="after")
    def classes_differ_and_images_have_one_origin(self) -> "Description":
        twice = [name for name in self.classes if self.classes.count(name) > 1]
        if twice:
            raise refusal("classes", twice[0], "names of which none stands twice")
        if (self.files is None) == (self.made_by is None):
            raise refusal("files", self.files and "both", "given, or else 'made_by', and not both")
        if self.files and not self.files.are_own and not all(file.urls for _, file in self.files):
            raise refusal("files", "some without", "given with 'urls' for all four, or, as one's own, for none")
        return self


class Dataset(Section):
    """What the stages know of the data set: `dataset.json` in `data/raw` and `data/prepared`."""

    name: Text
    title: Text
    noun: Text
    classes: Annotated[list[Text], Field(min_length=2, max_length=100)]
    rows: Side
    columns: Side
    train_images: Count
    test_images: Count
    ordered: bool
    drawing: Drawing | None

    @property
    def pixels(self) -> int:
        return self.rows * self.columns


def list_datasets(directory: Path = DATASETS) -> list[str]:
    """The names of the data sets that are described."""
    return sorted(path.stem for path in directory.glob("*.yaml") if re.fullmatch(NAME_PATTERN, path.stem))


def read_description(name: str) -> Description:
    """The description of a data set.

    Raises
    ------
    BadInput
        If there is no such file, or something in it is missing, unknown or out of its range.
    """
    path, known = dataset_file(name), list_datasets()
    if name not in known:
        raise BadInput(unknown_dataset(name, known))
    return check(Description, read_yaml(path), path)


def unknown_dataset(name: str, known: Iterable[str]) -> str:
    """What to say where no data set of that name is described, only those that are `known`.

    Runs in copies of the project, as in the queue, have only what is committed.
    """
    hints = f"{did_you_mean(name, known)} If you made {dataset_file(name)}, commit it first."
    return must_be("dataset", f"one of {', '.join(known)}", name) + hints


def parse_description(text: str, name: str) -> Description:
    """The description of the data set `name` from the `text` of its file."""
    path = dataset_file(name)
    return check(Description, parse_yaml(text, path), path)


def as_dataset(description: Description, name: str) -> Dataset:
    """What stages know of the data set `name`."""
    rows, columns = description.size
    return Dataset(
        name=name, title=description.title, noun=description.noun, classes=description.classes, rows=rows,
        columns=columns, train_images=description.images.train, test_images=description.images.test,
        ordered=description.ordered, drawing=description.drawing,
    )  # fmt: skip


def write_dataset(dataset: Dataset, path: Path) -> None:
    """Write `dataset.json`."""
    path.write_text(json.dumps(dataset.model_dump(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_dataset(path: Path) -> Dataset:
    """Read a `dataset.json` that `fetch` or `preprocess` wrote. Raises BadInput if it is damaged."""
    return check(Dataset, read_json(path), path)
