"""The stages of the study: each module runs by itself as `python -m stages.NAME`.

Imports make a million objects that last to the end. Looking through them for garbage again and again, and once more
at the exit, would take a quarter of the time of a stage that imports TensorFlow.
"""

import atexit
import gc

gc.set_threshold(200_000)
atexit.register(gc.freeze)
