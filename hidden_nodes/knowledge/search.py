"""The search for sentences: the best of each form on images that trained, as long as held-out ones justify."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from threadpoolctl import threadpool_limits

from hidden_nodes.knowledge.cells import Cells, sum_ranks
from hidden_nodes.knowledge.ranks import auc_of_sums
from hidden_nodes.knowledge.sentences import CHOICE_IMAGES, KINDS, LENGTH_IMAGES, Images, Sentences

# Unions are tried among so many classes, those with the highest mean rank under each shape. Of classes of one size the
# first few are the best union there is; of others nearly.
UNITED = 6
LEAST_SHARE, LEAST_IMAGES = 0.005, 5  # of the images, of which a sentence has to be true, and as many of which not
# AUC on held-out images by which a sentence has to be better for each class or shape that it has more than a shorter.
GAIN = 0.01
WITHIN = 0.7  # mean AUC of a shape within the sentence's classes, on training images, from which it may be named
COLUMNS = 128  # that are searched at a time


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
