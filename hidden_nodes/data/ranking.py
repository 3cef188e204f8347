"""The ranking of the pixels, as `rf_select` writes it and others read it."""

from pathlib import Path

import numpy as np
import pandas as pd

from hidden_nodes.paths import PIXELS
from hidden_nodes.errors import BadInput
from hidden_nodes.files import read_csv

RANKING = Path("data/selection/ranking.csv")


def read_ranking(path: Path) -> pd.DataFrame:
    """All 784 pixels, the most important first: columns `pixel`, the flat position, and `importance`.

    Raises
    ------
    BadInput
        If the file is no ranking of all 784 pixels.
    """
    ranking = read_csv(path, "pixel", "importance")
    if not np.array_equal(np.sort(ranking["pixel"]), np.arange(PIXELS)):
        raise BadInput(f"{path} must rank each of the {PIXELS} pixels once. Found {len(ranking)} rows.")
    return ranking
