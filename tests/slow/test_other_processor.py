"""The stages write the same bytes on a processor of another kind, emulated whole by QEMU: also its approximations.

Needs Debian's package qemu-user on Linux; skipped elsewhere.
"""

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.processors import hash_outputs
from tests.clone import GRAPH, STAGES, Project, copy_project
from tests.conftest import SMALL_PARAMS

EMULATOR = shutil.which("qemu-x86_64")
PROCESSOR = "Haswell"
# t-SNE follows Intel's choice of code for each kind of processor, and the page shows its maps.
NOT_PROMISED = {"pca_tsne@pixels", "pca_tsne@activations", "report"}
pytestmark = pytest.mark.skipif(not EMULATOR, reason="qemu-x86_64 is not installed (Debian: qemu-user)")


def run_all(project: Project, *prefix: str) -> dict[str, str]:
    """Run the stages that are promised, in the graph's order; the hash of what each wrote."""
    hashes = {}
    for stage, words in STAGES.items():
        if stage in NOT_PROMISED:
            continue
        outputs = [out.def_path for out in GRAPH[stage].outs]
        for output in outputs:
            (project.path / output).parent.mkdir(parents=True, exist_ok=True)
        project.run(*prefix, sys.executable, "-m", "stages", *words)
        hashes[stage] = hash_outputs(project.path, outputs)
    return hashes


def test_stages_write_the_same_bytes_on_an_emulated_processor(tmp_path: Path) -> None:
    params = SMALL_PARAMS | {"validation": 0.2, "pca_tsne.images": 100}
    here, there = (copy_project(tmp_path / name, 400, 100, params) for name in ("here", "there"))
    assert run_all(there, str(EMULATOR), "-cpu", PROCESSOR) == run_all(here)
