"""What learns in plain NumPy learns as the papers say: Adam's steps, Glorot's weights, batches of shuffled images."""

from itertools import islice

import numpy as np
import pytest
from scipy.special import log_softmax

from hidden_nodes.network.backprop import Adam, find_gradients, initial_layers, shuffled_batches

FIRST, SECOND, SMALL = 0.9, 0.999, 1e-7  # Adam's decays, and what keeps it from a division by 0, as Keras has it


def step_plainly(array: np.ndarray, gradients: list[np.ndarray], rate: float) -> np.ndarray:
    """Algorithm 1 of Kingma and Ba 2015, but for where the small number stands: beside the uncorrected root."""
    first, second = np.zeros_like(array), np.zeros_like(array)
    for number, gradient in enumerate(gradients, 1):
        first = FIRST * first + (1 - FIRST) * gradient
        second = SECOND * second + (1 - SECOND) * gradient * gradient
        unbiased = first / (1 - FIRST**number)
        scale = np.sqrt(second) / np.sqrt(1 - SECOND**number)
        array = array - rate * unbiased / (scale + SMALL / np.sqrt(1 - SECOND**number))
    return array


def test_adam_steps_as_kingma_and_ba_do() -> None:
    generator = np.random.default_rng(0)
    start = generator.normal(0, 1, (3, 2))
    gradients = [generator.normal(0, size, (3, 2)) for size in (1, 1e-6, 10, 1e-8)]
    for count in range(1, 5):
        array = start.copy()
        adam = Adam(array, 0.01)
        for gradient in gradients[:count]:
            adam.step(gradient)
        assert np.allclose(array, step_plainly(start, gradients[:count], 0.01), rtol=1e-12, atol=0)
        assert adam.array is array
        assert adam.steps == count


def test_adams_first_step_has_the_size_of_the_rate_against_the_gradient() -> None:
    array = np.zeros(3)
    Adam(array, 0.5).step(np.array([2.0, -1e3, 0.0]))
    assert array.tolist() == pytest.approx([-0.5, 0.5, 0], rel=1e-5)


def test_rows_that_are_kept_go_on_as_they_would_have_with_the_others() -> None:
    generator = np.random.default_rng(1)
    start, gradients = generator.normal(0, 1, (4, 2)), generator.normal(0, 1, (2, 4, 2))
    rows = np.array([True, False, False, True])
    whole, cut = Adam(start.copy(), 0.1), Adam(start.copy(), 0.1)
    for adam in (whole, cut):
        adam.step(gradients[0])
    cut.keep(rows)
    whole.step(gradients[1])
    cut.step(gradients[1][rows])
    assert np.array_equal(cut.array, whole.array[rows])


def test_fresh_kernels_fill_the_interval_of_glorot_and_bengio_and_biases_are_0() -> None:
    layers = initial_layers(np.random.default_rng(2), 300, 200, 100)
    assert [layer.shape for layer in layers] == [(300, 200), (200,), (200, 100), (100,)]
    assert {layer.dtype for layer in layers} == {np.dtype(np.float32)}
    for kernel, limit in ((layers[0], np.sqrt(6 / 500)), (layers[2], np.sqrt(6 / 300))):
        assert kernel.max() == pytest.approx(limit, rel=1e-3)
        assert kernel.min() == pytest.approx(-limit, rel=1e-3)
        assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
    assert not layers[1].any()
    assert not layers[3].any()


def test_gradients_of_large_scores_are_finite_and_those_of_a_dead_node_are_0() -> None:
    x = np.array([[1.0, 2.0], [3.0, 0.0]])
    layers = [np.array([[800.0, -1.0], [700.0, -1.0]]), np.zeros(2), np.array([[1.0, -1.0], [2.0, 5.0]]), np.zeros(2)]
    hidden, hidden_bias, kernel, bias = find_gradients(x, np.array([1, 0]), layers)
    assert hidden[:, 1].tolist() == [0, 0]
    assert hidden_bias[1] == 0
    assert bias.tolist() == pytest.approx([0.5, -0.5])  # the first image is misclassified for certain
    assert kernel[0].tolist() == pytest.approx([0.5 * 2200, -0.5 * 2200])
    assert hidden_bias[0] == pytest.approx(0.5 * 1 + 0.5 * 1)
    assert hidden[:, 0].tolist() == pytest.approx([1.0, 2.0])


def test_gradients_are_the_slopes_of_the_mean_cross_entropy() -> None:
    generator = np.random.default_rng(4)
    shapes = [(4, 3), (3,), (3, 3), (3,)]
    layers = [generator.normal(0, 1, shape) for shape in shapes]
    x, labels = generator.normal(0, 1, (3, 4)), np.array([2, 0, 2])

    def loss(changed: list[np.ndarray]) -> float:
        hidden = np.maximum(0, x @ changed[0] + changed[1])
        return float(-log_softmax(hidden @ changed[2] + changed[3], axis=1)[np.arange(3), labels].mean())

    for number, gradient in enumerate(find_gradients(x, labels, layers)):
        for place in np.ndindex(gradient.shape):
            ends = [[layer.copy() for layer in layers] for _ in range(2)]
            ends[0][number][place] -= 1e-6
            ends[1][number][place] += 1e-6
            assert gradient[place] == pytest.approx((loss(ends[1]) - loss(ends[0])) / 2e-6, abs=1e-6)


@pytest.mark.parametrize(("count", "size", "batches"), [(10, 3, 3), (9, 3, 3), (4, 8, 1), (5, 1, 5), (3, 3, 1)])
def test_an_epoch_has_whole_batches_of_different_images_and_the_next_another_order(
    count: int, size: int, batches: int
) -> None:
    epochs = list(islice(shuffled_batches(np.random.default_rng(3), count, size), 40 * batches))
    assert {len(batch) for batch in epochs} == {min(size, count)}
    chosen = [np.concatenate(epochs[start : start + batches]) for start in range(0, len(epochs), batches)]
    assert all(len(set(rows.tolist())) == len(rows) for rows in chosen)
    assert set(np.concatenate(chosen).tolist()) == set(range(count))
    assert len({tuple(rows.tolist()) for rows in chosen}) > 3
