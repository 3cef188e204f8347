"""The graph's outputs on other processors, with other threads: which stages write the same bytes, as a table.

Run as `python -m benchmarks.processors [CASE...]` (make bench-processors). Every case runs all stages anew in a copy of
the project; `docs/results/processors.csv` has a row a stage, and in each case's column the beginning of the SHA-256 of
all that the stage wrote. Another processor is made of this one by answering CPUID in its place
(`benchmarks/other_processor.c`): libraries then choose their kernels, vector units and block sizes as they would there.
That takes an Intel processor: elsewhere such cases are left out, and said to be. What the processors' own
approximations make of a number cannot be varied so; `tests/slow/test_other_processor.py` does.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.yaml_files import read_yaml
from sweep.graph import read_graph
from tools.results import RESULTS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "benchmarks/other_processor.c"
AVX_512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
# By the case's name: the processor that CPUID tells of, variables of the environment, and how many cores it may use.
CASES: dict[str, tuple[str | None, dict[str, str], int | None]] = {
    "as it is": (None, {}, None),
    "one core": (None, {}, 1),
    **{name: (name, {}, None) for name in ("zen3", "zen4", "haswell", "skylakex", "icelake")},
    **{f"BLAS {name}": (None, {"OPENBLAS_CORETYPE": name}, None) for name in ("Haswell", "SkylakeX", "Prescott")},
    "NumPy without AVX-512": (None, {"NPY_DISABLE_CPU_FEATURES": AVX_512}, None),
}


def hash_outputs(project: Path, outputs: Sequence[str]) -> str:
    """Eight hexadecimal digits of the SHA-256 of names and bytes of all files."""
    digest = hashlib.sha256()
    for output in sorted(outputs):
        top = project / output
        for file in sorted([top] if top.is_file() else (path for path in top.rglob("*") if path.is_file())):
            digest.update(file.relative_to(project).as_posix().encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:8]


def can_answer_cpuid() -> bool:
    """Whether Linux can have this processor's CPUID fault, so that it is answered by a program."""
    told = Path("/proc/cpuinfo")
    return told.is_file() and "cpuid_fault" in told.read_text(encoding="utf-8")


def build_library(folder: Path) -> Path:
    """Compile what answers CPUID; it needs a C compiler and Linux on x86-64."""
    library = folder / "other_processor.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    if shutil.which("cc") is None or subprocess.run(command, check=False).returncode:
        raise BadInput(f"other processors need a C compiler, cc, that compiles {SOURCE.relative_to(ROOT)}")
    return library


def run_case(case: str, library: Path, lock: dict[str, dict[str, list[dict[str, str]]]]) -> dict[str, str]:
    """Run all stages in a copy of the project; the hash of what each wrote."""
    processor, variables, cores = CASES[case]
    environment = os.environ | variables
    mirror = environment.get("MNIST_MIRROR", "")
    if Path(mirror).is_dir():  # it may be an address instead
        environment["MNIST_MIRROR"] = str(Path(mirror).resolve())
    if processor:
        environment |= {"OTHER_PROCESSOR": processor, "LD_PRELOAD": str(library)}
    prefix = [] if cores is None else ["taskset", "--cpu-list", f"0-{cores - 1}"]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, files.split("\0")):
            if not (ROOT / name).is_file():
                continue
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, project / name)
        for name in tqdm(lock, desc=case, unit="stage", leave=False):
            for output in lock[name]["outs"]:
                (project / output["path"]).parent.mkdir(parents=True, exist_ok=True)
            words = [sys.executable, *str(lock[name]["cmd"]).split()[1:]]
            done = subprocess.run(
                [*prefix, *words], cwd=project, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise BadInput(f"{case}: {name} failed: {done.stderr.strip()[-300:]}")
        return {name: hash_outputs(project, [out["path"] for out in stage["outs"]]) for name, stage in lock.items()}


def main(cases: Sequence[str]) -> None:
    """Run the cases that are named, by default all, and put their columns into the table."""
    for case in cases:
        if case not in CASES:
            raise BadInput(f"a case must be one of {', '.join(CASES)}. Got {case!r} instead.")
    stages = read_yaml(ROOT / "dvc.lock")["stages"]
    lock = {name: stages[name] for name in read_graph(ROOT)}
    if not cases and not can_answer_cpuid():
        cases = [case for case, (processor, _, _) in CASES.items() if not processor]
        left_out = ", ".join(case for case in CASES if case not in cases)
        print(f"CPUID cannot be answered in this processor's place; left out: {left_out}", flush=True)
    path = RESULTS / "processors.csv"
    table = pd.DataFrame({"stage": list(lock)})
    if path.is_file():
        table = table.merge(pd.read_csv(path, dtype=str), on="stage", how="left")
    with tempfile.TemporaryDirectory() as folder:
        library = build_library(Path(folder))
        for case in cases or CASES:
            table[case] = table["stage"].map(run_case(case, library, lock))
            table.to_csv(path, index=False)
            same = (table[case] == table.iloc[:, 1]).sum()
            print(f"{case}: {same} of {len(table)} stages wrote the same bytes as {table.columns[1]}", flush=True)


if __name__ == "__main__":
    exit_with_one_line(lambda: main(sys.argv[1:]))
