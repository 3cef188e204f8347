"""What a network loses when one hidden node is held at a value: accuracy, overall and by class, and cross-entropy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import bdtr

from hidden_nodes.knowledge.intervals import binomial_interval
from hidden_nodes.network.weights import Weights

POINTS = 100  # percentage points in the whole
PERCENTILES = [1, 99]  # between which a node's activations lie, but for few images


@dataclass(frozen=True)
class Ablation:
    """What holding each node in turn did to the classification of some images."""

    images: np.ndarray  # (classes,) how many of each class
    lost: np.ndarray  # (n_hidden, classes) images classified correctly, but not with the node held
    gained: np.ndarray  # (n_hidden, classes) images misclassified, but correct with the node held
    loss: np.ndarray  # (n_hidden,) rise of the mean cross-entropy, in nats

    @property
    def points(self) -> np.ndarray:
        """Percentage points `(n_hidden,)` of accuracy lost; below 0 where accuracy rose."""
        lost: np.ndarray = POINTS * (self.lost - self.gained).sum(axis=1) / self.images.sum()
        return lost


def ablate_nodes(weights: Weights, activations: np.ndarray, classes: np.ndarray, held: np.ndarray) -> Ablation:
    """Hold each node in turn at a value for all images, the others as they are, and classify again.

    activations : `(n, n_hidden)` of the images to report on, of classes `classes` `(n,)`; held : `(n_hidden,)`, such as
    the nodes' means over the images that trained, or zeros. Of equal logits, the first class's counts, as in `argmax`.

    All is computed in float64. Holding node `j` at `m` takes `(a_j - m) w_j` from an image's logits: no other product.
    """
    output_weights = weights.output_weights.astype(np.float64)
    n_hidden, n_classes = output_weights.shape
    lost, gained = np.zeros((2, n_hidden, n_classes), int)
    rise = np.zeros(n_hidden)
    for k in np.unique(classes):
        nodes = activations[classes == k].T.astype(np.float64, order="C")  # (n_hidden, images of the class)
        logits = output_weights.T @ nodes + weights.output_bias.astype(np.float64)[:, None]  # (classes, images)
        correct, entropy = judge(logits, k)
        for j in range(n_hidden):
            correct_held, entropy_held = judge(logits - output_weights[j][:, None] * (nodes[j] - held[j]), k)
            lost[j, k] = np.count_nonzero(correct & ~correct_held)
            gained[j, k] = np.count_nonzero(correct_held & ~correct)
            rise[j] += (entropy_held - entropy).sum()
    return Ablation(np.bincount(classes, minlength=n_classes), lost, gained, rise / len(classes))


def find_levels(activations: np.ndarray, means: np.ndarray) -> np.ndarray:
    """What a node may be held at, `(n_hidden, 3)`: its mean, and the 1st and 99th percentile of its activations.

    activations : `(n, n_hidden)` of the images that trained, with their `means` `(n_hidden,)`.
    """
    ends = np.array([np.percentile(column, PERCENTILES) for column in activations.T], np.float64)
    return np.column_stack([means, ends])


def judge(logits: np.ndarray, actual: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether images of one class are classified correctly, and their cross-entropy: logits `(classes, n)`."""
    own, before, after = logits[actual], logits[:actual], logits[actual + 1 :]
    top_before = before.max(axis=0, initial=-np.inf)
    top_after = after.max(axis=0, initial=-np.inf)
    correct = (own > top_before) & (own >= top_after)
    top = np.maximum(np.maximum(top_before, top_after), own)
    return correct, np.log(np.exp(logits - top).sum(axis=0)) + (top - own)


def paired_interval(lost: np.ndarray, gained: np.ndarray, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end, in percentage points, of the 95 % interval of the accuracy lost.

    From the exact (Clopper-Pearson) limits of both discordant shares, joined as Newcombe's method 10 for paired
    proportions joins Wilson's (1998; "MOVER"), their correlation included. It allows for the number of discordant
    images being chance, as limits that follow from those images alone do not: in simulations it covers in 95 to 98 %
    (more where fewer than 4 are expected), those in 10 to 96 %. With no discordant image among n it reaches 5.2 / n.
    """
    p_lost, p_gained = lost / images, gained / images
    lost_low, lost_high = binomial_interval(lost, images)
    gained_low, gained_high = binomial_interval(gained, images)
    with np.errstate(divide="ignore", invalid="ignore"):  # where all images are discordant
        against = np.sqrt(p_lost * p_gained / ((1 - p_lost) * (1 - p_gained)))  # shares of one whole: they exclude
    against = np.nan_to_num(np.minimum(against, 1), nan=0.0)

    def reach(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        together: np.ndarray = np.sqrt(a**2 + b**2 + 2 * against * a * b)
        return together

    difference = p_lost - p_gained
    low = difference - reach(p_lost - lost_low, gained_high - p_gained)
    high = difference + reach(lost_high - p_lost, p_gained - gained_low)
    return POINTS * np.maximum(low, -1), POINTS * np.minimum(high, 1)


def mcnemar(lost: np.ndarray, gained: np.ndarray) -> np.ndarray:
    """Exact two-sided p-value of lost and gained images being equally likely (McNemar 1947); 1 where there is none."""
    smaller, both = np.minimum(lost, gained), np.asarray(lost + gained)
    p_values: np.ndarray = np.where(both == 0, 1.0, np.minimum(2 * bdtr(smaller.astype(float), both, 0.5), 1.0))
    return p_values


def q_values(p_values: np.ndarray) -> np.ndarray:
    """The smallest false discovery rate at which each of some tests is significant (Benjamini and Hochberg 1995).

    p_values : of any shape. As SciPy's `false_discovery_control`, which lies in `scipy.stats`: slow to import.
    """
    descending = np.argsort(-p_values, axis=None)
    bounds = p_values.ravel()[descending] * p_values.size / np.arange(p_values.size, 0, -1)
    found = np.empty(p_values.size)
    found[descending] = np.minimum.accumulate(np.minimum(bounds, 1))
    return found.reshape(p_values.shape)


def tabulate_ablation(ablation: Ablation) -> pd.DataFrame:
    """A row a node: `node ablation ablation_low ablation_high q_value ablation_loss`.

    The first three in percentage points; `q_value` by Benjamini and Hochberg (1995) over all nodes.
    """
    lost, gained = ablation.lost.sum(axis=1), ablation.gained.sum(axis=1)
    low, high = paired_interval(lost, gained, ablation.images.sum())
    columns = {
        "node": np.arange(len(lost)),
        "ablation": ablation.points,
        "ablation_low": low,
        "ablation_high": high,
        "q_value": q_values(mcnemar(lost, gained)),
        "ablation_loss": ablation.loss,
    }
    return pd.DataFrame(columns)


def tabulate_classes(ablation: Ablation) -> pd.DataFrame:
    """A row a node and class that has images: `node class points q_value`.

    `points`: percentage points of the class's images lost; `q_value` over all pairs of node and class.
    """
    present = np.flatnonzero(ablation.images)
    lost, gained = ablation.lost[:, present], ablation.gained[:, present]
    nodes, classes = np.indices(lost.shape)
    columns = {
        "node": nodes.ravel(),
        "class": present[classes.ravel()],
        "points": (POINTS * (lost - gained) / ablation.images[present]).ravel(),
        "q_value": q_values(mcnemar(lost, gained)).ravel(),
    }
    return pd.DataFrame(columns)
