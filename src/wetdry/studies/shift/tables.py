"""What the report shows of all shifts: the strongest level of each effect, and places in the plane."""

from __future__ import annotations

import pandas as pd

from wetdry.studies.responses import ALL_CLIPS


def ranking(shift_table: pd.DataFrame) -> pd.DataFrame:
    """Of each effect, the shift at its strongest level: what the report ranks."""
    swept = shift_table[shift_table["control"] != "gain"]
    strongest = swept.groupby(["clip", "family"])["level"].transform("max")
    kept = swept[(swept["level"] == strongest) | swept["level"].isna()]
    return kept.reset_index(drop=True)


def points(shift_table: pd.DataFrame) -> pd.DataFrame:
    """Where each clip lies in the valence–energy plane, dry and under each raw variant."""
    raw = shift_table[(shift_table["control"] == "raw") & (shift_table["clip"] != ALL_CLIPS)]
    wide = raw.pivot_table(
        index=["clip", "family", "level"], columns="target", values="wet", sort=False, dropna=False, observed=True
    ).dropna(how="all")
    dry = raw.pivot_table(index="clip", columns="target", values="dry", sort=False).reset_index()
    dry = dry.assign(family="dry", level=0.0)
    return pd.concat([dry, wide.reset_index()], ignore_index=True).assign(control="raw")
