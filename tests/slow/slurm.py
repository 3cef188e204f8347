"""A real Slurm on this machine: a head and nodes, in namespaces of their own, which nothing outside reaches.

All share one network, in which each node is a port; it has a name of its own (UTS namespace), and files of its own in
the place of those of the project (mount namespace). For root on Linux, with Debian's packages slurm-wlm and munge.
"""

import os
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.stub import wait_for

TOOLS = ("slurmctld", "slurmd", "munged", "sbatch", "unshare", "nsenter", "ip", "openssl")
NODES = ["node1", "node2", "node3"]
ADDRESS = "10.78.0.1"  # of all; Slurm does not do with the loopback interface alone
FIRST_PORT = 17001
STUCK = 1_800  # seconds after which all of it is ended
CONFIG = """\
ClusterName=sweep
SlurmctldHost=head({address})
SlurmUser=root
AuthInfo=socket={directory}/munge.socket
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool-%n
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmctldLogFile={directory}/slurmctld.log
SlurmdLogFile={directory}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=5
{nodes}
PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=INFINITE
"""
# Runs as the first process of the namespaces: when it ends, all that it started ends.
HEAD = """\
set -e
hostname head
mount --bind hosts /etc/hosts
ip link set lo up
ip link add cluster0 type veth peer name cluster1
ip address add {address}/24 dev cluster0
ip link set cluster0 up
ip link set cluster1 up
mkdir state
munged --force --foreground --key-file munge.key --socket "$PWD/munge.socket" --pid-file "$PWD/munge.pid" \\
    --log-file "$PWD/munged.log" --seed-file "$PWD/munge.seed" > munged.out 2>&1 &
until test -S munge.socket; do sleep 0.1; done
slurmctld -D > slurmctld.out 2>&1 &
for node in {nodes}; do
    mkdir spool-$node
    unshare --mount --uts sh -c 'hostname "$1" && mount -t tmpfs none "$2" && exec slurmd -D' sh $node {hidden} \\
        > slurmd-$node.out 2>&1 &
done
wait
"""


def find_missing() -> str:
    """Why there can be no Slurm here; empty if there can."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"no {', '.join(missing)} here: Slurm needs Debian's packages slurm-wlm and munge"
    return "" if os.geteuid() == 0 else "Slurm's nodes need root, for their namespaces"


@dataclass(frozen=True)
class Slurm:
    """A cluster that runs. process : of its namespaces. directory : of its configuration and logs."""

    process: int
    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"SLURM_CONF": str(self.directory / "slurm.conf")}

    def enter(self, *command: str) -> list[str]:
        """The command, to be run on the head."""
        return [
            "nsenter",
            "--target",
            str(self.process),
            "--mount",
            "--pid",
            "--net",
            "--uts",
            "--wd=.",
            "--",
            *command,
        ]

    def ask(self, *command: str) -> str:
        """Run one of Slurm's commands; what it printed, or a CalledProcessError."""
        return subprocess.run(
            self.enter(*command), env=self.environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    def find_job(self, node: str) -> str:
        """The number of the job that runs on a node; empty if there is none."""
        return self.ask("squeue", "--noheader", "--states=RUNNING", f"--nodelist={node}", "--format=%A")


@contextmanager
def start_slurm(directory: Path, hidden: Path) -> Iterator[Slurm]:
    """A cluster whose nodes see files of their own in the place of `hidden`; it ends with the block."""
    directory.mkdir()
    nodes = "\n".join(
        f"NodeName={name} NodeAddr={ADDRESS} Port={FIRST_PORT + number} CPUs=1 RealMemory=6000 State=UNKNOWN"
        for number, name in enumerate(NODES)
    )
    (directory / "slurm.conf").write_text(
        CONFIG.format(directory=directory, nodes=nodes, address=ADDRESS), encoding="utf-8"
    )
    (directory / "munge.key").write_bytes(os.urandom(128))
    (directory / "munge.key").chmod(0o600)
    (directory / "hosts").write_text(f"127.0.0.1 localhost\n{ADDRESS} head {' '.join(NODES)}\n", encoding="utf-8")
    script = HEAD.format(nodes=" ".join(NODES), hidden=shlex.quote(str(hidden)), address=ADDRESS)
    with subprocess.Popen(
        ["unshare", "--mount", "--pid", "--net", "--uts", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script],
        cwd=directory, env=os.environ | {"SLURM_CONF": str(directory / "slurm.conf")},
    ) as outer:  # fmt: skip
        watchdog = threading.Timer(STUCK, outer.kill)  # for who waits for workers that do not come
        watchdog.daemon = True
        watchdog.start()
        try:
            inner = wait_for(lambda: next(iter(psutil.Process(outer.pid).children()), None))
            slurm = Slurm(inner.pid, directory)
            wait_for(lambda: count_idle(slurm) == len(NODES) or None, seconds=300)
            yield slurm
        finally:
            watchdog.cancel()
            outer.kill()


def count_idle(slurm: Slurm) -> int:
    """How many nodes are ready; none as long as the head does not answer."""
    try:
        return slurm.ask("sinfo", "--noheader", "--Node", "--format=%T").split().count("idle")
    except subprocess.CalledProcessError:
        return 0
