"""Random YAML, JSON and CSV is read, or refused in one line (`tests/fuzz.py`): 300 examples of each kind."""

import pytest

from tests.fuzz import Kind, Record, try_examples, workspace
from tests.fuzz_texts import KINDS

EXAMPLES = 300


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_random_text_is_read_or_refused_in_one_line(kind: Kind) -> None:
    record = Record()
    with workspace():
        try_examples(kind, EXAMPLES, record)
    assert record.refused
