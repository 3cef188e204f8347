"""What training is held against: the same network with the weights it may have begun with."""

import numpy as np

from hidden_nodes.network.backprop import initial_layers
from hidden_nodes.network.weights import Weights


def untrained_network(inputs: int, n_hidden: int, classes: int, activation: str, seed: int) -> Weights:
    """An untrained network, drawn by Keras's rule for dense layers: Glorot uniform weights, biases 0.

    Weights are uniform within `sqrt(6 / (fan_in + fan_out))` of 0 (Glorot and Bengio 2010). NumPy draws them: the same
    seed gives the same network, but not the one that Keras draws with it.
    """
    layers = initial_layers(np.random.default_rng(seed), inputs, n_hidden, classes)
    return Weights(activation, *layers)
