"""The notebook's pictures, drawn as it drew them: pyplot and seaborn as they come, an axes a digit."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from sklearn.metrics import confusion_matrix


class Notebook:
    """Saves each picture under the next number in `directory`, where a notebook would show it."""

    def __init__(self, directory: str) -> None:
        self.directory, self.count = Path(directory), 0

    def show(self) -> None:
        self.count += 1
        plt.savefig(self.directory / f"{self.count}.png")
        plt.close("all")

    def digits(self, images: np.ndarray, titles: list[str], rows: int, columns: int) -> None:
        """A sheet of digits, each on axes of its own."""
        plt.figure(figsize=(1.5 * columns, 1.8 * rows))
        for position, (image, title) in enumerate(zip(images, titles, strict=True)):
            plt.subplot(rows, columns, position + 1)
            plt.imshow(image.reshape(28, 28), cmap="binary")
            plt.title(title)
            plt.axis("off")
        self.show()

    def data(self, x: np.ndarray, y: np.ndarray, y_test: np.ndarray) -> None:
        """Counts by class, the first 50 digits, and pixel 77 against pixel 78."""
        for classes in (y, y_test):
            sns.countplot(x=classes)
            self.show()
        self.digits(x[:50], [str(k) for k in y[:50]], 5, 10)
        sns.scatterplot(x=x[:, 77], y=x[:, 78], hue=y, palette="tab10")
        self.show()

    def training(self, history: dict[str, list[float]]) -> None:
        """Loss and accuracy by epoch."""
        _, axes = plt.subplots(1, 2, figsize=(14, 5))
        for one, name in zip(axes, ("loss", "accuracy"), strict=True):
            one.plot(history[name], label=name)
            one.plot(history[f"val_{name}"], label=f"val_{name}")
            one.legend()
        self.show()

    def evaluation(self, x: np.ndarray, actual: np.ndarray, probabilities: np.ndarray) -> None:
        """Predictions, confusion matrices, probabilities, the pair 4 and 9."""
        predicted = probabilities.argmax(axis=1)
        self.digits(x[:25], [f"{i}: {p} ({a})" for i, (p, a) in enumerate(zip(predicted[:25], actual))], 5, 5)  # noqa: B905
        counts = confusion_matrix(actual, predicted)
        rates = counts / counts.sum(axis=1, keepdims=True)
        np.fill_diagonal(rates, 0)
        for values, form in ((counts, "d"), (rates, ".2f"), (100 * probabilities[:20], ".1f")):
            plt.figure(figsize=(8, 8))
            sns.heatmap(values, annot=True, fmt=form, cmap="Blues")
            self.show()
        for true, read in ((4, 4), (4, 9), (9, 4), (9, 9)):
            chosen = np.flatnonzero((actual == true) & (predicted == read))[:25]
            self.digits(x[chosen], [str(index) for index in chosen], 5, 5)

    def activations(self, x: np.ndarray, hidden: np.ndarray, classes: np.ndarray, predicted: np.ndarray) -> None:
        """Node 0 by actual and by predicted class, and its top-activating images."""
        table = pd.DataFrame(hidden).add_prefix("act_val_").assign(actual=classes, predicted=predicted)
        for column in ("actual", "predicted"):
            sns.boxplot(table, x=column, y="act_val_0", hue=column, palette="colorblind", legend=False)
            self.show()
        strongest = np.argsort(-hidden[:, 0])[:10]
        self.digits(x[strongest], [str(classes[index]) for index in strongest], 1, 10)

    def maps(self, images: np.ndarray, classes: np.ndarray, pca: np.ndarray, tsne: np.ndarray) -> None:
        """PCA to 2 and to 3 components, and t-SNE under small digits where there is room."""
        sns.scatterplot(x=pca[:, 0], y=pca[:, 1], hue=classes, palette="tab10")
        self.show()
        axes = plt.figure().add_subplot(projection="3d")
        axes.scatter(pca[:, 0], pca[:, 1], pca[:, 2], c=classes, cmap="tab10", s=1)
        self.show()
        plt.figure(figsize=(13, 10))
        places = (tsne - tsne.min(0)) / np.ptp(tsne, axis=0)
        plt.scatter(places[:, 0], places[:, 1], c=classes[: len(tsne)], cmap="tab10", s=10)
        shown = np.array([[1.0, 1.0]])
        for index, place in enumerate(places):
            if ((place - shown) ** 2).sum(axis=1).min() > 0.002:
                shown = np.r_[shown, [place]]
                frame = {"edgecolor": plt.get_cmap("tab10")(classes[index]), "lw": 2}
                picture = OffsetImage(images[index].reshape(28, 28), cmap="binary")
                plt.gca().add_artist(AnnotationBbox(picture, place, bboxprops=frame))
        self.show()

    def forest(self, image: np.ndarray, importances: np.ndarray, pixels: np.ndarray) -> None:
        """Importance as a heat map, and the chosen pixels on a digit."""
        plt.imshow(importances.reshape(28, 28), cmap="hot", interpolation="nearest")
        plt.colorbar(ticks=[importances.min(), importances.max()])
        self.show()
        plt.imshow(image.reshape(28, 28), cmap="binary")
        plt.scatter(pixels % 28, pixels // 28, color="red")
        self.show()
