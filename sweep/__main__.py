"""Start `python -m sweep`: what it needs is imported late, so that Ctrl-C is one line during these imports too."""

from hidden_nodes.errors import exit_with_one_line
from hidden_nodes.garbage import collect_garbage_seldom


def main() -> None:
    from sweep import command_line

    command_line.main()


if __name__ == "__main__":
    collect_garbage_seldom()
    exit_with_one_line(main)
