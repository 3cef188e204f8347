"""Train the same network again on principal components of the pixels: what does it lose without the rest?"""

import numpy as np
from matplotlib.figure import Figure

from hidden_nodes import paths
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.knowledge.components import Components, fit_components
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


def main() -> None:
    params, dataset = load_settings()
    images = read_images(dataset)
    components = fit_components(images.train[: images.training])
    count = count_components(components, params.retrain_components.variance)
    x, x_test = (components.project(array, count) for array in (images.train, images.test))
    found = retrain(x, x_test, images, dataset.classes, params.hidden, params.train, params.seed)
    inputs = plural(count, "component")
    figures = draw_retrained(found, inputs)
    figures["components"] = draw_components(components, count, (dataset.rows, dataset.columns))
    with atomic_outputs(paths.COMPONENTS_TABLES, paths.COMPONENTS_PLOTS, paths.COMPONENTS_METRICS) as (
        tables, plots, metrics_file,
    ):  # fmt: skip
        write_tables(found, "components", tables)
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json({"components_accuracy": found.accuracy}, metrics_file)
    print(f"{inputs}: test accuracy {found.accuracy:.4f}, validation accuracy {found.val_accuracy:.4f}")
