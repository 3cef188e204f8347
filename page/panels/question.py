"""The questions that the page opens with, what can be guessed, and the plot on which a guess is drawn."""

from typing import Any, TypedDict

from bokeh.models import ColumnDataSource, FixedTicker
from bokeh.plotting import figure

from hidden_nodes.plotting.classes import COLOURS
from page.contents import Contents
from page.knowledge import Knowledge
from page.plots import new_plot, place_legend

MANY = 8  # nodes
SHARES = ("less than a third", "a third to two thirds", "more than two thirds")
RELATIONS = {"more": "yes, rather more", "none": "neither more nor less", "less": "no, rather less"}


class CarriedQuestion(TypedDict):
    """Questions with what can be guessed, and which guess is correct; accuracy by number of nodes kept."""

    questions: list[str]
    options: list[list[str]]
    correct: list[int]  # among the options of each question
    answers: list[int]  # which of the panel's three answers belongs to each question
    kept: list[int]  # nodes
    accuracy: list[float]  # with so many, chosen


def ask(knowledge: Knowledge, count: int) -> list[tuple[str, list[str], int, int]]:
    """Each question, what can be guessed, which of it is correct, and to which of the three answers it belongs.

    The first is asked of `MANY` nodes or more, the last where enough of them live for an answer.
    """
    asked = []
    few, half = count // 8, count // 2
    if count >= MANY:
        options = [f"at most {few}", f"{few + 1} to {half}", f"more than {half}"]
        correct = sum(knowledge.nodes_for_95 > bound for bound in (few, half))
        asked.append((f"How many of the {count} nodes are enough for 95 % of the accuracy?", options, correct, 0))
    share = knowledge.described.loc["nodes", "share"]
    correct = int(share > 1 / 3) + int(share > 2 / 3)
    asked.append(("How many nodes can be described by a sentence about what the images show?", [*SHARES], correct, 1))
    found = knowledge.relation_found
    if found:
        question = "Do the nodes that know more matter more for the accuracy?"
        asked.append((question, [*RELATIONS.values()], [*RELATIONS].index(found), 2))
    return asked


def carry_question(contents: Contents) -> CarriedQuestion:
    """What only this panel takes from the run."""
    asked = ask(contents.knowledge, contents.network.n_hidden)
    few = contents.knowledge.few
    return {
        "questions": [question for question, *_ in asked],
        "options": [options for _, options, *_ in asked],
        "correct": [correct for *_, correct, _ in asked],
        "answers": [answer for *_, answer in asked],
        "kept": few.index.tolist(),
        "accuracy": few["greedy"].tolist(),
    }


def draw_question(contents: Contents) -> list[figure]:
    """Accuracy by number of nodes kept: what is guessed, what chosen ones reach, what random ones do."""
    few = contents.knowledge.few
    kept = few.index.tolist()
    plot = new_plot(
        "plot-few", "Nodes kept", "Test accuracy", x_axis_type="log", y_range=(0, 1), x_range=(0.85, 1.2 * kept[-1])
    )
    plot.xaxis.ticker = FixedTicker(ticks=kept)
    for name, label, colour, dash, mark in (
        ("guess", "guess", COLOURS[1], "dotted", "triangle"),
        ("greedy", "chosen", COLOURS[0], "solid", "circle"),
        ("random", "random", COLOURS[3], "dashed", "square"),
    ):
        accuracy = [float("nan")] * len(kept) if name == "guess" else few[name].tolist()
        source = ColumnDataSource({"nodes": kept, "accuracy": accuracy}, name=f"few-{name}-source")
        marks: dict[str, Any] = {"source": source, "color": colour, "legend_label": label}
        line = plot.line("nodes", "accuracy", line_width=2.5, line_dash=dash, **marks)
        points = plot.scatter("nodes", "accuracy", size=8, marker=mark, **marks)
        for drawn in (line, points):
            drawn.name = f"few-{name}"
            drawn.visible = name == "guess"  # until the visitor has guessed
    place_legend(plot)
    return [plot]
