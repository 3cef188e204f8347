"""`python -m sweep compare`: networks are read from git and DVC, compared by their seeds, and written as tables."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from dvc.repo import Repo

import sweep.compare
from hidden_nodes.errors import BadInput
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.knowledge.words import NOTHING
from hidden_nodes.network.weights import Weights, write_weights
from sweep.compare import group_by_setting
from sweep.compare_pictures import BASIS, SPACE, draw_comparison
from sweep.compared import compare_networks
from sweep.networks import Network, read_network
from tests.clone import Project
from tests.stub import call_sweep, commit_files

INPUTS, NODES, CLASSES, IMAGES = 16, 6, 3, 240
SEEDS = (1, 2, 3)
DATASET = {
    "name": "tiny", "title": "Tiny", "noun": "image", "classes": ["a", "b", "c"], "rows": 4, "columns": 4,
    "train_images": 10, "test_images": IMAGES, "ordered": False, "drawing": None,
}  # fmt: skip


def make_images(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (IMAGES, 4, 4), dtype=np.uint8), rng.integers(0, CLASSES, IMAGES, dtype=np.uint8)


def make_weights(seed: int, activation: str = "relu") -> Weights:
    return untrained_network(INPUTS, NODES, CLASSES, activation, seed)


def permute(weights: Weights, order: np.ndarray) -> Weights:
    """The same network, its nodes numbered anew."""
    return replace(
        weights, hidden_weights=weights.hidden_weights[:, order], hidden_bias=weights.hidden_bias[order],
        output_weights=weights.output_weights[order],
    )  # fmt: skip


def order_of(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(NODES)


def write_outputs(path: Path, seed: int, with_nodes: bool, images_seed: int = 0) -> None:
    """What a trial leaves: a network that is the first one's with other numbers for its nodes."""
    images, classes = make_images(images_seed)
    for name in ("data/prepared", "models", "data/knowledge"):
        (path / name).mkdir(parents=True, exist_ok=True)
    np.save(path / "data/prepared/images_test.npy", images)
    np.save(path / "data/prepared/y_test.npy", classes)
    (path / "data/prepared/dataset.json").write_text(json.dumps(DATASET), encoding="utf-8")
    write_weights(permute(make_weights(9), order_of(seed)), path / "models/network.npz")
    write_weights(make_weights(seed), path / "models/initial.npz")
    (path / "data/knowledge/other.csv").write_text(f"{seed}\n", encoding="utf-8")
    if with_nodes:
        of = order_of(seed)
        nodes = pd.DataFrame({
            "node": range(NODES), "dead": 0, "ablation_loss": of / 10, "sentence_auc": [np.nan, *[0.9] * (NODES - 1)],
            "sentence": [f"fires for {node}" if node else NOTHING for node in of],
        })  # fmt: skip
        nodes.to_csv(path / "data/knowledge/nodes.csv", index=False)


def track_outputs() -> None:
    with Repo() as repo:
        repo.add(["data/prepared", "models", "data/knowledge"])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Commits tagged `seed-1` to `seed-3`; `silent`, without sentences; `elsewhere`, of other images."""
    project = commit_files(tmp_path_factory.mktemp("compare") / "project", {"params.yaml": "seed: 1\n"})
    for tag, seed, with_nodes, images in (
        *((f"seed-{seed}", seed, True, 0) for seed in SEEDS), ("elsewhere", 4, True, 1), ("silent", 5, False, 0)
    ):  # fmt: skip
        (project.path / "data/knowledge/nodes.csv").unlink(missing_ok=True)
        write_outputs(project.path, seed, with_nodes, images)
        project.call(track_outputs)
        for command in (["add", "--all"], ["commit", "--quiet", "--message", tag], ["tag", tag]):
            project.run("git", *command)
    return project


def test_networks_that_are_copies_have_every_node_in_common(project: Project) -> None:
    printed = call_sweep(project, "compare", *(f"seed-{seed}" for seed in SEEDS))
    assert "compared: CKA 1.000" in printed
    assert "correlate above 0.8: 100.0 %" in printed
    tables = {name: pd.read_csv(project.path / f"plots/compared/{name}.csv") for name in sweep.compare.TABLES}
    matches = tables["matches"]
    assert len(matches) == 3 * NODES
    for row in matches.itertuples():  # each with the node that it is
        first, second = (order_of(int(name[-1])) for name in (row.first, row.second))
        assert first[row.node] == second[row.partner]
    np.testing.assert_allclose(matches["correlation"], 1, atol=1e-5)
    nodes = tables["nodes"].set_index(["network", "node"])
    assert (nodes["counterparts"] == 2).all()
    assert (nodes["members"] == 3).all()
    assert nodes.groupby("family")["sentence"].nunique().tolist() == [1] * NODES
    figures = tables["summary"].set_index("figure")["mean"]
    assert figures["seeds_share_90"] == figures["common"] == figures["in_families"] == figures["same_sentence"] == 1
    assert figures["rotated_cka"] == pytest.approx(1)
    assert figures["untrained_share_80"] < 0.5
    assert figures["family_loss"] == pytest.approx(1)
    pairs = tables["pairs"]
    assert pairs["control"].value_counts().to_dict() == dict.fromkeys(["seeds", "rotated", "permuted", "untrained"], 3)
    assert (project.path / "plots/compared/compared.png").is_file()


def test_without_sentences_their_figures_are_left_out_and_said_so(project: Project) -> None:
    printed = call_sweep(project, "compare", "seed-1", "seed-2", "silent")
    assert "note: no sentences, as silent did not run `knowledge`: those columns are left out" in printed
    figures = set(pd.read_csv(project.path / "plots/compared/summary.csv")["figure"])
    assert "common" in figures
    assert not figures & {"same_sentence", "described_common", "common_loss"}
    assert "sentence" not in pd.read_csv(project.path / "plots/compared/nodes.csv")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["seed-1", "nowhere"], "nowhere: unknown Git revision 'nowhere'"),
        (["seed-1"], "compare needs two networks or more. Got 1."),
        (["seed-1", "elsewhere"], "those of seed-1 and elsewhere differ"),
        (["sweeps/none.yaml"], "sweeps/none.yaml"),
    ],
)
def test_a_mistake_is_one_line(names: list[str], message: str, project: Project) -> None:
    printed = call_sweep(project, "compare", *names, status=2).splitlines()
    assert message in printed[-1]
    assert printed[-1].startswith("error: ")


def test_files_that_are_not_here_are_named(project: Project) -> None:
    objects = project.path / ".dvc/cache"
    objects.rename(objects.with_name("away"))
    try:
        printed = call_sweep(project, "compare", "seed-1", "seed-2", status=2)
        assert printed.splitlines()[-1].startswith("error: seed-1: ")
    finally:
        objects.with_name("away").rename(objects)


def test_networks_are_read_as_they_were_written(project: Project) -> None:
    read: dict[str, Network] = {}
    names = ("seed-1", "seed-2", "elsewhere")
    project.call(lambda: read.update({name: read_network(name) for name in names}))
    network = read["seed-2"]
    np.testing.assert_array_equal(network.weights.hidden_weights, make_weights(9).hidden_weights[:, order_of(2)])
    np.testing.assert_array_equal(network.initial.hidden_weights, make_weights(2).hidden_weights)
    assert network.known is not None
    assert network.known.auc.tolist() == [0.5, *[0.9] * (NODES - 1)]  # no test image for the first sentence
    assert network.images == read["seed-1"].images != read["elsewhere"].images


def test_the_trials_of_a_sweep_are_compared_by_what_differs_but_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        f"{activation}-{seed}": {"seed": seed, "train.activation": activation}
        for activation in ("relu", "tanh") for seed in SEEDS
    }  # fmt: skip
    plan = SimpleNamespace(named=named, existing=set(named) - {"relu-3", "tanh-1", "tanh-2"}, commit="c" * 40)
    monkeypatch.setattr(sweep.compare, "make_plan", lambda path: plan)
    directory, groups = group_by_setting(["sweeps/mine.yaml"])
    assert directory == "compared-mine"
    assert groups == {'train.activation="relu"': ["relu-1", "relu-2"]}
    plan.existing = {"relu-1", "tanh-1"}
    with pytest.raises(BadInput, match=r"no two trials of sweeps/mine\.yaml that differ only in their seed have run"):
        group_by_setting(["sweeps/mine.yaml"])
    assert group_by_setting(["a", "b", "a"]) == ("compared", {"": ["a", "b"]})


@pytest.mark.parametrize(("activation", "share"), [("tanh", 1), ("relu", 0)])
def test_only_with_an_odd_activation_a_node_is_its_mirror_image(activation: str, share: float) -> None:
    images, classes = make_images()
    plain = make_weights(1, activation)
    mirrored = replace(plain, hidden_weights=-plain.hidden_weights, output_weights=-plain.output_weights)
    networks = [
        Network(str(number), (), SimpleNamespace(), weights, make_weights(number, activation), None)  # type: ignore[arg-type]
        for number, weights in enumerate((plain, mirrored))
    ]
    pairs = compare_networks(networks, images, classes).pairs.set_index("control")
    assert pairs.loc["seeds", "share_90"] == share


def test_the_picture_shows_the_space_and_the_basis_with_all_controls() -> None:
    figures = [*SPACE, *(f"{control}_share_80" for control in BASIS)]
    summary = pd.DataFrame(
        [(hidden, figure, 0.01 * hidden + number / 100, 0.0, 1.0)
         for hidden in (2, 16) for number, figure in enumerate(figures)],
        columns=["hidden", "figure", "mean", "low", "high"],
    )  # fmt: skip
    for axes, lines, factor in zip(draw_comparison(summary).axes, (SPACE, BASIS), (1, 100), strict=True):
        assert axes.get_legend_handles_labels()[1] == list(lines.values())
        # Each line is a mean, then the two ends and the bars of its intervals.
        drawn = [
            line.get_ydata()
            for line in axes.lines
            if line.get_linestyle() == "-" and str(line.get_marker()) not in "_|"
        ]
        first = figures.index(next(iter(lines)) if factor == 1 else "seeds_share_80")
        for number, values in enumerate(drawn, start=first):
            np.testing.assert_allclose(
                np.asarray(values, float), [factor * (0.02 + number / 100), factor * (0.16 + number / 100)]
            )
