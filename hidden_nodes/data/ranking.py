"""The ranking of the pixels, as `rf_select` writes it and others read it."""

import numpy as np
import pandas as pd

from hidden_nodes.errors import BadInput
from hidden_nodes.paths import RANKING
from hidden_nodes.tables import read_csv


def read_ranking(pixels: int) -> pd.DataFrame:
    """All `pixels` of an image, the most important first: columns `pixel`, the flat position, and `importance`.

    Raises
    ------
    BadInput
        If the file is no ranking of all of them.
    """
    ranking = read_csv(RANKING, "pixel", "importance")
    if not np.array_equal(np.sort(ranking["pixel"]), np.arange(pixels)):
        raise BadInput(f"{RANKING} must rank each of the {pixels} pixels once. Found {len(ranking)} rows.")
    return ranking
