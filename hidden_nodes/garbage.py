"""Garbage collection, for programs whose imports make far more objects than they do themselves."""

import atexit
import gc

SELDOM = 200_000  # objects more than before, at which Python looks for garbage; by default 700 (2,000 from 3.13)


def collect_garbage_seldom() -> None:
    """Call before any library is imported.

    Imports make up to a million objects that last to the end. Looking through them again and again, and once more at
    the exit, would take a quarter of the time of a stage that imports TensorFlow, or of a command that imports DVC.
    """
    gc.set_threshold(SELDOM)
    atexit.register(gc.freeze)
