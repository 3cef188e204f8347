"""Gather what the other stages found on one page that opens offline: maps, nodes, mistakes, pixels, and a pad."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from bokeh.resources import Resources
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hidden_nodes.paths import ACTIVATIONS, CLASSES, PIXELS
from hidden_nodes.errors import BadInput
from hidden_nodes.plotting.style import CLASS_COLOURS
from hidden_nodes.files import atomic_outputs, load_array, read_csv, read_json
from hidden_nodes.plotting.points import spread_by_class
from hidden_nodes.params import Section, load_params
from hidden_nodes.data.prepared import check_as_many, read_data_title, read_prepared, read_split
from hidden_nodes.data.ranking import RANKING, read_ranking
from page.carried import choose_examples, choose_mistakes, choose_training, pack, summarize_boxes
from page.plots import (
    MARK_SHAPES,
    describe,
    draw_boxes,
    draw_history,
    draw_importance,
    draw_map,
    draw_outgoing,
    draw_pixel_pair,
    prepare_images,
)
from hidden_nodes.network.weights import Weights, read_weights

PAGE = Path("report/index.html")
PARTS = Path("page/static")
SCRIPTS = [
    "forward.js",
    "digits.js",
    "maps.js",
    "nodes.js",
    "mistakes.js",
    "pixels.js",
    "frame.js",
    "pad.js",
    "page.js",
]
MODEL, SELECTED_MODEL = Path("models/network.keras"), Path("models/network_selected.keras")
HISTORY, SELECTED_HISTORY = Path("plots/train/history.csv"), Path("plots/retrain_selected/history.csv")
PREDICTIONS = Path("plots/evaluate/predictions.csv")
ETA_SQUARED = Path("plots/activations/eta_squared.csv")
EMBEDDINGS = {"pixels": Path("data/embeddings/pixels"), "activations": Path("data/embeddings/activations")}
PCA_METRICS = {"pixels": Path("metrics/pca_tsne_pixels.json"), "activations": Path("metrics/pca_tsne_activations.json")}
MEASURES = ["loss", "accuracy"]


def read_history(path: Path) -> pd.DataFrame:
    """A training run by epoch: `epoch`, and loss and accuracy of the training and the validation images."""
    return read_csv(path, "epoch", *MEASURES, *(f"val_{measure}" for measure in MEASURES))


def find_kept(history: pd.DataFrame, measure: str) -> int:
    """The epoch that is best by `measure`, the first of equal ones: the one whose weights were kept."""
    values = history[measure] if measure.endswith("accuracy") else -history[measure]
    return int(history["epoch"][values.idxmax()])


def read_map(what: str, method: str, columns: int, rows: int) -> np.ndarray:
    """Where the first `rows` images lie on a map, `(rows, 2)`; of one dimension they are spread out by class.

    columns : how many features were condensed; one leaves a single dimension.
    """
    path = EMBEDDINGS[what] / f"{method}.csv"
    names = [f"{method}_1", f"{method}_2"][:columns]
    table = read_csv(path, "class", *names)
    if len(table) < rows:
        raise BadInput(f"{path} must place at least {rows} images. Found {len(table)}.")
    points = table[names].to_numpy(np.float32)[:rows]
    return points if columns > 1 else np.column_stack([points, spread_by_class(table["class"].to_numpy()[:rows])])


def count_placed() -> int:
    """How many images t-SNE placed, on both of its maps."""
    (first, count), (second, other_count) = (
        (f"{directory}/tsne.csv", len(read_csv(directory / "tsne.csv", "class"))) for directory in EMBEDDINGS.values()
    )
    check_as_many(first, count, second, other_count)
    return count


def name_axes(what: str, method: str) -> list[str]:
    """What the two axes of a map show, with their share of the variance where it is known."""
    if method == "tsne":
        return ["t-SNE 1 (no unit)", "t-SNE 2 (no unit)"]
    ratio = read_json(PCA_METRICS[what], explained_variance_ratio=list)["explained_variance_ratio"]
    return [f"Component {number + 1} ({share:.1%} of the variance)" for number, share in enumerate(ratio[:2])]


def draw_maps(images: ColumnDataSource, chosen: np.ndarray, placed: int, nodes: int) -> list[figure]:
    """PCA and t-SNE of the pixels and of the activations, for the images `chosen` of those `placed`."""
    plots = []
    for what, columns in (("pixels", PIXELS), ("activations", nodes)):
        for method in ("pca", "tsne"):
            points = read_map(what, method, columns, placed)[chosen]
            x, y = f"{method}_{what}_1", f"{method}_{what}_2"
            images.add(points[:, 0], x)
            images.add(points[:, 1], y)
            labels = name_axes(what, method)
            labels = labels if columns > 1 else [labels[0], "Class"]
            plots.append(draw_map(images, f"map-{method}-{what}", x, y, labels, ticks=method == "pca"))
    return plots


def read_ranked_nodes(nodes: int) -> pd.DataFrame:
    """Every hidden node and its eta squared, the one that tells most about the class first: `node eta_squared`."""
    table = read_csv(ETA_SQUARED, "node", "eta_squared")
    if not np.array_equal(np.sort(table["node"]), np.arange(nodes)):
        raise BadInput(f"{ETA_SQUARED} must rank each of the {nodes} hidden nodes once. Found {len(table)} rows.")
    return table


def read_predictions(actual: np.ndarray) -> pd.DataFrame:
    """What the network read in every test image: `index actual predicted`; `actual` `(n,)` are the true classes."""
    table = read_csv(PREDICTIONS, "index", "actual", "predicted")
    check_as_many("data/prepared/y_test.npy", len(actual), str(PREDICTIONS), len(table))
    return table


def count_confusions(predictions: pd.DataFrame) -> np.ndarray:
    """`(10, 10)`: how many images of the row's class were read as the column's."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (predictions["actual"], predictions["predicted"]), 1)
    return counts


def describe_network(weights: Weights) -> dict[str, Any]:
    """A network for the page's own forward pass."""
    arrays = {"hidden": weights.hidden, "hiddenBias": weights.hidden_bias, "output": weights.output}
    packed = {name: pack(array) for name, array in (arrays | {"outputBias": weights.output_bias}).items()}
    return {"activation": weights.activation, "nodes": weights.hidden.shape[1], **packed}


def flatten(**values: Any) -> dict[str, Any]:
    """Parameters by the names that `dvc exp run -S` takes, such as `train.l2`."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        leaves = {f".{leaf}": given for leaf, given in value} if isinstance(value, Section) else {"": value}
        flat |= {name + leaf: given for leaf, given in leaves.items()}
    return flat


def compare(network: Weights, selected: Weights) -> list[dict[str, Any]]:
    """A row for each classifier, as the table at the head of the page shows them."""
    full = read_json("metrics/evaluate.json", accuracy=float)
    few = read_json("metrics/retrain_selected.json", accuracy=float)
    forest = read_json("metrics/rf_select.json", trees=int, splits=int, test_accuracy=float)
    pixels = len(selected.hidden)
    pixel, tree = ("pixel" if pixels == 1 else "pixels"), ("tree" if forest["trees"] == 1 else "trees")
    splits = f"{forest['splits']:,} splits"
    rows = [
        ("The network", PIXELS, f"{network.parameters:,}", full["accuracy"]),
        (f"The same network on {pixels} {pixel}", pixels, f"{selected.parameters:,}", few["accuracy"]),
        (f"A random forest of {forest['trees']} {tree}", PIXELS, splits, forest["test_accuracy"]),
    ]
    return [dict(zip(("name", "inputs", "parameters", "accuracy"), row, strict=True)) for row in rows]


def embed_json(values: dict[str, Any]) -> str:
    """JSON that can stand in a script element: no "<" in it could end that."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def join_modules() -> str:
    """The page's modules as one script, in the order in which they import one another."""
    text = "\n".join((PARTS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return re.sub(r"^(import [^;]*;\n|export )", "", text, flags=re.MULTILINE)


def fill_page(**values: Any) -> str:
    """The whole page: `page.html` with its style, its scripts and `values` written into it."""
    environment = Environment(
        loader=FileSystemLoader(PARTS, encoding="utf-8"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    bokeh = Resources(mode="inline", components=["bokeh"]).js_raw[0].replace("</script", "<\\/script")
    style = (PARTS / "page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(style=style, bokeh=bokeh, script=join_modules(), **values)


def main() -> None:
    params = load_params()
    title, split = read_data_title(), read_split()
    images_train, classes, x_test, actual = read_prepared("images_train", "y_train", "x_test", "y_test")
    ranking = read_ranking(RANKING)
    kept_pixels = ranking["pixel"].to_numpy()[: params.retrain_selected.pixels]
    network, selected = read_weights(MODEL, PIXELS), read_weights(SELECTED_MODEL, len(kept_pixels))
    nodes = network.hidden.shape[1]
    hidden, output = load_array(ACTIVATIONS / "hidden.npy", nodes), load_array(ACTIVATIONS / "output.npy", CLASSES)
    for name, array in (("hidden", hidden), ("output", output)):
        check_as_many(f"{ACTIVATIONS}/{name}.npy", len(array), "data/prepared/y_train.npy", len(classes))
    ranked, predictions = read_ranked_nodes(nodes), read_predictions(actual)
    placed = count_placed()
    chosen = choose_training(classes[:placed], params.report.images)
    mistakes, examples = choose_mistakes(predictions, params.report.mistakes), choose_examples(predictions)
    tests = np.concatenate([mistakes, examples])
    images = prepare_images(classes[chosen])
    histories = {"all": read_history(HISTORY), "few": read_history(SELECTED_HISTORY)}
    counts = count_confusions(predictions)
    plots = [
        *draw_maps(images, chosen, placed, nodes), draw_outgoing(), draw_boxes(), draw_importance(ranking),
        draw_pixel_pair(images),
        *(
            draw_history(f"plot-{measure}-{name}", history, measure, find_kept(history, params.train.keep))
            for name, history in histories.items()
            for measure in MEASURES
        ),
    ]  # fmt: skip
    test_images = np.rint(x_test[tests] * 255).astype(np.uint8)  # exactly what was divided by 255
    data = {
        "network": describe_network(network),
        "selected": describe_network(selected) | {"pixels": kept_pixels.tolist()},
        "images": pack(np.concatenate([images_train[chosen].reshape(-1, PIXELS), test_images])),
        "index": [*chosen.tolist(), *tests.tolist()],
        "actual": [*classes[chosen].tolist(), *actual[tests].tolist()],
        "predicted": [*output[chosen].argmax(axis=1).tolist(), *predictions["predicted"].to_numpy()[tests].tolist()],
        "training": len(chosen),
        "mistakes": len(mistakes),
        "ranked": ranked["node"].tolist(),
        "etaSquared": ranked["eta_squared"].tolist(),
        "boxes": pack(summarize_boxes(hidden, classes)),
        "pixels": ranking["pixel"].tolist(),
        "importance": ranking["importance"].tolist(),
        "colours": CLASS_COLOURS,
    }
    page = fill_page(
        title=title,
        split=split,
        tests=len(actual),
        nodes=nodes,
        activation=network.activation,
        classifiers=compare(network, selected),
        parameters=flatten(
            seed=params.seed, hidden=params.hidden, train=params.train, pca_tsne=params.pca_tsne,
            rf_select=params.rf_select, retrain_selected=params.retrain_selected, report=params.report,
        ),
        carried={"training": len(chosen), "placed": placed, "mistakes": len(mistakes)},
        confusions=counts.tolist(),
        most_right=int(counts.diagonal().max()),
        most_wrong=int((counts - np.diag(counts.diagonal())).max()),
        first_pixels=ranking["pixel"].tolist()[:2],
        marks=MARK_SHAPES,
        pixels=len(kept_pixels),
        colours=CLASS_COLOURS,
        data=embed_json(data),
        plots=embed_json(describe(plots)),
    )  # fmt: skip
    with atomic_outputs(PAGE) as (part,):
        part.write_text(page, encoding="utf-8")
    print(f"{PAGE}: {len(page) / 1e6:.1f} MB, opens in any browser without network")
