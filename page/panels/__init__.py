"""The panels of the page, in their order."""

from page.panel import Panel
from page.panels.known import carry_known, draw_known
from page.panels.nodes import draw_nodes
from page.panels.pixels import carry_pixels, draw_pixels
from page.panels.training import draw_training

PANELS = [
    Panel("maps", "Maps", script="Maps"),
    Panel("neighbours", "Neighbours", script="Neighbours"),
    Panel("known", "Knowledge", script="Known", draw=draw_known, carry=carry_known),
    Panel("nodes", "Nodes", script="Nodes", draw=draw_nodes),
    Panel("mistakes", "Mistakes", script="Mistakes"),
    Panel("pixels", "Pixels", script="Pixels", draw=draw_pixels, carry=carry_pixels),
    Panel("draw", "Draw", script="DrawingCanvas", suits=lambda dataset: dataset.drawing is not None),
    Panel("training", "Training", draw=draw_training),
]
