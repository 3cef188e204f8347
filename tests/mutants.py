"""How many mistakes in the computing code the fast tests would catch: `make mutants` (it goes on where it was).

Each mutant (`tests/mutations.py`) is a module with one small mistake; it is killed if a test fails with it. All fast
tests are collected once, in one process, and run once to see which test runs which line. A mutant then is a fork of
that process: the functions in question get the mutant's code, and the tests that run its line run, the quickest first.
Where the mistake is outside of a function, the fork imports all of ours anew.
"""

import csv
import gc
import hashlib
import importlib
import importlib.abc
import importlib.util
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TypeVar

import coverage
import pytest

from hidden_nodes.network.settings import set_environment
from tests.mutations import Mutant, mutate

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "docs/results"  # `mutants.csv`, a row a module, and `mutants_survived.csv`, a row a survivor
MODULES = [
    "hidden_nodes/data/*.py", "hidden_nodes/network/*.py", "hidden_nodes/knowledge/*.py", "hidden_nodes/params.py",
    "hidden_nodes/files.py", "stages/*.py", "sweep/grid.py", "sweep/plan.py", "sweep/checks.py", "sweep/results.py",
    "sweep/scores.py", "sweep/means.py", "sweep/carry.py",
    "sweep/explain.py", "sweep/compared.py", "sweep/pixels.py", "sweep/findings.py",
]  # fmt: skip
MOST = 15  # mutants of a module that are tried: of more, a sample, the same every time
# What takes long: the small projects and the browser of tests/conftest.py, whole graphs, random input, drawing.
SLOW_FIXTURES = {"twins", "reproduced", "project", "fresh_project", "browser", "page"}
SLOW_FILES = re.compile(
    r"test_(fuzz_.*|faults|many_classes|any_images|parallel|pictures|set_up|sweep|sweep_cluster|sweep_keep|experiments"
    r"|structure)\.py"
)
SECONDS = 5.0  # that the tests of one mutant may compute together, with the processes that they start
DEADLOCK = 600  # seconds by the clock, and ten times what a fork may compute, after which it is tried once more
OURS = ("hidden_nodes", "stages", "sweep", "page", "tools", "tests")
OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "--tb=no", "--noconftest",
           "--assert=plain", "--capture=no", "--override-ini=tmp_path_retention_policy=none"]  # fmt: skip

Row = TypeVar("Row")


@dataclass(frozen=True)
class Result:
    """How a module fared; `source` is the beginning of its SHA-256: of a module that changed, all is done again."""

    module: str
    source: str
    mutants: int
    tried: int
    killed: int


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test fails with, and why none needs to: written by hand, and kept while its line is the same."""

    module: str
    line: int
    code: str
    change: str
    why: str = ""


class Replacer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutant to whoever imports its module."""

    def __init__(self, path: Path, mutant: Mutant) -> None:
        self.name, self.path, self.mutant = name_of(path), path, mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self, origin=str(self.path)) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.mutant.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102  # our own code


def asks_for_slow(item: pytest.Item) -> bool:
    """Whether a test has a fixture of tests/conftest.py, and not one of the same name that its own module makes."""
    own = vars(item.module) if isinstance(item, pytest.Function) else {}
    return bool(SLOW_FIXTURES & set(getattr(item, "fixturenames", ())) - set(own))


class FastTests:
    """Leaves out what is slow, or not among `names`; the process ends with the first test that fails."""

    def __init__(self, names: Sequence[str] | None = None) -> None:
        self.names = names

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not asks_for_slow(item)]
        if self.names is not None:  # a mutant may have changed the names of some
            items[:] = [item for item in items if item.nodeid in self.names]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os._exit(1)


class Trials(FastTests):
    """Once the tests are collected, tries the mutants of all modules in the place of running them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self.paths = paths

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # TensorFlow refuses it later, as in tests/conftest.py.
        from hidden_nodes.network.model import compute_on_one_thread

        compute_on_one_thread()
        items = {item.nodeid: item for item in session.items}
        print(f"{len(items)} tests, of which {len(self.paths)} modules are to be tried", flush=True)
        tests = observe_tests(items, self.paths)
        functions = {path: live_functions(path) for path in self.paths}
        gc.freeze()  # a fork then has less to copy
        for path in self.paths:
            try_module(path, items, tests, functions[path])
        return True


@dataclass(frozen=True)
class Tests:
    """What the fast tests did without a mutant: seconds of each, and the tests that run a line of a file."""

    seconds: dict[str, float]
    by_line: dict[str, dict[int, list[str]]]

    def of(self, path: Path, mutant: Mutant) -> list[str]:
        """The tests that run a mutant's line, or its module if that is no line of a function, the quickest first."""
        lines = self.by_line.get(str(path), {})
        wanted = [tests for line, tests in lines.items() if line in mutant.lines or not mutant.function]
        named = path.stem.removesuffix("s")
        order = sorted(
            {test for tests in wanted for test in tests},
            key=lambda test: (named not in test.partition("::")[0], self.seconds[test]),
        )
        chosen, total = [], 0.0
        for test in order:
            if total + self.seconds[test] > SECONDS:
                continue
            total += self.seconds[test]
            chosen.append(test)
        return chosen


def run_item(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def computed() -> float:
    """Seconds that this process has computed, and its children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def observe_tests(items: dict[str, pytest.Item], paths: Sequence[Path]) -> Tests:
    """Run all tests in a fork, which must not fail, and note what they do."""
    with tempfile.TemporaryDirectory() as directory:
        file, times, running = (Path(directory) / name for name in ("coverage", "seconds", "running"))

        def measure() -> int:
            measured = coverage.Coverage(data_file=str(file), include=[str(path) for path in paths], config_file=False)
            measured.start()
            seconds = []
            for name, item in items.items():
                measured.switch_context(name)
                running.write_text(name)
                start = computed()
                run_item(item)
                seconds.append(f"{computed() - start}\n")
            measured.stop()
            measured.save()
            times.write_text("".join(seconds))
            return 0

        if in_a_fork(measure, 1200):
            pytest.exit(f"{running.read_text()} does not pass without a mutant", returncode=1)
        data = coverage.CoverageData(str(file))
        data.read()
        by_line = {
            name: {line: [test for test in tests if test] for line, tests in data.contexts_by_lineno(name).items()}
            for name in data.measured_files()
        }
        seconds = dict(zip(items, map(float, times.read_text().split()), strict=True))
    return Tests(seconds, by_line)


def in_a_fork(work: Callable[[], int], seconds: float) -> int:
    """The exit status of a child process that does `work`, -SIGXCPU if it computes longer or comes to a deadlock.

    A process may be halted from outside for minutes, so only the second time past the clock is a deadlock.
    """
    for _ in range(2):
        process = os.fork()
        if not process:
            status = 99
            try:
                os.setpgid(0, 0)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(1, 2)
                resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, resource.getrlimit(resource.RLIMIT_CPU)[1]))
                status = work()
            finally:
                os._exit(status)
        end = time.monotonic() + DEADLOCK + 10 * seconds
        while time.monotonic() < end:
            done, waited = os.waitpid(process, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(waited)
            time.sleep(0.002)
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
    return -signal.SIGXCPU


def is_killed(mutant: Mutant, status: int) -> bool:
    """What the exit status of a mutant's fork says; stops everything if it says nothing of the mutant."""
    if status == 0:
        return False
    errors = () if mutant.function else (pytest.ExitCode.INTERRUPTED,)  # a test module cannot be imported
    if status not in (pytest.ExitCode.TESTS_FAILED, -signal.SIGXCPU, *errors):
        pytest.exit(f"line {mutant.line}, {mutant.change}: the tests ended with status {status}", returncode=1)
    return True


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code of all functions in the code of a module."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes(constant)


def live_functions(path: Path) -> dict[str, list[FunctionType]]:
    """The functions of a module as they are in memory now, by their qualified names."""
    found: dict[str, list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(path):
            found[one.__code__.co_qualname].append(one)
    return found


def meet(mutant: Mutant, path: Path, functions: dict[str, list[FunctionType]], tests: Sequence[pytest.Item]) -> int:
    """In a fork: bring the mutant in, run the tests; 0 if it survives them."""
    if not mutant.function:
        for name in set(sys.modules) - {__name__, "tests.mutations"}:
            if name.startswith("test_") or name.partition(".")[0] in OURS:  # test modules are in no package
                del sys.modules[name]
        sys.meta_path.insert(0, Replacer(path, mutant))
        names = [test.nodeid for test in tests]
        files = sorted({name.partition("::")[0] for name in names})
        return int(pytest.main([*OPTIONS, *files], plugins=[FastTests(names)]))
    for code in codes(compile(mutant.tree, str(path), "exec")):
        for function in functions.get(code.co_qualname, []):
            if code.co_firstlineno == function.__code__.co_firstlineno:
                function.__code__ = code
    for test in tests:
        run_item(test)
    return 0


def try_module(
    path: Path, items: dict[str, pytest.Item], tests: Tests, functions: dict[str, list[FunctionType]]
) -> None:
    """Try the mutants of a module, and write what came of it."""
    start, source = time.monotonic(), path.read_text(encoding="utf-8")
    lines, mutants = source.splitlines(), list(mutate(source))
    chosen = mutants if len(mutants) <= MOST else random.Random(7).sample(mutants, MOST)  # noqa: S311  # a sample
    earlier = [one for one in read_table("mutants_survived", Survivor) if one.module == relative(path)]
    known, survivors = {(one.code, one.change): one.why for one in earlier}, []
    for mutant in sorted(chosen, key=lambda one: one.line):
        names = tests.of(path, mutant)
        needed = 5 + 3 * sum(tests.seconds[name] for name in names)
        running = [items[name] for name in names]

        def work(mutant: Mutant = mutant, running: Sequence[pytest.Item] = running) -> int:
            return meet(mutant, path, functions, running)

        if not names or not is_killed(mutant, in_a_fork(work, needed)):
            code = lines[mutant.line - 1].strip()
            survivors.append(
                Survivor(relative(path), mutant.line, code, mutant.change, known.get((code, mutant.change), ""))
            )
    result = Result(relative(path), fingerprint(path), len(mutants), len(chosen), len(chosen) - len(survivors))
    write_table("mutants", Result, relative(path), [result])
    write_table("mutants_survived", Survivor, relative(path), survivors)
    print(f"{result.module}: {result.killed} of {result.tried}, {time.monotonic() - start:.0f} s", flush=True)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def name_of(path: Path) -> str:
    return relative(path).removesuffix(".py").replace("/", ".")


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def read_table(name: str, kind: type[Row]) -> list[Row]:
    """The rows of a table of docs/results, those of modules that are no more left out."""
    path = TABLES / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (ROOT / row["module"]).is_file()]
    numbers = {field.name for field in fields(kind) if field.type is int}  # type: ignore[arg-type]
    return [kind(**{key: int(value) if key in numbers else value for key, value in row.items()}) for row in rows]


def write_table(name: str, kind: type[Row], module: str, rows: Sequence[Row]) -> None:
    """Put `rows` in the place of those of a module."""
    kept = [asdict(one) for one in read_table(name, kind)]  # type: ignore[call-overload]
    table = [row for row in kept if row["module"] != module] + [asdict(one) for one in rows]  # type: ignore[call-overload]
    with (TABLES / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)], lineterminator="\n")  # type: ignore[arg-type]
        writer.writeheader()
        writer.writerows(sorted(table, key=lambda row: row["module"]))


def summarize() -> str:
    results = read_table("mutants", Result)
    tried, killed = (sum(getattr(one, name) for one in results) for name in ("tried", "killed"))
    unexplained = Counter(one.module for one in read_table("mutants_survived", Survivor) if not one.why)
    return "\n".join(
        [f"{killed:,} of {tried:,} mutants killed ({killed / max(1, tried):.1%})"]
        + [f"{module}: {count} survivors without a reason" for module, count in unexplained.items()]
    )


def main(words: Sequence[str]) -> None:
    """Try the modules that `words` name, by default all; those that are done already are left out."""
    paths = [path for pattern in words or MODULES for path in sorted(ROOT.glob(pattern)) if path.stem[0] != "_"]
    done = {(one.module, one.source) for one in read_table("mutants", Result)}
    paths = [path for path in paths if (relative(path), fingerprint(path)) not in done]
    if paths:
        files = [
            str(path) for path in sorted((ROOT / "tests").glob("test_*.py")) if not SLOW_FILES.fullmatch(path.name)
        ]
        with tempfile.TemporaryDirectory() as directory:
            if pytest.main([*OPTIONS, f"--basetemp={directory}/tests", *files], plugins=[Trials(paths)]):
                sys.exit("error: the mutants were not all tried")
    print(summarize())


if __name__ == "__main__":
    os.chdir(ROOT)
    set_environment()
    sys.dont_write_bytecode = False
    main(sys.argv[1:])
