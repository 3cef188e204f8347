"""Linear probes: how well classes and shape concepts are told from activations, or from pixels, by a weighted sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import eigh
from scipy.linalg.blas import dsyrk
from threadpoolctl import threadpool_limits

from hidden_nodes.knowledge.intervals import binomial_interval
from hidden_nodes.knowledge.ranks import auc, auc_interval

PROBE_IMAGES = 10_000  # the first training images, from which probes are fitted; more tell hardly more
HELD_OUT_IMAGES = 5_000  # the first held-out images, which choose the strength of the penalty
BLOCK = 5_000  # images that are added up, or told, at a time
# Penalties to choose from, in mean variances of a feature, the strongest first.
STRENGTHS = (1e1, 1e0, 1e-1, 1e-2, 1e-3, 1e-4)


@dataclass(frozen=True)
class Probe:
    """Linear probes on one kind of features, a column a target: `features @ weights + bias`."""

    weights: np.ndarray  # (features, targets)
    bias: np.ndarray  # (targets,)

    def score(self, values: np.ndarray) -> np.ndarray:
        """How much each image looks like each target `(n, targets)`, float64, by one thread."""
        scores = np.empty((len(values), len(self.bias)))
        with threadpool_limits(1, "blas"):
            for start in range(0, len(values), BLOCK):
                scores[start : start + BLOCK] = as_features(values[start : start + BLOCK]) @ self.weights + self.bias
        return scores


def as_features(values: np.ndarray) -> np.ndarray:
    """Values `(n, ...)` as rows of float64; bytes are scaled to [0, 1]."""
    rows = values.reshape(len(values), -1).astype(np.float64)
    return rows / 255 if values.dtype == np.uint8 else rows


def fit_probes(values: np.ndarray, targets: np.ndarray) -> list[Probe]:
    """Ridge regression of `targets` `(n, targets)` on `values` `(n, ...)` of images that train, for each strength.

    The intercept is not penalized. One eigendecomposition of the Gram matrix serves all strengths.
    """
    values, targets = values[:PROBE_IMAGES], targets[:PROBE_IMAGES].astype(np.float64)
    blocks = [slice(start, start + BLOCK) for start in range(0, len(values), BLOCK)]
    mean = sum(as_features(values[block]).sum(axis=0) for block in blocks) / len(values)
    centre = targets.mean(axis=0)
    gram, cross = np.zeros((len(mean), len(mean))), np.zeros((len(mean), targets.shape[1]))
    with threadpool_limits(1, "blas"):  # so that the order of the sums is always the same
        for block in blocks:
            centred = as_features(values[block]) - mean
            gram += dsyrk(1.0, centred.T)
            cross += centred.T @ (targets[block] - centre)
        eigenvalues, vectors = eigh(gram, lower=False)
        rotated = vectors.T @ cross
        scale = np.trace(gram) / len(gram) or 1.0  # of dead nodes alone any will do
        probes = []
        for strength in STRENGTHS:
            weights = vectors @ (rotated / (eigenvalues.clip(min=0) + strength * scale)[:, None])
            probes.append(Probe(weights, centre - mean @ weights))
    return probes


def score_held_out(probes: Sequence[Probe], values: np.ndarray) -> np.ndarray:
    """What each of some probes scores the first held-out images: `(probes, n, targets)`. Features are read once."""
    together = Probe(np.hstack([probe.weights for probe in probes]), np.concatenate([probe.bias for probe in probes]))
    scores = together.score(values[:HELD_OUT_IMAGES])
    return scores.reshape(len(scores), len(probes), -1).transpose(1, 0, 2)


def choose_probes(probes: Sequence[Probe], scores: np.ndarray, targets: np.ndarray) -> tuple[Probe, np.ndarray]:
    """For each target the probe with the best AUC on held-out images, and that AUC `(targets,)`; NaN where undefined.

    scores : of `score_held_out`; targets : of the held-out images `(n, targets)`. Of equal probes the strongest
    penalty's. Where the held-out images have not both values, the middle one's.
    """
    targets = targets[: scores.shape[1]].astype(bool)
    found = np.array([[auc(own[:, t], targets[:, t]) for t in range(targets.shape[1])] for own in scores])
    known = ~np.isnan(found).any(axis=0)
    best = np.where(known, np.nan_to_num(found).argmax(axis=0), len(probes) // 2)
    every = np.arange(targets.shape[1])
    weights, bias = np.stack([probe.weights for probe in probes]), np.stack([probe.bias for probe in probes])
    return Probe(weights[best, :, every].T, bias[best, every]), found[best, every]


def choose_classifier(probes: Sequence[Probe], scores: np.ndarray, classes: np.ndarray) -> Probe:
    """The probe whose largest score is most often the class on held-out images; of equal ones the strongest penalty."""
    right = np.count_nonzero(scores.argmax(axis=2) == classes[: scores.shape[1]], axis=1)
    return probes[int(np.argmax(right))]


@dataclass(frozen=True)
class ProbedImages:
    """What probes are told of some images: classes `(n,)`, concepts `(n, concepts)`, and each source's features."""

    classes: np.ndarray
    concepts: np.ndarray
    features: Mapping[str, np.ndarray]  # "hidden", "pixels", "untrained" ...: (n, features), or bytes of any shape


def tabulate_probes(
    train: ProbedImages, held_out: ProbedImages, test: ProbedImages, n_classes: int, concept_names: Sequence[str]
) -> pd.DataFrame:
    """How well each source tells the class and each concept: `source target measure value low high`.

    Fitted on images that trained, the strength chosen by held-out ones, measured on test images. The class: share of
    images, in [0, 1], whose class has the largest score, exact binomial interval; a concept: AUC, DeLong's interval.
    """
    rows: list[tuple[str, str, str, float, float, float]] = []
    one_hot = np.eye(n_classes)
    for source, values in train.features.items():
        n = min(len(values), PROBE_IMAGES)
        targets = np.hstack([one_hot[train.classes[:n]], train.concepts[:n]])
        probes = fit_probes(values, targets)
        of_class = [Probe(probe.weights[:, :n_classes], probe.bias[:n_classes]) for probe in probes]
        of_concepts = [Probe(probe.weights[:, n_classes:], probe.bias[n_classes:]) for probe in probes]
        tried = score_held_out(probes, held_out.features[source])
        classifier = choose_classifier(of_class, tried[:, :, :n_classes], held_out.classes)
        hits = int((classifier.score(test.features[source]).argmax(axis=1) == test.classes).sum())
        low, high = binomial_interval(hits, len(test.classes))
        rows.append((source, "class", "accuracy", hits / len(test.classes), float(low), float(high)))
        if concept_names:
            chosen, _ = choose_probes(of_concepts, tried[:, :, n_classes:], held_out.concepts)
            scores = chosen.score(test.features[source])
            for k, name in enumerate(concept_names):
                rows.append((source, name, "auc", *auc_interval(scores[:, k], test.concepts[:, k].astype(bool))))
    return pd.DataFrame(rows, columns=["source", "target", "measure", "value", "low", "high"])
