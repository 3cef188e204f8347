"""What each hidden node knows: tested numbers and a sentence a node, beside the same procedure on what is no node.

All that is chosen, such as cuts, thresholds, orders and wordings, is chosen on training images, the held-out ones where
a choice needs fresh ones. All that is reported is measured on test images.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.data.pixels import scale_images
from hidden_nodes.data.prepared import check_length, read_prepared, read_split
from hidden_nodes.files import atomic_outputs, load_array, write_json
from hidden_nodes.knowledge.ablation import Ablation, ablate_nodes, find_levels, tabulate_ablation, tabulate_classes
from hidden_nodes.knowledge.association import split_halves, tabulate_relations
from hidden_nodes.knowledge.controls import (
    CONTROL_COLUMNS,
    PIXELS,
    Parts,
    choose_pixels,
    find_controls,
    tabulate_controls,
)
from hidden_nodes.knowledge.examples import tabulate_examples
from hidden_nodes.knowledge.information import (
    choose_cuts,
    information_interval,
    mutual_information,
    shuffled_information,
)
from hidden_nodes.knowledge.keeping import choose_order, measure_size, nodes_for, tabulate_curves
from hidden_nodes.knowledge.moments import Moments, effective_dimensions, find_twins, sum_moments, twin_correlations
from hidden_nodes.knowledge.orders import order_nodes, outgoing_norm, random_orders
from hidden_nodes.knowledge.probes import HELD_OUT_IMAGES, PROBE_IMAGES, ProbedImages, tabulate_probes
from hidden_nodes.knowledge.ridge import NestedRidge, choose_penalty
from hidden_nodes.knowledge.search import Found, find_sentences
from hidden_nodes.knowledge.sentences import CHOICE_IMAGES, LENGTH_IMAGES, Images, Sentences
from hidden_nodes.knowledge.separation import eta_squared, is_dead
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.knowledge.wording import Words, tabulate_sentences
from hidden_nodes.network.forward import activate_images
from hidden_nodes.network.weights import Weights, read_weights
from hidden_nodes.params import Knowledge, load_settings
from hidden_nodes.plotting.knowledge import draw_controls, draw_curves, draw_probes, draw_relations, draw_sentences
from hidden_nodes.plotting.style import plural, save_figure
from hidden_nodes.tables import DIGITS, read_csv, write_csv

UNTRAINED = 4  # networks drawn anew, beside the run's own one before its first batch
SHEET = 20  # sentences drawn
NODE_DIGITS = 10  # of the figures of a node, so that they can be checked closely


@dataclass(frozen=True)
class Part:
    """Some of the images: `images` `(n, rows, columns)` uint8, `classes` `(n,)`, and of each its shape concepts."""

    images: np.ndarray
    classes: np.ndarray
    concepts: np.ndarray

    def first(self, count: int) -> "Part":
        return Part(self.images[:count], self.classes[:count], self.concepts[:count])

    def searched(self, activations: np.ndarray) -> Images:
        """As a search for sentences sees them."""
        return Images(activations, self.classes, self.concepts)


def read_parts(dataset: Dataset, n_shapes: int) -> tuple[Part, Part, Part]:
    """The images that trained, those that were held out, and the test images."""
    images, classes, images_test, classes_test = read_prepared(
        dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN, paths.IMAGES_TEST, paths.Y_TEST
    )
    concepts, concepts_test = (load_array(path, n_shapes) for path in (paths.CONCEPTS_TRAIN, paths.CONCEPTS_TEST))
    check_length(paths.CONCEPTS_TRAIN, len(concepts), dataset.train_images)
    check_length(paths.CONCEPTS_TEST, len(concepts_test), dataset.test_images)
    count = read_split()["train"]
    return (
        Part(images[:count], classes[:count], concepts[:count]),
        Part(images[count:], classes[count:], concepts[count:]),
        Part(images_test, classes_test, concepts_test),
    )


def narrow(weights: Weights) -> Weights:
    """The first nodes of a network, as many as a control needs."""
    few = slice(CONTROL_COLUMNS)
    return Weights(
        weights.activation, weights.hidden_weights[:, few], weights.hidden_bias[few], weights.output_weights[few],
        weights.output_bias,
    )  # fmt: skip


@dataclass(frozen=True)
class Activations:
    """Activations `(n, n_hidden)` of one network for the images that trained, were held out, and test it."""

    train: np.ndarray
    held_out: np.ndarray
    test: np.ndarray


def measure_nodes(
    weights: Weights,
    of: Activations,
    train: Part,
    test: Part,
    moments: tuple[Moments, Moments],
    cuts: np.ndarray,
    held: Ablation,
    seed: int,
) -> pd.DataFrame:
    """What each node tells of the class and what the network loses without it: a row a node.

    moments : of the images that trained, and of the test images; held : of the test images, nodes at their means.
    """
    n_classes, chosen_on = len(weights.output_bias), train.first(CHOICE_IMAGES)
    first = of.train[: len(chosen_on.classes)]
    low, high = information_interval(of.test, test.classes, cuts, n_classes, np.random.default_rng([seed, 1]))
    rng = np.random.default_rng([seed, 2])
    twins = find_twins(moments[0])
    at_zero = np.zeros(weights.n_hidden)
    return tabulate_ablation(held).assign(
        dead=is_dead(of.test).astype(int),
        eta_squared=eta_squared(of.test, test.classes, n_classes),
        mutual_information=mutual_information(of.test, test.classes, cuts, n_classes),
        eta_squared_train=eta_squared(first, chosen_on.classes, n_classes),
        mutual_information_train=mutual_information(first, chosen_on.classes, cuts, n_classes),
        mi_shuffled=shuffled_information(of.test, test.classes, cuts, n_classes, rng),
        mi_low=low,
        mi_high=high,
        ablation_loss_train=ablate_nodes(weights, first, chosen_on.classes, moments[0].means).loss,
        ablation_zero=ablate_nodes(weights, of.test, test.classes, at_zero).points,
        twin=twins,
        twin_correlation=twin_correlations(moments[1], twins),
    )


def relate_measures(
    nodes: pd.DataFrame, weights: Weights, moments: Moments, of: Activations, test: Part, cuts: np.ndarray, seed: int
) -> pd.DataFrame:
    """Whether the nodes that know much matter much: rank correlations over the live nodes."""
    n_classes, classes = len(weights.output_bias), test.classes

    def know(half: np.ndarray) -> np.ndarray:
        return mutual_information(of.test[half], classes[half], cuts, n_classes)

    def matter(half: np.ndarray) -> np.ndarray:
        return ablate_nodes(weights, of.test[half], classes[half], moments.means).loss

    halves = [split_halves(measure, len(classes), np.random.default_rng([seed, 3])) for measure in (know, matter)]
    spread = np.sqrt(np.diag(moments.gram) / moments.sizes.sum())
    covariates = np.column_stack([spread, outgoing_norm(weights.output_weights)])
    return tabulate_relations(
        nodes["mutual_information"].to_numpy(), nodes["ablation_loss"].to_numpy(), covariates, halves[0], halves[1],
        nodes["dead"].to_numpy() == 0, np.random.default_rng([seed, 4]),
    )  # fmt: skip


def keep_few(
    nodes: pd.DataFrame, weights: Weights, moments: Moments, of: Activations, held_out: Part, test: Part, seed: int
) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Accuracy by number of nodes kept; the greedy order `(n_hidden,)`; how many nodes keep 95 % of the accuracy.

    These are taken in the order that held-out images choose.
    """
    penalty = choose_penalty(moments, of.held_out, held_out.classes)
    measures = {
        "ablation loss": nodes["ablation_loss_train"].to_numpy(),
        "mutual information": nodes["mutual_information_train"].to_numpy(),
        "eta squared": nodes["eta_squared_train"].to_numpy(),
        "outgoing norm": outgoing_norm(weights.output_weights),
    }
    orders = order_nodes(measures, moments, penalty)
    drawn = random_orders(weights.n_hidden, np.random.default_rng([seed, 5]))
    curves = tabulate_curves(weights, moments, orders, drawn, penalty, of.test, test.classes)
    best = choose_order(moments, orders, penalty, of.held_out, held_out.classes)
    return curves, orders["greedy"], nodes_for(NestedRidge(moments, orders[best], penalty), of.test, test.classes)


def apply_to(weights: Weights, train: Part, held_out: Part, test: Part) -> Parts:
    """A control's activations of the images that a search looks at."""
    few, weights = (train.first(CHOICE_IMAGES), held_out.first(LENGTH_IMAGES), test), narrow(weights)
    first, second, third = (part.searched(activate_images(weights, part.images)) for part in few)
    return first, second, third


def look_at_pixels(train: Part, held_out: Part, test: Part, seed: int) -> Parts:
    """The same for single pixels in place of nodes."""
    pixels = choose_pixels(train.images, PIXELS, seed)
    few = (train.first(CHOICE_IMAGES), held_out.first(LENGTH_IMAGES), test)
    first, second, third = (
        part.searched(part.images.reshape(len(part.images), -1)[:, pixels].astype(np.float32)) for part in few
    )
    return first, second, third


def search_controls(
    searched: Parts,
    known: dict[str, Found],
    initial: Weights,
    train: Part,
    held_out: Part,
    test: Part,
    settings: Knowledge,
    seed: int,
) -> pd.DataFrame:
    """The search for sentences on the nodes (`known`) and on what is none: rotated, untrained, pixels, shuffled."""
    inputs, n_classes = initial.hidden_weights.shape[0], len(initial.output_bias)
    drawn = [
        untrained_network(inputs, initial.n_hidden, n_classes, initial.activation, seed + 1 + n)
        for n in range(UNTRAINED)
    ]
    others = {
        "untrained": (apply_to(network, train, held_out, test) for network in (initial, *drawn)),
        "pixels": [look_at_pixels(train, held_out, test, seed)],
    }
    found = find_controls(searched, others, n_classes, settings.classes, settings.rotations, seed)
    return tabulate_controls({"nodes": [known], **found}, settings.auc)


def probe_all(
    of: Activations, initial: Weights, train: Part, held_out: Part, test: Part, shapes: list[str]
) -> pd.DataFrame:
    """How well linear probes tell classes and shapes from hidden activations, pixels, and untrained activations."""
    few = (train.first(PROBE_IMAGES), held_out.first(HELD_OUT_IMAGES), test)
    probed = [
        ProbedImages(
            part.classes, part.concepts,
            {"hidden": own[: len(part.classes)], "pixels": part.images,
             "untrained": activate_images(initial, part.images)},
        )
        for part, own in zip(few, (of.train, of.held_out, of.test), strict=True)
    ]  # fmt: skip
    return tabulate_probes(probed[0], probed[1], probed[2], len(initial.output_bias), shapes)


def size_layers(of: Activations, initial: Weights, train: Part, held_out: Part, test: Part) -> pd.DataFrame:
    """How many nodes, and how many dimensions, it takes: of the trained network and of the untrained one.

    Columns: `network accuracy nodes_for_95 effective_dimensions`, each of output layers refitted on the first training
    images, so that both are measured alike.
    """
    few, n_classes = (train.first(CHOICE_IMAGES), held_out.first(LENGTH_IMAGES), test), len(initial.output_bias)
    layers = {
        "trained": [own[: len(part.classes)] for part, own in zip(few, (of.train, of.held_out, of.test), strict=True)],
        "untrained": [activate_images(initial, part.images) for part in few],
    }
    rows = []
    for network, activations in layers.items():
        parts = [(own, part.classes) for part, own in zip(few, activations, strict=True)]
        rows.append((network, *measure_size(parts, n_classes)))
    return pd.DataFrame(rows, columns=["network", "accuracy", "nodes_for_95", "effective_dimensions"])


def share_of(controls: pd.DataFrame, source: str) -> float:
    """The share of a source's columns that two-part sentences describe."""
    row = controls[(controls["source"] == source) & (controls["sentences"] == "two_part")]
    return float(row["share"].iloc[0])


def read_concepts() -> pd.DataFrame:
    """The shape concepts that were kept: `name wording negation kept`."""
    texts = ("name", "wording", "negation")
    table = read_csv(paths.CONCEPTS_TABLE, *texts, "kept", texts=texts)
    return table[table["kept"] == 1]


def draw_most_important(
    nodes: pd.DataFrame,
    examples: pd.DataFrame,
    sentences: Sentences,
    weights: Weights,
    activations: np.ndarray,
    test: Part,
) -> Figure:
    """The sheet of sentences, of the nodes without which the network loses most, by training images."""
    chosen = nodes.sort_values("ablation_loss_train", ascending=False, kind="stable").head(SHEET)
    numbers = chosen["node"].to_numpy()
    pictures = weights.hidden_weights[:, numbers].T.reshape(-1, *test.images.shape[1:])
    true = np.column_stack([sentences.true_of(test.classes, test.concepts, node) for node in numbers])
    return draw_sentences(chosen, examples, scale_images(test.images), pictures, activations[:, numbers], true)


def main() -> None:
    params, dataset = load_settings()
    settings, seed, n_classes = params.knowledge, params.seed, len(dataset.classes)
    shapes = read_concepts()
    train, held_out, test = read_parts(dataset, len(shapes))
    weights, initial = (
        read_weights(path, dataset.pixels, n_classes) for path in (paths.WEIGHTS, paths.INITIAL_WEIGHTS)
    )
    hidden, count = load_array(paths.HIDDEN, weights.n_hidden), len(train.classes)
    check_length(paths.HIDDEN, len(hidden), dataset.train_images)
    words = Words(dataset.classes, dataset.noun, *(shapes[name].tolist() for name in ("name", "wording", "negation")))
    with (
        threadpool_limits(1, "blas"),  # so that the number of cores changes no bit
        ThreadPoolExecutor(2) as pool,  # for what takes longest, beside the rest and its pictures
        atomic_outputs(paths.KNOWLEDGE, paths.KNOWLEDGE_PLOTS, paths.KNOWLEDGE_METRICS) as (directory, plots, metrics),
    ):
        of = Activations(hidden[:count], hidden[count:], activate_images(weights, test.images))
        searched = train.searched(of.train), held_out.searched(of.held_out), test.searched(of.test)
        found = find_sentences(*searched, n_classes, settings.classes, within_test=True)
        parts = train, held_out, test
        searching = pool.submit(search_controls, searched, found, initial, *parts, settings, seed)
        sizing = pool.submit(size_layers, of, initial, *parts)
        probing = pool.submit(probe_all, of, initial, *parts, shapes["name"].tolist())

        def write(name: str, table: pd.DataFrame, figure: Figure | None = None) -> None:
            write_csv(table, directory / f"{name}.csv", NODE_DIGITS if name == "nodes" else DIGITS)
            if figure is not None:
                save_figure(figure, plots / f"{name}.png", dataset.title)

        moments = sum_moments(of.train, train.classes, n_classes)
        moments_test = sum_moments(of.test, test.classes, n_classes)
        cuts = choose_cuts(of.train[:CHOICE_IMAGES], len(test.classes), n_classes)
        held = ablate_nodes(weights, of.test, test.classes, moments.means)
        best, sentences = found["class"], found["two_part"].sentences
        nodes = measure_nodes(weights, of, train, test, (moments, moments_test), cuts, held, seed)
        nodes = nodes.assign(best_class=best.sentences.members.argmax(axis=1), auc=best.auc, auc_train=best.auc_train)
        described = tabulate_sentences(found["two_part"], searched[0], searched[2], words, settings.auc)
        nodes = nodes.merge(described, on="node")
        write("ablation_classes", tabulate_classes(held))
        examples = tabulate_examples(of.test, test.classes, test.concepts, sentences)
        write("examples", examples)
        sheet = draw_most_important(nodes, examples, sentences, weights, of.test, test)
        save_figure(sheet, plots / "sentences.png", dataset.title)
        curves, greedy, nodes_for_95 = keep_few(nodes, weights, moments, of, held_out, test, seed)
        write("nodes", nodes.assign(greedy_place=np.argsort(greedy)))
        write("curves", curves, draw_curves(curves))
        relations = relate_measures(nodes, weights, moments, of, test, cuts, seed)
        write("relations", relations, draw_relations(nodes, relations))
        probes, controls = probing.result(), searching.result()
        write("layers", sizing.result())
        write("probes", probes, draw_probes(probes))
        write("controls", controls, draw_controls(controls, settings.auc))
        figures = {
            "nodes_described": share_of(controls, "nodes"), "nodes_for_95": nodes_for_95,
            "directions_described": share_of(controls, "rotated"),
            "effective_dimensions": effective_dimensions(moments_test),
        }  # fmt: skip
        np.save(directory / paths.LEVELS.name, find_levels(of.train, moments.means))
        write_json(figures, metrics)
    print(
        f"described: {figures['nodes_described']:.1%} of the nodes, {figures['directions_described']:.1%} of random "
        f"directions; 95 % of the accuracy needs {plural(nodes_for_95, 'node')}"
    )
