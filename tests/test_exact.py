"""Networks are applied with the same bytes on every processor, to within what is promised of the true sums."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from math import fsum

import numpy as np
import pytest
from scipy import special

from hidden_nodes.network import functions
from hidden_nodes.network.exact import multiply, multiply_bytes, multiply_centred
from tests.clone import ROOT

GENERATOR = np.random.default_rng(5)
# What `activations` and `evaluate` compute of images, on networks that are drawn; checksums of all bytes.
APPLY = """
import zlib
import numpy as np
from hidden_nodes.network.exact import multiply, multiply_centred
from hidden_nodes.network.forward import activate, classify
from hidden_nodes.network.functions import exp, log
from hidden_nodes.network.weights import Weights

generator = np.random.default_rng(6)
shapes = ((784, 64), (64,), (64, 10), (10,))
pixels = generator.integers(0, 256, (2000, 784), np.uint8)
arrays = [generator.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]
for activation in ("relu", "tanh", "softplus", "gelu"):
    weights = Weights(activation, *arrays)
    activations = activate(weights, pixels)
    found = activations, classify(weights, activations), *multiply_centred(activations)
    print([zlib.crc32(array.tobytes()) for array in found])
sums = generator.normal(0, 3, 100_000)
print([zlib.crc32(values.tobytes()) for values in (exp(sums), log(np.abs(sums)))])
"""


def true_products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Every sum of products correctly rounded; the products of float32 numbers are exact in float64."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    return np.array([[fsum(row * column) for column in right.T] for row in left])


def draw_weights(inputs: int, size: float) -> np.ndarray:
    """Weights of all sizes up to a few times `size`, most of them no whole number of steps of any grid."""
    spread = 10.0 ** GENERATOR.uniform(-4, 0, (inputs, 3))
    return (size * spread * GENERATOR.normal(0, 1, (inputs, 3))).astype(np.float32)


@pytest.mark.parametrize(("inputs", "size"), [(784, 0.1), (64 * 64, 1.0), (64 * 64, 100.0), (64 * 64, 1e6)])
def test_bytes_are_multiplied_to_a_ten_millionth(inputs: int, size: float) -> None:
    pixels, weights = GENERATOR.integers(0, 256, (6, inputs), np.uint8), draw_weights(inputs, size)
    pixels[0] = 255
    expected = true_products(pixels, weights) / 255
    assert np.abs(multiply_bytes(pixels, weights) - expected).max() <= 1e-7 + 1e-15 * np.abs(expected).max()


@pytest.mark.parametrize("terms", [1, 128, 64 * 64])
def test_numbers_are_multiplied_to_the_promised_digits(terms: int) -> None:
    left, right = draw_weights(terms, 10).T, draw_weights(terms, 100)
    scale = np.abs(left).max(axis=1, keepdims=True) * np.abs(right).sum(axis=0)
    error = np.abs(multiply(left, right) - true_products(left, right)) / scale
    assert error.max() <= 2**-43 + terms**2 * 2**-60


@pytest.mark.parametrize("rows", [1, 2, 1_500])
def test_centred_columns_are_multiplied_to_the_promised_digits(rows: int) -> None:
    normal = GENERATOR.normal(2, 3, (rows, 4)).astype(np.float32)
    often_zero, saturated = np.maximum(0, normal), np.float32(1) - np.abs(normal) * np.float32(1e-5)
    values = np.hstack([normal, often_zero, saturated, np.full((rows, 1), np.float32(0.7)), np.zeros((rows, 1))])
    means, products = multiply_centred(values.astype(np.float32))
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    expected = centred.T @ centred
    sizes = np.sqrt(np.diag(expected)) + 1e-3 * np.sqrt(rows) * np.abs(means)  # to within which the means are taken off
    assert np.allclose(means, values.mean(axis=0, dtype=np.float64), rtol=1e-15)
    bound = 1e-7 if rows > 1_000 else 2**-21  # roundings up and down cancel where there are many
    assert (np.abs(products - expected) <= bound * np.outer(sizes, sizes)).all()
    assert np.array_equal(products, products.T)
    assert not products[-1].any()


def test_the_order_of_the_terms_changes_no_bit() -> None:
    pixels, weights = GENERATOR.integers(0, 256, (50, 4096), np.uint8), draw_weights(4096, 100)
    numbers = draw_weights(4096, 1).T
    for _ in range(5):
        order = GENERATOR.permutation(4096)
        shuffled = np.ascontiguousarray(pixels[:, order]), np.ascontiguousarray(weights[order])
        assert multiply_bytes(*shuffled).tobytes() == multiply_bytes(pixels, weights).tobytes()
        assert multiply(numbers[:, order], weights[order]).tobytes() == multiply(numbers, weights).tobytes()


def test_no_order_changes_a_bit_where_sums_are_as_large_as_float64_holds() -> None:
    """All pixels 255 and weights of one sign, whose sum is just below a power of two."""
    pixels, weights = np.full((1, 4096), 255, np.uint8), GENERATOR.uniform(0.5, 1, (4096, 8))
    weights *= 0.999 / weights.sum(axis=0)
    found = {multiply_bytes(pixels, weights[GENERATOR.permutation(4096)]).tobytes() for _ in range(5)}
    assert len(found) == 1


def test_no_order_changes_a_bit_where_the_leading_digits_cancel() -> None:
    half, weights = GENERATOR.normal(0, 1, (4, 2048)), GENERATOR.normal(0, 1, (2048, 3))
    left = np.hstack([half, half + 1e-9 * GENERATOR.normal(0, 1, half.shape)])
    right = np.vstack([weights, -weights])
    orders = [GENERATOR.permutation(4096) for _ in range(5)]
    assert len({multiply(left[:, order], right[order]).tobytes() for order in orders}) == 1


def test_no_order_of_the_images_changes_a_bit_of_centred_products() -> None:
    """Numbers of 24 bits, close to their largest one: whole blocks of 512 whose products just fit into float64."""
    signs = GENERATOR.choice([-1.0, 1.0], (2048, 12))
    values = (signs * GENERATOR.integers(15 * 2**20, 2**24, (2048, 12))).astype(np.float32)
    means, products = multiply_centred(values)
    for _ in range(3):
        order = np.concatenate([start + GENERATOR.permutation(512) for start in range(0, 2048, 512)])
        shuffled = multiply_centred(values[order])
        assert shuffled[0].tobytes() == means.tobytes()
        assert shuffled[1].tobytes() == products.tobytes()


def test_numbers_of_22_bits_stay_exact_in_centred_products() -> None:
    half = GENERATOR.integers(2**21, 2**22, (100, 3)) | 1
    values = np.vstack([half, -half]).astype(np.float32)
    means, products = multiply_centred(values)
    assert not means.any()
    assert np.array_equal(products, 2 * half.T @ half)


def test_what_is_left_of_all_weights_of_a_column_together_counts() -> None:
    pixels, weights = np.full((2, 4096), 255, np.uint8), np.full((4096, 2), 8 + 2.0**-30)
    weights[:, 1] = 1  # of which nothing is left
    expected = [[4096 * (8 + 2.0**-30), 4096]] * 2
    assert np.allclose(multiply_bytes(pixels, weights), expected, rtol=0, atol=1e-7)


def test_columns_of_zeros_and_of_bytes_alone_are_exact() -> None:
    pixels = GENERATOR.integers(0, 256, (3, 7), np.uint8)
    assert not multiply_bytes(pixels, np.zeros((7, 2))).any()
    assert np.array_equal(
        multiply_bytes(pixels, np.full((7, 2), 255.0)), pixels.sum(axis=1, keepdims=True) * [1.0, 1.0]
    )
    assert np.array_equal(multiply(pixels, np.eye(7)), pixels)


def test_kernels_threads_and_vector_units_change_no_bit() -> None:
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    kernels = ["Haswell", "Prescott"]
    if {"X86_V4", "AVX512_SKX"} & set(found):
        kernels.append("SkylakeX")

    def run(condition: tuple[str, str]) -> str:
        kernel, threads = condition
        environment = os.environ | {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": threads}
        if kernel == "Prescott":
            environment["NPY_DISABLE_CPU_FEATURES"] = " ".join(found)
        command = [sys.executable, "-c", APPLY]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), condition
        return done.stdout

    with ThreadPoolExecutor(2) as pool:
        outputs = set(pool.map(run, product(kernels, "12")))
    assert len(outputs) == 1


def test_functions_of_our_own_agree_with_scipy() -> None:
    x = np.concatenate([np.linspace(-40, 40, 4001), GENERATOR.normal(0, 1, 1000), [0.0, 1e30, -1e30]])
    moderate = x[np.abs(x) < 50]
    assert np.allclose(functions.exp(moderate), np.exp(moderate), rtol=1e-14, atol=0)
    assert np.allclose(functions.log(np.exp(moderate)), moderate, rtol=0, atol=1e-14)
    for own, theirs in ((functions.tanh, np.tanh), (functions.sigmoid, special.expit)):
        assert np.allclose(own(x), theirs(x), rtol=0, atol=1e-15)
    assert np.allclose(functions.erf(x), special.erf(x), rtol=0, atol=1.5e-7)
    scores = x[:5000].reshape(-1, 10)
    assert np.allclose(functions.softmax(scores), special.softmax(scores, axis=1), rtol=0, atol=1e-15)
