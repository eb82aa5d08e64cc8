"""Where an encoder learnt: weights of layers, gates of blocks, and the course of training."""

from __future__ import annotations

import pandas as pd

from wetdry.adapt import Gated
from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.phrases import bounded, counted, number
from wetdry.studies.transfer.adaptation.stages import DIRECT, TWO_STAGES
from wetdry.studies.transfer.findings import Findings, highest
from wetdry.studies.transfer.sections.confusions import best_methods

FIT = ["split", "seed"]
"""What tells trainings of one encoder, method, plan and domain apart."""


def where_learnt(found: Findings) -> list[Section]:
    """Layer weights, gates, learning curves and a table of trainings."""
    blocks: list[Block] = [*_weights(found), *_gates(found), *_curves(found), *_trainings(found)]
    if not blocks:
        return []
    lead = "What training changed, and how far it got; a weight says what was used, not what is there."
    return [Section("Where it was learnt", lead, blocks)]


def spread(rows: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """Mean of a value over trainings and its range: `keys`, `value`, low, high."""
    found = rows.groupby(keys, sort=False)[value].agg(["mean", "min", "max"])
    return found.set_axis([value, "low", "high"], axis=1).reset_index()


def _weights(found: Findings) -> list[Figure]:
    rows = found.table("layer_weights")
    rows = rows if rows.empty else rows[rows["plan"] == DIRECT]
    if rows.empty:
        return []
    keys = ["encoder", "method", "tested", "layer", "position"]
    mean = spread(rows, keys, "weight")
    panel = mean["method"] + ", " + mean["tested"]
    several = mean["encoder"].nunique() > 1
    mean = mean.assign(encoder=mean["encoder"] + ", " + panel if several else panel)
    parts = []
    for name, own in mean.groupby("encoder", sort=False):
        top = highest(own, "weight")
        parts.append(f"{name} {top['layer']} {bounded(top, 'weight')}, evenly it were {number(1 / len(own))}")
    fits = len(rows[FIT].drop_duplicates())
    return [
        Figure(
            "layer-weights",
            "Which layers a learnt sum takes",
            f"Direct plan; weights that add to 1, mean and range over {counted(fits, 'training')}. Layers are "
            "standardised first, so that a weight does not say how large their numbers are.",
            f"Heaviest layer: {'; '.join(parts)}.",
            charts.layer_weights(mean),
        )
    ]


def _gates(found: Findings) -> list[Figure]:
    rows = found.table("gates")
    rows = rows if rows.empty else rows[rows["plan"].isin([DIRECT, TWO_STAGES])]
    if rows.empty:
        return []
    mean = spread(rows, ["encoder", "tested", "plan", "block"], "gate")
    tops = [highest(own, "gate") for _, own in mean.groupby(["encoder", "tested", "plan"], sort=False)]
    told = (
        f"{top['encoder']}, {top['tested']}, {top['plan']}: block {top['block']} {bounded(top, 'gate')}" for top in tops
    )
    return [
        Figure(
            "gates",
            "How far each block’s gate opened",
            f"0: the block’s bottleneck is not heard, 1: in full; gates start at {Gated.opening:g}. Mean and range "
            "over trainings.",
            f"Widest gate: {'; '.join(told)}.",
            charts.layer_curves(
                mean.rename(columns={"tested": "line", "plan": "kind", "block": "position", "gate": "value"}),
                "gate",
                along="block",
            ),
        )
    ]


def _curves(found: Findings) -> list[Figure]:
    """Last stages of the best method of each encoder."""
    curves, best = found.table("adapt_curves"), best_methods(found)
    if curves.empty or not best:
        return []
    rows = curves[curves["encoder"].map(best) == curves["method"]]
    rows = _last_stages(rows[rows["plan"].isin([DIRECT, TWO_STAGES])])
    if rows.empty:
        return []
    name = rows["tested"] + ", " + rows["plan"]
    model = rows["encoder"] + ", " + name if len(best) > 1 else name
    kept = rows[rows["kept"].astype(bool)]
    told = (
        f"{panel} {number(own['score'].mean())} at epoch {_range(own['epoch'])}"
        for panel, own in kept.groupby(model, sort=False)
    )
    return [
        Figure(
            "learning",
            "How the best method learnt",
            "Mean recall on the groups that training is stopped by, after every epoch of the last stage; epoch 0 is "
            f"before its first step. Of {', '.join(dict.fromkeys(best.values()))}; the table below has every method.",
            f"Mean of the epochs that were kept: {'; '.join(told)}." if len(kept) else "No epoch was kept.",
            charts.learning_curves(rows.assign(model=model, fold=rows["split"], r2=rows["score"]), "validation recall"),
        )
    ]


def _range(epochs: pd.Series[int]) -> str:
    first, last = int(epochs.min()), int(epochs.max())
    return f"{first}" if first == last else f"{first} to {last}"


def _last_stages(rows: pd.DataFrame) -> pd.DataFrame:
    last = rows.groupby(["encoder", "method", "plan", "tested", *FIT], sort=False)["stage"].transform("max")
    return rows[rows["stage"] == last]


def _trainings(found: Findings) -> list[Table]:
    rows = found.table("adaptations")
    if rows.empty:
        return []
    keys = ["encoder", "method", "plan", "learnt", "tested"]
    frame = rows.groupby(keys, sort=False, as_index=False).agg(
        trainings=("seed", "size"),
        epochs=("epochs", "mean"),
        kept=("kept", "mean"),
        parameters=("parameters", "max"),
        head=("head_parameters", "max"),
        seconds=("seconds", "mean"),
    )
    headers = {str(name): str(name).replace("_", " ") for name in frame}
    headers |= {"learnt": "learnt on", "tested": "tested on domain", "head": "of the head"}
    if frame["encoder"].nunique() < 2:
        del headers["encoder"]
    text = (
        f"Means over splits and runs, of the last stage. At most {counted(found.config.epochs, 'epoch')} a "
        f"stage; it ends after {found.config.patience} without a better score of the groups that it is stopped by. "
        "Seconds are of this machine and differ from run to run."
    )
    return [Table("trainings", "Trainings", frame, text, headers, rows=None)]
