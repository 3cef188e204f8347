"""Push what has been run to the project's DVC remote, so that nobody has to run it again: `make push`.

`dvc push --run-cache` sends the outputs of the workspace and the record of all executions. But `dvc exp run --pull`
takes a stage from that record only if all that the stage wrote is on the remote: also its metrics, which are in git
instead of the cache, and what the stages before it wrote. Here these follow.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dvc.exceptions import CollectCacheError, DvcException
from dvc.repo import Repo
from dvc_data.hashfile.hash_info import HashInfo

from hidden_nodes.errors import BadInput


def list_written(repo: Repo) -> Iterator[set[HashInfo]]:
    """What each recorded execution wrote, as far as it is still in the cache."""
    cache = repo.stage_cache
    for path in sorted(Path(cache.cache_dir).glob("*/*/*")):
        record = cache._load_cache(path.parent.name, path.name)
        if record is None:  # damaged: DVC has said so, and removed it
            continue
        try:
            yield from cache._create_stage(record).get_used_objs().values()  # as DVC's `restore` does
        except CollectCacheError:  # the listing of a directory is gone from the cache
            continue


def push_written() -> int:
    """Send what all recorded executions wrote to the remote; how many files it did not have yet."""
    with Repo() as repo:
        written: set[HashInfo] = set().union(*list_written(repo))
        return len(repo.cloud.push(written).transferred)


def main() -> None:
    status = subprocess.run([sys.executable, "-m", "dvc", "push", "--run-cache"]).returncode
    if status:
        sys.exit(status)
    try:
        print(f"{push_written()} files of earlier executions pushed")
    except DvcException as error:
        raise BadInput(" ".join(str(error).split())) from None
