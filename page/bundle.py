"""One file of many: the page's template, style and scripts, with what it carries written into it."""

import json
import re
from pathlib import Path
from typing import Any

from bokeh.resources import Resources
from jinja2 import Environment, FileSystemLoader, StrictUndefined

PARTS = Path(__file__).with_name("static")
# Each after those that it imports.
SCRIPTS = [
    "network.js", "images.js", "maps.js", "nodes.js", "mistakes.js", "pixels.js", "normalize.js", "drawing.js",
    "page.js",
]  # fmt: skip


def embed_json(values: dict[str, Any]) -> str:
    """JSON that can stand in a script element: no "<" in it could end that."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def join_modules() -> str:
    """The page's modules as one script, in the order in which they import one another."""
    text = "\n".join((PARTS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return re.sub(r"^(import [^;]*;\n|export )", "", text, flags=re.MULTILINE)


def fill_page(**values: Any) -> str:
    """The whole page: `page.html` with its style, its scripts and `values` written into it."""
    environment = Environment(
        loader=FileSystemLoader(PARTS, encoding="utf-8"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    bokeh = Resources(mode="inline", components=["bokeh"]).js_raw[0].replace("</script", "<\\/script")
    style = (PARTS / "page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(style=style, bokeh=bokeh, script=join_modules(), **values)
