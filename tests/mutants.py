"""How many mistakes in the computing code the fast tests would catch: `make mutants` (hours; it goes on where it was).

Each mutant is a module with one small mistake: another comparison, sign, constant, a line left out. It is killed if a
test fails with it. For each module, the tests that import it run once, to see which test runs which line; a mutant then
meets the tests that run its line. A fork per mutant is spared the import of NumPy and its like: cosmic-ray starts anew
for each, which takes seconds; mutmut runs the tests in a copy of the tree with all mutants in one module, which tests
that read the sources themselves would refuse. Drawing and messages are left out: pictures have tests of their own.
"""

import ast
import copy
import csv
import hashlib
import importlib.abc
import importlib.util
import io
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import astuple, dataclass, fields
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs/results/mutants.csv"
MODULES = [
    "hidden_nodes/data/*.py", "hidden_nodes/network/*.py", "hidden_nodes/knowledge/*.py", "hidden_nodes/params.py",
    "hidden_nodes/files.py", "stages/*.py", "sweep/grid.py", "sweep/plan.py", "sweep/checks.py", "sweep/results.py",
    "sweep/scores.py", "sweep/means.py", "sweep/carry.py",
    "sweep/pixels.py", "sweep/findings.py",
]  # fmt: skip
# What takes long: whole graphs, browsers, random input.
SLOW_FIXTURES = {"twins", "reproduced", "project", "fresh_project", "browser", "page", "stub", "plots", "mirror"}
SLOW_FILES = re.compile(r"test_(fuzz_.*|faults|many_classes|any_images|sweep_cluster|sweep|experiments)\.py")
LIBRARIES = (
    "numpy", "pandas", "scipy.stats", "sklearn.ensemble", "matplotlib.figure", "seaborn", "pydantic", "PIL.Image",
    "dvc.repo", "dvc.cli", "ruamel.yaml", "requests", "pooch", "bokeh.plotting", "coverage",
)  # fmt: skip

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.USub: ast.UAdd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "argmax": "argmin", "argmin": "argmax", "sum": "max",
         "mean": "sum", "zeros": "ones", "ones": "zeros", "floor": "ceil", "ceil": "floor"}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """A mutant and its fate: "killed", "timeout" (which counts as killed), "survived" or "not run" by any fast test."""

    module: str
    source: str  # the first characters of its SHA-256: of a module that changed, all is done again
    line: int
    column: int
    change: str
    verdict: str


@dataclass(frozen=True)
class Mutant:
    line: int
    column: int
    change: str
    tree: ast.Module


def mutate(source: str) -> Iterator[Mutant]:
    """All mutants of a module."""
    tree = ast.parse(source)
    for path in computing_nodes(tree, ()):
        node = follow(tree, path)
        for new in replacements(node):
            mutated = copy.deepcopy(tree)
            place(mutated, path, new)
            ast.fix_missing_locations(mutated)
            change = f"{brief(node)} -> {brief(new)}"
            yield Mutant(node.lineno, node.col_offset, change, mutated)


Path_ = tuple[tuple[str, int | None], ...]


def computing_nodes(node: ast.AST, path: Path_) -> Iterator[Path_]:
    """The paths of expressions and statements that compute: no annotations, no texts, nothing that draws."""
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom | ast.ClassDef | ast.Assert):
        if isinstance(node, ast.Raise):
            yield path
        if not isinstance(node, ast.ClassDef):
            return
    if isinstance(node, ast.FunctionDef) and re.match("_?draw|main$|__", node.name):
        return
    if hasattr(node, "lineno"):
        yield path
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for number, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield from computing_nodes(child, (*path, (name, number)))


def follow(node: Any, path: Path_) -> Any:
    for name, number in path:
        node = getattr(node, name) if number is None else getattr(node, name)[number]
    return node


def place(tree: Any, path: Path_, new: ast.AST) -> None:
    parent, (name, number) = follow(tree, path[:-1]), path[-1]
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


def brief(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


class Replacer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutant to whoever imports its module."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self, origin=str(self.path)) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102


class FastTests:
    """Leaves out what is slow; with `coverage`, notes which test runs which line."""

    def __init__(self, coverage: Any = None) -> None:
        self.coverage = coverage

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not SLOW_FIXTURES & set(getattr(item, "fixturenames", ()))]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        if self.coverage:
            self.coverage.switch_context(item.nodeid)
        found = yield
        if self.coverage:
            self.coverage.switch_context("")
        return found


def run_tests(tests: Sequence[str], coverage: Any = None) -> int:
    """Run tests in this process, up to the first that fails; pytest's exit status."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "--tb=no", "--noconftest"]
        return int(pytest.main([*options, *tests], plugins=[FastTests(coverage)]))


def in_a_fork(work: Any, seconds: float) -> int | None:
    """What `work` returns in a child process, or None if it takes longer."""
    process = os.fork()
    if not process:
        status = 99
        try:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            status = work()
        finally:
            os._exit(status)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return None


def tests_of(name: str) -> list[str]:
    """The fast test files that import a module, by what they and their helpers say."""
    found = []
    parent, _, last = name.rpartition(".")
    wanted = re.compile(
        rf"from {re.escape(name)} import|import {re.escape(name)}\b|from {re.escape(parent)} import .*\b{last}\b"
    )
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        if not SLOW_FILES.fullmatch(path.name) and wanted.search(path.read_text(encoding="utf-8")):
            found.append(str(path.relative_to(ROOT)))
    return found


def lines_by_test(path: Path, tests: Sequence[str]) -> tuple[dict[int, list[str]], float]:
    """For each line of a module the tests that run it, and the seconds that all tests take."""
    import coverage

    data = ROOT / ".mutants_cache"
    data.mkdir(exist_ok=True)
    file = data / "coverage"
    file.unlink(missing_ok=True)

    def measure() -> int:
        measured = coverage.Coverage(data_file=str(file), include=[str(path)], config_file=False)
        measured.start()
        status = run_tests(tests, measured)
        measured.stop()
        measured.save()
        return status

    start = time.monotonic()
    status = in_a_fork(measure, 600)
    if status:
        sys.exit(f"error: the tests of {path} do not pass without a mutant: status {status}")
    found = coverage.CoverageData(str(file))
    found.read()
    contexts = found.contexts_by_lineno(str(path))
    return dict(contexts), time.monotonic() - start


def try_module(path: Path) -> Iterator[Result]:
    """The fate of each mutant of a module."""
    source = path.read_text(encoding="utf-8")
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    relative, mark = str(path.relative_to(ROOT)), fingerprint(path)
    tests = tests_of(name)
    lines, seconds = lines_by_test(path, tests) if tests else ({}, 0.0)
    for mutant in mutate(source):
        running = sorted({one for one in lines.get(mutant.line, []) if one})
        chosen = running if running and "" not in lines[mutant.line] else tests
        verdict = "not run"
        if mutant.line in lines:

            def work(mutant: Mutant = mutant, chosen: Sequence[str] = chosen) -> int:
                sys.meta_path.insert(0, Replacer(name, path, mutant.tree))
                return run_tests(chosen)

            status = in_a_fork(work, 10 + 5 * seconds)
            verdict = {None: "timeout", 0: "survived", 5: "not run"}.get(status, "killed")
        yield Result(relative, mark, mutant.line, mutant.column, mutant.change, verdict)


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def read_results() -> list[Result]:
    if not RESULTS.is_file():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [Result(**{**row, "line": int(row["line"]), "column": int(row["column"])}) for row in rows]  # type: ignore[arg-type]
    return [one for one in found if (ROOT / one.module).is_file() and one.source == fingerprint(ROOT / one.module)]


def write_results(results: Sequence[Result]) -> None:
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Result)])
        writer.writerows(
            astuple(one) for one in sorted(results, key=lambda one: (one.module, one.line, one.column, one.change))
        )


def summarize(results: Sequence[Result]) -> str:
    killed = sum(one.verdict in ("killed", "timeout") for one in results)
    return f"{killed} of {len(results)} mutants killed ({killed / max(1, len(results)):.1%})"


def main(words: Sequence[str]) -> None:
    """Try the modules that `words` name, by default all; those that are done already are left out."""
    for library in LIBRARIES:
        importlib.import_module(library)
    paths = [path for pattern in words or MODULES for path in sorted(ROOT.glob(pattern)) if path.stem[0] != "_"]
    results = read_results()
    for path in paths:
        relative = str(path.relative_to(ROOT))
        if any(one.module == relative for one in results):
            continue
        start = time.monotonic()
        found = list(try_module(path))
        results += found
        write_results(results)
        print(f"{relative}: {summarize(found)}, {time.monotonic() - start:.0f} s", flush=True)
    print(summarize(results))


if __name__ == "__main__":
    os.chdir(ROOT)
    main(sys.argv[1:])
