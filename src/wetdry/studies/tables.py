"""Tables put together: those of several parts, one below the other, and long ones, a column for each kind."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from wetdry.studies.phrases import UNKNOWN, bounded


def joined(several: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows of several tables; empty ones take no part, lest they set the types of columns."""
    filled = [table for table in several if not table.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def side_by_side(rows: pd.DataFrame, keys: Sequence[str], across: str, order: Sequence[str] = ()) -> pd.DataFrame:
    """A row for each combination of `keys`, as they first appear; a column for each value of `across`, in `order`.

    Cells are `value` with its interval, a dash where a combination lacks one. Each must be there once at most.
    """
    scores = rows.assign(score=[bounded(row) for _, row in rows.iterrows()])
    wide = scores.pivot(index=list(keys), columns=across, values="score")
    shown = [name for name in (order or dict.fromkeys(rows[across])) if name in wide.columns]
    places = rows[list(keys)].drop_duplicates()
    found = places.merge(wide.reset_index(), on=list(keys), how="left")
    return found[[*keys, *shown]].fillna(UNKNOWN)
