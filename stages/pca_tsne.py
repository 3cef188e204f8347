"""Project all pixels, or all hidden activations, to two or three numbers an image, and measure what is left.

Run as `python -m stages pca_tsne pixels` or `python -m stages pca_tsne activations`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.data.pixels import as_inputs, scale_images
from hidden_nodes.data.prepared import check_length, read_prepared
from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs, load_array, write_json
from hidden_nodes.knowledge.components import Components, fit_components
from hidden_nodes.knowledge.neighbours import MEASURES, rate_maps
from hidden_nodes.params import PcaTsne, load_settings
from hidden_nodes.plotting.maps import draw_explained_variance, draw_image_map, draw_line, draw_pairs
from hidden_nodes.plotting.points import jitter_by_class, name_component, stratified_subsample
from hidden_nodes.plotting.scatter import draw_scatter
from hidden_nodes.plotting.style import save_figure
from hidden_nodes.tables import read_csv, write_csv

COMPONENTS = 3
VARIANCE_SHARE = 0.95  # marked on the curve
START = 1e-4  # standard deviation of the first component as t-SNE begins
NEIGHBOURS = 10  # that vote on an image's class
FOLDS = 5
MAX_POINTS = 2_000  # of a map that `dvc plots` draws
VALUES = ["pixels", "activations"]


@dataclass(frozen=True)
class Projection:
    """What PCA makes of `(n, features)` values: `points` `(n, at most 3)`, and each component's share of variance.

    needed : how many components carry 95 % of the variance together; 0 where there is none.
    components : what projects other images to the same axes.
    """

    points: np.ndarray
    ratio: np.ndarray
    needed: int
    components: Components


def fit_pca(values: np.ndarray) -> Projection:
    """Project `values` `(n, features)`, bytes or float32, to their first components, as many as there are up to 3."""
    components = fit_components(values)
    needed = components.count(VARIANCE_SHARE)
    return Projection(components.project(values, COMPONENTS), components.ratio, needed, components)


def embed_tsne(values: np.ndarray, settings: PcaTsne, seed: int) -> tuple[np.ndarray, float | None]:
    """A t-SNE map `(n, 2)` of `values` `(n, features)`, and its Kullback-Leibler divergence.

    It begins with the first components, as small as scikit-learn makes them, but the same on every processor.

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
    points = fit_pca(values).points[:, :dimensions]
    start = points * (START / points[:, 0].std())
    tsne = TSNE(
        n_components=dimensions, init=start.astype(np.float32), learning_rate="auto", random_state=seed,
        perplexity=settings.perplexity, max_iter=settings.iterations,
    )  # fmt: skip
    points = tsne.fit_transform(np.ascontiguousarray(values))
    return points, float(tsne.kl_divergence_)


def knn_accuracy(points: np.ndarray, classes: np.ndarray) -> float:
    """How often the 10 nearest images on a map predict an image's class, by 5-fold cross-validation: 0 to 1.

    Each fold has its share of each class, unless one has fewer images than there are folds.
    """
    counts, folds = np.bincount(classes), min(FOLDS, len(classes))
    stratified = counts[counts > 0].min() >= FOLDS
    classifier = KNeighborsClassifier(min(NEIGHBOURS, len(classes) - -(-len(classes) // folds)))
    return float(cross_val_score(classifier, points, classes, cv=FOLDS if stratified else KFold(folds)).mean())


def draw_all(
    pca: Projection, tsne: np.ndarray, classes: np.ndarray, images: np.ndarray, names: Sequence[str], what: str
) -> dict[str, Figure]:
    """The pictures of both maps by file name; `classes` and `images` are those of the images that t-SNE embedded.

    what : the values that were projected, as titles call them.
    """
    count = len(tsne)
    shown = f"first {count:,} of {len(pca.points):,} training images" if count < len(pca.points) else "all images"
    points = pca.points[:count]
    axis_names = [name_component(number, share) for number, share in enumerate(pca.ratio[:COMPONENTS])]
    curve_title = f"PCA of {what}: how much of the variance the first components carry"
    figures = {"explained_variance": draw_explained_variance(pca.ratio, VARIANCE_SHARE, pca.needed, curve_title)}
    if points.shape[1] == 1:
        only = "one hidden node leaves one dimension"
        figures["pca"] = draw_line(points, classes, names, f"PCA: {only}, {shown}", axis_names[0])
        figures["tsne"] = draw_line(tsne, classes, names, f"t-SNE: {only}, {shown}", "t-SNE (no unit)")
        return figures
    figures["pca"] = draw_scatter(points[:, :2], classes, names, f"PCA of {what}, {shown}", axis_names)
    if points.shape[1] == COMPONENTS:
        title = f"PCA of {what} to 3 components, {shown}"
        figures["pca_3"] = draw_pairs(points, classes, names, axis_names, title)
    figures["tsne"] = draw_image_map(tsne, classes, images, names, f"t-SNE of {what}, {shown}")
    return figures


def tabulate_variance(ratio: np.ndarray) -> pd.DataFrame:
    """A row a component: `component explained_variance_ratio cumulative`."""
    table = pd.DataFrame({"component": np.arange(1, len(ratio) + 1), "explained_variance_ratio": ratio})
    return table.assign(cumulative=ratio.cumsum())


def tabulate_components(components: Components) -> pd.DataFrame:
    """A row a feature, a pixel in [0, 1] or a node: `feature mean component_1`, and so on, as many as are projected to.

    A component's value for an image is the sum of (value - mean) x its column.
    """
    vectors = components.vectors[:, :COMPONENTS]
    table = pd.DataFrame({"feature": np.arange(len(vectors)), "mean": components.mean})
    return table.assign(**{f"component_{number + 1}": column for number, column in enumerate(vectors.T)})


def tabulate_maps(
    pca: Projection, tsne: np.ndarray, divergence: float | None, classes: np.ndarray, rated: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """How well each map separates the classes: `map images knn_accuracy kl_divergence` (of t-SNE only), and `MEASURES`.

    rated : by the name of a map, which may be missing, its measures `(images, 3)`, of which the table has the means.
    """
    count = len(tsne)
    maps = {"pca_2": pca.points[:count, :2], "pca_3": pca.points[:count], "tsne": tsne}
    table = pd.DataFrame({"map": list(maps), "images": count})
    table["knn_accuracy"] = [knn_accuracy(points, classes[:count]) for points in maps.values()]
    means = {name: measures.mean(axis=0) for name, measures in rated.items()}
    trusted = pd.DataFrame.from_dict(means, orient="index", columns=MEASURES).reindex(list(maps))
    return table.assign(kl_divergence=[None, None, divergence], **{name: trusted[name].to_numpy() for name in MEASURES})


def tabulate_plot(
    points: np.ndarray, classes: np.ndarray, n_classes: int, name: str, predicted: np.ndarray | None = None
) -> pd.DataFrame:
    """A map for `dvc plots`, few enough images for a page: `index class`, then `dimensions`, `name_1`, `name_2`.

    points : `(n, 1 or more)`; of one dimension they are jittered by class in the other. predicted : `(n,)`, gets
    a column where it is given.
    """
    chosen = stratified_subsample(classes, MAX_POINTS, n_classes)
    table = pd.DataFrame({"index": chosen, "class": classes[chosen]})
    if predicted is not None:
        table["predicted"] = predicted[chosen]
    flat = points.shape[1] == 1
    second = jitter_by_class(classes[chosen]) if flat else points[chosen, 1]
    return table.assign(dimensions=1 if flat else 2, **{f"{name}_1": points[chosen, 0], f"{name}_2": second})


def tabulate_points(
    points: np.ndarray, classes: np.ndarray, name: str, rated: np.ndarray | None = None
) -> pd.DataFrame:
    """A row an image: `index class`, then `name_1`, `name_2`, ..., then `MEASURES` if they are given `(n, 3)`."""
    table = pd.DataFrame({"index": np.arange(len(points)), "class": classes[: len(points)]})
    table = table.assign(**{f"{name}_{column + 1}": points[:, column] for column in range(points.shape[1])})
    return table if rated is None else table.assign(**dict(zip(MEASURES, rated.T, strict=True)))


def read_values(what: str, dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The values `(n, features)`, bytes or float32, of all training images, and their classes `(n,)`.

    The classes are the actual ones, and the predicted ones if they are known.
    """
    if what == "pixels":
        images, classes = read_prepared(dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN)
        return images.reshape(len(images), -1), classes, None
    hidden = load_array(paths.HIDDEN, None)
    table = read_csv(paths.TRAINING_PREDICTIONS, "actual", "predicted")
    for path, values in ((paths.HIDDEN, hidden), (paths.TRAINING_PREDICTIONS, table)):
        check_length(path, len(values), dataset.train_images)
    return hidden, table["actual"].to_numpy(), table["predicted"].to_numpy()


def main(what: str) -> None:
    if what not in VALUES:
        raise BadInput(f"pca_tsne must be given one of {', '.join(VALUES)}. Got {what!r} instead.")
    params, dataset = load_settings()
    (images,) = read_prepared(dataset, paths.IMAGES_TRAIN)
    values, classes, predicted = read_values(what, dataset)
    count = min(params.pca_tsne.images, len(values))
    if count < params.pca_tsne.images:
        print(f"pca_tsne.images is {params.pca_tsne.images}: t-SNE takes all {count} images there are")
    if values.shape[1] == 1:
        print("one hidden node leaves one component: the maps have one dimension")
    pca = fit_pca(values)
    print(f"t-SNE embeds {count} images", flush=True)
    tsne, divergence = embed_tsne(as_inputs(values[:count]), params.pca_tsne, params.seed)
    print("how many neighbours the maps keep", flush=True)
    measures = dict(zip(("pca_2", "tsne"), rate_maps(values[:count], [pca.points[:count, :2], tsne]), strict=True))
    maps = tabulate_maps(pca, tsne, divergence, classes, measures)
    called = f"the {dataset.pixels} pixels" if what == "pixels" else "the hidden activations"
    figures = draw_all(pca, tsne, classes[:count], scale_images(images[:count]), dataset.classes, called)
    knn = dict(zip(maps["map"], maps["knn_accuracy"], strict=True))
    metrics = {f"{what}_components": pca.needed, f"{what}_knn": knn["tsne"]}
    with atomic_outputs(paths.EMBEDDINGS / what, paths.EMBEDDINGS_PLOTS / what, paths.embedding_metrics(what)) as (
        tables,
        plots,
        metrics_file,
    ):
        for name, points, rated in (("pca", pca.points, None), ("tsne", tsne, measures["tsne"])):
            write_csv(tabulate_points(points, classes, name, rated), tables / f"{name}.csv")
            plot = tabulate_plot(points[:count], classes[:count], len(dataset.classes), name, predicted)
            write_csv(plot, tables / f"{name}_plot.csv")
        write_csv(tabulate_variance(pca.ratio), tables / "explained_variance.csv")
        write_csv(tabulate_components(pca.components), tables / "components.csv")
        write_csv(maps, tables / "maps.csv")
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json(metrics, metrics_file)
    print(", ".join(f"{name} {accuracy:.4f}" for name, accuracy in knn.items()))
