"""The page and the plots of DVC with many classes, and with names that are long, in other scripts or look like HTML."""

import html
import itertools
import json
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import vl_convert
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from hidden_nodes.data.dataset import Dataset
from hidden_nodes.knowledge.separation import summarize_boxes
from hidden_nodes.network.evaluation import report_table, report_text
from hidden_nodes.network.weights import Weights
from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.plotting.scatter import scatter_classes
from hidden_nodes.plotting.style import new_figure
from page.contents import Contents, Embedding
from page.holding import Holding
from page.knowledge import MEASURES, ORDERS, RELATION, Knowledge
from page.plots import is_crowded, shorten
from page.render import render_page
from tests.browser import open_page, read_complaints
from tests.clone import ROOT, Project

ODD_NAMES = [
    "<b>bold</b>", "é", "&amp;", "a name of forty characters, to the last", "$$x^2$$", "猫", "कुत्ता",
    "a name of forty characters, to the end", "<img src=x onerror=a()>",
]  # fmt: skip
HIDDEN = 5
NUMBERS = ["min", "whisker_low", "q1", "q3", "whisker_high", "max", "precision", "recall", "f1"]


def name_classes(count: int) -> list[str]:
    """So many names, the odd ones first; the digits for ten."""
    if count == 10:
        return [*"0123456789"]
    return [*ODD_NAMES, *(f"class {k}" for k in range(len(ODD_NAMES), count))][:count]


def make_holding() -> Holding:
    levels = np.tile([0.5, 0.0, 2.0], (HIDDEN, 1))
    curves = pd.DataFrame({"nodes": [1, 2, 4, HIDDEN], "at_mean": 0.4, "at_zero": 0.3})
    return Holding(
        levels,
        {"eta squared": np.arange(HIDDEN)},
        pd.concat(curves.assign(order=name) for name in ("eta squared", "random")),
    )


def make_contents(names: list[str], rows: int = 8, columns: int = 8, per_class: int = 6) -> Contents:
    """A run that never was: random images, weights and maps."""
    generator, n, pixels = np.random.default_rng(3), len(names), rows * columns
    images = generator.integers(0, 256, (n * per_class, pixels)).astype(np.uint8)
    classes = np.tile(np.arange(n), per_class)
    predicted = np.where(generator.random(len(classes)) < 0.3, generator.integers(n, size=len(classes)), classes)
    hidden = np.maximum(0, generator.standard_normal((len(classes), HIDDEN)) + classes[:, None] % 3).astype(np.float32)
    confusions = np.zeros((n, n), int)
    np.add.at(confusions, (classes, predicted), 40)

    def weights(inputs: int) -> Weights:
        shapes = [(inputs, HIDDEN), (HIDDEN,), (HIDDEN, n), (n,)]
        return Weights("relu", *(generator.standard_normal(shape).astype(np.float32) for shape in shapes))

    history = pd.DataFrame({"epoch": [1, 2], "loss": [2, 1], "accuracy": [0.4, 0.6], "val_loss": [2, 1.5]})
    history = history.assign(val_accuracy=[0.3, 0.5], kept=[0, 1])
    points = [generator.standard_normal((len(classes), 2)).astype(np.float32) for _ in range(4)]
    known = pd.DataFrame({"node": np.arange(HIDDEN), "sentence": f"fires for {names[0]}"})
    known = known.assign(**{**dict.fromkeys(MEASURES, 0.5), "twin": 0, "dead": 0})
    sources = ["nodes", "rotated", "untrained", "pixels", "shuffled"]
    knowledge = Knowledge(
        nodes=known,
        counterexamples=[[node] for node in range(HIDDEN)],
        described=pd.DataFrame(dict.fromkeys(("share", "share_low", "share_high"), 0.5), index=sources),
        few=pd.DataFrame(dict.fromkeys(ORDERS, 0.5), index=[1, 2, 4, HIDDEN]),
        nodes_for_95=3,
        relations=pd.DataFrame(
            dict.fromkeys(("spearman", "low", "high"), 0.5),
            index=[RELATION, "information, split halves", "ablation loss, split halves"],
        ),
    )
    maps = [(values, method) for values in ("pixels", "activations") for method in ("pca", "tsne")]
    return Contents(
        dataset=Dataset(
            name="odd", title="Odd names", noun="thing", classes=names, rows=rows, columns=columns,
            train_images=len(images), test_images=len(images), ordered=False, drawing="mnist" if rows == 28 else None,
        ),
        parameters={
            "seed": 1, "knowledge.auc": 0.85, "knowledge.classes": 3, "retrain_selected.ranking": "forest",
            "train.batch_size": 32, "train.activation": "relu", "train.l2": 0.001, "train.learning_rate": 0.001,
        },
        split={"train": len(images) - n, "validation": n},
        images_train=images,
        classes=classes, predicted=predicted, images_test=images,
        predictions=pd.DataFrame({"index": np.arange(len(classes)), "actual": classes, "predicted": predicted}),
        confusions=confusions, balanced_accuracy=0.71, guess_accuracy=0.02, network=weights(pixels),
        knowledge=knowledge, holding=make_holding(),
        selected=weights(4), chosen_pixels=np.arange(4),
        ranked_nodes=pd.DataFrame({"node": np.arange(HIDDEN), "eta_squared": 0.5}),
        boxes=summarize_boxes(hidden, classes, n),
        ranking=pd.DataFrame({"pixel": np.arange(pixels), "importance": 1 / pixels}),
        embeddings=[
            Embedding(*each, points[i], ["one", "two"], [0.9, 0.8, 0.4], generator.random((len(classes), 3)))
            for i, each in enumerate(maps)
        ],
        histories={"all": history, "selected": history},
        classifiers=[{"name": name, "inputs": pixels, "parameters": "1", "accuracy": 0.7} for name in ("all", "few")],
    )  # fmt: skip


def show_page(names: list[str], rows: int, columns: int, folder: Path, browser: webdriver.Chrome) -> None:
    (folder / "report").mkdir()
    text = render_page(make_contents(names, rows, columns), 8)
    (folder / "report/index.html").write_text(text, encoding="utf-8")
    open_page(Project(folder), browser)


@pytest.mark.parametrize(
    ("count", "rows", "columns"),
    [
        pytest.param(3, 8, 8, marks=pytest.mark.slow), pytest.param(26, 20, 30, marks=pytest.mark.slow),
        pytest.param(47, 28, 28, marks=pytest.mark.slow), (100, 8, 8),
    ],
)  # fmt: skip
def test_class_names_neither_overlap_nor_widen_the_page_nor_become_html(
    count: int, rows: int, columns: int, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    names = name_classes(count)
    show_page(names, rows, columns, tmp_path, browser)
    assert read_complaints(browser) == []
    root = "document.documentElement"
    assert browser.execute_script(f"return {root}.scrollWidth <= {root}.clientWidth")
    for selector in ("#classes button", "#confusions thead th", "#confusions tbody th"):
        found = browser.find_elements(By.CSS_SELECTOR, selector)
        assert [element.get_attribute("title") for element in found] == (names if is_crowded(names) else [""] * count)
        assert browser.execute_script(OVERLAPS, selector) == []
    assert browser.execute_script("return document.querySelectorAll('img, b b, th b').length") == 0
    for name in ("plot-outgoing", "plot-boxes"):
        width = "return window.page.views.get(window.page.plots.get_model_by_name(arguments[0])).frame.bbox.width"
        assert browser.execute_script(width, name) / count > 10  # a line of the upright names is 10 pixels high
    ratio = "const {width, height} = arguments[0]; return [width, height, getComputedStyle(arguments[0]).objectFit]"
    assert browser.execute_script(ratio, browser.find_element(By.ID, "incoming")) == [columns, rows, "contain"]


OVERLAPS = """
    const boxes = [...document.querySelectorAll(arguments[0])].map((element) => element.getBoundingClientRect());
    const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => over(a, b)).map(() => i));
"""


def test_what_a_plot_says_of_a_class_is_text(tmp_path: Path, browser: webdriver.Chrome) -> None:
    show_page(name_classes(26), 8, 8, tmp_path, browser)
    place = """
        const plot = window.page.plots.get_model_by_name("plot-outgoing");
        plot.renderers[0].data_source.data = {...plot.renderers[0].data_source.data, weight: Array(26).fill(1)};
        document.getElementById("plot-outgoing").scrollIntoView({block: "center", behavior: "instant"});
        const {frame, el} = window.page.views.get(plot);
        const box = el.getBoundingClientRect();
        return [box.left + frame.x_scale.compute(arguments[0]), box.top + frame.bbox.top + frame.bbox.height / 2];
    """
    texts = """
        const within = (root) => [...root.querySelectorAll("*")];
        const all = (root) => within(root).flatMap((e) => e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]);
        const found = all(document).filter((element) => element.matches(".bk-Tooltip, .bk-tooltip-row-value"));
        return found.map((element) => element.textContent);
    """
    for name in ("<b>bold</b>", "&amp;", "<img src=x onerror=a()>"):
        (label,) = [short for short, full in zip(shorten(ODD_NAMES), ODD_NAMES, strict=True) if full == name]
        x, y = browser.execute_script(place, label)
        deadline, shown = time.monotonic() + 10, []
        for step in itertools.count():  # the plot answers a move only after it has been drawn
            actions = ActionChains(browser, duration=20)
            actions.w3c_actions.pointer_action.move_to_location(round(x), round(y) + step % 2)  # type: ignore[no-untyped-call]
            actions.perform()
            shown = [each for each in browser.execute_script(texts) if name in each]
            if shown or time.monotonic() > deadline:
                break
        assert shown
    assert read_complaints(browser) == []


def test_labels_of_an_axis_are_short_and_differ() -> None:
    labels = shorten(name_classes(47))
    assert len(set(labels)) == 47
    assert max(map(len, labels)) <= 16
    assert labels[:3] == ODD_NAMES[:3]
    assert shorten([*"0123456789"]) == [*"0123456789"]
    assert [is_crowded(name_classes(count)) for count in (3, 10, 26)] == [False, False, True]


def test_a_class_that_is_not_shown_changes_no_others_style() -> None:
    classes, styles = np.arange(30) % 10, styles_of(11)
    colours = [style.colour for style in styles]
    axes = new_figure("Ten of eleven classes", 4, 4).subplots()
    scatter_classes(axes, np.zeros((30, 2)), classes, 11)
    assert {line.get_color() for line in axes.lines} == set(colours)


def make_rows(template: str, experiments: dict[str, int]) -> list[dict[str, str]]:
    """What DVC gives a template: text, a row for each class of each experiment, or for each pair of classes."""
    rows: list[dict[str, str]] = []
    for rev, count in experiments.items():
        for k, name in enumerate(name_classes(count)):
            row = {"rev": rev, "class": str(k), "x": str(k % 7), "y": str(k)}
            numbers = dict.fromkeys(NUMBERS, "0.5")
            if template == "class_bars":
                row |= {"class": name, "number": str(k)}
            if template == "confusion_matrix":
                rows += [
                    {"rev": rev, "actual": str(k), "predicted": str(j), "y": str(9 * (j == k))} for j in range(count)
                ]
            else:
                rows.append(row | numbers | {"node": "1", "dimensions": "2"})
        if template == "class_bars":
            rows.append({"rev": rev, "class": "always the largest class", "number": ""})
    return rows


def draw(template: str, **experiments: int) -> list[str]:
    """The texts of a template's plot, in their order, drawn by the oldest Vega-Lite at hand."""
    text = (ROOT / f".dvc/plots/{template}.json").read_text(encoding="utf-8")
    x, y = {"class_bars": ("class", "f1"), "class_boxes": ("class", "q1"), "confusion_matrix": ("predicted", "y")}.get(
        template, ("x", "y")
    )
    for anchor, value in {"METRIC_X_LABEL": "", "METRIC_Y_LABEL": "", "METRIC_X": x, "METRIC_Y": y}.items():
        text = text.replace(f"<DVC_{anchor}>", value)
    text = text.replace('"<DVC_METRIC_DATA>"', json.dumps(make_rows(template, experiments)))
    picture = vl_convert.vegalite_to_svg(json.loads(text), vl_version="5.8")
    return [html.unescape(each) for each in re.findall(r"<text[^>]*>([^<]+)</text>", picture)]


def numbers(texts: list[str]) -> list[str]:
    return [each for each in texts if each.isdigit()]


@pytest.mark.parametrize("count", [2, 10, 26, 47, 100])
def test_the_maps_legend_has_every_class_by_its_number(count: int) -> None:
    texts = draw("class_map", one=count)
    rows, columns = texts[texts.index("one") + 1 : texts.index("Class")], -(-count // 20)
    assert [each for column in range(columns) for each in rows[column::columns]] == [str(k) for k in range(count)]


@pytest.mark.parametrize("count", [2, 10, 26, 47])
def test_the_confusion_matrix_names_its_classes_by_number_and_no_zeros(count: int) -> None:
    texts = numbers(draw("confusion_matrix", one=count))
    assert texts[:count] == ["9"] * count  # of its cells: the zeros are left out
    assert texts[count : 3 * count] == [str(k) for k in range(count)] * 2


def test_two_experiments_with_other_classes_stand_side_by_side() -> None:
    assert numbers(draw("confusion_matrix", one=2, two=3))[:15] == ["9", "9", *"0101", *"999", *"012012"]
    assert numbers(draw("class_boxes", one=2, two=12)) == ["0", "1", *(str(k) for k in range(12))]
    bars = draw("class_bars", ten=10, many=26)
    shown = [each for each in bars if each in {*"0123456789", *(f"class {k}" for k in range(26))}]
    assert shown == [*"0123456789", *(f"class {k}" for k in range(len(ODD_NAMES), 26))]
    assert "always the largest class" not in bars
    assert "<b>bold</b>" in bars


def test_the_report_says_what_accuracy_is_to_be_held_against() -> None:
    actual, predicted = np.array([0, 0, 0, 0, 1, 2]), np.array([0, 0, 0, 3, 0, 2])
    table = report_table(actual, predicted, ["a", "b", "c", "accuracy"], 0)
    recall = table.loc[table["number"].isna()].set_index("class")["recall"]
    assert recall.index.tolist()[:3] == ["accuracy", "balanced accuracy", "always the largest class"]
    assert recall.tolist()[:3] == pytest.approx([4 / 6, (3 / 4 + 0 + 1) / 3, 4 / 6])
    assert "always the largest class, a: 0.6667\n" in report_text(actual, predicted, ["a", "b", "c", "d"], 0)
