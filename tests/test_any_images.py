"""The whole study runs on anybody's images: from `make dataset` and the command that it prints to the page.

Every stage works in the tests' own process, so that TensorFlow is imported once; warnings are errors there.
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from selenium import webdriver
from sklearn.datasets import load_digits

from hidden_nodes import paths
from hidden_nodes.data.dataset import read_dataset
from hidden_nodes.files import read_json
from hidden_nodes.plotting.style import set_style
from tests.browser import open_page, read_carried, read_complaints
from tests.clone import Project, set_params
from tests.conftest import run_all_stages
from tests.own_pictures import make_arrays, write_idx_folder, write_pictures
from tests.test_graph import FILES
from tests.test_own_images import Make, make, settings_of  # noqa: F401

QUICK: dict[str, object] = {
    "train.epochs": 3, "pca_tsne.iterations": 250, "rf_select.trees": 5,
}  # fmt: skip
ODD_NAMES = ["<b>bold</b>", "é", "&amp;", "a name of forty characters, to the last", "$x^2$", "猫"]


def write_digits(folder: Path) -> Path:
    """The bundled digits in their own 8 x 8, as four IDX files."""
    digits = load_digits()
    images, labels = (digits.images * 255 / 16).astype(np.uint8), digits.target.astype(np.uint8)
    return write_idx_folder(
        folder, x_train=images[:300], y_train=labels[:300], x_test=images[300:400], y_test=labels[300:400]
    )


def write_oblong(folder: Path) -> Path:
    """12 classes of 20 x 30 with awkward names; the first has one training image, the last no test image."""
    arrays = make_arrays(120, 12, 20, 30)
    train, test = arrays["y_train"], arrays["y_test"]
    kept, tested = (train != 0) | (np.arange(120) == 0), test != 11
    write_idx_folder(
        folder, x_train=arrays["x_train"][kept], y_train=train[kept], x_test=arrays["x_test"][tested],
        y_test=test[tested],
    )  # fmt: skip
    names = [*ODD_NAMES, *(f"class {k}" for k in range(len(ODD_NAMES), 12))]
    (folder / "classes.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    return folder


# What is given, its size, number of classes and of hidden nodes. A single node leaves no two to draw beside each other.
FORMS: dict[str, tuple[Callable[[Path], Path], tuple[int, int], int, int]] = {
    "the bundled digits, 8 x 8": (lambda path: write_digits(path / "digits"), (8, 8), 10, 6),
    "20 x 30, 12 classes": (lambda path: write_oblong(path / "oblong"), (20, 30), 12, 6),
    "pictures of two classes, names in other scripts, one node": (
        lambda path: write_pictures(path / "pictures", ["ёж γάτα", "कुत्ता"], 20), (28, 28), 2, 1
    ),
}  # fmt: skip
AT_ONCE = "20 x 30, 12 classes"  # which has names in other scripts, too; the rest is left to `make check-all`
OF_SEVERAL_NODES = ["plots/activations/two_nodes.png", "plots/pca_tsne/activations/pca_3.png"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as Python does in programs: seaborn's of matplotlib
@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=() if form == AT_ONCE else pytest.mark.slow) for form in FORMS]
)
def test_from_images_to_the_page(
    form: str, make: Make, tmp_path: Path, browser: webdriver.Chrome, capsys: pytest.CaptureFixture[str],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    write, size, n_classes, n_hidden = FORMS[form]
    printed = make(write(tmp_path))
    assert ("note: a single training image shows <b>bold</b>\n" in printed) == (n_classes == 12)
    assert ("note: no test image shows class 11\n" in printed) == (n_classes == 12)
    settings = settings_of(printed)
    quick = QUICK | {"hidden": n_hidden}
    set_style()
    monkeypatch.setitem(mpl.rcParams, "figure.dpi", 40)  # what is drawn is looked at elsewhere
    set_params(Path("params.yaml"), settings | {key: value for key, value in quick.items() if key not in settings})
    run_all_stages()
    said = capsys.readouterr()
    assert ("one hidden node leaves one component" in said.out) == (n_hidden == 1)
    if n_hidden == 1:
        assert said.err == ""
        assert [path for path in FILES if not Path(path).is_file()] == OF_SEVERAL_NODES
    dataset = read_dataset(paths.DATASET)
    assert (dataset.rows, dataset.columns, len(dataset.classes)) == (*size, n_classes)
    assert ("rmse" in read_json(paths.EVALUATE_METRICS)) is dataset.ordered
    project = Project(Path.cwd())
    open_page(project, browser)
    assert read_complaints(browser) == []
    assert read_carried(project)["classes"] == dataset.classes
    assert browser.execute_script("return window.page.carried.network.nodes") == n_hidden
    bold = "return [...document.querySelectorAll('b')].filter((element) => element.textContent === 'bold').length"
    assert browser.execute_script(bold) == 0
