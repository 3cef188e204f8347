"""Every file that passes between stages, named once; `dvc.yaml` declares the same ones (a test compares the two).

Tables and arrays are in `data/`, networks in `models/`, pictures in `plots/`, from which no stage reads.
"""

from pathlib import Path

PARAMS = Path("params.yaml")
DATASETS = Path("datasets")  # a description of each data set: datasets/NAME.yaml

# fetch: the four IDX files and what they hold, as the description says
RAW = Path("data/raw")
RAW_DATASET = RAW / "dataset.json"

# preprocess
PREPARED = Path("data/prepared")
DATASET = PREPARED / "dataset.json"
SPLIT = PREPARED / "split.json"
IMAGES_TRAIN, IMAGES_TEST = PREPARED / "images_train.npy", PREPARED / "images_test.npy"
Y_TRAIN, Y_TEST = PREPARED / "y_train.npy", PREPARED / "y_test.npy"

# explore
EXPLORE_TABLES, EXPLORE_PLOTS = Path("data/explore"), Path("plots/explore")

# train
NETWORK = Path("models/network.keras")
WEIGHTS = Path("models/network.npz")
INITIAL_WEIGHTS = Path("models/initial.npz")
TRAIN_TABLES, TRAIN_PLOTS = Path("data/train"), Path("plots/train")
TRAIN_METRICS = Path("metrics/train.json")
HISTORY = TRAIN_TABLES / "history.csv"

# evaluate
EVALUATE_TABLES, EVALUATE_PLOTS = Path("data/evaluate"), Path("plots/evaluate")
EVALUATE_METRICS = Path("metrics/evaluate.json")
CONFUSIONS = EVALUATE_TABLES / "confusion.csv"
REPORT = EVALUATE_TABLES / "classification_report.csv"
PREDICTIONS = EVALUATE_TABLES / "predictions.csv"

# activations
ACTIVATIONS, ACTIVATIONS_PLOTS = Path("data/activations"), Path("plots/activations")
ACTIVATIONS_METRICS = Path("metrics/activations.json")
HIDDEN, OUTPUT = ACTIVATIONS / "hidden.npy", ACTIVATIONS / "output.npy"
TRAINING_PREDICTIONS = ACTIVATIONS / "predictions.csv"
BOXES = ACTIVATIONS / "boxes.npy"
ETA_SQUARED = ACTIVATIONS / "eta_squared.csv"
NODE_BOXES = Path("data/node_boxes.csv")  # of the node in `activations.node`, on which nothing else here depends

# pca_tsne, once for the pixels and once for the activations
EMBEDDINGS, EMBEDDINGS_PLOTS = Path("data/embeddings"), Path("plots/pca_tsne")

# concepts
CONCEPTS, CONCEPTS_PLOTS = Path("data/concepts"), Path("plots/concepts")
CONCEPTS_TABLE = CONCEPTS / "concepts.csv"
CONCEPTS_TRAIN, CONCEPTS_TEST = CONCEPTS / "concepts_train.npy", CONCEPTS / "concepts_test.npy"

# rf_select
SELECTION, SELECTION_PLOTS = Path("data/selection"), Path("plots/rf_select")
SELECTION_METRICS = Path("metrics/rf_select.json")
RANKING = SELECTION / "ranking.csv"
FOREST = SELECTION / "forest.csv"

# retrain_selected
SELECTED_NETWORK = Path("models/network_selected.keras")
SELECTED_WEIGHTS = Path("models/network_selected.npz")
SELECTED_TABLES, SELECTED_PLOTS = Path("data/retrain_selected"), Path("plots/retrain_selected")
SELECTED_METRICS = Path("metrics/retrain_selected.json")
SELECTED_HISTORY = SELECTED_TABLES / "history.csv"
SELECTED_NETWORK_TABLE = SELECTED_TABLES / "network.csv"
SELECTED_PIXELS = SELECTED_TABLES / "pixels.csv"

# retrain_components
COMPONENTS_TABLES, COMPONENTS_PLOTS = Path("data/retrain_components"), Path("plots/retrain_components")
COMPONENTS_METRICS = Path("metrics/retrain_components.json")
COMPONENTS_NETWORK_TABLE = COMPONENTS_TABLES / "network.csv"

# knowledge
KNOWLEDGE, KNOWLEDGE_PLOTS = Path("data/knowledge"), Path("plots/knowledge")
KNOWLEDGE_METRICS = Path("metrics/knowledge.json")
KNOWN_NODES, KNOWN_EXAMPLES = KNOWLEDGE / "nodes.csv", KNOWLEDGE / "examples.csv"
CONTROLS, CURVES = KNOWLEDGE / "controls.csv", KNOWLEDGE / "curves.csv"
LEVELS = KNOWLEDGE / "levels.npy"  # at which a node may be held
RELATIONS = KNOWLEDGE / "relations.csv"

# report
PAGE = Path("report/index.html")


def dataset_file(name: str) -> Path:
    """The description of a data set."""
    return DATASETS / f"{name}.yaml"


def embedding(values: str, name: str) -> Path:
    """A table of `pca_tsne`: `values` are "pixels" or "activations"; `name` is pca, tsne, maps, components, ..."""
    return EMBEDDINGS / values / f"{name}.csv"


def embedding_metrics(values: str) -> Path:
    return Path(f"metrics/pca_tsne_{values}.json")
