"""Phase 3: what pretrained embeddings hold, head by head and layer by layer, and how they lie."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.phrases import bounded, counted, number
from wetdry.studies.recognition.findings import Findings, highest
from wetdry.studies.tables import side_by_side

PHASE = 3
NEIGHBOURS = 5
"""Clips beside one on a map, whose ratings are held against its own."""

METHODS = {"umap": "UMAP", "tsne": "t-SNE"}


def embeddings(found: Findings) -> list[Section]:
    """Heads side by side, weights of layers, and maps."""
    blocks: list[Block] = [*_heads(found), *_layers(found), *_maps(found)]
    if not blocks:
        return []
    lead = "What an encoder makes of a clip, as it comes; only a small head learns from the clips at hand."
    return [Section("Pretrained embeddings", lead, blocks)]


def _heads(found: Findings) -> list[Table]:
    rows = found.honest
    rows = rows[rows["phase"] == PHASE]
    if rows.empty:
        return []
    frame = side_by_side(rows, ["encoder", "layer", "target"], "head")
    caption = "R² on clips held out. A linear head reads what lies along one direction, the others also what is bent."
    return [Table("heads", "Which head reads an embedding best?", frame, caption, rows=None)]


def _layers(found: Findings) -> list[Figure]:
    weights = found.table("layer_weights")
    if weights.empty:
        return []
    mean = mean_weights(weights)
    runs = weights.groupby("encoder")[["seed", "fold"]].apply(lambda own: len(own.drop_duplicates())).max()
    return [
        Figure(
            "layer-weights",
            "Which layers a learnt sum takes",
            f"Weights that add to 1: mean and range over {counted(int(runs), 'fit')}, of folds and runs. Every "
            "layer has the same weight where the sum learns nothing of them.",
            _heaviest(mean),
            charts.layer_weights(mean),
        )
    ]


def mean_weights(weights: pd.DataFrame) -> pd.DataFrame:
    """Mean weight of each layer over folds and seeds, and its range: encoder, layer, position, weight, low, high."""
    of_layer = weights.groupby(["encoder", "layer", "position"], sort=False)["weight"]
    return of_layer.agg(["mean", "min", "max"]).set_axis(["weight", "low", "high"], axis=1).reset_index()


def _heaviest(mean: pd.DataFrame) -> str:
    parts = []
    for encoder, rows in mean.groupby("encoder", sort=False):
        row = highest(rows, "weight")
        parts.append(f"{encoder} {row['layer']} {bounded(row, 'weight')}, evenly it were {number(1 / len(rows))}")
    return f"Heaviest layer: {'; '.join(parts)}."


def _maps(found: Findings) -> list[Figure]:
    maps, ratings = found.table("maps"), found.table("ratings")
    if maps.empty or ratings.empty:
        return []
    long = ratings.melt(id_vars=["item"], value_vars=list(found.targets), var_name="target", value_name="value")
    figures = []
    for method, rows in maps.groupby("method", sort=False):
        name = METHODS.get(str(method), str(method))
        figures.append(
            Figure(
                f"map-{method}",
                f"How the embeddings lie, {name}",
                f"A point a clip, coloured by its rating; {name} was told nothing of ratings. Distances between far "
                "points mean little, and no score is taken from a map.",
                _neighbourly(rows, ratings, found.targets),
                charts.emotion_maps(rows.merge(long, on="item"), found.scale),
            )
        )
    return figures


def _neighbourly(rows: pd.DataFrame, ratings: pd.DataFrame, targets: tuple[str, ...]) -> str:
    """How well the ratings of the nearest clips on the map tell those of a clip."""
    parts = []
    by_item = ratings.set_index("item")
    for encoder, own in rows.groupby("encoder", sort=False):
        places, values = own[["x", "y"]].to_numpy(float), by_item.loc[own["item"], list(targets)].to_numpy(float)
        if len(own) <= NEIGHBOURS + 1:
            continue
        r = neighbour_correlation(places, values)
        told = ", ".join(f"{name} {number(value)}" for name, value in zip(targets, r, strict=True))
        parts.append(f"{encoder}: {told}")
    if not parts:
        return f"{counted(rows['item'].nunique(), 'clip')}: too few to hold neighbours against each other."
    return (
        f"Correlation of a clip’s rating with the mean of its {NEIGHBOURS} neighbours on the map: {'; '.join(parts)}."
    )


def neighbour_correlation(places: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Pearson's r (target,) of values (n, target) with their means over the nearest other places (n, 2).

    NaN where either does not vary.
    """
    from scipy.spatial import cKDTree

    _, nearest = cKDTree(places).query(places, k=NEIGHBOURS + 1)
    others = np.array([[near for near in row if near != own][:NEIGHBOURS] for own, row in enumerate(nearest)])
    means = values[others].mean(axis=1)
    first, second = (side - side.mean(axis=0) for side in (values, means))
    norm = np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    known = np.where(norm > 0, norm, np.nan)
    return np.asarray((first * second).sum(axis=0) / known)
