"""A sentence in words, with the threshold from which on it holds and how often it is right from there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.ranks import sort_order
from hidden_nodes.knowledge.search import Found
from hidden_nodes.knowledge.sentences import CHOICE_IMAGES, Images, Sentences
from hidden_nodes.knowledge.words import NOTHING

PRECISION = 0.8  # share of images above the threshold of which a sentence is true, from which a node "fires for" them


def choose_threshold(values: np.ndarray, true: np.ndarray) -> float:
    """The activation from which on a sentence that is `true` `(n,)` of some images has the highest F1 score.

    F1 is the harmonic mean of precision and recall; of equal ones the highest threshold. It is the activation of an
    image. Where the sentence is true of none, the largest activation.
    """
    order = sort_order(0 - values)
    ordered, hits = values[order], np.cumsum(true[order])
    last = np.append(ordered[1:] != ordered[:-1], True)  # equal activations lie on one side
    f1 = np.where(last, 2 * hits / (np.arange(1, len(values) + 1) + max(1, int(true.sum()))), -1)
    return float(ordered[f1.argmax()])


def count_rates(values: np.ndarray, true: np.ndarray, threshold: float) -> tuple[float, float, float]:
    """Precision, recall and false alarm, in [0, 1], of `values >= threshold` for what is `true`; NaN for 0 / 0."""
    above = values >= threshold
    hits, wrong = int((above & true).sum()), int((above & ~true).sum())

    def share(part: int, whole: int) -> float:
        return part / whole if whole else np.nan

    return share(hits, hits + wrong), share(hits, int(true.sum())), share(wrong, int((~true).sum()))


@dataclass(frozen=True)
class Words:
    """What sentences are made of: a data set's classes and noun, and the name, wording and negation of each shape."""

    classes: Sequence[str]
    noun: str
    shapes: Sequence[str]
    wordings: Sequence[str]
    negations: Sequence[str]

    def describe(self, sentences: Sentences, column: int) -> str:
        """The images of which a column's sentence is true: "the digits 3, 5 or 8 with a hole"."""
        names = [self.classes[k] for k in np.flatnonzero(sentences.members[column]).tolist()]
        if sentences.shape[column] >= 0 and sentences.members[column].all():
            what = f"{self.noun}s"
        elif len(names) == 1:
            what = f"the {self.noun} {names[0]}"
        else:
            what = f"the {self.noun}s {', '.join(names[:-1])} or {names[-1]}"
        if sentences.shape[column] < 0:
            return what
        return f"{what} {(self.negations if sentences.negated[column] else self.wordings)[sentences.shape[column]]}"

    def code(self, sentences: Sentences, column: int) -> str:
        """The same, short, by names: "3 | 5 | 8 & hole", "6 & not ink_top_left", "lower: slanted_right"."""
        names = [self.classes[k] for k in np.flatnonzero(sentences.members[column]).tolist()]
        parts = [] if sentences.shape[column] >= 0 and sentences.members[column].all() else [" | ".join(names)]
        if sentences.shape[column] >= 0:
            shape = self.shapes[sentences.shape[column]]
            parts.append(f"not {shape}" if sentences.negated[column] else shape)
        return ("lower: " if sentences.lower[column] else "") + " & ".join(parts)


def tabulate_sentences(found: Found, train: Images, test: Images, words: Words, least_auc: float) -> pd.DataFrame:
    """A row a node: its sentence in words and in short, and its figures.

    found : of the kind "two_part", as `find_sentences` gives it for these nodes with `within_test`.

    Columns: `node sentence concept sentence_auc sentence_auc_train within_class_auc within_class_auc_train threshold
    precision precision_train recall recall_train false_alarm false_alarm_train`. Those that end in `_train`, the
    threshold and the wording come from the first `CHOICE_IMAGES` of the images that trained.

    The wording: nothing is named where `sentence_auc_train` is below `least_auc`, or the node never changes; a node
    "fires for" images where `precision_train` is at least `PRECISION`; else its activation is "higher for" them, or
    "lower for" them. Precision, recall and false alarm are then of activations up to the threshold, not from it on.
    """
    chosen_on = train.first(CHOICE_IMAGES)
    rows = []
    for node in range(len(found.auc)):
        sign = -1 if found.sentences.lower[node] else 1
        values, tested = (0 + sign * part.activations[:, node] for part in (chosen_on, test))
        true = found.sentences.true_of(chosen_on.classes, chosen_on.concepts, node)
        threshold = choose_threshold(values, true)
        own = count_rates(values, true, threshold)
        rates = count_rates(tested, found.sentences.true_of(test.classes, test.concepts, node), threshold)
        text, concept = words.describe(found.sentences, node), words.code(found.sentences, node)
        if found.auc_train[node] < least_auc or values.min() == values.max():
            sentence = NOTHING
        elif sign > 0 and own[0] >= PRECISION:
            sentence = f"fires for {text}"
        else:
            sentence = f"{'higher' if sign > 0 else 'lower'} for {text} than for others"
        rows.append((
            node, sentence, concept, found.auc[node], found.auc_train[node], found.within[node],
            found.within_train[node], 0 + sign * threshold, rates[0], own[0], rates[1], own[1], rates[2], own[2],
        ))  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=[
            "node", "sentence", "concept", "sentence_auc", "sentence_auc_train", "within_class_auc",
            "within_class_auc_train", "threshold", "precision", "precision_train", "recall", "recall_train",
            "false_alarm", "false_alarm_train",
        ],
    )  # fmt: skip
