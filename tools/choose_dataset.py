"""Before the graph starts: where MNIST cannot be had, write the bundled digits into `params.yaml` instead.

`make repro` runs this, so that the graph itself never swaps data and the choice can be seen afterwards. Whatever else
is wrong with the parameters is said here, too, before anything runs.
"""

import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from hidden_nodes.data.dataset import read_description
from hidden_nodes.data.download import NotReachable, download, is_downloaded
from hidden_nodes.files import atomic_outputs
from hidden_nodes.paths import PARAMS, RAW
from tools.check import load_checked

DEFAULT, REPLACEMENT = "mnist", "digits"


def write_choice(name: str, path: Path) -> None:
    """Set `dataset` in a `params.yaml`, and leave its comments as they are."""
    yaml = YAML()
    values = yaml.load(path.read_text(encoding="utf-8"))
    values["dataset"] = name
    with atomic_outputs(path) as (part,):
        yaml.dump(values, part)


def main() -> None:
    if load_checked().dataset != DEFAULT:
        return
    description = read_description(DEFAULT)
    if description.files is None or is_downloaded(description.files, RAW):
        return
    with tempfile.TemporaryDirectory() as trial:
        try:
            download(DEFAULT, description.title, description.files, Path(trial))
        except NotReachable as error:
            write_choice(REPLACEMENT, PARAMS)
            chosen = f"'dataset' in {PARAMS} is now {REPLACEMENT}"
            print(f"{error} Going on with {read_description(REPLACEMENT).title}: {chosen}.", file=sys.stderr)
