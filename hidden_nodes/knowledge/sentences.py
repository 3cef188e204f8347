"""What a node detects, as a sentence: a class or a union of classes, alone or with a shape, found by search.

The manner is that of INVERT (Bykov et al., NeurIPS 2023, "Labeling neural representations with inverse recognition"):
a sentence is true of some images and not of others, and is as good as the AUC with which the activation tells them
apart, by being higher for them or by being lower. A sentence is chosen on images that trained, its length on held-out
ones, and all that is reported is measured on test images.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from hidden_nodes.knowledge.ranks import auc_of_sums, sort_order, spread_midranks
from hidden_nodes.knowledge.words import NOTHING

CHOICE_IMAGES = 10_000  # the first training images, among which sentences and thresholds are chosen
LENGTH_IMAGES = 5_000  # the first held-out images, which choose how long a sentence is
# Unions are tried among so many classes, those with the highest mean rank under each shape. Of classes of one size the
# first few are the best union there is; of others nearly.
UNITED = 6
LEAST_SHARE, LEAST_IMAGES = 0.005, 5  # of the images, of which a sentence has to be true, and as many of which not
LEAST_OF_CLASS = 5  # images with a shape, and without it, from which a class tells whether a node knows the shape
# AUC on held-out images by which a sentence has to be better for each class or shape that it has more than a shorter.
GAIN = 0.01
WITHIN = 0.7  # mean AUC of a shape within the sentence's classes, on training images, from which it may be named
PRECISION = 0.8  # share of images above the threshold of which a sentence is true, from which a node "fires for" them
COLUMNS = 128  # that are searched at a time
KINDS = ("class", "union", "two_part")  # sentences of one class; of up to `max_classes`; of these and a shape


@dataclass(frozen=True)
class Images:
    """Some images as a search sees them: activations `(n, columns)`, classes `(n,)`, concepts `(n, shapes)`."""

    activations: np.ndarray
    classes: np.ndarray
    concepts: np.ndarray

    def first(self, n: int) -> "Images":
        """The first `n` images, or all if there are fewer."""
        return Images(self.activations[:n], self.classes[:n], self.concepts[:n].astype(bool))


@dataclass(frozen=True)
class Sentences:
    """A sentence for each column: its classes, its shape, if any, and whether the activation is higher or lower.

    members : bool `(columns, classes)`; all for a shape alone. shape : `(columns,)`, -1 for none. negated : bool
    `(columns,)`, whether the images must not have the shape. lower : bool `(columns,)`, whether the activation is
    lower for the images of which the sentence is true.
    """

    members: np.ndarray
    shape: np.ndarray
    negated: np.ndarray
    lower: np.ndarray

    @property
    def columns(self) -> np.ndarray:
        """The numbers `(columns,)` of the columns, from 0."""
        return np.arange(len(self.shape))

    def where(self, chosen: np.ndarray, others: "Sentences") -> "Sentences":
        """These sentences where `chosen` `(columns,)`, the `others` elsewhere."""
        return Sentences(
            np.where(chosen[:, None], self.members, others.members), np.where(chosen, self.shape, others.shape),
            np.where(chosen, self.negated, others.negated), np.where(chosen, self.lower, others.lower),
        )  # fmt: skip

    def true_of(self, classes: np.ndarray, concepts: np.ndarray, column: int) -> np.ndarray:
        """Of which images `(n,)` a column's sentence is true."""
        true: np.ndarray = self.members[column][classes]
        if self.shape[column] >= 0:
            true = true & (concepts[:, self.shape[column]].astype(bool) != self.negated[column])
        return true


@dataclass(frozen=True)
class Cells:
    """Rank sums from which the AUC of every sentence follows, for some columns: of a class's images that have a shape.

    Conditions come in this order: none, each shape, each shape's negation. Ranks are whole or half, so sums are exact.
    """

    n: int
    sums: np.ndarray  # (columns, classes, conditions)
    counts: np.ndarray  # (classes, conditions) images
    within: np.ndarray  # (columns, classes, shapes) AUC of a shape within a class; NaN where a class has too few images

    def auc(self, sentences: Sentences) -> np.ndarray:
        """AUC `(columns,)` of each column's sentence; NaN where it is true of no image, or of all."""
        condition = self.condition(sentences)
        column = sentences.columns
        sums = (self.sums[column, :, condition] * sentences.members).sum(axis=1)
        positives = (self.counts[:, condition].T * sentences.members).sum(axis=1)
        higher = auc_of_sums(sums, positives, self.n)
        return np.where(sentences.lower, 1 - higher, higher)

    def within_auc(self, sentences: Sentences) -> np.ndarray:
        """Mean AUC `(columns,)` of each shape within its sentence's classes; NaN if there is none."""
        if not self.n_shapes:
            return np.full(len(sentences.shape), np.nan)
        found = self.within[sentences.columns, :, np.maximum(sentences.shape, 0)]
        found = np.where((sentences.negated != sentences.lower)[:, None], 1 - found, found)
        known = sentences.members & ~np.isnan(found) & (sentences.shape >= 0)[:, None]
        total = np.where(known, found, 0).sum(axis=1)
        return np.divide(total, known.sum(axis=1), out=np.full(len(total), np.nan), where=known.any(axis=1))

    def mirrored(self) -> "Cells":
        """The cells of the same activations with their signs turned."""
        return Cells(self.n, (self.n + 1) * self.counts - self.sums, self.counts, 1 - self.within)

    @property
    def n_shapes(self) -> int:
        return self.within.shape[2]

    def condition(self, sentences: Sentences) -> np.ndarray:
        """The number `(columns,)` of each sentence's condition."""
        return np.where(sentences.shape < 0, 0, 1 + sentences.shape + self.n_shapes * sentences.negated)


def sum_ranks(images: Images, n_classes: int, within_classes: bool = True) -> Cells:
    """The rank sums of each column, by class and condition; each column is sorted once.

    within_classes : whether `within` is computed, or left NaN.
    """
    n, columns = images.activations.shape
    by_class = np.argsort(images.classes, kind="stable")
    classes, concepts = images.classes[by_class].astype(np.uint8), images.concepts[by_class].astype(np.float64)
    sizes = np.bincount(classes, minlength=n_classes)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    ranks, own_ranks = np.empty((columns, n)), np.empty((columns, n if within_classes else 0))
    values = np.ascontiguousarray(images.activations[by_class].T)
    for column in range(columns):
        order = sort_order(values[column])
        ordered = values[column][order]
        ranks[column] = spread_midranks(order, ordered[1:] != ordered[:-1])
        if not within_classes:
            continue
        # The same order class by class, where ranks count within a class.
        regrouped = np.argsort(classes[order], kind="stable")
        order, ordered = order[regrouped], ordered[regrouped]
        differs = ordered[1:] != ordered[:-1]
        differs[starts[(starts > 0) & (starts < n)] - 1] = True
        own_ranks[column] = spread_midranks(order, differs)
    n_shapes = concepts.shape[1]
    sums, counts = np.zeros((columns, n_classes, 1 + 2 * n_shapes)), np.zeros((n_classes, 1 + 2 * n_shapes), int)
    within = np.full((columns, n_classes, n_shapes), np.nan)
    for k in np.flatnonzero(sizes):
        of = slice(starts[k], starts[k + 1])
        have = concepts[of]
        counts[k] = [sizes[k], *have.sum(axis=0), *(sizes[k] - have.sum(axis=0))]
        sums[:, k, 0] = ranks[:, of].sum(axis=1)
        sums[:, k, 1 : 1 + n_shapes] = ranks[:, of] @ have
        sums[:, k, 1 + n_shapes :] = sums[:, k, :1] - sums[:, k, 1 : 1 + n_shapes]
        if within_classes:
            positives = counts[k, 1 : 1 + n_shapes]
            enough = np.minimum(positives, sizes[k] - positives) >= LEAST_OF_CLASS
            found = auc_of_sums((own_ranks[:, of] - starts[k]) @ have, positives, sizes[k])
            within[:, k] = np.where(enough, found, np.nan)
    return Cells(n, sums, counts, within)


@dataclass(frozen=True)
class Candidate:
    """The best sentence of one form for each column, its AUC where it was chosen (-inf for none), and its length."""

    sentences: Sentences
    auc: np.ndarray
    length: int  # classes and shapes that it names


Forms = tuple[list[Candidate], list[Candidate]]


def search_forms(cells: Cells, max_classes: int) -> Forms:
    """The best sentence of each form: of 1 to `max_classes` classes, and of a shape with 0 (all) to as many classes."""
    higher, lower = _search_higher(cells, max_classes), _search_higher(cells.mirrored(), max_classes)
    alone, with_shape = (
        [_better(*pair) for pair in zip(*forms, strict=True)] for forms in zip(higher, lower, strict=True)
    )
    return alone, with_shape


def _better(higher: Candidate, mirrored: Candidate) -> Candidate:
    """For each column the better of a candidate and one that was found with the signs turned; the first of equals."""
    lower = replace(mirrored.sentences, lower=~mirrored.sentences.lower)
    takes = mirrored.auc > higher.auc
    return Candidate(lower.where(takes, higher.sentences), np.maximum(higher.auc, mirrored.auc), higher.length)


def _search_higher(cells: Cells, max_classes: int) -> Forms:
    """The best sentence of each form among those that say "higher"."""
    n_classes, columns = len(cells.counts), len(cells.sums)
    united = min(UNITED, n_classes)
    least = max(LEAST_IMAGES, LEAST_SHARE * cells.n)
    means = np.divide(cells.sums, cells.counts, out=np.full(cells.sums.shape, -np.inf), where=cells.counts > 0)
    top = np.argsort(-means, axis=1, kind="stable")[:, :united]  # (columns, united, conditions)
    sums = np.take_along_axis(cells.sums, top, axis=1).transpose(0, 2, 1)
    counts = np.take_along_axis(np.broadcast_to(cells.counts, cells.sums.shape), top, axis=1).transpose(0, 2, 1)
    n_shapes = cells.n_shapes
    both = np.concatenate([cells.within, 1 - cells.within], axis=2)
    within = np.take_along_axis(both, top[:, :, 1:], axis=1).transpose(0, 2, 1)
    known = ~np.isnan(within)
    within = np.where(known, within, 0)
    column = np.arange(columns)

    def pick(scores: np.ndarray, members: np.ndarray, first_condition: int, length: int) -> Candidate:
        """The best of `scores` `(columns, conditions, unions)`, whose first condition has this number."""
        best = scores.reshape(columns, -1).argmax(axis=1)
        condition, union = np.divmod(best, scores.shape[2])
        chosen = np.zeros((columns, n_classes), bool)
        np.put_along_axis(chosen, top[column, :, first_condition + condition], members[union], axis=1)
        shape = first_condition + condition - 1
        negated = shape >= n_shapes
        found = scores.reshape(columns, -1)[column, best]
        sentences = Sentences(chosen, np.where(negated, shape - n_shapes, shape), negated, np.zeros(columns, bool))
        return Candidate(sentences, found, length)

    alone, with_shape = [], []
    if n_shapes:
        with_shape.append(_search_shapes(cells, both, least))
    for size in range(1, min(max_classes, united) + 1):
        members = np.zeros((len(list(combinations(range(united), size))), united), bool)
        for row, union in zip(members, combinations(range(united), size), strict=True):
            row[list(union)] = True
        positives = counts @ members.T
        found = auc_of_sums(sums @ members.T, positives, cells.n)
        enough = (np.minimum(positives, cells.n - positives) >= least) & ~np.isnan(found)
        scores = np.where(enough, found, -np.inf)
        if size == 1:  # a class there always is, however few images it has
            single = np.nan_to_num(found[:, :1], nan=-1.0)
            scores[:, :1] = np.where(enough[:, :1].any(axis=2, keepdims=True), scores[:, :1], single)
        alone.append(pick(scores[:, :1], members, 0, size))
        if n_shapes:
            tell = known.astype(int) @ members.T  # how many of the classes do
            mean = np.divide(within @ members.T, tell, out=np.zeros(tell.shape), where=tell > 0)
            with_shape.append(pick(np.where(mean >= WITHIN, scores[:, 1:], -np.inf), members, 1, size + 1))
    return alone, with_shape


def _search_shapes(cells: Cells, both: np.ndarray, least: float) -> Candidate:
    """The best shape, or negation of one, for images of any class."""
    n_shapes, columns = cells.n_shapes, len(cells.sums)
    positives = cells.counts[:, 1:].sum(axis=0)
    known = ~np.isnan(both)
    mean = np.divide(
        np.where(known, both, 0).sum(axis=1), known.sum(axis=1), out=np.zeros((columns, 2 * n_shapes)),
        where=known.any(axis=1),
    )  # fmt: skip
    allowed = (np.minimum(positives, cells.n - positives) >= least) & (mean >= WITHIN)
    found = auc_of_sums(cells.sums[:, :, 1:].sum(axis=1), positives, cells.n)
    scores = np.where(allowed, found, -np.inf)
    best = scores.argmax(axis=1)
    everything = np.ones((columns, len(cells.counts)), bool)
    sentences = Sentences(everything, best % n_shapes, best >= n_shapes, np.zeros(columns, bool))
    return Candidate(sentences, scores[np.arange(columns), best], 1)


def choose_length(candidates: Sequence[Candidate], held_out: Cells) -> Candidate:
    """For each column the shortest candidate, or a longer one that earned its length on held-out images.

    From short to long, one takes the place of the one that stands if its AUC on held-out images is higher by `GAIN`
    for each class or shape that it has more. Of candidates of one length the one with the best AUC where it was chosen
    is tried. `length` of what is returned is the longest's.
    """
    standing = candidates[0]
    lengths = np.full(len(standing.auc), standing.length)
    reached = held_out.auc(standing.sentences)
    for length in sorted({candidate.length for candidate in candidates}):
        rivals = [candidate for candidate in candidates if candidate.length == length and candidate is not standing]
        for rival in _best_of_length(rivals):
            tried = held_out.auc(rival.sentences)
            if length == candidates[0].length:  # as short as the first: the better one where they were chosen
                takes = rival.auc > standing.auc
            else:
                takes = np.isfinite(rival.auc) & (tried >= reached + GAIN * (length - lengths))
            chosen = rival.sentences.where(takes, standing.sentences)
            standing = Candidate(chosen, np.where(takes, rival.auc, standing.auc), length)
            lengths, reached = np.where(takes, length, lengths), np.where(takes, tried, reached)
    return standing


def _best_of_length(rivals: Sequence[Candidate]) -> list[Candidate]:
    """Candidates of one length as one: for each column the best where it was chosen; the first of equals."""
    if not rivals:
        return []
    best = rivals[0]
    for rival in rivals[1:]:
        better = rival.auc > best.auc
        best = replace(
            best, sentences=rival.sentences.where(better, best.sentences), auc=np.maximum(rival.auc, best.auc)
        )
    return [best]


@dataclass(frozen=True)
class Found:
    """The sentences of one kind, with their AUC `(columns,)` where they were chosen and on test images."""

    sentences: Sentences
    auc_train: np.ndarray
    auc: np.ndarray
    within_train: np.ndarray
    within: np.ndarray


def find_sentences(
    train: Images,
    held_out: Images,
    test: Images,
    n_classes: int,
    max_classes: int,
    kinds: Sequence[str] = KINDS,
    within_test: bool = False,
) -> dict[str, Found]:
    """The best sentence of each of `kinds` for every column of activations.

    train, held_out : of the same columns; the first `CHOICE_IMAGES` and `LENGTH_IMAGES` of them count. test : only
    measured, in full. within_test : whether `within` is measured too, or left NaN.
    """
    parts: dict[str, list[Found]] = {kind: [] for kind in kinds}
    for columns in _blocks(train.activations.shape[1]):
        own_parts = [
            replace(part, activations=part.activations[:, columns])
            for part in (train.first(CHOICE_IMAGES), held_out.first(LENGTH_IMAGES), test.first(len(test.classes)))
        ]
        within = (True, False, within_test)
        with threadpool_limits(1, "blas"):  # more threads would wait for one another longer than they work
            tables = [sum_ranks(part, n_classes, asked) for part, asked in zip(own_parts, within, strict=True)]
        alone, with_shape = search_forms(tables[0], max_classes)
        forms = {"class": alone[:1], "union": alone, "two_part": [*alone, *with_shape]}
        for kind in kinds:
            chosen = choose_length(forms[kind], tables[1])
            own, on_test = chosen.sentences, tables[2]
            parts[kind].append(
                Found(own, tables[0].auc(own), on_test.auc(own), tables[0].within_auc(own), on_test.within_auc(own))
            )
    return {kind: _join(found) for kind, found in parts.items()}


def _blocks(columns: int) -> Iterator[slice]:
    return (slice(start, min(columns, start + COLUMNS)) for start in range(0, columns, COLUMNS))


def _join(parts: Sequence[Found]) -> Found:
    """Blocks of columns as one."""
    names = ("members", "shape", "negated", "lower")
    sentences = Sentences(*(np.concatenate([getattr(part.sentences, name) for part in parts]) for name in names))
    figures = ("auc_train", "auc", "within_train", "within")
    return Found(sentences, *(np.concatenate([getattr(part, name) for part in parts]) for name in figures))


def choose_threshold(values: np.ndarray, true: np.ndarray) -> float:
    """The activation from which on a sentence that is `true` `(n,)` of some images has the highest F1 score.

    F1 is the harmonic mean of precision and recall; of equal ones the highest threshold. It is the activation of an
    image. Where the sentence is true of none, the largest activation.
    """
    order = np.argsort(-values, kind="stable")
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
        values, tested = sign * chosen_on.activations[:, node], sign * test.activations[:, node]
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
            found.within_train[node], sign * threshold, rates[0], own[0], rates[1], own[1], rates[2], own[2],
        ))  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=[
            "node", "sentence", "concept", "sentence_auc", "sentence_auc_train", "within_class_auc",
            "within_class_auc_train", "threshold", "precision", "precision_train", "recall", "recall_train",
            "false_alarm", "false_alarm_train",
        ],
    )  # fmt: skip
