"""Train the same network again on principal components of the pixels: what does it lose without the rest?"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hidden_nodes import paths
from hidden_nodes.files import array_writer, atomic_outputs, load_array, write_json
from hidden_nodes.knowledge.components import BLOCK, Components, fit_components
from hidden_nodes.network.retraining import draw_retrained, read_images, retrain, write_tables
from hidden_nodes.params import load_settings
from hidden_nodes.plotting.sheets import draw_sheet
from hidden_nodes.plotting.style import new_figure, plural, save_figure

SHOWN = 20  # components that are drawn, at most
COLUMNS = 5  # of them side by side


def count_components(components: Components, share: float) -> int:
    """How many components carry `share` of the variance; one where there is none, as a network needs an input."""
    return max(1, components.count(share))


def draw_components(components: Components, count: int, shape: tuple[int, int]) -> Figure:
    """The first of `count` components as images of `shape` rows and columns; white is 0."""
    shown = min(SHOWN, count)
    vectors = components.vectors[:, :shown].T.reshape(-1, *shape)
    captions = [f"{number}: {100 * share:.1f} %" for number, share in enumerate(components.ratio[:shown], 1)]
    columns = min(COLUMNS, shown)
    rows = -(-shown // columns)
    what = f"The first {shown} of {count} components" if shown < count else plural(count, "component")
    figure = new_figure(f"{what}, with the share of the variance", 8, 1.2 + 1.5 * rows)
    axes = figure.subplots()
    most = float(np.abs(vectors).max())
    picture = draw_sheet(axes, vectors, columns, captions, cmap="RdBu_r", vmin=-most, vmax=most)
    figure.colorbar(picture, ax=axes, label="Weight of the pixel", shrink=0.9)
    return figure


def write_projected(components: Components, images: np.ndarray, count: int, path: Path) -> None:
    """Write the first `count` components of `images` `(n, pixels)` block by block, as `(n, count)` float32."""
    with array_writer(path, "float32", (len(images), count)) as write:
        for start in range(0, len(images), BLOCK):
            write(components.project(images[start : start + BLOCK], count))


def main() -> None:
    params, dataset = load_settings()
    images = read_images(dataset)
    components = fit_components(images.train[: images.training])
    count = count_components(components, params.retrain_components.variance)
    inputs = plural(count, "component")
    with atomic_outputs(paths.COMPONENTS_TABLES, paths.COMPONENTS_PLOTS, paths.COMPONENTS_METRICS) as (
        tables, plots, metrics_file,
    ):  # fmt: skip
        projected = tables / "projected.npy"  # on disk, as a million images would fill the memory; removed below
        write_projected(components, images.train, count, projected)
        x, x_test = load_array(projected, count), components.project(images.test, count)
        found = retrain(x, x_test, images, dataset.classes, params.hidden, params.train, params.seed)
        projected.unlink()
        write_tables(found, "components", tables)
        figures = draw_retrained(found, inputs)
        figures["components"] = draw_components(components, count, (dataset.rows, dataset.columns))
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json({"components_accuracy": found.accuracy}, metrics_file)
    print(f"{inputs}: test accuracy {found.accuracy:.4f}, validation accuracy {found.val_accuracy:.4f}")
