"""Our exponential, logarithm and activation functions are those of the textbook, for numbers of every size and sign."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import special

from hidden_nodes.network.functions import ACTIVATION_FUNCTIONS, erf, exp, log, sigmoid, softmax, tanh

X = np.concatenate([np.linspace(-9, 9, 181), [0.0, -0.0, 1e-9, -1e-9, 0.3, -0.3, 40.0, -40.0, 600.0, -600.0]])
ALPHA, SCALE = 1.67326324, 1.05070098  # of selu, as Klambauer and others 2017 and Keras have them
TEXTBOOK: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "elu": lambda x: np.where(x < 0, np.expm1(np.minimum(0, x)), x),
    "gelu": lambda x: x * special.ndtr(x),
    "leaky_relu": lambda x: np.where(x < 0, x / 5, x),
    "linear": lambda x: x,
    "relu": lambda x: np.where(x < 0, 0, x),
    "selu": lambda x: np.where(x < 0, SCALE * ALPHA * np.expm1(np.minimum(0, x)), SCALE * x),
    "sigmoid": special.expit,
    "silu": lambda x: x * special.expit(x),
    "softplus": lambda x: np.logaddexp(0, x),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
}


@pytest.mark.parametrize("name", ACTIVATION_FUNCTIONS)
def test_an_activation_function_is_that_of_the_textbook(name: str) -> None:
    allowed = 6e-7 if name == "gelu" else 1e-14  # of the error function to 1.5e-7, at up to 9 / 2
    found, expected = ACTIVATION_FUNCTIONS[name](X), TEXTBOOK[name](X)
    assert np.allclose(found, expected, rtol=1e-15, atol=allowed)


def test_the_exponential_has_14_digits_and_does_not_leave_float64() -> None:
    x = np.concatenate([np.linspace(-690, 690, 1001), np.linspace(-1, 1, 101)])
    assert np.allclose(exp(x), np.exp(x), rtol=1e-13, atol=0)
    assert np.allclose(exp(x[np.abs(x) < 50]), np.exp(x[np.abs(x) < 50]), rtol=1e-14, atol=0)
    assert exp(np.array([0.0])).tolist() == [1.0]
    far = exp(np.array([700.0, 1e30, np.inf, -700.0, -1e30, -np.inf]))
    assert np.isfinite(far).all()
    assert far.tolist() == [far[0]] * 3 + [far[3]] * 3
    assert far[0] == pytest.approx(np.exp(700), rel=1e-12)
    assert far[3] == pytest.approx(np.exp(-700), rel=1e-12)


def test_the_logarithm_has_14_digits_for_numbers_of_any_size() -> None:
    x = np.concatenate([np.geomspace(1e-300, 1e300, 1001), np.linspace(0.5, 2, 301)])
    assert np.allclose(log(x), np.log(x), rtol=1e-14, atol=1e-15)


def test_the_error_function_has_6_digits_and_the_sign_of_its_argument() -> None:
    assert np.allclose(erf(X), special.erf(X), rtol=0, atol=1.5e-7)
    assert np.array_equal(erf(-X), -erf(X))


def test_sigmoid_and_tanh_are_right_to_the_last_digits_far_from_0_too() -> None:
    assert np.allclose(sigmoid(X), special.expit(X), rtol=1e-13, atol=0)
    assert np.allclose(tanh(X), np.tanh(X), rtol=1e-13, atol=1e-16)


def test_softmax_shares_one_among_the_classes_of_each_row_whatever_is_added_to_it() -> None:
    x = np.array([[1.0, 2.0, 4.0], [0.0, 0.0, 0.0], [-400.0, 400.0, 399.0]])
    assert np.allclose(softmax(x), special.softmax(x, axis=1), rtol=1e-12, atol=1e-300)
    assert np.allclose(softmax(x + np.array([[1e3], [-1e3], [5.0]])), softmax(x), rtol=1e-12, atol=0)
    assert np.allclose(softmax(x).sum(axis=1), 1, rtol=1e-15)
