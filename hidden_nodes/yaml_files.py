"""YAML read safely, with the scalars of YAML 1.2 as DVC reads them: `1e-3` is a number, `on` and `yes` are text.

DVC reads `params.yaml` with another library, ruamel.yaml; `tests/test_yaml.py` holds this reader against it.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar

import yaml

from hidden_nodes.errors import BadInput

MAX_BYTES = 100_000  # of a file: the largest of ours has a twentieth of that
MAX_DEPTH = 50  # of mappings and lists in one another
MAX_VALUES = 20_000  # keys among them, each alias and merge with all that it stands for: these grow as powers
MAX_DIGITS = 1_000  # of a whole number
CONFLICT = "<<<<<<< "  # begins git's mark before two versions

# Patterns of plain scalars, each with the characters that one may begin with.
SCALARS = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "int": (r"[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+", "-+0123456789"),
    "float": (
        r"[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|[-+]?\.[0-9_]+([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+0123456789.",
    ),
}
BASES = {"0b": 2, "0o": 8, "0x": 16}


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader with DVC's scalars; a key may not stand twice, and nesting has an end."""

    # Those of YAML 1.1 are left out.
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.values = 0
        self.sizes: dict[yaml.Node, tuple[int, int]] = {}  # the values and the levels below a node, with itself
        self.flattened: set[yaml.Node] = set()

    def compose_document(self) -> yaml.Node | None:
        """Read the document; DVC would take `on` for true in one that declares itself YAML 1.1."""
        if self.peek_event().version == (1, 1):
            raise yaml.YAMLError("%YAML 1.1 is declared, only 1.2 is read, line 1")
        node: yaml.Node | None = super().compose_document()
        return node

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Read the next node; PyYAML calls itself for each level, up to Python's own limit."""
        self.depth += 1
        event = self.peek_event()
        if self.depth > MAX_DEPTH and isinstance(event, yaml.CollectionStartEvent):
            raise yaml.YAMLError(f"more than {MAX_DEPTH} levels of nesting, line {event.start_mark.line + 1}")
        if not isinstance(event, yaml.AliasEvent) and event.anchor in self.anchors:
            raise yaml.YAMLError(f"the anchor '{event.anchor}' stands twice, line {event.start_mark.line + 1}")
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(event, yaml.AliasEvent) and node not in self.sizes:
            raise yaml.YAMLError(f"an alias stands in what it names, line {event.start_mark.line + 1}")
        if node is not None:
            self.measure(node, event.start_mark.line + 1)
        return node

    def measure(self, node: yaml.Node, line: int) -> None:
        """Count what a node stands for; an alias is a node that was measured where it is written out."""
        if node not in self.sizes:
            sizes = [self.sizes[child] for child in _children(node)]
            levels = isinstance(node, yaml.CollectionNode) + max((level for _, level in sizes), default=0)
            self.sizes[node] = 1 + sum(count for count, _ in sizes), levels
        self.values += 1
        count, levels = self.sizes[node]
        if max(count, self.values) > MAX_VALUES:
            raise yaml.YAMLError(f"more than {MAX_VALUES} values, line {line}")
        if self.depth + levels > MAX_DEPTH:
            raise yaml.YAMLError(f"more than {MAX_DEPTH} levels of nesting, line {line}")

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put merged keys (`<<`) before a mapping's own, which must differ; an own key may replace a merged one.

        PyYAML calls this for a mapping and for whatever merges it, in any order; the own keys are known only once.
        """
        if node in self.flattened:
            return
        self.flattened.add(node)
        own = [key for key, _ in node.value]
        super().flatten_mapping(node)
        seen = set()
        for key_node in own:
            key = "<<" if key_node.tag.endswith(":merge") else self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):  # PyYAML refuses others itself
                if key in seen:
                    raise _problem(f'found duplicate key "{key}"', key_node)
                seen.add(key)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Make a node's value; what a tag such as `!!int` does not fit fails in PyYAML in many ways."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, IndexError, AttributeError):
            kind = node.tag.rpartition(":")[2]
            raise _problem(f"a value cannot be read as {kind}", node) from None


def _children(node: yaml.Node) -> list[yaml.Node]:
    """What a list holds, or the keys and values of a mapping."""
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _problem(problem: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)


def construct_int(loader: Loader, node: yaml.ScalarNode) -> int:
    """A whole number: decimal, also with zeros in front, or with a base in front."""
    text = loader.construct_scalar(node).replace("_", "")
    if len(text) > MAX_DIGITS:
        raise _problem(f"a number of more than {MAX_DIGITS} digits", node)
    sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-")
    base = BASES.get(digits[:2])
    return sign * (int(digits[2:], base) if base else int(digits))


def construct_float(loader: Loader, node: yaml.ScalarNode) -> float:
    """A number with a point or an exponent, or `.inf`, `-.inf`, `.nan`."""
    text = loader.construct_scalar(node).replace("_", "").lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


for kind, (pattern, first) in SCALARS.items():
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^(?:{pattern})$"), list(first))
for kind in ("merge", "timestamp", "value"):  # as in YAML 1.1
    for character, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items():
        for tag, expression in resolvers:
            if tag == f"tag:yaml.org,2002:{kind}":
                Loader.add_implicit_resolver(tag, expression, [character])
Loader.add_constructor("tag:yaml.org,2002:int", construct_int)
Loader.add_constructor("tag:yaml.org,2002:float", construct_float)


def refuse_conflict(text: str, name: str | Path) -> None:
    """Raise BadInput if git could not merge a file, and left both versions in it between its marks."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(CONFLICT):
            raise BadInput(
                f"{name} has both versions of a merge from line {number} on: keep one, and remove git's marks."
            )


def parse_yaml(text: str, name: str | Path) -> Any:
    """What a YAML text holds; `name` is what messages call it.

    Raises
    ------
    BadInput
        If the text is not valid YAML, asks for anything but plain values, or is far larger than any of ours.
    """
    if len(text) > MAX_BYTES:
        raise BadInput(f"{name} must have at most {MAX_BYTES} bytes.")
    try:
        return yaml.load(text, Loader)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise BadInput(f"{name} is not valid YAML: {_first_sentence(error)}") from None


def read_yaml(path: str | Path) -> Any:
    """What a YAML file holds. Raises BadInput if it cannot be read, too."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BadInput(f"{path} must have at most {MAX_BYTES} bytes.")
        text = content.decode("utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text: byte {error.start} cannot be read") from None
    refuse_conflict(text, path)
    return parse_yaml(text, path)


def _first_sentence(error: Exception) -> str:
    """The problem and its place, without the lines of context in PyYAML's message."""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    return f"{problem}, line {mark.line + 1}" if mark else problem
