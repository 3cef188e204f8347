"""The set-up takes uv, and pip where uv cannot be had; all from a directory that holds one small package."""

import hashlib
import os
import shutil
import subprocess
import venv
import zipfile
from pathlib import Path

import pytest

from tests.clone import ROOT
from tools.set_up import translate_settings


def make_wheel(directory: Path) -> str:
    """A package without content; returns the line that asks for it by its hash."""
    wheel = directory / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return f"tiny==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose requirements are one small package, with an environment that has pip alone."""
    path = tmp_path_factory.mktemp("set_up")
    for name in (
        "tools/__init__.py",
        "tools/__main__.py",
        "tools/set_up.py",
        "hidden_nodes/__init__.py",
        "hidden_nodes/errors.py",
        "hidden_nodes/garbage.py",
        "requirements-uv.txt",
    ):
        (path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, path / name)
    (path / "wheels").mkdir()
    (path / "requirements.txt").write_text(make_wheel(path / "wheels"), encoding="utf-8")
    venv.create(path / ".venv", with_pip=True, symlinks=True)
    return path


def set_up(project: Path, wheels: str) -> subprocess.CompletedProcess[str]:
    """Set up with no other packages to be had than those in the directory `wheels`."""
    alone = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [".venv/bin/python", "-m", "tools", "set_up", "requirements.txt"], cwd=project, env=os.environ | alone,
        capture_output=True, text=True,
    )  # fmt: skip


def test_without_uv_and_pips_packages_there_is_one_line(project: Path) -> None:
    done = set_up(project, "nowhere")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: the packages of requirements.txt cannot be installed: ")
    assert "Traceback" not in done.stderr


def test_without_uv_pip_installs_the_same(project: Path) -> None:
    done = set_up(project, "wheels")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("uv cannot be used (ERROR: No matching distribution found for uv")
    assert len(done.stderr.splitlines()) == 1
    assert subprocess.run([project / ".venv/bin/python", "-c", "import tiny"]).returncode == 0


def test_uv_is_told_what_pip_is_set_to() -> None:
    listed = "\n".join([
        ":env:.index-url='http://own/simple'", "global.index-url='http://other/simple'",
        "global.extra-index-url='http://one\\nhttp://two'", "global.find-links='/a /b'", "user.cert='/cert.pem'",
        "global.timeout='60'", "install.no-compile='true'",
    ])  # fmt: skip
    assert translate_settings(listed, {"SSL_CERT_FILE": "/mine.pem"}) == {
        "UV_DEFAULT_INDEX": "http://own/simple",
        "UV_INDEX": "http://one http://two",
        "UV_FIND_LINKS": "/a,/b",
    }


@pytest.mark.slow
def test_uv_and_pip_install_the_same_versions(tmp_path: Path) -> None:
    found = []
    for blocked in (False, True):
        environment = tmp_path / f"blocked {blocked}"
        venv.create(environment, with_pip=True, symlinks=True)
        # pip finds no uv that a constraint forbids; what else it installs is none of the constraint's business.
        constraint = tmp_path / "constraint.txt"
        constraint.write_text("uv<0\n" if blocked else "", encoding="utf-8")
        python, files = environment / "bin/python", ["requirements.txt", "requirements-test.txt"]
        done = subprocess.run(
            [python, "-m", "tools", "set_up", *files], cwd=ROOT, env=os.environ | {"PIP_CONSTRAINT": str(constraint)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert ("going on with pip" in done.stderr) == blocked
        listed = subprocess.run([python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True)
        found.append({line for line in listed.stdout.splitlines() if not line.startswith("uv==")})
    assert found[0] == found[1]
    assert len(found[0]) > 100
