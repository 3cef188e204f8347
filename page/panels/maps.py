"""The maps: what the images look like in two dimensions, of the pixels and of the activations."""

from bokeh.plotting import figure

from page.contents import Contents
from page.panel import Shown
from page.plots import draw_map


def draw_maps(contents: Contents, shown: Shown) -> list[figure]:
    """A plot for each embedding, of the training images chosen."""
    plots = []
    for embedding in contents.embeddings:
        name = f"{embedding.method}-{embedding.values}"
        x, y = f"{embedding.method}_{embedding.values}_1", f"{embedding.method}_{embedding.values}_2"
        shown.points.add(embedding.points[shown.training, 0], x)
        shown.points.add(embedding.points[shown.training, 1], y)
        plots.append(draw_map(shown.points, f"map-{name}", x, y, embedding.axis_names, embedding.method == "pca"))
    return plots
