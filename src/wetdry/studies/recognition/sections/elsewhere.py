"""What is learnt on one data set, asked of another."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Figure, Section, Table, charts
from wetdry.studies.phrases import counted, number
from wetdry.studies.recognition.findings import Findings
from wetdry.studies.recognition.words import headed
from wetdry.studies.tables import side_by_side

SHOWN = ("r2", "ccc", "pearson")
"""Scores of the table; its file has all."""


def elsewhere(found: Findings) -> list[Section]:
    """R² of every pair of data sets, and what is left when only the order of clips counts."""
    cross = found.table("cross")
    if cross.empty:
        return []
    r2 = cross[cross["metric"] == "r2"]
    sets = list(dict.fromkeys([*cross["train"], *cross["test"]]))
    figure = Figure(
        "cross",
        "R² on other data sets",
        "Learnt on the data set of the row, tested on that of the column without the clips that are in both. On the "
        "diagonal: within the set, on groups held out. Below 0: worse than the mean of the ratings there.",
        _within_and_across(r2),
        charts.cross_matrix(r2),
    )
    lead = (
        f"{counted(len(sets), 'data set')}, each learnt from and held against each other. Whatever differs "
        "between them, in music, listeners or scales, counts against a model."
    )
    return [Section("Does it hold elsewhere?", lead, [figure, _table(cross)])]


def _within_and_across(r2: pd.DataFrame) -> str:
    own = r2["train"] == r2["test"]
    parts = []
    for target in dict.fromkeys(r2["target"]):
        of_target = r2["target"] == target
        within, across = (r2.loc[of_target & side, "value"].dropna() for side in (own, ~own))
        parts.append(f"{target} within {_range(within)}, across {_range(across)}")
    return f"R²: {'; '.join(parts)}."


def _range(values: pd.Series[float]) -> str:
    if values.empty:
        return "not known"
    if values.nunique() == 1:
        return number(values.iloc[0])
    return f"{number(values.min())} to {number(values.max())}"


def _table(cross: pd.DataFrame) -> Table:
    keys = ["train", "test", "encoder", "layer", "head", "target"]
    rows = cross[cross["metric"].isin(SHOWN)]
    sizes = rows.drop_duplicates(keys)[[*keys, "clips", "shared"]]
    frame = side_by_side(rows, keys, "metric", SHOWN).merge(sizes, on=keys)
    return Table(
        "cross-scores",
        "Learnt on one, tested on another",
        frame,
        "Pearson’s r asks only for the order of clips; where it is high and R² is low, the scales differ and not what "
        "is heard. Shared: clips that are in both sets, and are not tested on.",
        {**headed(frame), "clips": "clips tested"},
    )
