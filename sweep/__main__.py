"""The command `python -m study`: run, plan, status, results."""

import argparse
import sys
from pathlib import Path

from hidden_nodes.errors import BadInput, exit_with_one_line
from sweep import project
from sweep.plan import describe_plan, make_plan

COMMANDS = {
    "run": "run the points that do not exist yet",
    "plan": "say what would run, and run nothing",
    "status": "say how far the study has come",
    "results": "write a table and a figure of the points that have run",
}


def read_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m study", description="Grids of experiments on Dask.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text.capitalize()}.")
        command.add_argument("study", nargs="?", type=Path, default=Path("study.yaml"), help="default: study.yaml")
        if name == "results":
            command.add_argument("--all", action="store_true", help="of every experiment that DVC knows of")
        if name == "run":
            command.add_argument("--scheduler", help="address of a Dask scheduler, such as tls://head:8786")
            command.add_argument("--workers", type=int, help="points at once on this machine; default: its cores")
            command.add_argument(
                "--keep", choices=["metrics", "plots", "all"], default="plots", help="outputs to bring home"
            )
            command.add_argument("--retries", type=int, default=2, help="further attempts at a point; default: 2")
            for option in ("ca-file", "cert", "key"):
                command.add_argument(f"--tls-{option}", type=Path, help="PEM file, as for `dask worker`")
    return parser.parse_args(words)


def run_points(arguments: argparse.Namespace) -> None:
    """Run a study; exit with 1 if points were given up."""
    from sweep.cluster import read_security
    from sweep.run import Options, run_study

    for name, least in (("workers", 1), ("retries", 0)):
        value = getattr(arguments, name)
        if value is not None and value < least:
            raise BadInput(f"--{name} must be at least {least}. Got {value} instead.")
    security = read_security(arguments.tls_ca_file, arguments.tls_cert, arguments.tls_key)
    plan = make_plan(arguments.study)
    if project.has_changes():
        print("note: changes that are not committed are no part of the study", file=sys.stderr)
    options = Options(arguments.scheduler, arguments.workers, arguments.keep, arguments.retries, security)
    failed = run_study(plan, arguments.study.stem, options)
    for name, log in failed.items():
        print(f"error: {name} failed: see {log}", file=sys.stderr)
    if failed:
        sys.exit(1)
    print(f"all {len(plan.named)} points are experiments of {plan.commit[:7]}: see `python -m study results`")


def print_status(study: Path) -> None:
    """Say which points exist, and what the study's process is doing, if there is one."""
    plan, state = make_plan(study), project.read_state(study.stem)
    failed = {name: log for name, log in state.get("failed", {}).items() if name not in plan.existing}
    for name in plan.named:
        word = "done" if name in plan.existing else "failed" if name in failed else "waiting"
        print(f"{word:8}{name}{f'   see {failed[name]}' if word == 'failed' else ''}")
    print(f"{len(plan.existing)} of {len(plan.named)} points are done, {len(failed)} failed")
    if state.get("alive"):
        print(f"process {state['process']} runs {state['running']} points now; dashboard: {state['dashboard']}")
    else:
        print("no study is running here; `make study` goes on")


def write_results(arguments: argparse.Namespace) -> None:
    from sweep.results import collect, read_experiments, write_results

    if arguments.all:
        return write_results(collect(read_experiments(None, set())), Path("plots/nodes"), "nodes")
    plan = make_plan(arguments.study)
    if not plan.existing:
        raise BadInput(f"no point of {arguments.study} has run on commit {plan.commit[:7]}: `make study` runs them")
    table = collect(read_experiments(plan.commit, plan.existing))
    return write_results(table, Path("plots") / arguments.study.stem, "results")


def main() -> None:
    arguments = read_arguments(sys.argv[1:])
    if arguments.command == "run":
        run_points(arguments)
    elif arguments.command == "plan":
        print(describe_plan(make_plan(arguments.study)))
    elif arguments.command == "status":
        print_status(arguments.study)
    else:
        write_results(arguments)


if __name__ == "__main__":
    exit_with_one_line(main)
