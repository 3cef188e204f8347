"""Matrix products that have the same bytes on every processor and with any number of threads.

A sum of floating-point numbers depends on its order, and the order on the BLAS kernel and its threads, unless nothing
is ever rounded. Here nothing is: the factors are cut into parts, each a power of two times whole numbers so small that
every product of two parts, and every sum of such products in any order, is a whole number of at most 53 bits times a
power of two, which float64 holds exactly. The products of parts are then added in a fixed order, element by element.

Source: Ozaki, Ogita, Oishi and Rump 2012, "Error-free transformations of matrix multiplication by using fast routines
of matrix multiplication and its applications".
"""

import numpy as np

MANTISSA = 53  # bits of a whole number that float64 holds
BYTE = 8  # bits of a pixel
LEFT = 22  # bits of a part of the left factor, unless it holds bytes; the right one's sums have the other 31
COLUMN, ROWS = 22, 2**9  # bits of a column, and rows of it whose products then add up to at most 2^53
FEW = 10  # bits of a mean that is taken from a column before
TOLERANCE = 1e-7  # what may be left of the weights by which bytes scaled to [0, 1] are multiplied


def multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """`left @ right` of finite float32 or float64 numbers `(n, k)` and `(k, m)`: float64 `(n, m)`.

    Both factors are cut into two parts, and what is below them is left out: at most 2^-43 + k^2 2^-60 of the largest
    absolute number in the row times the sum of those in the column, 2e-13 for 128 terms.
    """
    left, right = left.astype(np.float64), right.astype(np.float64)
    rows, columns = _on_row_grids(left, LEFT), _on_column_grids(right, MANTISSA - LEFT)
    rows_left, columns_left = _on_row_grids(left - rows, LEFT), _on_column_grids(right - columns, MANTISSA - LEFT)
    small = rows_left @ columns + rows @ columns_left
    return rows @ columns + small


def multiply_bytes(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """`left / 255 @ right` of bytes `(n, k)` and finite numbers `(k, m)`: float64 `(n, m)`.

    Off the true product by at most 1e-7: the right factor is cut into as many parts as that takes. One does for the
    weights of a network, unless thousands of them are in the hundreds.
    """
    left, rest = left.astype(np.float64), right.astype(np.float64)
    product = np.zeros((len(left), right.shape[1]))
    while np.abs(rest).sum(axis=0).max() > TOLERANCE:
        part = _on_column_grids(rest, MANTISSA - BYTE)
        product += left @ part
        rest -= part
    return product / 255


def multiply_centred(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Column means `m` `(k,)` of finite numbers `(n, k)`, and `(values - m).T @ (values - m)`: float64.

    Added up block by block of rows. From each column its mean is taken, rounded to few bits, so that a value which
    stands there often, as 0 does for relu, stays exact. The rest is rounded to 2^-23 of the column's largest number in
    the block, up as often as down: with thousands of rows a product is off by 1e-7 of the largest one (or
    of a thousandth of the means', where the columns differ less from them). What the rounding of the means left is
    taken off in the end.
    """
    means = values.mean(axis=0, dtype=np.float64)
    near = _round_to(means, np.frexp(means)[1] - FEW)
    products = np.zeros((len(means), len(means)))
    for start in range(0, len(values), ROWS):
        block = values[start : start + ROWS] - near
        steps = np.ldexp(1.0, np.frexp(np.abs(block).max(axis=0))[1] - COLUMN)
        rounded = np.rint(block / steps) * steps
        products += rounded.T @ rounded
    return means, products - len(values) * np.outer(means - near, means - near)


def _on_row_grids(values: np.ndarray, bits: int) -> np.ndarray:
    """Each row rounded to the finest power of two of which its largest number is at most 2^bits."""
    _, exponents = np.frexp(np.abs(values).max(axis=1, keepdims=True))  # below 2^exponent
    return _round_to(values, exponents - bits)


def _on_column_grids(values: np.ndarray, bits: int) -> np.ndarray:
    """Each column rounded to a power of two of which its absolute numbers add up to at most 2^bits.

    They add up to at most half of that before they are rounded, and rounding adds half a step to each of the rows, of
    which there are fewer than 2^bits.
    """
    _, exponents = np.frexp(np.abs(values).sum(axis=0))
    return _round_to(values, exponents - bits + 1)


def _round_to(values: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """Numbers rounded to multiples of 2^exponents."""
    return np.ldexp(np.rint(np.ldexp(values, -exponents)), exponents)
