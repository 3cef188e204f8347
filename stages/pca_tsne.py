"""Condense all pixels, or all hidden activations, to two or three numbers an image, and ask what is left.

Run as `python -m stages pca_tsne pixels` or `python -m stages pca_tsne activations`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from sklearn.decomposition import PCA
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from hidden_nodes.paths import ACTIVATIONS, CLASSES
from hidden_nodes.plotting.style import (
    CLASS_COLOURS,
    class_handles,
    draw_map,
    hide_axes,
    new_figure,
    save_figure,
    scatter_classes,
)
from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs, load_array, write_csv, write_json
from hidden_nodes.plotting.points import choose_evenly, spread_by_class
from hidden_nodes.params import PcaTsne, load_params
from hidden_nodes.data.prepared import check_as_many, read_data_title, read_prepared

COMPONENTS = 3
SHARE = 0.95  # of the variance, marked on the curve
NEIGHBOURS = 10  # that vote on an image's class
FOLDS = 5
ROOM = 0.038  # of the map's width between the centres of two digit images: no frame lies on another
POINTS = 2_000  # of a map that `dvc plots` draws
NAMES = {"pixels": "the 784 pixels", "activations": "the hidden activations"}


@dataclass(frozen=True)
class Condensed:
    """What PCA makes of `(n, features)` values: `points` `(n, at most 3)`, and each component's share of variance."""

    points: np.ndarray
    ratio: np.ndarray


def fit_pca(values: np.ndarray) -> Condensed:
    """Condense `values` `(n, features)` float32 to their first components, as many as there are up to 3.

    The covariance matrix is decomposed, which is exact, and fast with many more rows than columns. One BLAS
    thread computes it, so that the result does not depend on the number of cores.
    """
    kept = min(COMPONENTS, values.shape[1])
    if not np.ptp(values, axis=0).any():  # every image alike, as with one dead node: there is no variance to share out
        return Condensed(np.zeros((len(values), kept), np.float32), np.zeros(values.shape[1]))
    with threadpool_limits(1, "blas"):
        pca = PCA(svd_solver="covariance_eigh").fit(values)
        points = (values - pca.mean_) @ pca.components_[:kept].T
    return Condensed(points, pca.explained_variance_ratio_)


def count_components(ratio: np.ndarray, share: float = SHARE) -> int:
    """How many components carry `share` of the variance together; 0 where there is no variance."""
    return int(np.searchsorted(np.cumsum(ratio), share) + 1) if ratio.any() else 0


def place_tsne(values: np.ndarray, settings: PcaTsne, seed: int) -> tuple[np.ndarray, float | None]:
    """A t-SNE map `(n, 2)` of `values` `(n, features)`, and its Kullback-Leibler divergence.

    One feature gives a map of one dimension. Intel's oneDAL does the work where it is installed: several times
    as fast as scikit-learn's, with which it shares the Barnes-Hut approximation (far points act as groups).
    """
    dimensions = min(2, values.shape[1])
    if not np.ptp(values, axis=0).any():
        return np.zeros((len(values), dimensions), np.float32), None
    try:
        from sklearnex.manifold import TSNE
    except ImportError:  # only built for x86-64 Linux and Windows
        from sklearn.manifold import TSNE
    tsne = TSNE(
        n_components=dimensions, init="pca", learning_rate="auto", random_state=seed,
        perplexity=settings.perplexity, max_iter=settings.iterations,
    )  # fmt: skip
    points = tsne.fit_transform(np.ascontiguousarray(values))
    return points, float(tsne.kl_divergence_)


def vote_accuracy(points: np.ndarray, classes: np.ndarray) -> float:
    """How often the 10 nearest images on a map tell an image's class, by 5-fold cross-validation: 0 to 1."""
    voters = KNeighborsClassifier(NEIGHBOURS)
    return float(cross_val_score(voters, points, classes, cv=FOLDS).mean())


def draw_explained_variance(ratio: np.ndarray, what: str) -> Figure:
    """The cumulative share of variance by number of components, the 95 % point marked."""
    figure = new_figure(f"PCA of {NAMES[what]}: how much of the variance the first components carry", 9, 4.5)
    axes = figure.subplots()
    numbers = np.arange(1, len(ratio) + 1)
    axes.plot(numbers, 100 * np.cumsum(ratio), "o-" if len(ratio) < 30 else "-", color=CLASS_COLOURS[0], linewidth=2)
    needed = count_components(ratio)
    if needed:
        axes.axhline(100 * SHARE, color="0.6", linewidth=1, linestyle="--")
        axes.axvline(needed, color="0.6", linewidth=1, linestyle="--")
        axes.plot(needed, 100 * np.cumsum(ratio)[needed - 1], "D", color=CLASS_COLOURS[3], markersize=8)
        plural = "component carries" if needed == 1 else "components carry"
        note = f"{needed} of {len(ratio)} {plural} {SHARE:.0%}"
        axes.text(0.98, 0.12, note, color=CLASS_COLOURS[3], weight="bold", ha="right", transform=axes.transAxes)
    axes.set(xlabel="Components", ylabel="Cumulative explained variance (%)", ylim=(0, 103))
    if len(ratio) <= 10:
        axes.set_xticks(numbers)
    return figure


def draw_pairs(points: np.ndarray, classes: np.ndarray, ratio: np.ndarray, title: str) -> Figure:
    """The three pairs of the first three components `(n, 3)`, coloured by class."""
    figure = new_figure(title, 15, 5.2)
    for axes, (first, second) in zip(figure.subplots(1, 3), [(0, 1), (0, 2), (1, 2)], strict=True):
        scatter_classes(axes, points[:, [first, second]], classes, size=5)
        axes.set(xlabel=_component_name(first, ratio), ylabel=_component_name(second, ratio))
    figure.legend(handles=class_handles(), title="Class", loc="outside right center")
    return figure


def draw_line(points: np.ndarray, classes: np.ndarray, title: str, axis_name: str) -> Figure:
    """A one-dimensional map `(n, 1)`: a row for each class, the points spread within it."""
    figure = new_figure(title, 12, 5)
    axes = figure.subplots()
    axes.scatter(points[:, 0], spread_by_class(classes), s=3, c=np.array(CLASS_COLOURS)[classes], linewidths=0)
    axes.set(xlabel=axis_name, ylabel="Class", yticks=range(CLASSES))
    axes.invert_yaxis()
    return figure


def draw_digits_map(points: np.ndarray, classes: np.ndarray, images: np.ndarray, title: str) -> Figure:
    """A t-SNE map `(n, 2)`, with small digits laid over it where there is room, framed in their class's colour."""
    figure = new_figure(title, 12, 11)
    axes = figure.subplots()
    scatter_classes(axes, points, classes, size=8)
    for index in choose_spread(points):
        picture = OffsetImage(images[index], zoom=0.75, cmap="binary")
        frame = {"edgecolor": CLASS_COLOURS[classes[index]], "linewidth": 2, "boxstyle": "square,pad=0.05"}
        axes.add_artist(AnnotationBbox(picture, points[index], bboxprops=frame, pad=0))
    figure.legend(handles=class_handles(), title="Class", loc="outside right center")
    _name_tsne_axes(axes)
    return figure


def choose_spread(points: np.ndarray) -> list[int]:
    """Indices of points `(n, 2)` in order of the rows, each with room around it from all chosen before."""
    extent = np.ptp(points, axis=0)
    places = (points - points.min(axis=0)) / np.where(extent > 0, extent, 1)
    chosen: list[int] = []
    for index, place in enumerate(places):
        if not chosen or np.abs(places[chosen] - place).max(axis=1).min() > ROOM:
            chosen.append(index)
    return chosen


def draw_maps(
    pca: Condensed, tsne: np.ndarray, classes: np.ndarray, images: np.ndarray, what: str
) -> dict[str, Figure]:
    """The pictures of both maps by file name; `classes` and `images` are those of the images that t-SNE placed."""
    placed = len(tsne)
    shown = f"first {placed:,} of {len(pca.points):,} training images" if placed < len(pca.points) else "all images"
    points = pca.points[:placed]
    figures = {"explained_variance": draw_explained_variance(pca.ratio, what)}
    if points.shape[1] == 1:
        only = "one hidden node leaves one dimension"
        figures["pca"] = draw_line(points, classes, f"PCA: {only}, {shown}", _component_name(0, pca.ratio))
        figures["tsne"] = draw_line(tsne, classes, f"t-SNE: {only}, {shown}", "t-SNE (no unit)")
        return figures
    names = [_component_name(number, pca.ratio) for number in range(2)]
    figures["pca"] = draw_map(points[:, :2], classes, f"PCA of {NAMES[what]}, {shown}", names)
    if points.shape[1] == 3:
        figures["pca_3"] = draw_pairs(points, classes, pca.ratio, f"PCA of {NAMES[what]} to 3 components, {shown}")
    figures["tsne"] = draw_digits_map(tsne, classes, images, f"t-SNE of {NAMES[what]}, {shown}")
    return figures


def _component_name(number: int, ratio: np.ndarray) -> str:
    return f"Component {number + 1} ({ratio[number]:.1%} of the variance)"


def _name_tsne_axes(axes: Axes) -> None:
    hide_axes(axes)
    axes.set(xlabel="t-SNE 1 (no unit)", ylabel="t-SNE 2 (no unit)")


def tabulate_map(
    points: np.ndarray, classes: np.ndarray, name: str, predicted: np.ndarray | None = None
) -> pd.DataFrame:
    """A map for `dvc plots`, few enough images for a page: `index class`, then `dimensions`, `name_1`, `name_2`.

    points : `(n, 1 or more)`; of one dimension they are spread out by class in the other. predicted : `(n,)`, gets
    a column where it is given.
    """
    chosen = choose_evenly(classes, POINTS)
    table = pd.DataFrame({"index": chosen, "class": classes[chosen]})
    if predicted is not None:
        table["predicted"] = predicted[chosen]
    flat = points.shape[1] == 1
    second = spread_by_class(classes[chosen]) if flat else points[chosen, 1]
    return table.assign(dimensions=1 if flat else 2, **{f"{name}_1": points[chosen, 0], f"{name}_2": second})


def tabulate_points(points: np.ndarray, classes: np.ndarray, name: str) -> pd.DataFrame:
    """A row an image: `index class`, then `name_1`, `name_2`, ... ."""
    table = pd.DataFrame({"index": np.arange(len(points)), "class": classes[: len(points)]})
    return table.assign(**{f"{name}_{column + 1}": points[:, column] for column in range(points.shape[1])})


def main(what: str) -> None:
    if what not in NAMES:
        raise BadInput(f"pca_tsne must be given one of {', '.join(NAMES)}. Got {what!r} instead.")
    params = load_params()
    data = read_data_title()
    images, classes = read_prepared("images_train", "y_train")
    if what == "pixels":
        values, predicted = read_prepared("x_train")[0], None
    else:
        values = load_array(ACTIVATIONS / "hidden.npy", None)
        predicted = load_array(ACTIVATIONS / "output.npy", CLASSES).argmax(axis=1)
        for name, array in (("hidden", values), ("output", predicted)):
            check_as_many(f"{ACTIVATIONS}/{name}.npy", len(array), "data/prepared/y_train.npy", len(classes))
    placed = min(params.pca_tsne.images, len(values))
    if placed < params.pca_tsne.images:
        print(f"pca_tsne.images is {params.pca_tsne.images}: t-SNE takes all {placed} images there are")
    if values.shape[1] == 1:
        print("one hidden node leaves one component: the maps have one dimension")
    pca = fit_pca(values)
    print(f"t-SNE places {placed} images", flush=True)
    tsne, divergence = place_tsne(values[:placed], params.pca_tsne, params.seed)
    maps = {"pca2": pca.points[:placed, :2], "pca3": pca.points[:placed], "tsne": tsne}
    accuracy = {name: vote_accuracy(points, classes[:placed]) for name, points in maps.items()}
    embeddings, plots, metrics = f"data/embeddings/{what}", f"plots/pca_tsne/{what}", f"metrics/pca_tsne_{what}.json"
    with atomic_outputs(embeddings, plots, metrics) as (tables, pictures, figures_of_merit):
        write_csv(tabulate_points(pca.points, classes, "pca"), tables / "pca.csv")
        write_csv(tabulate_points(tsne, classes, "tsne"), tables / "tsne.csv")
        variance = pd.DataFrame({"component": np.arange(1, len(pca.ratio) + 1), "explained_variance_ratio": pca.ratio})
        variance["cumulative"] = variance["explained_variance_ratio"].cumsum()
        write_csv(variance, pictures / "explained_variance.csv")
        for name, points in (("pca", pca.points[:placed]), ("tsne", tsne)):
            write_csv(tabulate_map(points, classes[:placed], name, predicted), pictures / f"{name}_map.csv")
        for name, figure in draw_maps(pca, tsne, classes[:placed], images, what).items():
            save_figure(figure, pictures / f"{name}.png", data)
        write_json(
            {
                "explained_variance_ratio": pca.ratio[:COMPONENTS].tolist(),
                "components_for_95": count_components(pca.ratio),
                "kl_divergence": divergence,
                "knn_accuracy": accuracy,
            },
            figures_of_merit,
        )
    print(", ".join(f"{name} {value:.4f}" for name, value in accuracy.items()))
