"""What TensorFlow and Keras read from the environment when they are imported, set for equal results everywhere."""

import os

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # notes on missing GPU drivers are no news to a user
    "TF_ENABLE_ONEDNN_OPTS": "0",  # oneDNN sums in an order of its own on each kind of processor
    "CUDA_VISIBLE_DEVICES": "-1",  # so does a GPU
    "KERAS_BACKEND": "tensorflow",  # whatever ~/.keras/keras.json says
}


def set_environment() -> None:
    """Set these variables for this process, before TensorFlow is imported."""
    os.environ.update(ENVIRONMENT)
    os.environ.pop("XLA_FLAGS", None)  # they change the order of sums, even those that ask for no such thing
