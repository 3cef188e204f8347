"""Before the graph starts: where MNIST cannot be had, write the bundled digits into `params.yaml` instead.

Not a stage: `make repro` runs it, so that the graph itself never swaps data and the choice can be seen afterwards.
"""

import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from hidden_nodes.paths import RAW
from hidden_nodes.errors import exit_with_one_line
from hidden_nodes.files import atomic_outputs
from hidden_nodes.data.download import NotReachable, copy_mnist, has_mnist
from hidden_nodes.params import load_params

PARAMS = Path("params.yaml")


def write_dataset(name: str, path: Path) -> None:
    """Set `dataset` in a `params.yaml`, and leave its comments as they are."""
    yaml = YAML()
    values = yaml.load(path.read_text(encoding="utf-8"))
    values["dataset"] = name
    with atomic_outputs(path) as (part,):
        yaml.dump(values, part)


def main() -> None:
    if load_params(PARAMS).dataset != "mnist" or has_mnist(RAW):
        return
    with tempfile.TemporaryDirectory() as trial:
        try:
            copy_mnist(Path(trial))
        except NotReachable as error:
            write_dataset("digits", PARAMS)
            print(f"{error} Going on with scikit-learn's digits: 'dataset' in {PARAMS} is now digits.", file=sys.stderr)


if __name__ == "__main__":
    exit_with_one_line(main)
