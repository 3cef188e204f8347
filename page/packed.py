"""Arrays as text."""

import base64
import zlib
from typing import TypedDict

import numpy as np


class Packed(TypedDict):
    """An array's numbers as text: zlib-compressed, little-endian, base64."""

    type: str
    data: str


def pack(values: np.ndarray) -> Packed:
    """An array's numbers as text, for `unpack` in `network.js`: zlib-compressed, little-endian, base64."""
    content = zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return {"type": values.dtype.name, "data": base64.b64encode(content).decode()}
