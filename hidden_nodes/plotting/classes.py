"""The colour and the mark of each class, the same wherever classes are drawn; marks tell them apart without colour.

The templates in `.dvc/plots`, which are JSON and can import nothing, repeat the colours and Vega's marks; a test holds
them against these.
"""

import colorsys
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ClassStyle:
    """How one class is drawn.

    colour : of seaborn's "colorblind" palette. mark : matplotlib's name, bokeh : Bokeh's, vega : Vega's name or path,
    path : the mark as an SVG path in a box from -6 to 6, for buttons.
    """

    colour: str
    mark: str
    bokeh: str
    vega: str
    path: str


CLASS_STYLES = [
    ClassStyle("#0173b2", "o", "circle", "circle", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"),
    ClassStyle("#de8f05", "v", "inverted_triangle", "triangle-down", "M-5-4h10L0 5z"),
    ClassStyle("#029e73", "s", "square", "square", "M-4.5-4.5h9v9h-9z"),
    ClassStyle("#d55e00", "P", "plus", "cross", "M-2-5h4v3h3v4h-3v3h-4v-3h-3v-4h3z"),
    ClassStyle("#cc78bc", "D", "diamond", "diamond", "M0-6L4 0L0 6L-4 0z"),
    ClassStyle("#ca9161", "^", "triangle", "triangle-up", "M-5 4h10L0-5z"),
    ClassStyle(
        "#fbafe4", "X", "square_pin",
        "M-1,-0.5L-0.5,-1L0,-0.5L0.5,-1L1,-0.5L0.5,0L1,0.5L0.5,1L0,0.5L-0.5,1L-1,0.5L-0.5,0Z",
        "M-5-5Q0-2 5-5Q2 0 5 5Q0 2-5 5Q-2 0-5-5z",
    ),
    ClassStyle("#949494", "<", "hex", "triangle-left", "M-5 0L-2.5-4.5h5L5 0L2.5 4.5h-5z"),
    ClassStyle(
        "#ece133", "p", "star", "M0,-1L0.95,-0.31L0.59,0.81L-0.59,0.81L-0.95,-0.31Z",
        "M0-5.5L1.5-1.7L5.5-1.7L2.3.8L3.5 4.8L0 2.4L-3.5 4.8L-2.3.8L-5.5-1.7L-1.5-1.7z",
    ),
    ClassStyle("#56b4e9", ">", "triangle_pin", "triangle-right", "M0-6Q1 1 5.5 4Q0 2-5.5 4Q-1 1 0-6z"),
]  # fmt: skip
GOLDEN_RATIO = 0.618034
LIGHTNESSES, SATURATION = (0.33, 0.5, 0.68), 0.65
COLOURS = [style.colour for style in CLASS_STYLES]


def styles_of(count: int) -> list[ClassStyle]:
    """The styles of `count` classes, each its own.

    More than ten have a palette of their own: hues by the golden ratio, so that neighbours differ, in three
    lightnesses, which differ in grey. The ten marks come again and again: class 0, 10, 20, ... have the same.
    """
    if count <= len(CLASS_STYLES):
        return CLASS_STYLES[:count]
    return [replace(CLASS_STYLES[k % len(CLASS_STYLES)], colour=many_colour(k)) for k in range(count)]


def many_colour(k: int) -> str:
    """The colour of class `k` among more than ten."""
    rgb = colorsys.hls_to_rgb(k * GOLDEN_RATIO % 1, LIGHTNESSES[k % len(LIGHTNESSES)], SATURATION)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)
