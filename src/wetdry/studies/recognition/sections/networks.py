"""Phase 2: how networks learnt from spectrograms, and what the one with attention attends to."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.phrases import listed, number
from wetdry.studies.recognition.findings import Findings, highest

PHASE = 2
MOST_ITEMS = 4
"""Clips whose attention is told in words."""


def networks(found: Findings) -> list[Section]:
    """Learning curves, and attention over the waveform."""
    curves, attention = found.table("curves"), found.table("attention")
    blocks: list[Block] = []
    if len(curves):
        blocks += [
            Figure(
                "learning",
                "How the networks learnt",
                "R² on validation groups, of the training side, after every epoch: a line a fold and run. The marked "
                f"epoch is kept; clips that are tested have no say in it.{_targets(found)}",
                _kept(curves),
                charts.learning_curves(curves),
            ),
            _trained(found, curves),
        ]
    if len(attention):
        blocks.append(
            Figure(
                "attention",
                "What the network attends to",
                "Weights of the attention network over time, within each chunk of 3 s, above the waveform: of clips "
                f"that it had not heard, with the lowest and the highest estimate of {found.targets[0]}. What is "
                "attended to weighs more in the estimate; why is not told.",
                _attended(attention),
                charts.attention_over_time(attention, found.table("waveform")),
            )
        )
    if not blocks:
        return []
    rows = found.r2
    names = list(dict.fromkeys(rows.loc[(rows["phase"] == PHASE) & (rows["leaks"] == ""), "model"]))
    which = f": {listed(names)}" if names else ""
    lead = f"Networks that learn from log-mel spectrograms of 3 s, from random weights, on the clips at hand{which}."
    return [Section("Networks on spectrograms", lead, blocks)]


def _targets(found: Findings) -> str:
    return " A network of its own for each target." if found.config.separate_targets and len(found.targets) > 1 else ""


def _kept(curves: pd.DataFrame) -> str:
    parts = []
    for model, rows in curves.groupby("model", sort=False):
        kept = rows[rows["kept"]]
        if kept.empty:
            parts.append(f"{model} kept no epoch")
            continue
        when = _between(int(kept["epoch"].min()), int(kept["epoch"].max()))
        parts.append(f"{model} {number(kept['r2'].mean())} at epoch {when}")
    return f"Mean validation R² of the kept epoch: {'; '.join(parts)}."


def _between(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _trained(found: Findings, curves: pd.DataFrame) -> Table:
    runs = curves.groupby(["model", "seed", "fold"], sort=False).agg(epochs=("epoch", "max"))
    kept = curves[curves["kept"]].groupby(["model", "seed", "fold"], sort=False)["r2"].max()
    rows = runs.assign(validation=kept).groupby(level="model", sort=False)
    frame = pd.DataFrame(
        {
            "network": [str(model) for model, _ in rows],
            "runs": [len(own) for _, own in rows],
            "epochs": [_between(int(own["epochs"].min()), int(own["epochs"].max())) for _, own in rows],
            "validation R²": [own["validation"].mean() for _, own in rows],
        }
    )
    caption = (
        f"At most {found.config.epochs} epochs; it ends after {found.config.patience} without a better validation R². "
        "That R² chose the epoch and is flattered: the leaderboard has what clips say that had no part in it."
    )
    return Table("networks", "Networks", frame, caption, rows=None)


def _attended(attention: pd.DataFrame) -> str:
    parts = []
    for item, rows in attention.groupby("item", sort=False):
        heaviest = highest(rows, "weight")
        times = heaviest["weight"] / rows["weight"].mean()
        parts.append(f"{item} at {number(heaviest['second'])} s, {number(times)} times the mean")
    return f"Heaviest moment: {'; '.join(parts[:MOST_ITEMS])}."
