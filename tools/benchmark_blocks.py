"""The blocks of `docs/performance.md`: what the benchmarks measured."""

from collections.abc import Callable

import pandas as pd

from tools import page_times
from tools.blocks import draw_table, percent, read_results


def speed() -> str:
    table = read_results("benchmarks")
    rows = [
        [
            row.part, f"{row.notebook_seconds:.2f} s", f"{row.stages_seconds:.2f} s",
            percent(row.stages_seconds / row.notebook_seconds, 0), f"{row.notebook_seconds / row.stages_seconds:.1f}",
            f"{row.quality} {row.notebook_quality:.4f}, {row.stages_quality:.4f}",
        ]
        for row in table.itertuples()
    ]  # fmt: skip
    headings = ["Part", "Notebook's way", "Ours", "Ours / notebook's", "Times as fast", "Quality (notebook's, ours)"]
    return draw_table(headings, rows)


def measured_on(name: str) -> Callable[[], str]:
    """A sentence that says when and where a table was measured."""

    def describe() -> str:
        row = read_results(name).iloc[0]
        return (
            f"Measured on {row['day']}: {row['cores']} virtual cores of an {row['processor']}, Python {row['python']}."
        )

    return describe


def growth(measured: str, heading: str, decimals: int) -> Callable[[], str]:
    def draw() -> str:
        table = read_results("growth")
        table = table[table["measured"] == measured].drop(columns=["measured", "day", "processor", "cores", "python"])
        sizes = [name for name in table if name.isdigit()]
        rows = [
            [
                row["stage"], *(f"{row[size]:.{decimals}f}" for size in sizes),
                "flat" if pd.isna(row["exponent"]) else f"{row['exponent']:.2f}",
            ]
            for _, row in table.iterrows()
        ]  # fmt: skip
        return draw_table([heading, *(f"{int(size):,}" for size in sizes), "exponent"], rows)

    return draw


def steep() -> str:
    """The stages whose seconds grow clearly faster than the images."""
    table = read_results("growth").query("measured == 'seconds' and exponent > 1.1")
    return ", ".join(f"`{row.stage}` ({row.exponent:.2f})" for row in table.itertuples()) or "none"


def million() -> str:
    """How many times the memory for 60,000 images the stages take for a million."""
    table = read_results("growth").query("measured == 'memory_mb'")
    times = table["1000000"] / table["60000"]
    return f"{times.min():.1f} to {times.max():.1f} times"


def commands() -> str:
    """What each command takes, also as a share of the first row's, and whether the aim, if it has one, is reached."""
    table = read_results("commands").query("unit == 's'")
    rows = [
        [
            row.figure, f"{row.value:.1f} s", percent(row.value / table["value"].iloc[0], 0),
            *(["", ""] if pd.isna(row.aim) else [f"{row.aim:.1f} s", "yes" if row.value <= row.aim else "no"]),
        ]
        for row in table.itertuples()
    ]  # fmt: skip
    return draw_table(["In a fresh clone", "Takes", "Of the notebook's way", "Aim", "Reached"], rows)


def side_by_side() -> str:
    """The whole graph by the number of processes: measured here, simulated for other machines."""
    rows = [
        [
            row.kind, str(row.processor_cores), str(row.jobs), f"{row.seconds:.0f} s",
            "" if pd.isna(row.memory) else f"{row.memory / 1000:.1f} GB",
        ]
        for row in read_results("parallel").itertuples()
    ]  # fmt: skip
    return draw_table(["The whole graph", "Cores", "Stages at once", "Takes", "Peak memory"], rows)


def packages() -> str:
    """What each package costs, the dearest first; the last row is all of them."""
    table = read_results("packages")
    rows = [
        [
            f"`{row.package}`", f"{row.megabytes:.0f}", f"{row.with_own:.0f}", str(row.brings),
            f"{row.import_seconds:.1f} s", "yes" if row.needed_anyway else "",
        ]
        for row in table.itertuples()
    ]  # fmt: skip
    headings = ["Package", "MB", "with what only it needs", "packages more", "import", "needed by others anyway"]
    return draw_table(headings, rows)


def stage_costs() -> str:
    """What each stage costs alone, the dearest first; the last row is all of them."""
    table = read_results("stages")
    table = table.assign(work=table["seconds"] * table["threads"]).sort_values("work", ascending=False)
    rows = [
        [f"`{row.stage}`", f"{row.seconds:.1f} s", f"{row.work:.1f} s", f"{row.memory:.0f} MB"]
        for row in table.itertuples()
    ]
    total = ["all", f"{table['seconds'].sum():.0f} s", f"{table['work'].sum():.0f} s", ""]
    return draw_table(["Stage", "alone", "of processor time", "peak memory"], [*rows, total])


def times_of_the_sweeps_page() -> str:
    return draw_table(*page_times.sweep_rows(read_results("sweep_page")))


def times_of_the_page() -> str:
    return draw_table(*page_times.rows(read_results("page")))


def checks() -> str:
    """The parts of `make check-all`, and what each took when it was last run."""
    rows = [
        [f"`{row.part}`", row.covers, *(["", ""] if pd.isna(row.minutes) else [f"{row.minutes:.1f} min", row.day])]
        for row in read_results("checks").itertuples()
    ]
    return draw_table(["Part", "Covers", "Took", "On"], rows, texts=2)


BLOCKS: dict[str, Callable[[], str]] = {
    "speed": speed, "speed_measured": measured_on("benchmarks"), "growth_measured": measured_on("growth"),
    "seconds": growth("seconds", "Seconds", 1), "memory": growth("memory_mb", "Peak memory (MB)", 0), "steep": steep,
    "million": million, "commands": commands, "commands_measured": measured_on("commands"),
    "sweep_page_times": times_of_the_sweeps_page, "sweep_page_measured": measured_on("sweep_page"),
    "page_times": times_of_the_page, "page_times_measured": measured_on("page"), "stage_costs": stage_costs,
    "side_by_side": side_by_side, "side_by_side_measured": measured_on("parallel"), "packages": packages,
    "packages_measured": measured_on("packages"), "checks": checks,
}  # fmt: skip
