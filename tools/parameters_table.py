"""Write `docs/parameters.md`, the table of parameters, from `params.yaml` and the graph: `make docs`."""

import re
from pathlib import Path
from typing import Any

from dvc.repo import Repo

from hidden_nodes.files import atomic_outputs
from hidden_nodes.paths import PARAMS
from hidden_nodes.schema import flatten
from hidden_nodes.yaml_files import parse_yaml

PAGE = Path("docs/parameters.md")
HEAD = """\
# Parameters

Made by `make docs` from `params.yaml` and the graph. A change of a parameter executes at most the stages in the last
column: those that read it, and what follows as far as files really change (`validation` changes no image, for example,
so that the forest and the map of the pixels stay as they are).

| Parameter | Default | What it is | Executes at most |
| --- | --- | --- | --- |
"""


def read_comments(text: str) -> dict[str, str]:
    """What stands beside each parameter of a `params.yaml`, without the stages in brackets, by dotted name."""
    comments: dict[str, str] = {}
    section, name = "", ""
    for line in text.splitlines():
        key, comment = re.match(r"(\s*)([a-z_0-9]+):", line), re.search(r"#\s*(.*)$", line)
        if key:
            section = "" if not key[1] else section
            name = f"{section}{key[2]}"
            section = f"{key[2]}." if not key[1] else section
            comments[name] = comment[1] if comment else ""
        elif comment and name and line.lstrip().startswith("#"):
            comments[name] += f" {comment[1]}"
    return {name: re.sub(r"\s*\[[^]]*\]", "", comment).strip() for name, comment in comments.items()}


def read_effects(directory: Path) -> dict[str, list[str]]:
    """The stages that each section or leaf that a stage declares executes: those that read it, and all behind them."""
    with Repo(str(directory)) as repo:
        stages = list(repo.index.stages)
    effects: dict[str, set[str]] = {}
    for stage in stages:
        for parameter in (name for dep in stage.deps for name in getattr(dep, "params", [])):
            effects.setdefault(parameter, set()).update(dependents(stage, stages))
    return {name: [stage.name for stage in stages if stage.name in found] for name, found in effects.items()}


def dependents(stage: Any, stages: list[Any]) -> set[str]:
    """The names of `stage` and of all stages that read what it writes, directly or not."""
    found, waiting = {stage.name}, [stage]
    while waiting:
        written = [out.def_path for out in waiting.pop().outs]
        for other in stages:
            reads = any(
                dep.def_path == out or dep.def_path.startswith(f"{out}/") for dep in other.deps for out in written
            )
            if reads and other.name not in found:
                found.add(other.name)
                waiting.append(other)
    return found


def draw_page(directory: Path) -> str:
    """The page as text, a row a parameter."""
    text = (directory / PARAMS).read_text(encoding="utf-8")
    comments, effects = read_comments(text), read_effects(directory)
    lines = []
    for name, value in flatten(parse_yaml(text, PARAMS)).items():
        stages = effects.get(name) or effects[name.partition(".")[0]]
        shown = ", ".join(str(each) for each in value) if isinstance(value, list) else value
        lines.append(f"| `{name}` | {shown} | {comments[name]} | {', '.join(f'`{stage}`' for stage in stages)} |")
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    with atomic_outputs(PAGE) as (part,):
        part.write_text(draw_page(Path()), encoding="utf-8")
    print(f"{PAGE}: what each parameter is and executes")
