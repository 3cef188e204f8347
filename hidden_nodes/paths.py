"""What every stage may take for granted about the digits: their shape, their number, their files."""

from pathlib import Path

SIDE = 28  # pixels along one side of an image
PIXELS = SIDE * SIDE
CLASSES = 10
TRAIN_IMAGES = 60_000
TEST_IMAGES = 10_000

RAW = Path("data/raw")
PREPARED = Path("data/prepared")
ACTIVATIONS = Path("data/activations")

# The four files of a data set, by the part and the kind of what they hold (LeCun's names).
IDX_FILES = {
    ("train", "images"): "train-images-idx3-ubyte.gz",
    ("train", "labels"): "train-labels-idx1-ubyte.gz",
    ("test", "images"): "t10k-images-idx3-ubyte.gz",
    ("test", "labels"): "t10k-labels-idx1-ubyte.gz",
}
