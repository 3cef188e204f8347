"""The plots that `dvc plots` draws as one file that needs no network: `make plots`, `make diff EXP="one-node wide"`.

DVC's own page loads Vega from the network and its pictures from a directory beside it. Here Vega comes from the
installed package vl-convert-python, and the pictures are part of the page. Of experiments side by side it says first
which parameters and metrics differ; its script puts them into the order given and folds away what is equal.
"""

import base64
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import dvc.api
import vl_convert

from hidden_nodes.schema import flatten

TEMPLATE = Path(".dvc/plots/page.html")
PAGE = Path("dvc_plots/index.html")
NOTHING = "-"  # where an experiment lacks a value that another has


def fill_in_scripts(template: str) -> str:
    """The page's template with Vega, Vega-Lite and Vega-Embed in the place of DVC's links to them."""
    # Within a function, as the bundle's thousand one-letter names are nobody else's business.
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")
    return template.replace("{scripts}", f"<script>(() => {{{bundle}}})();</script>")


def fill_in_pictures(page: str, directory: Path) -> str:
    """The page with each picture's file, relative to `directory`, replaced by its content."""

    def inline(match: re.Match[str]) -> str:
        content = base64.b64encode((directory / match[1]).read_bytes()).decode()
        return f'<img alt="" src="data:image/png;base64,{content}">'

    return re.sub(r'<img src="([^":]+\.png)">', inline, page)


def find_differences(runs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The values, run by run, of each name whose value is not the same in all `runs`; None where one lacks it."""
    names = dict.fromkeys(name for run in runs for name in run)
    values = {name: [run.get(name) for run in runs] for name in names}
    return {name: found for name, found in values.items() if any(value != found[0] for value in found)}


def write_value(value: Any) -> str:
    if value is None:
        return NOTHING
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def write_row(tag: str, name: str, values: Sequence[Any]) -> str:
    """A row of the table; `tag` is that of its cells."""
    cells = [write_value(value) for value in values]
    return f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells)}</tr>'


def write_differences(experiments: Sequence[str], kinds: Mapping[str, Mapping[str, list[Any]]]) -> str:
    """A table with a column for each experiment, and the rows of each of `kinds` below its name."""
    rows = [write_row("th", "", experiments)]
    for kind, differences in kinds.items():
        words = kind if differences else f"{kind}: no difference"
        rows.append(f'<tr><th colspan="{1 + len(experiments)}" scope="rowgroup">{escape(words)}</th></tr>')
        rows += [write_row("td", name, values) for name, values in differences.items()]
    caption = "<caption>What differs between the experiments</caption>"
    return f'<div class="wide"><table id="differences">{caption}{"".join(rows)}</table></div>'


def compare(experiments: Sequence[str]) -> str:
    """The table of parameters and metrics that differ; nothing for fewer than two experiments."""
    if len(experiments) < 2:
        return ""
    shows = {"Parameters": dvc.api.params_show, "Metrics": dvc.api.metrics_show}
    kinds = {
        kind: find_differences([flatten(show(rev=experiment)) for experiment in experiments])
        for kind, show in shows.items()
    }
    return write_differences(experiments, kinds)


def draw(experiments: Sequence[str]) -> int:
    """Have DVC write its page; return its exit status."""
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as template:
        template.write(fill_in_scripts(TEMPLATE.read_text(encoding="utf-8")))
        template.flush()
        command = ["plots", "diff", *experiments] if experiments else ["plots", "show"]
        dvc_command = [sys.executable, "-m", "dvc", *command, "--html-template", template.name]
        return subprocess.run([*dvc_command, "--out", str(PAGE.parent)], stdout=subprocess.DEVNULL).returncode


def main() -> None:
    experiments = list(dict.fromkeys(sys.argv[1:]))
    status = draw(experiments)
    if status:
        sys.exit(status)
    page = fill_in_pictures(PAGE.read_text(encoding="utf-8"), PAGE.parent)
    page = page.replace("{differences}", compare(experiments), 1)
    page = page.replace("{experiments}", json.dumps(experiments).replace("<", "\\u003c"), 1)
    PAGE.write_text(page, encoding="utf-8")
    shown = " and ".join(experiments) or "the workspace"
    print(f"{PAGE}: the plots of {shown}, {len(page) / 1e6:.1f} MB, opens in any browser without network")
