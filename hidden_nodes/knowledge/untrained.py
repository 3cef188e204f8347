"""What training is held against: the same network with the weights it may have begun with."""

import numpy as np

from hidden_nodes.network.weights import Weights


def untrained_network(inputs: int, n_hidden: int, classes: int, activation: str, seed: int) -> Weights:
    """An untrained network, drawn by Keras's rule for dense layers: Glorot uniform weights, biases 0.

    Weights are uniform within `sqrt(6 / (fan_in + fan_out))` of 0 (Glorot and Bengio 2010). NumPy draws them: the same
    seed gives the same network, but not the one that Keras draws with it.
    """
    rng = np.random.default_rng(seed)

    def glorot_uniform(fan_in: int, fan_out: int) -> np.ndarray:
        limit = np.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)

    hidden_weights, output_weights = glorot_uniform(inputs, n_hidden), glorot_uniform(n_hidden, classes)
    biases = np.zeros(n_hidden, np.float32), np.zeros(classes, np.float32)
    return Weights(activation, hidden_weights, biases[0], output_weights, biases[1])
