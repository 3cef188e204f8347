"""One file of many: the page's HTML, style and scripts, with what it carries written into it."""

import json
import re
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from bokeh.resources import Resources
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from page.panel import Panel

PARTS = Path(__file__).with_name("static")
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', flags=re.MULTILINE)


def embed_json(values: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: no "<" in it could end that."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def order_scripts(scripts: Mapping[str, str]) -> list[str]:
    """The names of `scripts` (text by name), each after those that it imports."""
    graph = {name: IMPORT.findall(text) for name, text in sorted(scripts.items())}
    return list(TopologicalSorter(graph).static_order())


def join_modules(panels: Sequence[Panel]) -> str:
    """The page's modules as one, whose last line starts the panels.

    It is enough to leave out `import` and `export`, as long as imports stand alone at the top of a module and no two
    modules have a top-level name in common.
    """
    scripts = {path.name: path.read_text(encoding="utf-8") for path in PARTS.glob("[!.]*.js")}
    text = "\n".join(IMPORT.sub("", scripts[name]) for name in order_scripts(scripts))
    kinds = ", ".join(f"{panel.name}: {panel.script}" for panel in panels if panel.script)
    return re.sub(r"^export ", "", text, flags=re.MULTILINE) + f"\nstart({{{kinds}}});\n"


def fill_page(panels: Sequence[Panel], **values: Any) -> str:
    """The whole page: `page.html` around the HTML of `panels`, with style, scripts and `values` written into it."""
    environment = Environment(
        loader=FileSystemLoader(PARTS, encoding="utf-8"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    bokeh = Resources(mode="inline", components=["bokeh"]).js_raw[0].replace("</script", "<\\/script")
    styles = sorted(PARTS.glob("[!.]*.css"), key=lambda path: (path.name != "page.css", path.name))
    style = "".join(path.read_text(encoding="utf-8") for path in styles)
    script = join_modules(panels)
    return environment.get_template("page.html").render(
        panels=panels, style=style, bokeh=bokeh, script=script, **values
    )
