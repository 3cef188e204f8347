"""Principal components from a covariance matrix that is added up block by block, so that any number of rows fits.

Source: Pearson 1901; Hotelling 1933. The matrix is decomposed as a whole, which is exact.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.blas import ssyrk
from threadpoolctl import threadpool_limits

from hidden_nodes.network.exact import multiply, multiply_bytes, multiply_centred

BLOCK = 5_000  # rows that are projected at a time
STEP = 2.0**-20  # that vectors are rounded to: far above what LAPACK's kernels differ by, far below what can be seen
FINE_STEP = 2.0**-36  # of the largest variance, that variances are rounded to
EXACT_ROWS = 256  # rows of bytes whose products add up to less than 2 ** 24: exact in float32, whatever the order


@dataclass(frozen=True)
class Components:
    """The principal components of `(n, features)` values, the one with the largest variance first.

    mean : `(features,)`. vectors : `(features, features)`, a column a component, of length 1 but for rounding; the
    largest entry of each is positive. variances : `(features,)`, along each component. All of bytes scaled to [0, 1],
    if bytes were given.
    """

    mean: np.ndarray
    vectors: np.ndarray
    variances: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        """Each component's share of the variance; all 0 where there is none."""
        total = self.variances.sum()
        return self.variances / total if total else self.variances

    def count(self, share: float) -> int:
        """How many components carry `share` of the variance together; 0 where there is no variance."""
        ratio = self.ratio
        return min(len(ratio), int(np.searchsorted(np.cumsum(ratio), share) + 1)) if ratio.any() else 0

    def project(self, values: np.ndarray, count: int) -> np.ndarray:
        """The first `count` components of `values` `(n, features)`, as `(n, count)` float32."""
        product = multiply_bytes if values.dtype == np.uint8 else multiply
        vectors = self.vectors[:, :count]
        origin = multiply(self.mean[None], vectors)
        points = np.empty((len(values), vectors.shape[1]), np.float32)
        for start in range(0, len(values), BLOCK):
            points[start : start + BLOCK] = product(values[start : start + BLOCK], vectors) - origin
        return points


def fit_components(values: np.ndarray) -> Components:
    """The principal components of `values` `(n, features)`: bytes, or float32. The number of cores changes no bit.

    The covariance has the same bytes on every processor, too. Its decomposition may differ in the last digits, so the
    vectors are rounded to multiples of 2^-20, the variances to 2^-36 of the largest: then they, too, are the same, but
    for a rare number halfway between two.
    """
    if values.dtype == np.uint8:
        mean, covariance = covariance_of_bytes(values)
    else:
        mean, products = multiply_centred(values)
        covariance = products / max(1, len(values) - 1)
    if not np.diagonal(covariance).any():  # every row alike, as with one dead node
        return Components(mean, np.eye(len(mean)), np.zeros(len(mean)))
    with threadpool_limits(1, "blas"):
        variances, vectors = eigh(covariance)
    vectors = round_to_step(vectors[:, ::-1])
    variances = round_to_step(variances[::-1].clip(min=0), FINE_STEP * 2.0 ** np.frexp(variances[-1])[1])
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(len(largest))])
    return Components(mean, vectors * signs + 0.0, variances)  # no -0, which a table would show


def round_to_step(numbers: np.ndarray, step: float = STEP) -> np.ndarray:
    """The nearest multiples of `step`: the same whichever kernel decomposed a matrix, unless one is halfway."""
    return np.rint(numbers / step) * step


def covariance_of_bytes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of `(n, features)` bytes scaled to [0, 1], from sums of whole numbers, which are exact."""
    features = values.shape[1]
    sums, products = np.zeros(features), np.zeros((features, features))
    for start in range(0, len(values), EXACT_ROWS):
        block = values[start : start + EXACT_ROWS].astype(np.float32)
        sums += block.sum(axis=0)
        products += ssyrk(1.0, block.T)
    products = np.triu(products) + np.triu(products, 1).T
    mean = sums / len(values)
    return mean / 255, (products - np.outer(sums, mean)) / (max(1, len(values) - 1) * 255**2)
