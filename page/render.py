"""The page of a run, from what the stages found to one HTML file."""

from collections.abc import Sequence

from bokeh.resources import Resources

from hidden_nodes.plotting.classes import styles_of
from page.bundle import embed_json, fill_page, write_script, write_worker
from page.carried import carry
from page.choice import Chosen, choose_images, page_limit
from page.contents import Contents
from page.panel import Panel
from page.panels import PANELS
from page.plots import describe, is_crowded


def render_page(contents: Contents, megabytes: float) -> str:
    """The page as HTML: with as many images as `megabytes` allow, some more if the network has many nodes."""
    panels = [panel for panel in PANELS if panel.suits is None or panel.suits(contents.dataset)]
    plots = embed_json(describe([plot for panel in panels if panel.draw for plot in panel.draw(contents)]))
    without = render_with(contents, panels, plots, choose_images(contents, 0))
    room = page_limit(megabytes, contents.network.n_hidden) - len(without.encode())
    return render_with(contents, panels, plots, choose_images(contents, room))


def render_with(contents: Contents, panels: Sequence[Panel], plots: str, chosen: Chosen) -> str:
    """The page as HTML, with these images."""
    return fill_page(
        "page.html",
        [read_bokeh(), write_script(panels)],
        panels=panels,
        worker=write_worker(),
        **vars(contents),
        shown=len(chosen.training),
        tested=len(chosen.tests),
        styles=styles_of(len(contents.dataset.classes)),
        crowded=is_crowded(contents.dataset.classes),
        data=embed_json(carry(contents, panels, chosen)),
        plots=plots,
    )


def read_bokeh() -> str:
    """Bokeh's script, as it can stand in a page."""
    return Resources(mode="inline", components=["bokeh"]).js_raw[0].replace("</script", "<\\/script")
