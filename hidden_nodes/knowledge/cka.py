"""How alike two layers are as spaces, whatever the directions in them: linear CKA, debiased.

Centered kernel alignment (Kornblith et al. 2019) does not change when a layer is rotated or scaled as a whole, so it
cannot tell whether two networks share nodes. Its plain form is above 0 for unrelated layers, the more nodes and the
fewer images there are; so its parts are estimated without bias (Song et al. 2012), as Nguyen et al. (2021) do.
"""

import numpy as np

from hidden_nodes.knowledge.layer import Layer


def linear_cka(x: Layer, y: Layer, products: np.ndarray) -> float:
    """Debiased linear CKA, at most 1 or a little more, near 0 for unrelated layers; NaN where one is constant.

    products : those of the columns, `x.centred.T @ y.centred`.
    """
    own = unbiased_hsic(x, x, x.own_products) * unbiased_hsic(y, y, y.own_products)
    return unbiased_hsic(x, y, products) / np.sqrt(own) if own > 0 else np.nan


def unbiased_hsic(x: Layer, y: Layer, products: np.ndarray) -> float:
    """The Hilbert-Schmidt independence criterion of two linear kernels, without bias; of four images or more.

    It is equation 5 of Song et al. (2012). As columns have mean 0, each row of the kernel `x @ x.T` without its
    diagonal adds up to minus the row's norm: no matrix `(n, n)` of images is needed.
    """
    n = len(x.norms)
    shared = np.einsum("ij,ij->", products, products) - n / (n - 2) * (x.norms @ y.norms)
    return float((shared + x.norms.sum() * y.norms.sum() / ((n - 1) * (n - 2))) / (n * (n - 3)))
