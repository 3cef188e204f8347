"""The plots of a network that learns in the page; its script fills them."""

from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from hidden_nodes.plotting.classes import COLOURS
from page.contents import Contents
from page.plots import new_plot


def draw_learn(contents: Contents) -> list[figure]:
    """The loss by batch, and the accuracy on held-out images."""
    batches = Range1d(start=0, end=1, name="learn-batches")
    loss = new_plot("plot-learn-loss", "Batch", "Loss", x_range=batches, y_range=Range1d(start=0, end=1))
    losses = ColumnDataSource({"batch": [], "loss": []}, name="learn-losses")
    loss.line("batch", "loss", source=losses, color=COLOURS[0], line_width=1.5)
    loss.scatter("batch", "loss", source=losses, color=COLOURS[0], size=3)
    accuracy = new_plot("plot-learn-accuracy", "Batch", "Accuracy", x_range=batches, y_range=(0, 1))
    accuracy.yaxis.formatter = NumeralTickFormatter(format="0 %")
    measured = ColumnDataSource({"batch": [], "accuracy": []}, name="learn-accuracies")
    accuracy.line("batch", "accuracy", source=measured, color=COLOURS[3], line_width=2)
    accuracy.scatter("batch", "accuracy", source=measured, color=COLOURS[3], size=5, marker="square")
    run = Span(dimension="width", line_dash="dashed", line_color="#808080", line_width=2, name="learn-run", location=0)
    accuracy.add_layout(run)
    return [loss, accuracy]
