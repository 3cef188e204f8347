"""Install pinned packages into the environment of this Python: with uv, or with pip where uv cannot be had.

`python -m tools set_up requirements.txt ...`: run before there are any packages, so it imports none. Both programs take
the packages of the same files, by their hashes; uv is several times as quick.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping

from hidden_nodes.errors import BadInput

UV = "requirements-uv.txt"
PIP = [sys.executable, "-m", "pip"]
# pip's settings, by the variables in which uv takes the same; uv itself reads none of pip's files.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX", "cert": "SSL_CERT_FILE", "trusted-host": "UV_INSECURE_HOST", "proxy": "ALL_PROXY",
}  # fmt: skip
COMMAS = {"UV_FIND_LINKS"}  # takes its list with commas, the others with blanks


def translate_settings(listed: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What `pip config list` printed, as variables for uv; those that a user has set stay as they are.

    A setting may stand in several files: pip takes the last one, and its own variables (`:env:`) before all files.
    """
    lines = [line.partition("=") for line in listed.splitlines()]
    lines.sort(key=lambda parts: parts[0].startswith(":env:"))
    found = {}
    for key, _, value in lines:
        name = SETTINGS.get(key.rpartition(".")[2])
        if name and name not in environment:
            words = value.strip("'\"").replace("\\n", " ").split()
            found[name] = ("," if name in COMMAS else " ").join(words)
    return found


def run(*command: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Run a command, its progress shown where there is a terminal; None if it did well, else its last words."""
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, stdout=None, text=True, errors="replace")
    lines = [" ".join(line.split()) for line in done.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return None if not done.returncode else (errors or lines or ["it gave no reason"])[-1]


def install_with_uv(files: list[str]) -> str | None:
    """Bring uv into this environment, and the packages with it; None, or why not."""
    if importlib.util.find_spec("uv") is None:
        failed = run(*PIP, "install", "--quiet", "--retries", "1", "--require-hashes", "--requirement", UV)
        if failed:
            return failed
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True).stdout
    # Of several indexes the best match, as pip takes it, not the first: the hashes say that it is the right one.
    options = ["--require-hashes", "--index-strategy", "unsafe-best-match", "--python", sys.executable]
    words = [word for file in files for word in ("--requirement", file)]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    command = [sys.executable, "-m", "uv", "pip", "install", *quiet, *options, *words]
    return run(*command, environment=os.environ | translate_settings(listed, os.environ))


def install_with_pip(files: list[str]) -> str | None:
    words = [word for file in files for word in ("--requirement", file)]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    return run(*PIP, "install", *quiet, "--require-hashes", *words)


def main() -> None:
    files = sys.argv[1:]
    failed = install_with_uv(files)
    if failed:
        print(f"uv cannot be used ({failed}): going on with pip, which takes longer", file=sys.stderr)
        if failed := install_with_pip(files):
            raise BadInput(f"the packages of {' and '.join(files)} cannot be installed: {failed}")
