"""Shape concepts, computed from a picture without its label: holes, slant, stroke, size, where the ink is, loose ends.

Each is a measure of the picture and a cut, from which on a picture has the concept. Ink is what is at least half as
bright as the brightest pixel of its image; a blank image has none, and 0 for every measure.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

BLOCK = 2_000  # images that are measured at a time
# A measure has no natural cut if every image has some of it: the third of the training images that has most (or
# least) of it counts, so that the concept is told from what is usual.
THIRD = 1 / 3
# A region has ink from this share of the ink on that an average region of an average training image has.
INK_SHARE = 0.25
ANY = 1e-7  # the cut where anything above 0 counts: no measure of an image of 64 x 64 pixels lies between
IN_PLANE = np.zeros((3, 3, 3), int)  # which pixels touch, in a stack of images: the four beside, in the same image
IN_PLANE[1] = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
NEIGHBOURS = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]  # from above, clockwise
# The nine regions: thirds of the rows by thirds of the columns, which overlap by a pixel where 3 divides neither.
REGIONS = {
    "top_left": "at the top left", "top": "at the top", "top_right": "at the top right",
    "left": "at the left", "middle": "in the middle", "right": "at the right",
    "bottom_left": "at the bottom left", "bottom": "at the bottom", "bottom_right": "at the bottom right",
}  # fmt: skip

# What `measure_shapes` gives, a column each.
MEASURES = (
    "holes",  # number of white areas that ink encloses
    "ends",  # number of ends of the strokes' centre lines
    "slant",  # columns to the right per row upwards, along the picture's main direction: tangent of the angle
    "stroke",  # thickness in pixels
    "width", "height",  # of the smallest box around the ink, in pixels
    "top_bottom", "left_right",  # share of the brightness in the upper (left) half minus that in the other, -1 to 1
    *(f"ink_{region}" for region in REGIONS),  # share of a region's pixels that are ink, 0 to 1
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """A concept: its name, how a sentence says it and that it is not so, its measure, and how its cut is found."""

    name: str
    wording: str
    negation: str
    measure: str
    rule: str  # "count": `value` or more; "most", "least": a third of the images; "any": above 0; "ink": INK_SHARE
    value: float | None = None  # of "most" and "least": what the cut must not be below, or above

    @property
    def is_below(self) -> bool:
        """Whether an image has the concept below its cut, and not from it on."""
        return self.rule == "least"


SHAPES = [
    Shape("hole", "with a hole", "without a hole", "holes", "count", 1),
    Shape("two_holes", "with two holes or more", "with fewer than two holes", "holes", "count", 2),
    Shape("loose_end", "with a loose end", "without a loose end", "ends", "count", 1),
    Shape("three_ends", "with three loose ends or more", "with fewer than three loose ends", "ends", "count", 3),
    Shape("slanted_right", "slanted to the right", "not slanted to the right", "slant", "most", 0),
    Shape("slanted_left", "slanted to the left", "not slanted to the left", "slant", "least", 0),
    Shape("thick", "with a thick stroke", "without a thick stroke", "stroke", "most"),
    Shape("thin", "with a thin stroke", "without a thin stroke", "stroke", "least"),
    Shape("wide", "drawn wide", "not drawn wide", "width", "most"),
    Shape("narrow", "drawn narrow", "not drawn narrow", "width", "least"),
    Shape("tall", "drawn tall", "not drawn tall", "height", "most"),
    Shape("low", "drawn low", "not drawn low", "height", "least"),
    Shape("top_heavy", "mostly in the upper half", "not mostly in the upper half", "top_bottom", "any"),
    Shape("left_heavy", "mostly in the left half", "not mostly in the left half", "left_right", "any"),
    *(Shape(f"ink_{key}", f"with ink {place}", f"without ink {place}", f"ink_{key}", "ink")
      for key, place in REGIONS.items()),
]  # fmt: skip


def measure_shapes(images: np.ndarray) -> np.ndarray:
    """The measures `(n, measures)` float32 of images `(n, rows, columns)` uint8, in the order of `MEASURES`."""
    measures = np.zeros((len(images), len(MEASURES)), np.float32)
    for start in range(0, len(images), BLOCK):
        block = np.asarray(images[start : start + BLOCK])
        ink = find_ink(block)
        columns = [
            count_holes(ink), count_ends(ink), measure_slant(block), measure_stroke(block), *measure_box(ink),
            *compare_halves(block), *measure_regions(ink),
        ]  # fmt: skip
        measures[start : start + BLOCK] = np.stack(columns, axis=1)
    return measures


def find_cuts(measures_train: np.ndarray) -> np.ndarray:
    """The cut of each shape `(shapes,)`, from the measures of the images that train."""
    least_ink = INK_SHARE * measures_train[:, [MEASURES.index(f"ink_{region}") for region in REGIONS]].mean()
    cuts = []
    for shape in SHAPES:
        column = measures_train[:, MEASURES.index(shape.measure)]
        if shape.rule == "most":
            cut = np.quantile(column, 1 - THIRD, method="higher")
            cuts.append(cut if shape.value is None else max(shape.value, cut))
        elif shape.rule == "least":
            cut = np.quantile(column, THIRD, method="lower")
            cuts.append(cut if shape.value is None else min(shape.value, cut))
        elif shape.rule == "ink":
            cuts.append(max(least_ink, ANY))  # where every image is blank, none has ink
        else:
            cuts.append(shape.value or ANY)
    return np.array(cuts)


def has_shapes(measures: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Whether each image has each shape: bool `(n, shapes)`."""
    columns, is_below = zip(*((MEASURES.index(shape.measure), shape.is_below) for shape in SHAPES), strict=True)
    found = np.empty((len(measures), len(SHAPES)), bool)
    for start in range(0, len(measures), BLOCK):
        of = measures[start : start + BLOCK, columns]
        found[start : start + BLOCK] = np.where(is_below, of < cuts, of >= cuts)
    return found


def find_ink(images: np.ndarray) -> np.ndarray:
    """Whether each pixel is ink: bool `(n, rows, columns)`."""
    brightest = images.max(axis=(1, 2)).astype(int)
    half = np.maximum(1, (brightest + 1) // 2).astype(np.uint8)
    return images >= half[:, None, None]


def count_holes(ink: np.ndarray) -> np.ndarray:
    """How many white areas `(n,)` ink encloses; ink touches at corners too, white does not."""
    white = np.pad(~ink, ((0, 0), (1, 1), (1, 1)), constant_values=True)  # the border makes the outside one area
    areas, n_areas = label(white, IN_PLANE)
    image_of = np.zeros(n_areas + 1, int)
    flat = areas.reshape(len(ink), -1)
    image_of[flat] = np.arange(len(ink))[:, None]
    return np.bincount(image_of[1:], minlength=len(ink)) - 1


def count_ends(ink: np.ndarray) -> np.ndarray:
    """How many loose ends `(n,)` the strokes have: pixels of their centre lines that go on to one side only."""
    high, wide = ink.shape[1] + 2, ink.shape[2] + 2
    thin, pixels = _thin(ink)
    code = _neighbours(thin, pixels, wide)
    ends = pixels[(_TRANSITIONS[code] == 1) & (_COUNT[code] <= 2)]
    return np.bincount(ends // (high * wide), minlength=len(ink))


def _thin(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strokes thinned to their centre lines: the stack with a border, flat, and where it is set.

    Source: Zhang and Suen 1984, "A fast parallel algorithm for thinning digital patterns".
    """
    flat = np.pad(ink, ((0, 0), (1, 1), (1, 1))).astype(np.uint8).ravel()
    wide = ink.shape[2] + 2
    pixels = np.flatnonzero(flat).astype(np.int32)
    removed = True
    while removed:
        removed = False
        for peels in _PEELS:
            peeled = peels[_neighbours(flat, pixels, wide)]
            if peeled.any():
                flat[pixels[peeled]] = 0
                pixels, removed = pixels[~peeled], True
    return flat, pixels


def _neighbours(flat: np.ndarray, pixels: np.ndarray, wide: int) -> np.ndarray:
    """Which of its eight neighbours each pixel has, as the bits of a byte, in the order of `NEIGHBOURS`."""
    code = np.zeros(len(pixels), np.uint8)
    for bit, (down, right) in enumerate(NEIGHBOURS):
        code |= flat[pixels + (down * wide + right)] << np.uint8(bit)
    return code


def _tabulate_neighbours() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """For each of the 256 neighbourhoods: how many there are, how many runs of them, whether either pass peels it."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count, transitions = bits.sum(axis=1), ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    above, right, below, left = bits[:, [0, 2, 4, 6]].T
    peelable = (count >= 2) & (count <= 6) & (transitions == 1)
    first = peelable & (above * right * below == 0) & (right * below * left == 0)
    second = peelable & (above * right * left == 0) & (above * below * left == 0)
    return count, transitions, [first, second]


_COUNT, _TRANSITIONS, _PEELS = _tabulate_neighbours()


def measure_slant(images: np.ndarray) -> np.ndarray:
    """How far `(n,)` the brightness moves to the right from a row to the one above: the regression of column on row."""
    total, by_row, by_column = images.sum(axis=(1, 2)), images.sum(axis=2), images.sum(axis=1)
    y, x = np.arange(images.shape[1]), np.arange(images.shape[2])
    moments = (images.reshape(-1, images.shape[2]) @ x).reshape(images.shape[:2])
    scale = np.maximum(total, 1).astype(float)
    mean_y, mean_x = by_row @ y / scale, by_column @ x / scale
    variance = by_row @ y**2 / scale - mean_y**2
    covariance = moments @ y / scale - mean_x * mean_y
    flat = variance < 1e-9  # of a single row, rounding apart
    return np.where(flat, 0, -covariance / np.where(flat, 1, variance))


def measure_stroke(images: np.ndarray) -> np.ndarray:
    """Thickness `(n,)` of the strokes in pixels: twice the ink over the length of its outline.

    The outline is as long as the total variation of the brightness (coarea formula), so that it is not longer for
    slanted strokes.
    """
    grey = np.pad(images, ((0, 0), (1, 1), (1, 1))).astype(np.float32)
    across, down = np.diff(grey, axis=2)[:, :-1], np.diff(grey, axis=1)[:, :, :-1]
    outline = np.sqrt(across**2 + down**2).sum(axis=(1, 2), dtype=np.float64)
    return 2 * images.sum(axis=(1, 2)) / np.maximum(outline, 1)


def measure_box(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Width and height `(n,)` of the smallest box around the ink, in pixels; 0 without ink."""
    sizes = []
    for across in (1, 2):
        used: np.ndarray = np.any(ink, axis=across)
        length = used.shape[1] - used[:, ::-1].argmax(axis=1) - used.argmax(axis=1)
        sizes.append(np.where(used.any(axis=1), length, 0))
    return sizes[0], sizes[1]


def compare_halves(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Brightness `(n,)` of the upper half minus the lower, of the left minus the right, as shares of the whole."""
    total = np.maximum(1, images.sum(axis=(1, 2)))
    differences = []
    for profile in (images.sum(axis=2).astype(int), images.sum(axis=1).astype(int)):
        half = profile.shape[1] // 2  # a middle row belongs to neither
        differences.append((profile[:, :half].sum(axis=1) - profile[:, -half:].sum(axis=1)) / total)
    return differences[0], differences[1]


def measure_regions(ink: np.ndarray) -> list[np.ndarray]:
    """Share `(n,)` of the pixels that are ink in each of the nine regions."""
    rows, columns = (_thirds(size) for size in ink.shape[1:])
    return [ink[:, row, column].mean(axis=(1, 2)) for row in rows for column in columns]


def _thirds(size: int) -> list[slice]:
    return [slice(third * size // 3, -(-(third + 1) * size // 3)) for third in range(3)]
