"""Maps and the drawing canvas with fingers and a pen, as Chromium hands them on from a touch screen."""

from collections.abc import Sequence

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.interaction import POINTER_PEN, POINTER_TOUCH

from tests.test_maps import PLACE
from tests.test_page import middle, text, wait_for

MAP = 1  # t-SNE of the pixels
VIEW = "const {view} = window.page.maps.maps[arguments[0]]; return [view.x, view.y, view.scale]"
PLACES = """
    const map = window.page.maps.maps[arguments[0]];
    return arguments[1].map(([clientX, clientY]) => map.placeAt({clientX, clientY}));
"""
Point = tuple[float, float]


def move(browser: webdriver.Chrome, kind: str, *ways: Sequence[Point]) -> None:
    """Put a finger or a pen down at the first place of each way, all at once, follow the ways and lift them."""
    actions = ActionBuilder(browser, duration=20)
    pointers = [actions.add_pointer_input(kind, f"{kind} {number}") for number in range(len(ways))]
    for step in range(len(ways[0])):
        for pointer, way in zip(pointers, ways, strict=True):
            x, y = way[step]
            pointer.create_pointer_move(20, round(x), round(y), origin="viewport")
            if not step:
                pointer.create_pointer_down(button=0)  # type: ignore[no-untyped-call]
    for pointer in pointers:
        pointer.create_pointer_up(button=0)  # type: ignore[no-untyped-call]
    actions.perform()


def centre(browser: webdriver.Chrome) -> Point:
    """The middle of the map, on the screen."""
    corners = browser.execute_script(PLACE, MAP, 0)["corners"]
    x, y = np.mean(corners, axis=0)
    return float(x), float(y)


@pytest.mark.parametrize("kind", [POINTER_TOUCH, POINTER_PEN])
def test_a_finger_or_a_pen_moves_an_enlarged_map(kind: str, page: webdriver.Chrome) -> None:
    page.execute_script("window.page.maps.maps[1].zoom(4)")
    x, y = centre(page)
    (before,) = page.execute_script(PLACES, MAP, [(x, y)])
    move(page, kind, [(x, y), (x + 10, y - 30), (x + 40, y - 60)])
    (after,) = page.execute_script(PLACES, MAP, [(x + 40, y - 60)])
    assert after == pytest.approx(before, abs=2e-3)  # what was touched stays under the finger
    assert page.execute_script(VIEW, MAP)[2] == 4
    assert page.execute_script("return window.page.state.views.length") == 12


def test_two_fingers_enlarge_a_map_about_what_lies_between_them(page: webdriver.Chrome) -> None:
    page.execute_script("window.page.maps.maps[1].zoom(2)")
    x, y = centre(page)
    x, y = x + 30, y - 20
    (between,) = page.execute_script(PLACES, MAP, [(x, y)])
    ways = [[(x + sign * far, y) for far in (30, 45, 60, 90)] for sign in (-1, 1)]
    move(page, POINTER_TOUCH, *ways)
    (after,) = page.execute_script(PLACES, MAP, [(x, y)])
    assert page.execute_script(VIEW, MAP)[2] == pytest.approx(6, rel=0.02)
    assert after == pytest.approx(between, abs=2e-3)
    assert text(page, "map-said").startswith("t-SNE of the pixels: enlarged 6 times")
    move(page, POINTER_TOUCH, *[way[::-1] for way in ways])
    assert page.execute_script(VIEW, MAP)[2] == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("kind", [POINTER_TOUCH, POINTER_PEN])
def test_a_tap_on_a_point_opens_its_image(kind: str, page: webdriver.Chrome) -> None:
    before = page.execute_script("return window.page.state.image")
    x, y = page.execute_script(PLACE, MAP, 7)["point"]
    move(page, kind, [(x, y)])
    found = wait_for(page, f"return window.page.state.image !== {before} && [window.page.state.image]")[0]
    near = page.execute_script("return window.page.maps.maps[1].screen(...arguments[0])", places_of(page, found))
    wanted = page.execute_script("return window.page.maps.maps[1].screen(...arguments[0])", places_of(page, 7))
    assert np.hypot(*np.subtract(near, wanted)) < 2  # it, or one that lies on it


def places_of(browser: webdriver.Chrome, image: int) -> list[float]:
    script = "const [i] = arguments; return [...window.page.maps.maps[1].layer.places.subarray(2 * i, 2 * i + 2)]"
    found: list[float] = browser.execute_script(script, image)
    return found


def test_a_finger_that_encircles_images_selects_them(page: webdriver.Chrome) -> None:
    page.execute_script("document.querySelector('[name=map-tool][value=lasso]').click()")
    (left, top), (right, bottom) = page.execute_script(PLACE, MAP, 0)["corners"]
    move(page, POINTER_TOUCH, [(left, top), (right, top), (right, bottom), (left, bottom)])
    count = page.execute_script("return window.page.carried.training")
    assert text(page, "selection").startswith(f"{count} of {count} images selected")


def test_a_swipe_over_a_map_that_shows_all_scrolls_the_page(page: webdriver.Chrome) -> None:
    x, y = centre(page)
    before = page.execute_script("return scrollY")
    move(page, POINTER_TOUCH, [(x, y), (x, y - 40), (x, y - 80), (x, y - 160)])
    wait_for(page, f"return scrollY > {before} + 50")
    assert page.execute_script(VIEW, MAP) == [0.5, 0.5, 1]


@pytest.mark.parametrize("kind", [POINTER_TOUCH, POINTER_PEN])
def test_a_finger_or_a_pen_draws_and_the_page_stays_where_it_is(kind: str, page: webdriver.Chrome) -> None:
    x, y = middle(page, "#drawing")
    before = page.execute_script("return scrollY")
    move(page, kind, [(x, y - 80), (x, y - 20), (x, y + 40), (x, y + 80)])
    drawn = np.reshape(page.execute_script("return [...window.page.state.drawn]"), (28, 28))
    assert (drawn.max(axis=1) > 0).sum() == 20
    assert (drawn.max(axis=0) > 0).sum() < 8
    assert text(page, "predicted") == str(page.execute_script("return window.page.draw.predicted[0]"))
    assert page.execute_script("return scrollY") == before
