"""One clear line for a user's mistake, or after Ctrl-C, instead of a traceback."""

import sys
from collections.abc import Callable


class BadInput(Exception):
    """A parameter or file is not what it has to be; the message is the whole story, on one line."""


def exit_with_one_line(main: Callable[[], None]) -> None:
    """Call a program's `main`; exit with 2 after bad input, with 130 after Ctrl-C, each with one line."""
    try:
        main()
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on", file=sys.stderr)
        sys.exit(130)
