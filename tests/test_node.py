"""Node runs the page's modules, takes arrays of NumPy, gives numbers back, and fails where they fail."""

import numpy as np
import pytest

from tests.node import run_in_node

APPLY = """
    import {ACTIVATIONS} from "./network.js";
    answer(Float64Array.from(input, ACTIVATIONS.relu));
"""


def test_a_module_of_the_page_takes_numbers_of_numpy_and_gives_them_back() -> None:
    assert run_in_node(APPLY, np.array([-1.5, 0.1])) == [0, 0.1]


def test_what_goes_wrong_in_node_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="no-such-module"):
        run_in_node('import "./no-such-module.js";')
    with pytest.raises(AssertionError, match="careful"):
        run_in_node('console.warn("careful"); answer(1);')
