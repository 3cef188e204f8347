"""The small mistakes that `tests/mutants.py` puts into a module: another comparison, sign, constant, a line left out.

Drawing and messages are left out: pictures have tests of their own. So is, by choice, a number that is the whole value
of a module's constant (`STEPS = 100`): it was chosen, and a test could only repeat it.
"""

import ast
import copy
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.USub: ast.UAdd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "argmax": "argmin", "argmin": "argmax", "sum": "max",
         "mean": "sum", "zeros": "ones", "ones": "zeros", "floor": "ceil", "ceil": "floor"}  # fmt: skip


Steps = tuple[tuple[str, int | None], ...]  # from a module's tree down to a node of it


@dataclass(frozen=True)
class Mutant:
    """A module with one mistake.

    lines : of the statement in which it is, without those of its body. function : whether it is in a function's body.
    """

    line: int
    change: str
    lines: range
    function: bool
    tree: ast.Module


def mutate(source: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of its source."""
    tree = ast.parse(source)
    for steps in computing_nodes(tree, ()):
        node = follow(tree, steps)
        lines, function = place_of(tree, steps)
        for new in replacements(node):
            mutated = copy.deepcopy(tree)
            put(mutated, steps, new)
            ast.fix_missing_locations(mutated)
            yield Mutant(node.lineno, describe(node, new), lines, function, mutated)


def place_of(tree: ast.Module, steps: Steps) -> tuple[range, bool]:
    """The lines of the innermost statement on the way to a node, and whether a function's body is on it."""
    statement: Any = tree.body[0]
    function = False
    for depth, (name, _) in enumerate(steps):
        function |= name == "body" and isinstance(follow(tree, steps[:depth]), ast.FunctionDef)
        node = follow(tree, steps[: depth + 1])
        statement = node if isinstance(node, ast.stmt) else statement
    body = getattr(statement, "body", [])
    end = max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno
    return range(statement.lineno, end + 1), function


def computing_nodes(node: ast.AST, steps: Steps) -> Iterator[Steps]:
    """The way to expressions and statements that compute: no annotations, no texts, nothing that draws."""
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom | ast.ClassDef | ast.Assert):
        if isinstance(node, ast.Raise):
            yield steps
        if not isinstance(node, ast.ClassDef):
            return
    if isinstance(node, ast.FunctionDef) and re.match("_?draw|main$|__", node.name):
        return
    if is_chosen_number(node, steps):
        return
    if hasattr(node, "lineno"):
        yield steps
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for number, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield from computing_nodes(child, (*steps, (name, number)))


def is_chosen_number(node: ast.AST, steps: Steps) -> bool:
    """Whether a statement of the module itself gives one number, and nothing else, to a name in capitals."""
    return (
        len(steps) == 1
        and isinstance(node, ast.Assign)
        and all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)
        and isinstance(node.value, ast.Constant)
        and type(node.value.value) in (int, float)
    )


def follow(node: Any, steps: Steps) -> Any:
    for name, number in steps:
        node = getattr(node, name) if number is None else getattr(node, name)[number]
    return node


def put(tree: Any, steps: Steps, new: ast.AST) -> None:
    parent, (name, number) = follow(tree, steps[:-1]), steps[-1]
    if number is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[number] = new


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node, each with one mistake."""
    if isinstance(node, ast.Compare):
        for n, operator in enumerate(node.ops):
            if type(operator) in SWAPS:
                operators = [SWAPS[type(one)]() if m == n else one for m, one in enumerate(node.ops)]
                yield ast.Compare(node.left, operators, node.comparators)
    elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp) and type(node.op) in SWAPS:
        new = copy.copy(node)
        new.op = SWAPS[type(node.op)]()
        yield new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        value = node.value
        yield ast.Constant(
            not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else 2 * value or 1.0
        )
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield ast.Attribute(node.value, NAMES[node.attr], node.ctx)
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield ast.Name(NAMES[node.id], node.ctx)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield ast.Pass()


def describe(old: ast.AST, new: ast.AST) -> str:
    """Both as text; of longer ones what differs and a little before and after it."""
    texts = [" ".join(ast.unparse(node).split()) for node in (old, new)]
    if max(map(len, texts)) <= 60:
        return " -> ".join(texts)
    # Of texts, letter by letter, in spite of its name.
    start = max(0, len(os.path.commonprefix(texts)) - 20)  # noqa: RUF071
    after = max(0, len(os.path.commonprefix([text[::-1] for text in texts])) - 20)  # noqa: RUF071
    return " -> ".join(f"...{text[start : max(start, len(text) - after)][:60]}..." for text in texts)
