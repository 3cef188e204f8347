"""By which metrics trials are judged, and the interval around a mean over seeds."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import stdtrit

CHOSEN_BY = "val_accuracy"  # the best is not chosen on the images on which it is reported
SCORES = [CHOSEN_BY, "test_accuracy", "test_loss", "rmse"]  # metrics; rmse where classes are numbers
PICTURES = Path("plots")  # results lie in a directory there, beside those of the stages
COMPARED = "compared"  # `plots/compared`, and for a sweep `plots/compared-NAME`: what `compare` writes
CONFIDENCE = 0.95  # of the interval around a mean over seeds


def half_width(deviations: pd.Series, seeds: pd.Series) -> pd.Series:
    """Half of Student's interval, at CONFIDENCE, around means over `seeds` values; missing where there is one."""
    return deviations / np.sqrt(seeds) * stdtrit(seeds - 1, (1 + CONFIDENCE) / 2)
