"""The panel in which a small network learns, by keyboard: step, start, pause, settings, reset, the line to copy."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from hidden_nodes.data.pixels import scale_pixels
from hidden_nodes.network.forward import activate, classify
from hidden_nodes.network.weights import Weights
from hidden_nodes.params import load_params
from hidden_nodes.schema import flatten
from tests.browser import read_carried, wait_until
from tests.clone import Project, set_params

NEWS = """
    const {epoch, done, perEpoch, seen, loss, accuracy, weights} = window.page.learn.news;
    const arrays = Object.values(weights).map((values) => Array.from(values));
    return {epoch, done, perEpoch, seen, loss, accuracy, arrays};
"""
# Press the button when an epoch has begun. A slow test would find the training over: so the page itself waits.
PAUSE = """
    const [epoch, done] = arguments, button = document.getElementById("learn-start");
    const look = () => {
        if (window.page.learn.news.epoch < epoch) return setTimeout(look, 1);
        const {textContent} = button;
        button.click();
        done(textContent);
    };
    look();
"""
OPAQUE = """
    return [...document.querySelectorAll("#learn-nodes canvas")].map((canvas) => {
        const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 3 && value).length;
    });
"""


def read(browser: webdriver.Chrome, name: str) -> str:
    return browser.find_element(By.ID, f"learn-{name}").text


def press(browser: webdriver.Chrome, name: str) -> None:
    browser.find_element(By.ID, f"learn-{name}").send_keys(Keys.ENTER)


def wait_for_word(browser: webdriver.Chrome, word: str) -> str:
    """What the panel announces, as soon as `word` is in it."""
    wait_until(browser, lambda: word in read(browser, "said"))
    return read(browser, "said")


def fill(browser: webdriver.Chrome, name: str, value: str) -> None:
    field = browser.find_element(By.NAME, name)
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(value, Keys.TAB)


def accuracy_of(news: dict[str, Any], project: Project, carried: dict[str, Any]) -> float:
    """The accuracy on the carried test images, computed with NumPy from the weights that the page has learned."""
    hidden, hidden_bias, output, output_bias = map(np.array, news["arrays"])
    nodes, classes = len(hidden_bias), len(output_bias)
    weights = Weights("relu", hidden.reshape(-1, nodes), hidden_bias, output.reshape(nodes, classes), output_bias)
    images = np.load(project.path / "data/prepared/images_test.npy")[carried["index"][carried["training"] :]]
    predicted = classify(weights, activate(weights, scale_pixels(images))).argmax(axis=1)
    return float(np.mean(predicted == carried["actual"][carried["training"] :]))


@pytest.fixture
def learn(page: webdriver.Chrome) -> webdriver.Chrome:
    """The page at this panel, the first weights drawn."""
    page.execute_script("document.getElementById('learn').scrollIntoView({behavior: 'instant'})")
    wait_until(page, lambda: "Epoch" in read(page, "figures"))
    return page


def test_a_network_learns_step_by_step_and_epoch_by_epoch_and_begins_anew(
    learn: webdriver.Chrome, reproduced: Project
) -> None:
    carried = read_carried(reproduced)
    assert f"from the {carried['training']:,} training images" in read(learn, "limits")
    batches = -(-carried["training"] // 32)

    press(learn, "step")
    assert f"in epoch 1, after batch 1 of {batches}" in wait_for_word(learn, "One batch")
    first = learn.execute_script(NEWS)
    assert (first["epoch"], first["done"], first["perEpoch"]) == (1, 1, batches)

    press(learn, "start")
    assert learn.execute_async_script(PAUSE, 12) == "Pause"
    said = wait_for_word(learn, "Paused")
    assert read(learn, "start") == "Start"
    news = learn.execute_script(NEWS)
    assert news["loss"] < 0.8 * first["loss"]
    assert news["accuracy"] == accuracy_of(news, reproduced, carried) > 0.3  # by chance 0.1
    assert re.search(rf"loss {news['loss']:.4f}, ([\d.]+) % of the held-out images correct", said)
    said_accuracy = float(re.search(r"([\d.]+) % of the held-out", said)[1])  # type: ignore[index]
    assert abs(said_accuracy - 100 * news["accuracy"]) <= 0.05 + 1e-9  # rounded, a half up or down
    epochs = learn.find_elements(By.CSS_SELECTOR, "#learn-epochs tbody tr")
    assert len(epochs) == news["epoch"] - (news["done"] < batches)
    shown = learn.execute_script("return window.page.learn.curve.accuracies.data")
    assert (shown["batch"][-1], shown["accuracy"][-1]) == (news["seen"], news["accuracy"])
    assert min(learn.execute_script(OPAQUE)) > 100

    press(learn, "reset")
    wait_for_word(learn, "before its first batch")
    assert learn.execute_script("return window.page.learn.curve.losses.data.loss") == []
    press(learn, "step")
    wait_for_word(learn, "One batch")
    assert learn.execute_script(NEWS) == first


def test_settings_are_taken_over_or_refused_and_the_line_runs_them_in_the_pipeline(
    learn: webdriver.Chrome, reproduced: Project, tmp_path: Path
) -> None:
    fill(learn, "nodes", "5")
    fill(learn, "learningRate", "0.02")
    learn.find_element(By.NAME, "activation").send_keys("tanh")
    learn.find_element(By.NAME, "pixels").send_keys("the")
    wait_for_word(learn, "begins anew")
    params = flatten(load_params(reproduced.path / "params.yaml").model_dump())
    assert learn.execute_script(OPAQUE) == pytest.approx([params["retrain_selected.pixels"]] * 5, abs=3)

    fill(learn, "nodes", "65")
    assert read(learn, "trouble") == "Hidden nodes must be a whole number from 1 to 64. Found 65; it stays 5."
    assert learn.find_element(By.NAME, "nodes").get_property("value") == "5"

    line = read(learn, "command")
    settings = dict(re.findall(r" -S (\S+)=(\S+)", line))
    assert line == "dvc exp run" + "".join(f" -S {name}={value}" for name, value in settings.items())
    given = {name: type(params[name])(value) for name, value in settings.items()}
    path = tmp_path / "params.yaml"
    path.write_text(reproduced.read("params.yaml"), encoding="utf-8")
    set_params(path, given)
    chosen = {"hidden": 5, "train.activation": "tanh", "train.learning_rate": 0.02}
    same = {
        "dataset", "seed", "train.l2", "train.optimizer", "train.batch_size", "retrain_selected.pixels",
        "retrain_selected.ranking",
    }  # fmt: skip
    assert flatten(load_params(path).model_dump()) == params | chosen
    assert set(given) == {*chosen, *same}


def test_settings_stand_in_the_address_and_going_back_elsewhere_leaves_the_training_alone(
    learn: webdriver.Chrome,
) -> None:
    def address() -> str:
        return str(learn.execute_script("return location.hash"))

    def wait_for_address(words: str) -> str:
        wait_until(learn, lambda: words in address())
        return address()

    seed = learn.execute_script("return window.page.state.learning.seed")
    fill(learn, "nodes", "5")
    fill(learn, "l2", "0.0000001")
    learn.find_element(By.NAME, "activation").send_keys("tanh")
    opened = wait_for_address(f"learning=5,1e-7,0.001,{seed},tanh,all")
    press(learn, "step")
    wait_for_word(learn, "One batch")
    seen = "return [window.page.learn.version, window.page.learn.news.seen]"
    begun = learn.execute_script(seen)
    learn.execute_script("window.page.state.set({node: (window.page.state.node + 1) % 8})")
    wait_for_address("&node=")
    learn.back()
    wait_until(learn, lambda: "&node=" not in address())
    assert learn.execute_script(seen) == begun

    fill(learn, "nodes", "6")
    wait_for_address("learning=6,")
    learn.execute_script("window.page.address.open(arguments[0])", opened)
    assert learn.find_element(By.NAME, "nodes").get_property("value") == "5"
    assert learn.execute_script("return document.querySelectorAll('#learn-nodes canvas').length") == 5
    for wrong in ("65,0,1,0,relu,all", "5.5,0,1,0,relu,all", "5,0,1,0,elu,all", "5,0,1,0,relu", "5,-1,1,0,relu,all"):
        learn.execute_script("window.page.address.open(arguments[0])", f"#learn?1&any&learning={wrong}")
        assert "damaged" in learn.execute_script("return document.getElementById('state-note').textContent"), wrong
