"""Check `params.yaml`, and the description of the data set that it names, without running anything: `make check`."""

from hidden_nodes.data.dataset import as_dataset, read_description
from hidden_nodes.errors import exit_with_one_line
from hidden_nodes.params import Params, check_against, load_params
from hidden_nodes.paths import PARAMS


def load_checked() -> Params:
    """All parameters, held against the data set that they name. Raises BadInput if anything is wrong."""
    params = load_params()
    check_against(params, as_dataset(read_description(params.dataset), params.dataset))
    return params


def main() -> None:
    load_checked()
    print(f"{PARAMS}: every parameter is known, in its range, and fits the data set")


if __name__ == "__main__":
    exit_with_one_line(main)
