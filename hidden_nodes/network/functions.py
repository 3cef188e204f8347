"""The activation functions, and the exponential and logarithm that they need, equal on every processor.

NumPy's own `exp`, `log` and `tanh` have other last digits with AVX-512 than without. What is here is made of additions,
multiplications and divisions one after the other, which IEEE 754 rounds in one way only.
"""

from collections.abc import Callable
from math import factorial, sqrt

import numpy as np
from numpy.polynomial.polynomial import polyval

LN2 = 0.6931471805599453
# Taylor's series, as far as float64 can tell where they are used: up to half of ln 2, and up to 1/9.
EXP = [1 / factorial(n) for n in range(14)]
ARTANH = [1 / (2 * n + 1) for n in range(18)]
ERF = (0, 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
LARGEST = 700  # beyond which the exponential leaves float64


def exp(x: np.ndarray) -> np.ndarray:
    """The exponential of numbers of any shape, which are taken as at most 700 and at least -700."""
    x = np.clip(x, -LARGEST, LARGEST)
    doublings = np.rint(x / LN2)
    return np.ldexp(polyval(x - doublings * LN2, EXP), doublings.astype(np.int32))


def log(x: np.ndarray) -> np.ndarray:
    """The natural logarithm of numbers above 0, of any shape."""
    fraction, exponent = np.frexp(x)  # fraction in [0.5, 1)
    ratio = (fraction - 1) / (fraction + 1)
    return 2 * ratio * polyval(ratio**2, ARTANH) + exponent * LN2


def erf(x: np.ndarray) -> np.ndarray:
    """The error function to 1.5e-7. Source: Abramowitz and Stegun 1964, 7.1.26."""
    size = np.abs(x)
    return np.sign(x) * (1 - polyval(1 / (1 + 0.3275911 * size), ERF) * exp(-size * size))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """The logistic function."""
    small = exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def tanh(x: np.ndarray) -> np.ndarray:
    """The hyperbolic tangent."""
    small = exp(-2 * np.abs(x))
    return np.sign(x) * (1 - small) / (1 + small)


def softmax(x: np.ndarray) -> np.ndarray:
    """Each row of `x` `(n, classes)` as probabilities, in proportion to its exponentials."""
    sizes = exp(x - x.max(axis=1, keepdims=True))
    return sizes / sizes.sum(axis=1, keepdims=True)


# Each activation function with Keras's constants, on float64 values of any shape.
ACTIVATION_FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "elu": lambda x: np.where(x > 0, x, exp(np.minimum(x, 0)) - 1),
    "gelu": lambda x: x / 2 * (1 + erf(x / sqrt(2))),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * (exp(np.minimum(x, 0)) - 1)),
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "softplus": lambda x: np.maximum(x, 0) + log(1 + exp(-np.abs(x))),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": tanh,
}
