"""Names above panels, no longer than what there is several of."""

from __future__ import annotations

import pandas as pd


def by_probe(rows: pd.DataFrame) -> pd.Series[str]:
    """The encoder of each row, with the family of its probe where there are several."""
    names = rows["encoder"].astype(str)
    return names if rows["probe"].nunique() < 2 else names + ", " + rows["probe"].astype(str)


def by_domain(rows: pd.DataFrame) -> pd.Series[str]:
    """The tested domain of each row, after its encoder where there are several."""
    tested = rows["tested"].astype(str)
    return tested if rows["encoder"].nunique() < 2 else rows["encoder"].astype(str) + ", " + tested


def by_layer(rows: pd.DataFrame) -> pd.Series[str]:
    """The encoder and layer of each row."""
    return rows["encoder"].astype(str) + ", " + rows["layer"].astype(str)
