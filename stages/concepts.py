"""Find shapes in the images without their labels: holes, slant, stroke, size, where the ink is, loose ends."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hidden_nodes.data.dataset import read_dataset
from hidden_nodes.data.prepared import read_prepared, read_split
from hidden_nodes.files import atomic_outputs
from hidden_nodes.knowledge.probes import choose_probes, fit_probes, score_held_out
from hidden_nodes.knowledge.shapes import SHAPES, find_cuts, has_shapes, measure_shapes
from hidden_nodes.paths import (
    CONCEPTS,
    CONCEPTS_PLOTS,
    CONCEPTS_TABLE,
    CONCEPTS_TEST,
    CONCEPTS_TRAIN,
    DATASET,
    IMAGES_TEST,
    IMAGES_TRAIN,
)
from hidden_nodes.plotting.sheets import draw_sheet
from hidden_nodes.plotting.style import new_figure, save_figure
from hidden_nodes.tables import write_csv

RARE = 0.05  # share of the training images that a shape that is kept has at least, and lacks at least
LEAST_AUC = 0.8  # of a linear probe from the pixels on held-out images: less, and no network could be blamed
EXAMPLES = 8  # images with each shape, and as many without it, in the picture


def choose_concepts(has: np.ndarray, probe_auc: np.ndarray) -> np.ndarray:
    """Which shapes earn a place among the concepts: bool `(shapes,)`.

    Those that neither nearly all images have nor nearly none (`RARE`), that a linear probe tells (`LEAST_AUC`), and
    that are not the same as one before, or its opposite.

    has : bool `(n, shapes)`, of the images that train; probe_auc : `(shapes,)`, on held-out images.
    """
    rates = has.mean(axis=0)
    keep = (rates >= RARE) & (rates <= 1 - RARE) & (np.nan_to_num(probe_auc) >= LEAST_AUC)
    for shape in np.flatnonzero(keep):
        earlier = np.flatnonzero(keep[:shape])
        agreement = (has[:, earlier] == has[:, [shape]]).mean(axis=0)
        keep[shape] = not np.isin(agreement, [0, 1]).any()
    return keep


def tabulate_concepts(
    has_train: np.ndarray, has_test: np.ndarray, cuts: np.ndarray, probe_auc: np.ndarray, kept: np.ndarray
) -> pd.DataFrame:
    """A row a shape that was tried: `name wording negation cut below train test probe_auc kept`.

    cut : of its measure; an image has the shape from the cut on, or below it where `below` is 1. train, test : share
    of the images that have it, of those that train and of the test images.
    """
    return pd.DataFrame(
        {
            "name": [shape.name for shape in SHAPES],
            "wording": [shape.wording for shape in SHAPES],
            "negation": [shape.negation for shape in SHAPES],
            "cut": cuts,
            "below": [int(shape.is_below) for shape in SHAPES],
            "train": has_train.mean(axis=0),
            "test": has_test.mean(axis=0),
            "probe_auc": probe_auc,
            "kept": kept.astype(int),
        }
    )


def draw_examples(images: np.ndarray, has: np.ndarray, table: pd.DataFrame) -> Figure:
    """A row a shape: the first images that have it at the left, the first that do not at the right.

    images : `(n, rows, columns)` in [0, 255], has : bool `(n, shapes)`, table : of the same shapes.
    """
    blank = np.full(images.shape[1:], np.nan)
    title = "The shapes: images that have each, and that do not"
    figure = new_figure(title, 15.5, 1.2 + 0.53 * max(1, len(table)))
    captions = (table["wording"].tolist(), table["negation"].tolist())
    for axes, own, wording in zip(figure.subplots(1, 2), (has, ~has), captions, strict=True):
        rows: list[np.ndarray] = []
        for shape in range(len(table)):
            found = images[np.flatnonzero(own[:, shape])[:EXAMPLES]] / 255
            rows += [*found, *[blank] * (EXAMPLES - len(found))]
        sheet = np.array(rows) if rows else blank[None]
        draw_sheet(axes, sheet, EXAMPLES)
        height = images.shape[1] + 3  # of a row of the sheet, whose images stand at its lower end
        for shape, text in enumerate(wording):
            axes.text(-4, (shape + 1) * height - images.shape[1] / 2, text, fontsize=9, ha="right", va="center")
    return figure


def name_list(names: Sequence[str]) -> str:
    """Names in a row: "hole, thick"; "none" where there are none."""
    return ", ".join(names) or "none"


def main() -> None:
    dataset, split = read_dataset(DATASET), read_split()
    images_train, images_test = read_prepared(dataset, IMAGES_TRAIN, IMAGES_TEST)
    train, held_out = slice(0, split["train"]), slice(split["train"], None)
    measures = measure_shapes(images_train)
    cuts = find_cuts(measures[train])
    has_train, has_test = has_shapes(measures, cuts), has_shapes(measure_shapes(images_test), cuts)
    probes = fit_probes(images_train[train], has_train[train])
    _, probe_auc = choose_probes(probes, score_held_out(probes, images_train[held_out]), has_train[held_out])
    kept = choose_concepts(has_train[train], probe_auc)
    table = tabulate_concepts(has_train[train], has_test, cuts, probe_auc, kept)
    with atomic_outputs(CONCEPTS, CONCEPTS_PLOTS) as (tables, plots):
        write_csv(table, tables / CONCEPTS_TABLE.name)
        np.save(tables / CONCEPTS_TRAIN.name, has_train[:, kept].astype(np.uint8))
        np.save(tables / CONCEPTS_TEST.name, has_test[:, kept].astype(np.uint8))
        figure = draw_examples(images_train[train], has_train[train][:, kept], table[kept])
        save_figure(figure, plots / "examples.png", dataset.title)
    names = table["name"]
    print(f"Kept: {name_list(names[kept].tolist())}. Tried and not kept: {name_list(names[~kept].tolist())}.")
