"""One clear line for a user's mistake, or after Ctrl-C, instead of a traceback."""

import sys
from collections.abc import Callable
from typing import ClassVar

PREFIX = "error: "


class BadInput(Exception):
    """A parameter or file is not what it has to be; the message is the whole story, on one line."""

    longest: ClassVar[int] = 300  # characters of that line at most


def exit_with_one_line(main: Callable[[], None]) -> None:
    """Call a program's `main`; exit with 2 after bad input, with 130 after Ctrl-C, each with one line."""
    try:
        main()
    except BadInput as error:
        print(one_line(f"{PREFIX}{error}", error.longest), file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, Exception) as error:
        if not comes_of_ctrl_c(error):
            raise
        print("interrupted: run the same command again to go on", file=sys.stderr)
        sys.exit(130)


def comes_of_ctrl_c(error: BaseException | None) -> bool:
    """Whether it is Ctrl-C, or what was made of it: until 3.11, Python wraps what ends the making of a class."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def one_line(text: str, longest: int) -> str:
    """`text` in at most `longest` characters that can be printed: others are escaped, the middle of more is left out.

    What is wrong stands at the beginning of a message, what would do at its end.
    """
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    if len(printable) <= longest:
        return printable
    end = longest // 3
    return f"{printable[: longest - end - 1]}…{printable[-end:]}"
