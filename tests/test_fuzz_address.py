"""Random addresses of the page are read, or refused with a sentence (`tests/fuzz.py`): 300 of them."""

import pytest

from tests.fuzz import Kind, Record, try_examples, workspace
from tests.fuzz_address import KINDS

EXAMPLES = 300


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_random_address_is_read_or_refused(kind: Kind) -> None:
    record = Record()
    with workspace():
        try_examples(kind, EXAMPLES, record)
    assert record.refused
