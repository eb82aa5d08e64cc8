"""Long tables of scores as they are read: a column for each kind, with intervals as text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from wetdry.studies.phrases import METRICS, UNKNOWN
from wetdry.studies.recognition import words


def side_by_side(rows: pd.DataFrame, keys: Sequence[str], across: str, order: Sequence[str] = ()) -> pd.DataFrame:
    """A row for each combination of `keys`, as they first appear; a column for each value of `across`, in `order`.

    Cells are `value` with its interval, a dash where a combination lacks one. Each must be there once at most.
    """
    scores = rows.assign(score=[words.bounded(row) for _, row in rows.iterrows()])
    wide = scores.pivot(index=list(keys), columns=across, values="score")
    shown = [name for name in (order or dict.fromkeys(rows[across])) if name in wide.columns]
    places = rows[list(keys)].drop_duplicates()
    found = places.merge(wide.reset_index(), on=list(keys), how="left")
    return found[[*keys, *shown]].fillna(UNKNOWN)


def headed(frame: pd.DataFrame) -> dict[str, str]:
    """The columns of a table, each under its name, scores under theirs in words."""
    return {str(name): METRICS.get(str(name), str(name)) for name in frame}
