"""The page of a run, from what the stages found to one HTML file."""

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from hidden_nodes.plotting.classes import styles_of
from page.bundle import embed_json, fill_page
from page.carried import carry, choose_mistakes, choose_training
from page.contents import Contents
from page.plots import (
    describe,
    draw_boxes,
    draw_history,
    draw_importance,
    draw_map,
    draw_outgoing,
    draw_pixel_pair,
    prepare_images,
)

MEASURES = ["loss", "accuracy"]


def draw_maps(contents: Contents, images: ColumnDataSource, training: np.ndarray) -> list[figure]:
    """A plot for each embedding, of the training images chosen."""
    plots = []
    for embedding in contents.embeddings:
        name = f"{embedding.method}-{embedding.values}"
        x, y = f"{embedding.method}_{embedding.values}_1", f"{embedding.method}_{embedding.values}_2"
        images.add(embedding.points[training, 0], x)
        images.add(embedding.points[training, 1], y)
        plots.append(draw_map(images, f"map-{name}", x, y, embedding.axis_names, ticks=embedding.method == "pca"))
    return plots


def draw_plots(contents: Contents, training: np.ndarray) -> list[figure]:
    """All plots of the page."""
    dataset = contents.dataset
    images = prepare_images(contents.classes[training])
    return [
        *draw_maps(contents, images, training), draw_outgoing(dataset.classes), draw_boxes(dataset.classes),
        draw_importance(contents.ranking, dataset.rows, dataset.columns), draw_pixel_pair(images),
        *(
            draw_history(f"plot-{measure}-{name}", history, measure)
            for name, history in contents.histories.items()
            for measure in MEASURES
        ),
    ]  # fmt: skip


def render_page(contents: Contents, images: int, mistakes: int) -> str:
    """The page as HTML, with at most so many training `images` and misclassified test images (`mistakes`)."""
    dataset, counts = contents.dataset, contents.confusions
    embedded = len(contents.embeddings[0].points)
    training = choose_training(contents.classes[:embedded], images, len(dataset.classes))
    wrong = choose_mistakes(contents.predictions, mistakes)
    return fill_page(
        dataset=dataset,
        split=contents.split,
        nodes=contents.network.n_hidden,
        activation=contents.network.activation,
        classifiers=contents.classifiers,
        parameters=contents.parameters,
        shown=len(training),
        embedded=embedded,
        confusions=counts.tolist(),
        most_correct=int(counts.diagonal().max()),
        most_wrong=int((counts - np.diag(counts.diagonal())).max()),
        first_pixels=contents.ranking["pixel"].tolist()[:2],
        pixels=len(contents.selected.hidden_weights),
        styles=styles_of(len(dataset.classes)),
        data=embed_json(carry(contents, training, wrong)),
        plots=embed_json(describe(draw_plots(contents, training))),
    )
