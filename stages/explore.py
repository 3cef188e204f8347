"""A first look at the images: how many there are of each class, what they look like, what two pixels tell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from hidden_nodes.data.prepared import read_prepared
from hidden_nodes.files import atomic_outputs
from hidden_nodes.params import load_settings
from hidden_nodes.paths import EXPLORE_PLOTS, EXPLORE_TABLES, IMAGES_TRAIN, Y_TEST, Y_TRAIN
from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.plotting.labels import FEW, label_classes, shorten_all
from hidden_nodes.plotting.scatter import draw_scatter
from hidden_nodes.plotting.sheets import draw_image_sheet, mark_pixels
from hidden_nodes.plotting.style import new_figure, save_figure
from hidden_nodes.tables import write_csv

FIRST_IMAGES = 50
MOST_POINTS = 60_000  # images in the scatter plot; more of them would only lie on one another
PART_NAMES = {"train": "Training", "test": "Test"}


def count_classes(y_train: np.ndarray, y_test: np.ndarray, n_classes: int) -> pd.DataFrame:
    """How many images of each class: columns `class train test`."""
    counts = {name: np.bincount(y, minlength=n_classes) for name, y in (("train", y_train), ("test", y_test))}
    return pd.DataFrame({"class": np.arange(n_classes), **counts})


def tabulate_values(image: np.ndarray) -> pd.DataFrame:
    """The distinct pixel values of one uint8 image before and after scaling, and how many pixels have each."""
    values, pixels = np.unique(image, return_counts=True)
    return pd.DataFrame({"before": values, "after": values.astype(np.float32) / 255, "pixels": pixels})


def count_pixel_values(images: np.ndarray, pixels: list[int]) -> pd.DataFrame:
    """How many images have which value at each of `pixels`: columns `pixel value images`, value 0 to 255."""
    tables = []
    for pixel in pixels:
        values, counts = np.unique(images.reshape(len(images), -1)[:, pixel], return_counts=True)
        tables.append(pd.DataFrame({"pixel": pixel, "value": values, "images": counts}))
    return pd.concat(tables, ignore_index=True)


def draw_class_counts(counts: pd.DataFrame, names: Sequence[str]) -> Figure:
    """A bar plot for the training and one for the test images."""
    many = len(names) > FEW
    shape, size = ((2, 1), (14, 8)) if many else ((1, 2), (10, 4))
    figure = new_figure("How many images there are of each class", *size)
    colours = [style.colour for style in styles_of(len(names))]
    for axes, part in zip(figure.subplots(*shape), ["train", "test"], strict=True):
        sns.barplot(counts, x="class", y=part, hue="class", palette=colours, saturation=1, legend=False, ax=axes)
        for bars in axes.containers:
            axes.bar_label(bars, fontsize=6 if many else 8, rotation=90 if many else 0, padding=2 if many else 0)
        axes.set(title=f"{PART_NAMES[part]}: {counts[part].sum():,} images", xlabel="Class", ylabel="Images")
        label_classes(axes, "x", np.arange(len(names)), names)
    return figure


def draw_values(image: np.ndarray) -> Figure:
    """The first image as pixel values before scaling, and as a picture after it."""
    rows, columns = image.shape
    title = f"The first training image: {rows} x {columns} pixel values, and what they look like"
    larger = min(1.6, max(1, max(rows, columns) / 28))
    fontsize = min(10, 6 * 28 * larger / max(rows, columns))
    figure = new_figure(title, 15 * larger, 7.2 * larger)
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1])
    blank = np.where(image == 0, np.nan, image.astype(float))
    sns.heatmap(
        blank, annot=image, fmt="d", annot_kws={"fontsize": fontsize}, cmap="binary", vmin=0, vmax=400, cbar=False,
        linewidths=0.3, linecolor="0.9", ax=left, square=True, xticklabels=3, yticklabels=3,
    )  # fmt: skip
    left.set(title=f"Before scaling: {len(np.unique(image))} distinct values from 0 to {image.max()}")
    left.set(xlabel="Column", ylabel="Row")
    picture = right.imshow(image / 255, cmap="binary", vmin=0, vmax=1, interpolation="nearest")
    right.set(title="After scaling: divided by 255")
    mark_pixels(right, rows, columns)
    figure.colorbar(picture, ax=right, label="Pixel value", shrink=0.85)
    return figure


def draw_two_pixels(images: np.ndarray, classes: np.ndarray, names: Sequence[str], pixels: list[int]) -> Figure:
    """Scatter one pixel's values in [0, 1] against the other's, by class."""
    columns = images.shape[2]
    points = images[:MOST_POINTS].reshape(-1, images[0].size)[:, pixels] / 255
    both_white = np.mean(~points.any(axis=1))
    axis_names = [f"Pixel {pixel} (row {pixel // columns}, column {pixel % columns})" for pixel in pixels]
    first = "the first " if len(points) < len(images) else ""
    title = (
        f"What two pixels tell: {pixels[0]} against {pixels[1]}, "
        f"{first}{len(points):,} training images ({both_white:.1%} lie at 0, 0)"
    )
    return draw_scatter(points, classes[:MOST_POINTS], names, title, axis_names)


def main() -> None:
    params, dataset = load_settings()
    images, y_train, y_test = read_prepared(dataset, IMAGES_TRAIN, Y_TRAIN, Y_TEST)
    names, pixels = dataset.classes, params.explore.pixels
    counts = count_classes(y_train, y_test, len(names))
    shown, short = images[:FIRST_IMAGES], shorten_all(names)
    with atomic_outputs(EXPLORE_TABLES, EXPLORE_PLOTS) as (tables, plots):
        write_csv(counts, tables / "class_counts.csv")
        write_csv(tabulate_values(images[0]), tables / "first_image_values.csv")
        write_csv(count_pixel_values(images, pixels), tables / "pixel_values.csv")
        figures = {
            "class_counts": draw_class_counts(counts, names),
            "first_images": draw_image_sheet(
                shown / 255, [short[label] for label in y_train[:FIRST_IMAGES]],
                f"The first {len(shown)} training images, each under its label", columns=10,
            ),
            "first_image": draw_values(images[0]),
            "two_pixels": draw_two_pixels(images, y_train, names, pixels),
        }  # fmt: skip
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
    print(counts.to_string(index=False))
