"""Names of classes as they fit into a picture: shortened where they are long, turned where they are many."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

TICK_NAME = 16  # characters of a name on an axis, at most
CAPTION_NAME = 14  # ... and in a caption or a title
CHARACTERS = 60  # that fit side by side below an axis of five inches
FEW = 12  # classes that are drawn at the usual size


def shorten(name: str, most: int) -> str:
    """A name of `most` characters at most; the end of a longer one is an ellipsis in its place."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def shorten_all(names: Sequence[str], most: int = CAPTION_NAME) -> list[str]:
    """Each of `names`, shortened; with the number of the class where two would look the same."""
    short = [shorten(name, most) for name in names]
    return [
        label if short.count(label) == 1 else f"{name[: most - 4]}… {k}"
        for k, (name, label) in enumerate(zip(names, short, strict=True))
    ]


def label_classes(
    axes: Axes, side: Literal["x", "y"], positions: np.ndarray, names: Sequence[str],
    align: str = "center_baseline",
) -> None:  # fmt: skip
    """Name the classes along an axis, at `positions`: shortened, smaller where they are many, below it turned.

    align : of names on y against their rows, "center" in heat maps, as seaborn has them.
    """
    shown = shorten_all(names, TICK_NAME)
    size: dict[str, Any] = {} if len(names) <= FEW else {"fontsize": 8 if len(names) <= 50 else 6}
    if side == "y":
        axes.set_yticks(positions, shown, rotation=0, va=align, **size)
        return
    turned = len(names) > FEW or sum(map(len, shown)) > CHARACTERS
    axes.set_xticks(positions, shown, rotation=90 if turned else 0, **size)
