"""What `make kills` would say of a loss, on losses that are made up."""

import hashlib
from pathlib import Path

import pytest

from tests.kills.__main__ import KINDS, share_out
from tests.kills.dataset import CACHE, DESCRIPTION, SHEET, DataSet
from tests.kills.rounds import Tally, judge_output

HEAD = "Traceback (most recent call last):\n"
IMPORT = HEAD + '  File "tools/x.py", line 3, in <module>\n    import numpy\n'
BEGUN = HEAD + '  File "hidden_nodes/errors.py", line 19, in exit_with_one_line\n    main()\n'
CLEARED = HEAD + '  File "/x/site-packages/dvc/progress.py", line 136, in close\n    self.postfix\n'
CHAIN = "\nDuring handling of the above exception, another exception occurred:\n\n"


@pytest.mark.parametrize(
    ("done", "printed", "early", "lost"),
    [
        ("SIGINT to all", "interrupted: run the same command again to go on\n", 0, 0),
        ("SIGINT to all", f"first\n{IMPORT}KeyboardInterrupt\nlast\n", 1, 0),
        ("SIGINT to all", f"{IMPORT}ImportError: x\n{CHAIN}{IMPORT}KeyboardInterrupt\n", 1, 0),
        ("SIGINT to all", f"{BEGUN}KeyboardInterrupt\n", 0, 1),
        ("SIGINT to all", f"{IMPORT}ValueError: x\n", 0, 1),
        ("SIGINT to all", f"Exception ignored in: <function f>\n{CLEARED}AttributeError: x\n", 1, 0),
        ("SIGINT to all", f"{CLEARED}AttributeError: x\n", 0, 1),
        ("SIGKILL to all", f"{IMPORT}KeyboardInterrupt\n", 0, 1),
        ("SIGTERM to all", f"{IMPORT}KeyboardInterrupt\n", 0, 0),
    ],
)
def test_a_traceback_is_a_loss_unless_ctrl_c_came_before_the_program_was_ready(
    done: str, printed: str, early: int, lost: int
) -> None:
    tally = Tally()
    judge_output(done, printed, tally)
    assert (tally.early, len(tally.lost)) == (early, lost)


def test_whatever_make_dataset_left_half_written_is_a_loss(tmp_path: Path) -> None:
    files = [DESCRIPTION, SHEET, f"{CACHE}/hidden-nodes/animals/{hashlib.sha256(b'whole').hexdigest()}"]
    for name in ("fresh", "good", "round"):
        for file in files:
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_bytes(b"whole")
    kind = DataSet(tmp_path / "fresh", tmp_path / "good", tmp_path / "round", 1)
    assert kind.inspect() == kind.compare([]) == []
    for file in files:
        (kind.path / file).write_bytes(b"half")
        assert kind.inspect() == [f"{file} is half-written"]
        assert kind.compare([]) == [f"{file} differs"]
        (kind.path / file).unlink()
        assert kind.inspect() == []
        assert kind.compare([]) == [f"{file} differs"]
        (kind.path / file).write_bytes(b"whole")
    kind.again = True
    kind.begin()
    (kind.path / DESCRIPTION).unlink()
    assert kind.inspect() == [f"{DESCRIPTION} is gone"]
    (kind.path / DESCRIPTION).write_bytes(b"whole")
    (kind.path / "datasets/part-animals.yaml").write_bytes(b"half")
    assert kind.compare([]) == ["datasets/part-animals.yaml differs"]


def test_kills_are_shared_out_to_the_last() -> None:
    assert share_out(301, list(KINDS)) == {"graph": 76, "parallel": 75, "sweep": 75, "dataset": 75}
