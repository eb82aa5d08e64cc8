"""Fewer points where a picture of all of them would be too heavy for a page."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_MARKS = 5_000
"""A browser draws so many points without a wait, and they add no more than some two megabytes to the page."""


def thinned(rows: pd.DataFrame, most: int = MOST_MARKS) -> pd.DataFrame:
    """All rows of as many items as fit into `most` rows, the items evenly chosen in the order of their names.

    `rows` holds item. One item is kept however many rows it has.

    >>> thinned(pd.DataFrame({"item": list("aabbccdd")}), most=4)["item"].tolist()
    ['a', 'a', 'd', 'd']
    """
    if len(rows) <= most:
        return rows
    items = sorted(rows["item"].unique())
    heaviest = int(rows.groupby("item").size().max())
    chosen = np.linspace(0, len(items) - 1, max(1, most // heaviest)).round().astype(int)
    return rows[rows["item"].isin([items[index] for index in chosen])]
