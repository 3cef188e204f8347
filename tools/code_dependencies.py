"""Write the code that each stage runs into `dvc.yaml`, as its imports say: `make deps`.

A stage depends on its module, on every module of ours that it imports, directly or not, and on the files in a
`static` folder beside one of these. What else `dvc.yaml` says, comments and order included, stays.
"""

import ast
import functools
import io
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs

ROOMS = ["stages", "hidden_nodes", "page", "sweep", "tools"]
STARTER = "stages.__main__"  # which every stage runs, and which imports its module


def module_file(name: str, root: Path) -> Path | None:
    """The file of a module or package of ours, relative to `root`; None for any other name."""
    if name.split(".")[0] not in ROOMS:
        return None
    path = Path(*name.split("."))
    for candidate in (path / "__init__.py", path.with_suffix(".py")):  # where both are there, Python takes the package
        if (root / candidate).is_file():
            return candidate
    return None


def imported_names(path: Path) -> frozenset[str]:
    """The modules that a file names in its imports; `from a import b` may mean `a` or `a.b`.

    Raises
    ------
    BadInput
        If an import is relative.
    """
    return _names_in(path.read_text(encoding="utf-8"), path)


@functools.cache  # by the text, too: most modules are reached from many others, and a file may change
def _names_in(text: str, path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise BadInput(f"{path}, line {node.lineno}: relative imports are not followed. Write the whole name.")
            names.update([f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)])
    return frozenset(names)


def imported_files(names: list[str], root: Path) -> set[Path]:
    """The files of ours, relative to `root`, that importing the modules `names` runs: theirs, and those they import."""
    found: set[Path] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if "." in name:
            waiting.append(name.rpartition(".")[0])  # Python runs a package's own file before its modules
        path = module_file(name, root)
        if path is None or path in found:
            continue
        found.add(path)
        waiting += imported_names(root / path)
    return found


def stage_files(command: str, root: Path) -> list[str]:
    """The code behind a stage's command, such as `python -m stages pca_tsne pixels`, its own module first."""
    name = command.split()[3]
    files = imported_files([STARTER, f"stages.{name}"], root)
    folders = {root / path.parent / "static" for path in files}
    files |= {path.relative_to(root) for folder in folders for path in folder.glob("[!.]*")}  # not an editor's own
    ours = Path("stages") / f"{name}.py"
    return [str(path) for path in sorted(files, key=lambda path: (path != ours, path.parts[0] != "stages", path))]


def is_code(dep: str) -> bool:
    return dep.split("/")[0] in ROOMS


def with_dependencies(text: str, root: Path) -> str:
    """The text of a `dvc.yaml` with the code among the deps of every stage replaced by what the stage imports."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    graph = yaml.load(text)
    for stage in graph["stages"].values():
        body = stage.get("do", stage)
        deps = body.setdefault("deps", CommentedSeq())
        for position in reversed(range(len(deps))):  # one by one, which keeps the comments beside the others
            if is_code(deps[position]):
                del deps[position]
        deps.extend(stage_files(body["cmd"], root))
    written = io.StringIO()
    yaml.dump(graph, written)
    return written.getvalue()


def main() -> None:
    path = Path("dvc.yaml")
    before = path.read_text(encoding="utf-8")
    after = with_dependencies(before, Path())
    with atomic_outputs(path) as (part,):
        part.write_text(after, encoding="utf-8")
    print(f"{path}: {'as it was' if after == before else 'code dependencies written'}")
