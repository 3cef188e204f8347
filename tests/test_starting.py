"""How a stage and a tool are started, and what long work says."""

import importlib.util
import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from hidden_nodes import progress
from hidden_nodes.errors import BadInput, exit_with_one_line
from stages.__main__ import STAGES, run_stage
from tests.clone import STAGES as STARTED
from tools.__main__ import run_tool


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_every_stage_of_the_graph_can_be_started() -> None:
    assert {words[0] for words in STARTED.values()} == set(STAGES)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], r"the stage must be one of activations, .*, train\. Got '' instead\."),
        (["trian"], r"the stage must be one of .* Got 'trian' instead\."),
        (["fetch", "now"], r"usage: python -m stages fetch\. Got 'fetch now' instead\."),
        (["pca_tsne"], r"usage: python -m stages pca_tsne WHAT\. Got 'pca_tsne' instead\."),
    ],
)
def test_a_stage_that_is_not_there_or_lacks_a_word_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=f"^{message}$"):
        run_stage(words)


@pytest.mark.parametrize("words", [[], ["chek"], ["child"]])
def test_a_tool_that_is_not_there_is_refused(words: list[str]) -> None:
    message = rf"the tool must be one of check, .*, verify_cache\. Got '{''.join(words)}' instead\."
    with pytest.raises(BadInput, match=f"^{message}$"):
        run_tool(words)


def test_a_python_without_the_packages_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Any = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pydantic" else find(name))
    with pytest.raises(BadInput, match="has no packages of this project: activate its environment, or use make"):
        run_stage(["fetch"])


def interrupt() -> None:
    raise KeyboardInterrupt


def interrupt_a_class() -> None:
    """As Python 3.11 does while it makes a class."""
    try:
        interrupt()
    except KeyboardInterrupt as error:
        raise RuntimeError("Error calling __set_name__ on 'cached_property' instance") from error


@pytest.mark.parametrize("main", [interrupt, interrupt_a_class])
def test_ctrl_c_is_one_line_also_where_python_makes_another_error_of_it(
    main: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        exit_with_one_line(main)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted: run the same command again to go on\n"


def test_an_error_of_our_own_is_raised_and_a_program_may_end_with_any_status() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_with_one_line(lambda: print(1 / 0))
    with pytest.raises(SystemExit) as ended:
        exit_with_one_line(lambda: sys.exit(3))
    assert ended.value.code == 3


def test_long_work_shows_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress.progress("abc", "letters")) == ["a", "b", "c"]
    assert "letters: 100%" in terminal.getvalue()


def test_long_work_says_a_line_now_and_then_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(progress.progress("abc", "letters")) == ["a", "b", "c"]
    assert capsys.readouterr().out == ""  # too quick to be worth a line
    monkeypatch.setattr(progress, "PAUSE", -1)
    list(progress.progress("abc", "letters"))
    assert capsys.readouterr().out.splitlines() == [f"letters: {done} of 3 steps done" for done in range(3)]
