"""The command `python -m sweep`: run, plan, status, results, report, compare."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hidden_nodes.errors import BadInput
from sweep import project
from sweep.interrupts import interrupted_once
from sweep.keep import KINDS
from sweep.plan import Plan, describe_plan, describe_search, make_plan

if TYPE_CHECKING:
    import pandas as pd  # which takes a while to import

    from sweep.search import Search

COMMANDS = {
    "run": "run the trials that do not exist yet",
    "plan": "say what would run, and run nothing",
    "status": "say how far the sweep has come",
    "results": "write a table and a figure of the trials that have run",
    "report": "write the page of a sweep, which opens without network",
    "compare": "compare the nodes of networks, such as those of several seeds",
}
DEFAULT = Path("sweeps/nodes.yaml")
COMPARED_HELP = "names of experiments or commits, all compared with all; or a sweep's file, whose seeds are compared"
ALL = "experiments"  # `results --all` writes to plots/experiments
WATCH_HELP = "keep the sweep's page current while it runs"
KEEP_HELP = (
    "what comes home from other machines, each with what stands before it: "
    + "; ".join(f"{kind}: {files}" for kind, files in KINDS.items())
    + ". Default: tables. Where outputs stayed there, `dvc exp apply` says so, having applied all else, and "
    "`dvc repro` then makes them. On this machine all outputs are kept"
)


def read_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sweep", description="Sweeps of experiments on Dask.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text.capitalize()}.")
        if name == "compare":
            command.add_argument("compared", nargs="+", metavar="EXP", help=COMPARED_HELP)
            continue
        command.add_argument("sweep", nargs="?", type=Path, default=DEFAULT, help=f"default: {DEFAULT}")
        if name == "results":
            command.add_argument("--all", action="store_true", help="of every experiment that DVC knows of")
        if name == "run":
            command.add_argument("--scheduler", help="address of a Dask scheduler, such as tls://head:8786")
            command.add_argument("--workers", type=int, help="trials at once on this machine; default: its cores")
            command.add_argument("--watch", action="store_true", help=WATCH_HELP)
            command.add_argument("--keep", choices=list(KINDS), default="tables", help=KEEP_HELP)
            command.add_argument("--retries", type=int, default=2, help="further attempts at a trial; default: 2")
            for option in ("ca-file", "cert", "key"):
                command.add_argument(f"--tls-{option}", type=Path, help="PEM file, as for `dask worker`")
    return parser.parse_args(words)


def run_trials(arguments: argparse.Namespace) -> None:
    """Run a sweep; exit with 1 if trials were given up."""
    from sweep.client import Options, run_sweep
    from sweep.cluster import read_security

    for name, least in (("workers", 1), ("retries", 0)):
        value = getattr(arguments, name)
        if value is not None and value < least:
            raise BadInput(f"--{name} must be at least {least}. Got {value} instead.")
    security = read_security(arguments.tls_ca_file, arguments.tls_cert, arguments.tls_key)
    plan = make_plan(arguments.sweep)
    if project.has_changes():
        print("note: changes that are not committed are no part of the sweep", file=sys.stderr)
    options = Options(arguments.scheduler, arguments.workers, arguments.keep, arguments.retries, security)
    name = arguments.sweep.stem
    if arguments.watch:
        from sweep.watch import open_watcher

        with open_watcher(plan, arguments.sweep) as watcher:
            failed = run_sweep(plan, name, options, watcher.look)
    else:
        failed = run_sweep(plan, name, options)
    for name, log in failed.items():
        print(f"error: {name} failed: see {log}", file=sys.stderr)
    if failed:
        sys.exit(1)
    print(
        f"all {len(plan.named)} trials are experiments of {plan.commit[:7]}: "
        f"see `python -m sweep results {arguments.sweep}`"
    )


def print_status(path: Path) -> None:
    """Say which trials exist, and what the sweep's process is doing, if there is one."""
    plan, state = make_plan(path, follow_failed=True), project.read_state(path.stem)
    failed = project.read_failed(path.stem, plan.commit)
    failed = {name: log for name, log in failed.items() if name not in plan.existing}
    for name in plan.named:
        if name in failed:
            print(f"failed  {name}   see {failed[name]}")
        else:
            print(f"{'done' if name in plan.existing else 'waiting':8}{name}")
    print(f"{len(plan.existing)} of {len(plan.named)} trials are done, {len(failed)} failed")
    if plan.search:
        print(describe_search(plan.search))
    if state.get("alive"):
        print(f"process {state['process']} runs {state['running']} trials now; dashboard: {state['dashboard']}")
    else:
        print(f"no such sweep is running here; `python -m sweep run {path}` goes on")


def write_results(arguments: argparse.Namespace) -> None:
    from sweep.findings import collect_findings, is_of_findings, write_findings
    from sweep.pixels import collect_pixels, is_of_pixels, write_pixels
    from sweep.results import collect, read_experiments, write_results

    if arguments.all:
        write_results(collect(read_experiments(None, set())), ALL)
        return
    path = arguments.sweep
    plan = make_plan(path, follow_failed=True)
    check_any_has_run(plan, path)
    rows = read_experiments(plan.commit, plan.existing)
    if is_of_findings(plan.asked):
        write_findings(collect_findings(rows), path.stem)
    elif is_of_pixels(list(plan.named.values())):
        write_pixels(collect_pixels(rows), path.stem)
    elif plan.search:
        write_search(collect(rows), plan.search, path.stem)
    else:
        write_explained(collect(rows), plan, path.stem)


def write_search(table: "pd.DataFrame", search: "Search", name: str) -> None:
    """Write the results of a search, with what it proposed in its order, and say what each sampler seed found."""
    from sweep.results import write_results
    from sweep.searched import describe_best, tabulate_search

    proposals = tabulate_search(search, table)
    write_results(table, name, {"search": proposals})
    print(describe_best(proposals, search.sweep.objective))


def write_explained(table: "pd.DataFrame", plan: Plan, name: str) -> None:
    """Write the results of a sweep; of a full grid, with what explains them."""
    from sweep.explain import compare_to_best, describe_differences, describe_variance, explain_variance, tabulate_grid
    from sweep.results import write_results

    grid = tabulate_grid(plan.named, table)
    if grid is None:
        write_results(table, name)
        return
    variance, differences = explain_variance(grid), compare_to_best(grid)
    write_results(table, name, {"variance": variance, "differences": differences})
    print(describe_variance(variance))
    print(describe_differences(differences))


def write_page(path: Path) -> None:
    """Write the page of the trials that have run or failed."""
    from sweep.shown import Gatherer
    from sweep.watch import Watcher

    plan = make_plan(path, follow_failed=True)
    check_any_has_run(plan, path)
    Watcher(Gatherer(plan, path, project.cache_directory())).finish(path.stem)


def check_any_has_run(plan: Plan, path: Path) -> None:
    if not plan.existing:
        where = f"no trial of {path} has run on commit {plan.commit[:7]}"
        raise BadInput(f"{where}: `python -m sweep run {path}` runs them")


def compare_networks(arguments: argparse.Namespace) -> None:
    from sweep.compare import compare

    compare(arguments.compared)


def main() -> None:
    arguments = read_arguments(sys.argv[1:])
    if arguments.command == "run":
        with interrupted_once():
            run_trials(arguments)
    elif arguments.command == "plan":
        print(describe_plan(make_plan(arguments.sweep, follow_failed=True)))
    elif arguments.command == "status":
        print_status(arguments.sweep)
    elif arguments.command == "report":
        write_page(arguments.sweep)
    elif arguments.command == "compare":
        compare_networks(arguments)
    else:
        write_results(arguments)
