"""Would another seed know the same? `python -m sweep compare` compares the networks of experiments."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.plotting.style import plural, save_figure
from hidden_nodes.tables import write_csv
from sweep.compare_pictures import draw_comparison
from sweep.compared import Compared, compare_networks
from sweep.grid import show
from sweep.networks import check_comparable, read_images, read_network
from sweep.plan import make_plan
from sweep.scores import COMPARED, PICTURES

CONTROLS = ["rotated", "permuted", "untrained"]
TABLES = ["pairs", "matches", "nodes", "summary"]  # those of `Compared`


def compare(words: Sequence[str]) -> None:
    """Compare experiments or commits, or the seeds of each setting of a sweep's file, and write what is found.

    Raises
    ------
    BadInput
        If there is no such experiment, or if its files are missing, or if their test images differ.
    """
    directory, groups = group_by_setting(words)
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    networks, datasets = 0, set()
    for setting, names in groups.items():
        print(f"{setting or 'compared'}: {plural(len(names), 'network')}", file=sys.stderr)
        compared, dataset = compare_experiments(names)
        for name in TABLES:
            table = getattr(compared, name)
            table.insert(0, "setting", setting)
            tables[name].append(table)
        networks += len(names)
        datasets.add(dataset)
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    write_comparison(joined, PICTURES / directory, f"{', '.join(sorted(datasets))}; {plural(networks, 'network')}")


def group_by_setting(words: Sequence[str]) -> tuple[str, dict[str, list[str]]]:
    """Where results go, and the names of experiments that are compared with one another, by what they have in common.

    words : names of experiments or commits, all compared with all; or a single sweep's file, of which those trials are
    that have run and differ only in their seed.
    """
    if len(words) > 1 or not words[0].endswith(".yaml"):
        return COMPARED, {"": list(dict.fromkeys(words))}
    path = Path(words[0])
    plan = make_plan(path)
    groups: dict[str, list[str]] = {}
    for name, trial in plan.named.items():
        if name in plan.existing:
            setting = show({parameter: value for parameter, value in trial.items() if parameter != "seed"})
            groups.setdefault(setting, []).append(name)
    several = {setting: names for setting, names in groups.items() if len(names) > 1}
    if not several:
        where = f"no two trials of {path} that differ only in their seed have run on commit {plan.commit[:7]}"
        raise BadInput(f"{where}: `python -m sweep run {path}` runs them")
    return f"{COMPARED}-{path.stem}", several


def compare_experiments(names: Sequence[str]) -> tuple[Compared, str]:
    """The tables of some experiments, with their names for their numbers, and what data set they are of."""
    networks = [read_network(name) for name in names]
    check_comparable(networks)
    unknown = [network.name for network in networks if network.known is None]
    if unknown:
        print(
            f"note: no sentences, as {unknown[0]} did not run `knowledge`: those columns are left out", file=sys.stderr
        )
    compared = compare_networks(networks, *read_images(networks[0].name, networks[0].dataset))
    for table, columns in ((compared.pairs, ["first", "second"]), (compared.matches, ["first", "second"]),
                           (compared.nodes, ["network"])):  # fmt: skip
        for column in columns:
            table[column] = table[column].map(dict(enumerate(names)))
    return compared, networks[0].dataset.title


def write_comparison(tables: dict[str, pd.DataFrame], directory: Path, data: str) -> None:
    """Write the tables and their picture; the directory is replaced as a whole."""
    with atomic_outputs(directory) as (part,):
        for name, table in tables.items():
            write_csv(table, part / f"{name}.csv")
        save_figure(draw_comparison(tables["summary"]), part / "compared.png", data)
    print(describe(tables["summary"]))
    print(f"{directory}/: compared.png, {', '.join(f'{name}.csv' for name in tables)}")


def describe(summary: pd.DataFrame) -> str:
    """Of each setting the first figures, in a line: the space, and the basis, each with its control."""
    lines = []
    for setting, rows in summary.groupby("setting", sort=False):
        mean = rows.set_index("figure")["mean"]
        controls = ", ".join(f"{name} {100 * mean[f'{name}_share_80']:.1f} %" for name in CONTROLS)
        lines.append(
            f"{setting or 'compared'}: CKA {mean['seeds_cka']:.3f}, to the pixels {mean['pixels_cka']:.3f}; of matched "
            f"nodes correlate above 0.8: {100 * mean['seeds_share_80']:.1f} % ({controls})"
        )
    return "\n".join(lines)
