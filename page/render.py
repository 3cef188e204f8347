"""The page of a run, from what the stages found to one HTML file."""

from hidden_nodes.plotting.classes import styles_of
from page.bundle import embed_json, fill_page
from page.carried import carry, choose_mistakes, choose_training
from page.contents import Contents
from page.panel import Shown
from page.panels import PANELS
from page.plots import describe, is_crowded, prepare_images


def render_page(contents: Contents, images: int, mistakes: int) -> str:
    """The page as HTML, with at most so many training `images` and misclassified test images (`mistakes`)."""
    classes = len(contents.dataset.classes)
    embedded = len(contents.embeddings[0].points)
    training = choose_training(contents.classes[:embedded], images, classes)
    shown = Shown(training, prepare_images(contents.classes[training], classes))
    wrong = choose_mistakes(contents.predictions, mistakes)
    panels = [panel for panel in PANELS if panel.suits is None or panel.suits(contents.dataset)]
    plots = [plot for panel in panels if panel.draw for plot in panel.draw(contents, shown)]
    return fill_page(
        panels,
        **vars(contents),
        shown=len(training),
        styles=styles_of(classes),
        crowded=is_crowded(contents.dataset.classes),
        data=embed_json(carry(contents, panels, training, wrong)),
        plots=embed_json(describe(plots)),
    )
