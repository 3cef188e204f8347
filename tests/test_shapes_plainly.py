"""Shapes of small random images, beside a plain computation pixel by pixel."""

import numpy as np
import pytest

from hidden_nodes.knowledge import shapes
from hidden_nodes.knowledge.shapes import (
    INK_SHARE,
    MEASURES,
    REGIONS,
    SHAPES,
    find_cuts,
    find_ink,
    has_shapes,
    measure_shapes,
)

SIZES = [(7, 7), (8, 5), (6, 9)]
AROUND = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
Pixels = set[tuple[int, int]]


def draw_images(size: tuple[int, int]) -> np.ndarray:
    """Dense and sparse images, blobs, bytes of all values, and a blank one."""
    rng = np.random.default_rng(size[0])
    images = rng.integers(0, 256, (40, *size))
    images[:30] = np.where(rng.random((30, *size)) < np.linspace(0.2, 0.9, 30)[:, None, None], images[:30], 0)
    images[10:20] = 255 * (images[10:20] > 0)
    images[-1] = 0
    return images.astype(np.uint8)


def measured(images: np.ndarray, name: str) -> list[float]:
    return [float(value) for value in measure_shapes(images)[:, MEASURES.index(name)]]


def ink_of(image: np.ndarray) -> Pixels:
    brightest = int(image.max())
    return {(y, x) for y, x in np.ndindex(*image.shape) if image[y, x] > 0 and 2 * int(image[y, x]) >= brightest}


def plain_holes(ink: Pixels, size: tuple[int, int]) -> int:
    left = {(y, x) for y in range(-1, size[0] + 1) for x in range(-1, size[1] + 1)} - ink
    areas = 0
    while left:
        areas += 1
        edge = [left.pop()]
        while edge:
            y, x = edge.pop()
            for near in {(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)} & left:
                left.remove(near)
                edge.append(near)
    return areas - 1


def plain_neighbours(pixel: tuple[int, int], ink: Pixels) -> tuple[list[bool], int]:
    """Clockwise from above, and how often white is followed by ink on the way around."""
    around = [(pixel[0] + down, pixel[1] + right) in ink for down, right in AROUND]
    return around, sum(after and not before for before, after in zip(around, [*around[1:], around[0]], strict=True))


def is_peeled(around: list[bool], runs: int, which: int) -> bool:
    """Whether the first or the second pass of Zhang and Suen takes a pixel with such neighbours away."""
    above, right, below, left = around[::2]
    first = not (above and right and below) and not (right and below and left)
    second = not (above and right and left) and not (above and below and left)
    return 2 <= sum(around) <= 6 and runs == 1 and (second if which else first)


def plain_ends(ink: Pixels) -> int:
    """Zhang and Suen's thinning as they wrote it, then the pixels that go on to one side only."""
    ink, removed = set(ink), True
    while removed:
        removed = False
        for which in (0, 1):
            peeled = set()
            for pixel in ink:
                around, runs = plain_neighbours(pixel, ink)
                if is_peeled(around, runs, which):
                    peeled.add(pixel)
            ink -= peeled
            removed = removed or bool(peeled)
    found = [plain_neighbours(pixel, ink) for pixel in ink]
    return sum(runs == 1 and sum(around) <= 2 for around, runs in found)


def test_every_neighbourhood_is_peeled_as_zhang_and_suen_say() -> None:
    count, transitions, peels = shapes._tabulate_neighbours()
    for code in range(256):
        ink = {AROUND[bit] for bit in range(8) if code >> bit & 1}
        around, runs = plain_neighbours((0, 0), ink)
        assert (count[code], transitions[code]) == (len(ink), runs)
        assert [bool(own[code]) for own in peels] == [is_peeled(around, runs, which) for which in (0, 1)]


@pytest.mark.parametrize("size", SIZES)
def test_ink_holes_and_ends_are_those_of_a_plain_computation(size: tuple[int, int]) -> None:
    images = draw_images(size)
    inks = [ink_of(image) for image in images]
    for image, ink in zip(find_ink(images), inks, strict=True):
        assert {(int(y), int(x)) for y, x in np.argwhere(image)} == ink
    assert measured(images, "holes") == [plain_holes(ink, size) for ink in inks]
    assert measured(images, "ends") == [plain_ends(ink) for ink in inks]


@pytest.mark.parametrize("size", SIZES)
def test_slant_stroke_and_halves_are_those_of_a_plain_computation(size: tuple[int, int]) -> None:
    images = draw_images(size)
    rows, columns = size
    slants, strokes, tops, lefts = (measured(images, name) for name in ("slant", "stroke", "top_bottom", "left_right"))
    for n, image in enumerate(images.astype(float)):
        total = image.sum()
        if not total:
            assert slants[n] == strokes[n] == tops[n] == lefts[n] == 0
            continue
        y, x = np.mgrid[:rows, :columns]
        covariance = np.cov(y.ravel(), x.ravel(), aweights=image.ravel(), ddof=0)
        assert slants[n] == pytest.approx(-covariance[0, 1] / covariance[0, 0], abs=1e-5)
        framed = np.pad(image, 1)
        outline = sum(
            np.hypot(framed[i, j + 1] - framed[i, j], framed[i + 1, j] - framed[i, j])
            for i, j in np.ndindex(rows + 1, columns + 1)
        )
        assert strokes[n] == pytest.approx(2 * total / outline, rel=1e-5)
        top, bottom = image[: rows // 2].sum(), image[rows - rows // 2 :].sum()
        left, right = image[:, : columns // 2].sum(), image[:, columns - columns // 2 :].sum()
        assert tops[n] == pytest.approx((top - bottom) / total, abs=1e-6)
        assert lefts[n] == pytest.approx((left - right) / total, abs=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_boxes_and_regions_are_those_of_a_plain_computation(size: tuple[int, int]) -> None:
    images = draw_images(size)
    found = {name: measured(images, name) for name in MEASURES}
    for n, ink in enumerate(ink_of(image) for image in images):
        for name, axis in (("height", 0), ("width", 1)):
            places = [pixel[axis] for pixel in ink]
            assert found[name][n] == (max(places) - min(places) + 1 if ink else 0)
        for number, region in enumerate(REGIONS):
            inside = [
                pixel
                for pixel in np.ndindex(*size)
                # A pixel lies in each third of the sides that it touches.
                if all(3 * pixel[a] < (third + 1) * size[a] and 3 * (pixel[a] + 1) > third * size[a]
                       for a, third in enumerate(divmod(number, 3)))
            ]  # fmt: skip
            share = len(ink & set(inside)) / len(inside)
            assert found[f"ink_{region}"][n] == pytest.approx(share, abs=1e-6)


def test_a_row_and_a_faint_image_have_their_measures() -> None:
    row = np.zeros((1, 5, 4), np.uint8)
    row[0, 3] = 1  # as faint as there is
    found = dict(zip(MEASURES, measure_shapes(row)[0].tolist(), strict=True))
    assert (found["slant"], found["width"], found["height"], found["top_bottom"]) == (0, 4, 1, -1)
    assert find_ink(row).sum() == 4
    dot = np.zeros((1, 3, 3), np.uint8)
    dot[0, 1, 1] = 200
    assert measured(dot, "stroke") == pytest.approx([2 / (2 + 2**0.5)])  # two steps alone, one down and across


def test_cuts_are_quantiles_numbers_and_shares_of_the_ink() -> None:
    measures = np.random.default_rng(2).normal(size=(11, len(MEASURES))).astype(np.float32)
    ink = [MEASURES.index(f"ink_{region}") for region in REGIONS]
    measures[:, ink] = np.abs(measures[:, ink])
    column = {name: sorted(measures[:, n].tolist()) for n, name in enumerate(MEASURES)}
    cuts = dict(zip([shape.name for shape in SHAPES], find_cuts(measures).tolist(), strict=True))
    # Of eleven values in rising order, a third lies above position 3, two thirds below position 7.
    expected = {
        "hole": 1, "two_holes": 2, "loose_end": 1, "three_ends": 3,
        "slanted_right": max(0, column["slant"][7]), "slanted_left": min(0, column["slant"][3]),
        "thick": column["stroke"][7], "thin": column["stroke"][3],
        "wide": column["width"][7], "narrow": column["width"][3],
        "tall": column["height"][7], "low": column["height"][3],
        "top_heavy": 1e-7, "left_heavy": 1e-7,
        **{f"ink_{region}": INK_SHARE * float(measures[:, ink].mean()) for region in REGIONS},
    }  # fmt: skip
    assert cuts == pytest.approx(expected)
    for sign, name in ((-1, "slanted_right"), (1, "slanted_left")):
        measures[:, MEASURES.index("slant")] = sign * np.arange(1, 12)  # all of them slanted to the other side
        assert find_cuts(measures)[[shape.name for shape in SHAPES].index(name)] == 0


def test_at_its_cut_an_image_has_a_shape_unless_the_shape_is_to_have_little() -> None:
    cuts = np.arange(len(SHAPES)) + 1.0
    for shift, has_most in ((-0.5, False), (0.0, True), (0.5, True)):
        for n, shape in enumerate(SHAPES):
            measures = np.zeros((1, len(MEASURES)), np.float32)
            measures[0, MEASURES.index(shape.measure)] = cuts[n] + shift
            assert has_shapes(measures, cuts)[0, n] == (has_most != (shape.rule == "least")), shape.name
