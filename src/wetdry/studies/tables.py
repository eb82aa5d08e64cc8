"""Tables of several parts, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def joined(several: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows of several tables; empty ones take no part, lest they set the types of columns."""
    filled = [table for table in several if not table.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
