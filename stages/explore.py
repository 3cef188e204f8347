"""A first look at the digits: how many there are of each, what they look like, what two pixels tell."""

from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from hidden_nodes.paths import CLASSES, SIDE
from hidden_nodes.plotting.style import CLASS_COLOURS, draw_digit_sheet, draw_map, new_figure, save_figure
from hidden_nodes.files import atomic_outputs, write_csv
from hidden_nodes.params import load_params
from hidden_nodes.data.prepared import read_data_title, read_prepared

PLOTS = Path("plots/explore")
FIRST_DIGITS = 50
DRAWN = 10_000  # points of the scatter plot; more would only lie on one another


def count_classes(y_train: np.ndarray, y_test: np.ndarray) -> pd.DataFrame:
    """How many images of each class: columns `class train test`."""
    counts = {name: np.bincount(y, minlength=CLASSES) for name, y in (("train", y_train), ("test", y_test))}
    return pd.DataFrame({"class": np.arange(CLASSES), **counts})


def list_levels(image: np.ndarray) -> pd.DataFrame:
    """The distinct values of one uint8 image before and after scaling, and how many pixels have each."""
    levels, pixels = np.unique(image, return_counts=True)
    return pd.DataFrame({"before": levels, "after": levels.astype(np.float32) / 255, "pixels": pixels})


def count_pixel_values(images: np.ndarray, pixels: list[int]) -> pd.DataFrame:
    """How many images have which value at each of `pixels`: columns `pixel value images`, value 0 to 255."""
    tables = []
    for pixel in pixels:
        values, counts = np.unique(images.reshape(len(images), -1)[:, pixel], return_counts=True)
        tables.append(pd.DataFrame({"pixel": pixel, "value": values, "images": counts}))
    return pd.concat(tables, ignore_index=True)


def draw_class_counts(counts: pd.DataFrame) -> Figure:
    """A bar plot for the training and one for the test images."""
    figure = new_figure("How many images there are of each class", 10, 4)
    for axes, part in zip(figure.subplots(1, 2), ["train", "test"], strict=True):
        sns.barplot(counts, x="class", y=part, hue="class", palette=CLASS_COLOURS, saturation=1, legend=False, ax=axes)
        for bars in axes.containers:
            axes.bar_label(bars, fontsize=8)
        name = {"train": "Training", "test": "Test"}[part]
        axes.set(title=f"{name}: {counts[part].sum():,} images", xlabel="Class", ylabel="Images")
    return figure


def draw_levels(image: np.ndarray) -> Figure:
    """The first image as numbers, before scaling, and as ink, after it."""
    figure = new_figure("The first training image: 28 x 28 numbers, and what they look like", 15, 7.2)
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1])
    blank = np.where(image == 0, np.nan, image.astype(float))
    sns.heatmap(
        blank, annot=image, fmt="d", annot_kws={"fontsize": 6}, cmap="binary", vmin=0, vmax=400, cbar=False,
        linewidths=0.3, linecolor="0.9", ax=left, square=True, xticklabels=3, yticklabels=3,
    )  # fmt: skip
    left.set(title=f"Before scaling: {len(np.unique(image))} distinct values from 0 to {image.max()}")
    left.set(xlabel="Column", ylabel="Row")
    ink = right.imshow(image / 255, cmap="binary", vmin=0, vmax=1, interpolation="nearest")
    right.set(title="After scaling: divided by 255", xlabel="Column", ylabel="Row")
    right.set(xticks=range(0, SIDE, 3), yticks=range(0, SIDE, 3))
    figure.colorbar(ink, ax=right, label="Pixel value", shrink=0.85)
    return figure


def draw_two_pixels(images: np.ndarray, classes: np.ndarray, pixels: list[int]) -> Figure:
    """Scatter one pixel's values in [0, 1] against the other's, by class."""
    points = images.reshape(len(images), -1)[:, pixels] / 255
    both_white = np.mean(~points.any(axis=1))
    names = [f"Pixel {pixel} (row {pixel // SIDE}, column {pixel % SIDE})" for pixel in pixels]
    title = (
        f"What two pixels tell: {pixels[0]} against {pixels[1]}, "
        f"{len(points):,} training images ({both_white:.1%} lie at 0, 0)"
    )
    return draw_map(points, classes, title, names)


def main() -> None:
    pixels = load_params().explore.pixels
    data = read_data_title()
    images, y_train, y_test = read_prepared("images_train", "y_train", "y_test")
    counts = count_classes(y_train, y_test)
    with atomic_outputs(PLOTS) as (plots,):
        write_csv(counts, plots / "class_counts.csv")
        write_csv(list_levels(images[0]), plots / "first_image_levels.csv")
        write_csv(count_pixel_values(images, pixels), plots / "pixel_values.csv")
        save_figure(draw_class_counts(counts), plots / "class_counts.png", data)
        first = draw_digit_sheet(
            images[:FIRST_DIGITS].reshape(-1, SIDE * SIDE) / 255,
            [f"{label}" for label in y_train[:FIRST_DIGITS]],
            f"The first {min(FIRST_DIGITS, len(images))} training images, each under its label",
            columns=10,
        )
        save_figure(first, plots / "first_digits.png", data)
        save_figure(draw_levels(images[0]), plots / "first_image.png", data)
        save_figure(draw_two_pixels(images, y_train, pixels), plots / "two_pixels.png", data)
    print(counts.to_string(index=False))
