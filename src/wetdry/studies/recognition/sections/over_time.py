"""Emotion over time: estimates within a song, against what listeners rated while it played."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.phrases import bounded, counted, number
from wetdry.studies.recognition.findings import Findings, highest
from wetdry.studies.recognition.words import headed
from wetdry.studies.tables import side_by_side

FEW_SONGS = 10
"""Below which the means over songs say little."""

SCORES = ("rmse", "pearson", "ccc")


def over_time(found: Findings) -> list[Section]:
    """Rated and estimated curves of some songs, and the scores over all."""
    scores, curves = found.table("dynamic"), found.table("dynamic_estimates")
    if scores.empty:
        return []
    blocks: list[Block] = []
    if len(curves):
        blocks.append(
            Figure(
                "rating-curves",
                "Rated and estimated, second by second",
                "Of each model, on songs whose ratings it had not learnt from.",
                _lowest_error(scores),
                charts.rating_curves(curves),
            )
        )
    blocks.append(_table(scores))
    songs = int(scores["songs"].max())
    lead = (
        f"What listeners rated while {counted(songs, 'song')} played, estimated from windows of the sound; each "
        f"song is scored alone, then averaged.{_few(songs)}"
    )
    return [Section("Emotion over time", lead, blocks)]


def _few(songs: int) -> str:
    return " Means over so few songs say little." if songs < FEW_SONGS else ""


def _lowest_error(scores: pd.DataFrame) -> str:
    rows = scores[scores["metric"] == "rmse"].dropna(subset=["value"])
    parts = []
    for target, own in rows.groupby("target", sort=False):
        row = highest(own.assign(less=-own["value"]), "less")
        correlated = scores[
            (scores["metric"] == "pearson")
            & (scores["target"] == target)
            & (scores["encoder"] == row["encoder"])
            & (scores["head"] == row["head"])
        ]["value"]
        r = f", r within songs {number(correlated.iloc[0])}" if correlated.notna().any() else ""
        where = f" on {row['encoder']}" if row["encoder"] else ""
        parts.append(f"{target} {bounded(row)} by {row['head']}{where}{r}")
    return f"Lowest root mean squared error: {'; '.join(parts)}." if parts else "No error could be determined."


def _table(scores: pd.DataFrame) -> Table:
    keys = ["encoder", "layer", "head", "target"]
    frame = side_by_side(scores, keys, "metric", SCORES)
    return Table(
        "over-time",
        "Scores within songs",
        frame,
        "Means over songs with 95 % intervals over songs, as in the MediaEval tasks; songs whose ratings never change "
        "have no correlation and are not counted in it. A model that says one number for a whole song may have a low "
        "error and no correlation at all.",
        headed(frame),
        rows=None,
    )
