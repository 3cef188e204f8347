"""The outputs of a stage that runs, kept until it ends well: DVC removes them before it starts the stage.

`persist: true` in `dvc.yaml` would have DVC leave them where they are, but DVC looks up no earlier run of such a stage:
whatever was run before would be run again. So each file has a second name meanwhile, a hard link, which takes neither
room nor time; what is missing after a stage that failed is put back.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from hidden_nodes.locks import try_lock

KEPT = Path(".dvc", "tmp", "kept")  # a directory for each stage that runs, and a lock beside it


@contextmanager
def keep_outputs(name: str, outputs: Sequence[Path], directory: Path = KEPT) -> Iterator[None]:
    """Keep the `outputs` of the stage `name` during the block; if it raises, they are put back.

    Also those that the stage had replaced: where DVC could not keep the new ones, its record is of the old ones. What
    was not there is not there then: DVC may have been stopped in the middle of a file.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with try_lock(directory / f"{name}.lock") as is_ours:
        if not is_ours:  # another process runs the stage: DVC will tell this one
            yield
            return
        home, part = directory / name, directory / f"{name}.part"
        remove(home)
        remove(part)
        part.mkdir()
        for number, output in enumerate(outputs):
            _link(output, part / str(number))
        part.rename(home)
        try:
            yield
        except BaseException:
            for output in outputs:
                remove(output)
            _put_back(outputs, home)
            raise
        finally:
            remove(home)


def put_back_all(outputs: Mapping[str, Sequence[Path]], directory: Path = KEPT) -> None:
    """The same for stages whose process was killed. outputs : of each stage by its name."""
    for name, paths in outputs.items():
        home = directory / name
        if home.is_dir():
            with try_lock(directory / f"{name}.lock") as is_ours:
                if is_ours:
                    _put_back(paths, home)
                    remove(home)


def _link(source: Path, target: Path) -> None:
    """A second name for a file, or for each file of a directory; a copy where the file system has no such links."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_link_file)
    elif os.path.lexists(source):
        _link_file(source, target)


def _link_file(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _put_back(outputs: Sequence[Path], home: Path) -> None:
    for number, output in enumerate(outputs):
        kept = home / str(number)
        if os.path.lexists(kept) and not os.path.lexists(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            kept.rename(output)


def remove(path: Path) -> None:
    """Remove a file, or a directory with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
