"""Import once what the stages and DVC import, so that Python has it compiled: a third of all that was installed.

Else the first stages would compile it, several of them the same at a time. `python -m tools first_imports`.
"""

import os
import subprocess
import sys

# Two processes that take about as long: what training imports, then DVC, and what the other stages do.
HALVES = [
    ["stages.train", "tools.parallel", "dvc.cli.parser", "dvc.commands.repro", "networkx", "scmrepo.git", "pygit2",
     "dulwich.porcelain", "dvc.daemon", "dvc.repo.index", "dvc.repo.experiments.run", "dvc.repo.plots",
     "dvc.repo.stage", "dvc.utils.strictyaml", "dvc.utils.plots",
     "dvc.repo.experiments.queue.celery", "dvc.repo.experiments.queue.tasks", "dvc.repo.experiments.executor.local",
     "dvc.utils.hydra", "hydra.core.override_parser.overrides_parser", "dvc_task.app", "dvc_data.index.checkout"],
    ["stages.explore", "stages.pca_tsne", "sklearnex.manifold", "stages.concepts", "stages.rf_select",
     "stages.knowledge", "stages.report", "matplotlib.backends.backend_agg", "pandas.io.formats.csvs"],
]  # fmt: skip


def main() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    quiet = "from hidden_nodes.network.settings import set_environment; set_environment(); import "
    commands = [[sys.executable, "-c", quiet + ", ".join(names)] for names in HALVES]
    # Where Ctrl-C does not reach them, or each would say so at length.
    processes = [subprocess.Popen(command, env=environment, start_new_session=True) for command in commands]
    try:
        sys.exit(max(process.wait() for process in processes))
    finally:
        for process in processes:
            process.kill()
