"""Check `params.yaml`, and the description of the data set that it names, without running anything: `make check`."""

from pathlib import Path

from hidden_nodes.data.dataset import as_dataset, read_description
from hidden_nodes.params import Params, check_against, load_params
from hidden_nodes.paths import PARAMS
from hidden_nodes.yaml_files import refuse_conflict

LOCK = Path("dvc.lock")


def load_checked() -> Params:
    """All parameters, held against the data set that they name. Raises BadInput if anything is wrong.

    Also where git could not merge DVC's record of the last run: DVC would only call it corrupted.
    """
    if LOCK.is_file():
        refuse_conflict(LOCK.read_text(encoding="utf-8", errors="replace"), LOCK)
    params = load_params()
    check_against(params, as_dataset(read_description(params.dataset), params.dataset))
    return params


def main() -> None:
    load_checked()
    print(f"{PARAMS}: every parameter is known, in its range, and fits the data set")
