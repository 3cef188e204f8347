"""What `make check-all` notes of its parts."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks import checks
from hidden_nodes.errors import BadInput

PARTS = {"quick": ("nothing", "true"), "wrong": ("nothing", "false"), "last": ("nothing", "true")}


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["checks", *words])
    checks.main()


def timed() -> list[str]:
    """The parts of the table that have a time; it lists all of them."""
    table = pd.read_csv(checks.TABLE)
    assert table["part"].tolist() == list(PARTS)
    found: list[str] = table.loc[table["minutes"].notna(), "part"].tolist()
    return found


def test_a_part_that_passes_is_noted_once_and_one_that_fails_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "PARTS", PARTS)
    monkeypatch.setattr(checks, "TABLE", tmp_path / "checks.csv")
    for words in (["last"], ["quick"], ["last"]):
        run(monkeypatch, *words)
    assert timed() == ["quick", "last"]
    checks.TABLE.unlink()
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch)
    assert ended.value.code == 1
    assert timed() == ["quick"]


def test_a_part_that_is_not_there_is_one_line_and_none_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TABLE", tmp_path / "checks.csv")
    with pytest.raises(BadInput, match=r"^PARTS must be some of coverage, .*, kills\. Got 'kill' instead\.$"):
        run(monkeypatch, "lint", "kill")
    assert not checks.TABLE.exists()
