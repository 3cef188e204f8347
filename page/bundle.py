"""One file of many: the page's HTML, style and scripts, with what it carries written into it."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from page.panel import Panel

PARTS = Path(__file__).with_name("static")
# A module's neighbour, or one of this page that another page shares.
IMPORT = re.compile(r'^import \{[^}]*\} from "(?:\./|\.\./\.\./page/static/)([\w.]+)";\n', flags=re.MULTILINE)
WORKER = ".worker.js"  # so end the names of the modules that make up the worker, with what they import


def embed_json(values: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: no "<" in it could end that."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def order_scripts(scripts: Mapping[str, str]) -> list[str]:
    """The names of `scripts` (text by name), each after those that it imports."""
    graph = {name: IMPORT.findall(text) for name, text in sorted(scripts.items())}
    return list(TopologicalSorter(graph).static_order())


def read_scripts(folders: Iterable[Path] = (PARTS,)) -> dict[str, str]:
    """The text of the modules in `folders` by name."""
    return {path.name: path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("[!.]*.js")}


def select_scripts(scripts: Mapping[str, str], worker: bool) -> dict[str, str]:
    """The modules of the worker, or those of the page: all that are called so, and what they import."""
    return with_imports(scripts, [name for name in scripts if name.endswith(WORKER) is worker])


def with_imports(scripts: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The modules `names`, and all that they import, directly or not."""
    chosen: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in chosen:
            chosen[name] = scripts[name]
            waiting += IMPORT.findall(scripts[name])
    return chosen


def join_modules(scripts: Mapping[str, str]) -> str:
    """Modules as one text.

    It is enough to leave out `import` and `export`, as long as imports stand alone at the top of a module and no two
    modules have a top-level name in common.
    """
    text = "\n".join(IMPORT.sub("", scripts[name]) for name in order_scripts(scripts))
    return re.sub(r"^export ", "", text, flags=re.MULTILINE)


def write_script(panels: Sequence[Panel], modules: Mapping[str, str] | None = None) -> str:
    """The page's own script, a module; its last line starts the panels.

    modules : the text of its modules by name; without them, those of a run's page.
    """
    kinds = ", ".join(f"{panel.name}: {panel.script}" for panel in panels if panel.script)
    joined = join_modules(select_scripts(read_scripts(), worker=False) if modules is None else modules)
    return f"{joined}\nstart({{{kinds}}});\n"


def write_worker() -> str:
    """The worker's script, a classic one, as import maps and blobs' modules do not go together."""
    return f'"use strict";\n{join_modules(select_scripts(read_scripts(), worker=True))}'


def write_policy(scripts: Sequence[str]) -> str:
    """What a browser may do with the page: run these `scripts` and the worker, nothing else; ask for nothing.

    Bokeh sets styles and draws its tools' icons by data: addresses. It would need 'unsafe-eval' for WebGL, as the
    library behind that (regl) writes code at run time: every injected word could then become code, and not every
    browser has WebGL, so the maps have to be fast without it in any case.
    """
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def fill_page(template: str, scripts: Sequence[str], folders: Sequence[Path] = (PARTS,), **values: Any) -> str:
    """The whole page: `template` of `folders`, with their style, `scripts` and `values` written into it."""
    environment = Environment(
        loader=FileSystemLoader(folders, encoding="utf-8"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found = [path for folder in folders for path in folder.glob("[!.]*.css")]
    styles = sorted(found, key=lambda path: (path.name != "page.css", path.parent != PARTS, path.name))
    style = "".join(path.read_text(encoding="utf-8") for path in styles)
    framed = [f"\n{text}\n" for text in scripts]
    return environment.get_template(template).render(style=style, scripts=framed, policy=write_policy(framed), **values)
