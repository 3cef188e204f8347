"""The maps as the page carries them: where the training images lie, and what else is known of each map."""

from typing import NotRequired, TypedDict

import numpy as np

from page.contents import Contents, Embedding
from page.packed import Packed, pack

STEPS = 2**16 - 1  # by which a place on a map is told, in each direction
MARGIN = 0.04  # of a map's width, around the points
SHARES = 255  # steps of a measure between 0 and 1


class CarriedMap(TypedDict):
    """A map; `frame` is what its square shows at first, and "places" are counted in steps across that.

    A test image is placed by its values: (values - `mean`) x `axes`.
    """

    values: str  # "pixels" or "activations"
    frame: list[float]  # left, right, bottom, top
    ticks: bool  # whether its axes have a unit
    places: Packed  # uint16 (training images, 2), 0 to 65535
    measures: NotRequired[Packed]  # uint8 (training images, 3): trustworthiness, continuity, neighbours kept; 0 to 255
    mean: NotRequired[Packed]  # float32 (features,)
    axes: NotRequired[Packed]  # float32 (2, features)


def carry_map(embedding: Embedding, training: np.ndarray) -> CarriedMap:
    """A map of the `training` images, indices."""
    points = embedding.points.astype(float)
    low, high = points.min(axis=0), points.max(axis=0)
    half = np.maximum(high - low, 1e-9) * (0.5 + MARGIN)
    if not embedding.flat:  # both axes have the same unit
        half[:] = half.max()
    left, right = (low + high) / 2 - half, (low + high) / 2 + half
    places = np.round((points[training] - left) / (right - left) * STEPS).astype(np.uint16)
    carried: CarriedMap = {
        "values": embedding.values,
        "frame": [float(end) for ends in zip(left, right, strict=True) for end in ends],
        "ticks": embedding.method == "pca",
        "places": pack(places),
    }
    if embedding.measures is not None:
        carried["measures"] = pack(np.round(embedding.measures[training] * SHARES).astype(np.uint8))
    if embedding.components is not None and not embedding.flat:
        carried["mean"] = pack(embedding.components[:, 0].astype(np.float32))
        carried["axes"] = pack(embedding.components[:, 1:].T.astype(np.float32))
    return carried


def carry_maps(contents: Contents, training: np.ndarray) -> dict[str, CarriedMap]:
    """All maps by the name of their element on the page."""
    return {f"map-{each.name}": carry_map(each, training) for each in contents.embeddings}
