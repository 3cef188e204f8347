"""Which outputs of a trial come home from a worker that does not use the project's own cache.

Workers get these functions by value, and these import nothing of ours but what travels with them.
"""

from sweep.objects import Output

# Each brings what those before it bring, too.
KINDS = {
    "metrics": "metrics and parameters, which git holds",
    "tables": "the tables and texts of data/ (.csv, .json, .txt) and models/*.npz",
    "plots": "the pictures of plots/",
    "all": "whatever the stages wrote",
}
TABLES, MODELS, PICTURES = "data/", "models/", "plots/"  # where outputs of each kind lie, by the project's layout
TABLE_SUFFIXES = (".csv", ".json", ".txt")  # texts come too, so that a directory without arrays is complete


def is_kept(keep: str, path: str) -> bool:
    """Whether the file `path` of an output comes home with `keep`, which is tables, plots or all."""
    is_table = path.startswith(TABLES) and path.endswith(TABLE_SUFFIXES)
    is_model = path.startswith(MODELS) and path.endswith(".npz")
    return keep == "all" or is_table or is_model or (keep == "plots" and path.startswith(PICTURES))


def split_outputs(keep: str, outputs: list[Output]) -> tuple[list[Output], set[str]]:
    """The outputs of which every file comes home, and the objects that come home of the others.

    Only the first may go through a DVC remote: DVC takes a directory whose listing is on a remote as all there, and
    would never send its other files after it. A cache is not so: with the listing and some of the files in it,
    `dvc plots diff` and `dvc.api.open` read those files, `dvc pull` brings the others from a remote that has them,
    `dvc push` leaves the directory out, and says so. `dvc exp apply` fails, but only after it has applied the
    parameters, `dvc.lock` and all complete outputs, and names the others; `dvc repro` then runs the stages that make
    them. The listings of all directories come, of those too of which no file does: without that of one plot,
    `dvc plots diff` draws none.
    """
    if keep == "metrics":
        return [], set()
    whole = [output for output in outputs if all(is_kept(keep, path) for path in output.files)]
    others = [output for output in outputs if output not in whole]
    files = {name for output in others for path, name in output.files.items() if is_kept(keep, path)}
    return whole, files | {output.listing for output in others if output.listing}
