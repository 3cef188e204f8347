"""The panels of the page, in their order."""

from page.panel import Panel
from page.panels.known import carry_known, draw_known
from page.panels.learn import draw_learn
from page.panels.nodes import draw_nodes
from page.panels.off import carry_off, draw_off
from page.panels.pixels import carry_pixels, draw_pixels
from page.panels.question import carry_question, draw_question
from page.panels.training import draw_training

PANELS = [
    Panel("question", "Question", script="Question", draw=draw_question, carry=carry_question),
    Panel("maps", "Maps", script="Maps"),
    Panel("neighbours", "Neighbours", script="Neighbours"),
    Panel("known", "Knowledge", script="Known", draw=draw_known, carry=carry_known),
    Panel("nodes", "Nodes", script="Nodes", draw=draw_nodes),
    Panel("off", "Nodes off", script="Off", draw=draw_off, carry=carry_off),
    Panel("mistakes", "Mistakes", script="Mistakes"),
    Panel("why", "Why", script="Why"),
    Panel("pixels", "Pixels", script="Pixels", draw=draw_pixels, carry=carry_pixels),
    Panel("draw", "Draw", script="DrawingCanvas", suits=lambda dataset: dataset.drawing is not None),
    Panel("training", "Training", draw=draw_training),
    Panel("learn", "Learn", script="Learn", draw=draw_learn),
    Panel("tour", "Tour", script="Tour"),
]
