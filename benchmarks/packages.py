"""What each package that the project names costs: `make bench-packages` writes `docs/results/packages.csv`.

A package costs its own files and those of the packages that no other one needs, and the seconds of its import.
"""

import os
import statistics
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pandas as pd
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tqdm import tqdm

from benchmarks.machine import write_measured

REPEATS = 3
MEGABYTE = 1e6
# What is imported of a package, where that is not its name.
IMPORTS = {
    "dvc": "dvc.cli", "pillow": "PIL.Image", "pyyaml": "yaml", "ruamel-yaml": "ruamel.yaml",
    "ruamel-yaml-clib": "_ruamel_yaml", "scikit-learn": "sklearn.ensemble",
    "scikit-learn-intelex": "sklearnex.manifold",
    "tensorflow-cpu": "tensorflow", "vl-convert-python": "vl_convert", "matplotlib": "matplotlib.figure",
    "scipy": "scipy.special", "bokeh": "bokeh.plotting",
}  # fmt: skip
Needs = dict[str, set[str]]


def needed_by(name: str, needs: Needs) -> None:
    """Add to `needs` what a package asks for here, and what that asks for, and so on; an extra counts as asked for."""
    if name in needs:
        return
    needs[name] = set()
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        needed = canonicalize_name(requirement.name)
        try:
            needed_by(needed, needs)
        except PackageNotFoundError:
            continue
        needs[name].add(needed)


def reach(names: set[str], needs: Needs) -> set[str]:
    """These packages and all that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs[name]
    return found


def weigh(name: str) -> float:
    """MB of a package's files, compiled ones included."""
    paths = [Path(str(file.locate())) for file in distribution(name).files or []]
    return sum(path.stat().st_size for path in paths if path.is_file()) / MEGABYTE


def time_import(name: str) -> float:
    """CPU seconds of an import in a fresh Python, its own start left out."""
    module = IMPORTS.get(name, name.replace("-", "_"))
    program = f"import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    runs = [
        subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
        for _ in range(REPEATS)
    ]
    return statistics.median(float(run.stdout) for run in runs)


def list_named() -> list[str]:
    """The packages that pyproject.toml names for the project itself and that are installed here."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [Requirement(text) for text in project["dependencies"]]
    return [canonicalize_name(one.name) for one in named if not one.marker or one.marker.evaluate()]


def main() -> None:
    named, needs = list_named(), Needs()
    for name in named:
        needed_by(name, needs)
    rows = []
    for name in tqdm(named, "packages"):
        others = reach(set(named) - {name}, needs)
        own = {name} | (reach({name}, needs) - others)
        rows.append({
            "package": name, "megabytes": weigh(name), "with_own": sum(weigh(one) for one in own),
            "brings": len(own) - 1, "needed_anyway": name in others, "import_seconds": time_import(name),
        })  # fmt: skip
    table = pd.DataFrame(rows).sort_values("with_own", ascending=False)
    write_measured(table.round({"megabytes": 1, "with_own": 1, "import_seconds": 2}), "packages")


if __name__ == "__main__":
    main()
