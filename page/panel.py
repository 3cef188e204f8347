"""What a panel of the page consists of, besides its HTML (`static/NAME.html`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a page without these plots need not wait for them
    from bokeh.plotting import figure

    from hidden_nodes.data.dataset import Dataset
    from page.contents import Contents


@dataclass(frozen=True)
class Panel:
    """A part of the page under a heading of its own.

    name : of its section and of its HTML, `static/NAME.html`, which is given everything in `Contents`.
    script : the class in one of `static/*.js` that answers the visitor, if any.
    draw : makes its plots, each of which fills the element of the plot's name.
    carry : makes what only its script works with, a TypedDict that the script repeats as a JSDoc type.
    suits : whether it has something to show for a data set; without it, it always has.
    """

    name: str
    heading: str
    script: str | None = None
    draw: "Callable[[Contents], list[figure]] | None" = None
    carry: "Callable[[Contents], Mapping[str, Any]] | None" = None
    suits: "Callable[[Dataset], bool] | None" = None
