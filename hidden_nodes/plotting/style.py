"""One look for all pictures: style, new figures, saved figures.

Functions that draw return a `Figure` and save nothing; `save_figure` writes it. No picture goes through pyplot, so
none depends on a screen or on what was drawn before.
"""

import functools
import warnings
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.layout_engine import ConstrainedLayoutEngine

CORRECT_COLOUR, WRONG_COLOUR = "#1b7837", "#b2182b"


def new_figure(title: str, width: float, height: float) -> Figure:
    """An empty figure of `width` x `height` inches, its title at the upper left."""
    set_style()
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.05))
    figure.suptitle(title, x=0.01, ha="left")
    return figure


@functools.cache
def set_style() -> None:
    """Have matplotlib draw in the style of this project, once a process."""
    matplotlib.use("agg")
    matplotlib.rcdefaults()  # a user's own matplotlibrc must not change a picture's bytes
    matplotlib.rcParams.update(
        {
            "figure.dpi": 120,
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "figure.titlesize": 13,
            "figure.titleweight": "bold",
            "legend.frameon": False,
            "text.parse_math": False,  # a class may have $ in its name
        }
    )


def save_figure(figure: Figure, path: Path, data: str) -> None:
    """Write a PNG with the name of the data it shows in a corner, without time or version text."""
    figure.supxlabel(f"Data: {data}", x=0.995, ha="right", fontsize=7, color="0.45")
    with warnings.catch_warnings():
        # A class's name may be in any script. The font, the same everywhere, shows a box for what it lacks; `make
        # dataset` says so once.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        layout = figure.get_layout_engine()
        if layout is not None:  # with one, matplotlib goes through all that is to be drawn once more before it draws
            layout.execute(figure)
            figure.set_layout_engine(None)
        figure.savefig(path, metadata={"Software": None}, pil_kwargs={"compress_level": 4})


def find_undrawable(names: Sequence[str]) -> list[str]:
    """Those of `names` with a character that the font of the pictures lacks."""
    font = get_font(findfont("DejaVu Sans"))
    return [name for name in names if any(not font.get_char_index(ord(character)) for character in name)]


def hide_axes(axes: Axes) -> None:
    """Leave the picture and its title, and take away ticks and frame."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 node", "1,024 nodes"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
