"""The page's maps and neighbours, driven with mouse and keys, and what they compute."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sklearn.neighbors import NearestNeighbors

from hidden_nodes.network.forward import activate_images
from hidden_nodes.network.weights import read_weights
from tests.browser import read_carried, read_opacity
from tests.clone import Project
from tests.node import run_in_node
from tests.test_page import drag, text, wait_for

MAPS = ["map-pca-pixels", "map-tsne-pixels", "map-pca-activations", "map-tsne-activations"]
PLACE = """
    const [which, image] = arguments;
    const map = window.page.maps.maps[which];
    map.canvas.scrollIntoView({block: "center", behavior: "instant"});
    const {left, top, right, bottom} = map.canvas.getBoundingClientRect();
    const [x, y] = map.screen(map.layer.places[2 * image], map.layer.places[2 * image + 1]);
    return {point: [left + x, top + y], corners: [[left + 2, top + 2], [right - 2, bottom - 2]]};
"""
SELECTED = "return window.page.state.images"
GENERATOR = np.random.default_rng(0)
GEOMETRY = """
    import {chooseTicks, findInside, findNearest, limitView, zoomAbout} from "./geometry.js";
    const square = [0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8, 0.2];
    const view = zoomAbout({x: 0.5, y: 0.5, scale: 1}, 0.25, 0.5, 4, 64);
    answer({
        inside: findInside(input, square, input.length / 2),
        nearest: findNearest(input, [0, 1, 2], 0.31, 0.3, 0.1),
        none: findNearest(input, [1, 2], 0.31, 0.3, 0.1),
        ticks: chooseTicks(-3.2, 7.9, 4),
        view,
        limited: limitView({x: 0, y: 2, scale: 100}, 64),
    });
"""


def wait_until(browser: webdriver.Chrome, script: str) -> Any:
    """The answer by the worker, once it is there."""
    return browser.execute_async_script(f"const done = arguments[arguments.length - 1]; {script}.then(done);")


def test_places_are_found_within_a_lasso_and_nearest_to_a_pointer() -> None:
    found = run_in_node(GEOMETRY, [0.3, 0.3, 0.9, 0.5, 0.1, 0.1])
    assert (found["inside"], found["nearest"], found["none"]) == ([0], 0, -1)
    assert found["ticks"] == [0, 5]
    assert found["view"]["scale"] == 4
    assert (0.25 - found["view"]["x"]) * 4 == pytest.approx(0.25 - 0.5)  # the place stays under the pointer
    assert found["limited"] == {"x": 0.5 / 64, "y": 1 - 0.5 / 64, "scale": 64}


def test_pointing_at_an_image_shows_it_and_marks_it_on_every_map(page: webdriver.Chrome, reproduced: Project) -> None:
    data = read_carried(reproduced)
    x, y = page.execute_script(PLACE, 3, 7)["point"]
    actions = ActionBuilder(page, duration=20)
    actions.pointer_action.move_to_location(round(x), round(y))  # type: ignore[no-untyped-call]
    actions.perform()
    wait_for(page, "return !document.getElementById('tip').hidden")
    found = page.execute_script("return window.page.state.pointed")
    words = text(page, "tip")
    assert f"#{data['index'][found]}{data['actual'][found]}predicted as {data['predicted'][found]}" in words
    images = np.load(reproduced.path / "data/prepared/images_train.npy")
    assert read_opacity(page, "#tip canvas") == images[data["index"][found]].ravel().tolist()
    rings = "const {maps, pixels} = window.page; return [...maps.maps, pixels.pair].map((map) => map.rings.at(-1).i)"
    assert page.execute_script(rings) == [found] * 5


def test_what_is_encircled_on_one_map_is_selected_on_all_and_counted(
    page: webdriver.Chrome, reproduced: Project
) -> None:
    page.find_element(By.CSS_SELECTOR, "[name=map-tool][value=lasso]").send_keys(Keys.SPACE)
    (left, top), (right, bottom) = page.execute_script(PLACE, 1, 0)["corners"]
    half = (left + right) / 2
    drag(page, (left, top), (half, top), (half, bottom), (left, bottom))
    indices = wait_for(page, "const {images} = window.page.state; return images.length && images")
    data = read_carried(reproduced)
    tsne = pd.read_csv(reproduced.path / "data/embeddings/pixels/tsne.csv")[["tsne_1", "tsne_2"]].to_numpy()
    middle, width = (tsne[:, 0].min() + tsne[:, 0].max()) / 2, 1.08 * np.ptp(tsne, axis=0).max()
    x = tsne[data["index"][: data["training"]], 0]
    assert (
        set(np.flatnonzero(x < middle - width / 100)) <= set(indices) <= set(np.flatnonzero(x < middle + width / 100))
    )
    pale = "return window.page.maps.maps.map(({layer}) => [...layer.looks.colours].filter((_, i) => i % 4 === 3))"
    for opacities in page.execute_script(pale):
        shown = np.array(opacities[: data["training"]])
        assert np.flatnonzero(shown > 100).tolist() == indices
    counts = [int(chip.text.split()[-1]) for chip in page.find_elements(By.CSS_SELECTOR, "#classes button")]
    assert counts == np.bincount(np.array(data["actual"])[indices], minlength=10).tolist()
    assert text(page, "selection").startswith(f"{len(indices)} of {data['training']} images selected")
    again = "const {maps, state} = window.page; return maps.selection.selectedBy(state.made)"
    assert page.execute_script(again) == indices


def test_the_buttons_of_the_classes_select_by_keyboard(page: webdriver.Chrome, reproduced: Project) -> None:
    actual = np.array(read_carried(reproduced)["actual"][: read_carried(reproduced)["training"]])
    button = page.find_elements(By.CSS_SELECTOR, "#classes button")[4]
    button.send_keys(Keys.SPACE)
    assert page.execute_script(SELECTED) == np.flatnonzero(actual == 4).tolist()
    assert button.get_attribute("aria-pressed") == "true"
    page.find_element(By.ID, "clear-selection").send_keys(Keys.ENTER)
    assert page.execute_script(SELECTED) == []


def test_a_map_is_enlarged_and_an_image_opened_by_keyboard(page: webdriver.Chrome) -> None:
    assert page.execute_script("return window.page.maps.painter.constructor.name") in ("WebGL", "canvas 2D")
    canvas = page.find_element(By.ID, MAPS[1])
    canvas.send_keys(Keys.ADD * 4, Keys.ARROW_LEFT)
    assert text(page, "map-said").startswith("t-SNE of the pixels: enlarged 5.1 times; ")
    assert wait_for(page, "return window.page.maps.pictures.size > 0")  # images in place of points
    nearest = page.execute_script("return window.page.maps.maps[1].middle()")
    canvas.send_keys(Keys.ENTER)
    assert page.execute_script("return window.page.state.image") == nearest
    assert page.execute_script("return window.page.maps.maps[0].view.scale") == 1
    canvas.send_keys("0")
    assert page.execute_script("return window.page.maps.maps[1].view.scale") == 1


def test_dragging_moves_an_enlarged_map_with_the_pointer(page: webdriver.Chrome) -> None:
    page.execute_script("window.page.maps.maps[2].zoom(4)")
    x, y = page.execute_script(PLACE, 2, 0)["corners"][0]
    before = page.execute_script("return window.page.maps.maps[2].screen(0.5, 0.5)")
    drag(page, (x + 100, y + 100), (x + 130, y + 80), (x + 140, y + 90))
    after = page.execute_script("return window.page.maps.maps[2].screen(0.5, 0.5)")
    assert np.subtract(after, before) == pytest.approx([40, -10], abs=1)


def test_t_sne_maps_are_coloured_by_how_far_they_can_be_trusted(page: webdriver.Chrome, reproduced: Project) -> None:
    page.find_element(By.CSS_SELECTOR, "[name=colour-by][value=kept]").send_keys(Keys.SPACE)
    index = read_carried(reproduced)["index"][: read_carried(reproduced)["training"]]
    for which, values in ((1, "pixels"), (3, "activations")):
        kept = pd.read_csv(reproduced.path / f"data/embeddings/{values}/tsne.csv")["neighbours_kept"].to_numpy()[index]
        colours = "return [...window.page.maps.maps[arguments[0]].layer.looks.colours]"
        shown = np.reshape(page.execute_script(colours, which), (-1, 4))[: len(index), :3]
        assert (shown[kept.argmax()] != shown[kept.argmin()]).any()
        assert len(np.unique(np.reshape(page.execute_script(colours, which - 1), (-1, 4))[: len(index)], axis=0)) == 1
        means = pd.read_csv(reproduced.path / f"data/embeddings/{values}/maps.csv").set_index("map")["trustworthiness"]
        figure = page.find_element(By.XPATH, f"//canvas[@id='{MAPS[which]}']/..")
        assert f"trustworthiness {means['tsne']:.3f} (PCA: {means['pca_2']:.3f})" in figure.text


def test_test_images_have_places_on_the_maps_of_pca_only(page: webdriver.Chrome, reproduced: Project) -> None:
    page.find_element(By.ID, "show-tests").send_keys(Keys.SPACE)
    data = read_carried(reproduced)
    count, tests = len(data["index"]), data["index"][data["training"] :]
    wait_for(page, f"return window.page.maps.maps[2].layer.places.length === 2 * {count}")
    assert page.execute_script("return window.page.maps.maps.map(({layer}) => layer.order.length)") == [
        count, data["training"], count, data["training"],
    ]  # fmt: skip
    images = np.load(reproduced.path / "data/prepared/images_test.npy")[tests]
    hidden = activate_images(read_weights(reproduced.path / "models/network.npz", 784, 10), images)
    for which, values in ((0, images.reshape(len(images), -1) / 255), (2, hidden)):
        name = MAPS[which].removeprefix("map-pca-")
        table = pd.read_csv(reproduced.path / f"data/embeddings/{name}/components.csv")
        points = (values - table["mean"].to_numpy()) @ table[["component_1", "component_2"]].to_numpy()
        left, right, bottom, top = data["maps"][MAPS[which]]["frame"]
        shown = np.reshape(page.execute_script(f"return [...window.page.maps.maps[{which}].layer.places]"), (-1, 2))
        expected = (points - [left, bottom]) / [right - left, top - bottom]
        assert np.allclose(shown[data["training"] :], expected, atol=1e-4)


def test_neighbours_are_those_that_scikit_learn_finds(opened: webdriver.Chrome, reproduced: Project) -> None:
    data = read_carried(reproduced)
    files = {"train": data["index"][: data["training"]], "test": data["index"][data["training"] :]}
    images = np.concatenate(
        [np.load(reproduced.path / f"data/prepared/images_{name}.npy")[index] for name, index in files.items()]
    )
    hidden = activate_images(read_weights(reproduced.path / "models/network.npz", 784, 10), images)
    chosen = GENERATOR.choice(len(images), 100, replace=False).tolist()
    asked = f"Promise.all({chosen}.map((i) => window.page.ask('neighbours', {{i}})))"
    answers = wait_until(opened, asked)
    for kind, values in enumerate((images.reshape(len(images), -1) / 255, hidden.astype(np.float64))):
        distances, nearest = NearestNeighbors(n_neighbors=12, algorithm="brute").fit(values).kneighbors(values[chosen])
        for i, answer, far, near in zip(chosen, answers, distances, nearest, strict=True):
            others = near != i
            far, near = far[others][:11], near[others][:11]
            found = answer[kind]["nearest"]
            assert answer[kind]["distances"] == pytest.approx(far[:10], abs=1e-4)
            apart = np.diff(far) > 1e-5  # where no other is as far, it is the same image
            clear = apart & np.concatenate([[True], apart[:-1]])
            assert np.array(found)[clear].tolist() == near[:10][clear].tolist()
            assert all(a < b or near_b - near_a > 1e-9 for a, b, near_a, near_b in pairs(answer[kind]))


def pairs(answer: dict[str, list[Any]]) -> list[tuple[int, int, float, float]]:
    """Neighbours that follow each other, and their distances."""
    nearest, distances = answer["nearest"], answer["distances"]
    return list(zip(nearest, nearest[1:], distances, distances[1:], strict=False))


def test_neighbours_of_the_drawing_and_of_an_image_are_named(page: webdriver.Chrome) -> None:
    page.find_element(By.ID, "neighbours-drawn").send_keys(Keys.ENTER)
    said = "return document.getElementById('neighbours-said').textContent"  # once the panel is in sight
    wait_for(page, f"{said} === 'Nothing is drawn yet.'")
    page.execute_script("window.page.draw.replay(window.page.carried.images[5])")
    wait_for(page, "return document.querySelectorAll('#nearest-pixels button').length === 10")
    assert wait_for(page, f"{said}.includes('Nearest in the')")
    first = page.find_element(By.CSS_SELECTOR, "#nearest-activations button")
    label = str(first.get_attribute("aria-label"))
    first.send_keys(Keys.ENTER)
    wait_for(page, "return window.page.state.image >= 0")
    assert wait_for(page, f"{said}.startsWith({label.split(', ')[0]!r})")
