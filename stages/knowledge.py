"""What each hidden node knows: tested numbers and a sentence a node, beside the same procedure on what is no node.

All that is chosen, such as cuts, thresholds, orders and wordings, is chosen on training images, the held-out ones where
a choice needs fresh ones. All that is reported is measured on test images.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.data.pixels import scale_images
from hidden_nodes.data.prepared import check_length, read_prepared, read_split
from hidden_nodes.files import atomic_outputs, load_array, write_json
from hidden_nodes.knowledge.ablation import ablate_nodes, find_levels, tabulate_classes
from hidden_nodes.knowledge.baselines import probe_all, search_controls, size_layers
from hidden_nodes.knowledge.examples import tabulate_examples
from hidden_nodes.knowledge.information import choose_cuts
from hidden_nodes.knowledge.measures import keep_few, measure_nodes, relate_measures
from hidden_nodes.knowledge.moments import effective_dimensions, sum_moments
from hidden_nodes.knowledge.parts import Activations, Part
from hidden_nodes.knowledge.search import find_sentences
from hidden_nodes.knowledge.sentences import CHOICE_IMAGES, Sentences
from hidden_nodes.knowledge.wording import Words, tabulate_sentences
from hidden_nodes.network.forward import activate_images
from hidden_nodes.network.weights import Weights, read_weights
from hidden_nodes.params import load_settings
from hidden_nodes.plotting.knowledge import draw_controls, draw_curves, draw_probes, draw_relations, draw_sentences
from hidden_nodes.plotting.style import plural, save_figure
from hidden_nodes.tables import DIGITS, read_csv, write_csv

SHEET = 20  # sentences drawn
NODE_DIGITS = 10  # of the figures of a node, so that they can be checked closely


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
