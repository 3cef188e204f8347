"""What TensorFlow and Keras read from the environment when they are imported, set for equal results everywhere."""

import os
import platform

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # notes on missing GPU drivers are no news to a user
    "TF_ENABLE_ONEDNN_OPTS": "0",  # oneDNN sums in an order of its own on each kind of processor
    "CUDA_VISIBLE_DEVICES": "-1",  # so does a GPU
    "KERAS_BACKEND": "tensorflow",  # whatever ~/.keras/keras.json says
    # The same machine code on every x86-64 processor with AVX2, whatever else it has, and no square roots from
    # approximations in hardware, whose last digits differ between makers: the two parts of XLA ask for that apart.
    "XLA_FLAGS": "--xla_cpu_enable_platform_dependent_math=false"
    " --xla_backend_extra_options=xla_cpu_disable_platform_dependent_math"
    + (" --xla_cpu_max_isa=AVX2" if platform.machine().lower() in ("x86_64", "amd64") else ""),
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # of the products that TensorFlow leaves to oneDNN all the same
    "MKL_CBWR": "AVX2",  # and of MKL's, inside oneDAL
}


def set_environment() -> None:
    """Set these variables for this process, before TensorFlow is imported."""
    os.environ.update(ENVIRONMENT)
