"""Gather what the other stages found on one page that opens offline: maps, nodes, mistakes, pixels, and a drawing."""

from hidden_nodes import paths
from hidden_nodes.files import atomic_outputs
from hidden_nodes.params import load_settings
from page.contents import gather
from page.render import render_page


def main() -> None:
    params, dataset = load_settings()
    page = render_page(gather(params, dataset), params.report.megabytes)
    with atomic_outputs(paths.PAGE) as (part,):
        part.write_text(page, encoding="utf-8")
    print(f"{paths.PAGE}: {len(page.encode()) / 1e6:.1f} MB, opens in any browser without network")
