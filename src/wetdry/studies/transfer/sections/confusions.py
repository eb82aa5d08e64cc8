"""Which emotions are taken for which after adaptation, directly and by two stages."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Figure, charts
from wetdry.studies.transfer.adaptation.stages import DIRECT, TWO_STAGES
from wetdry.studies.transfer.findings import Findings

PLANS = (DIRECT, TWO_STAGES)


def confusions(found: Findings) -> list[Figure]:
    """Matrices of the best method of each encoder."""
    rows = found.table("confusions")
    if rows.empty:
        return []
    best = best_methods(found)
    chosen = [
        encoder in best and best[encoder] == method
        for encoder, method in zip(rows["encoder"], rows["method"], strict=True)
    ]
    rows = rows[pd.Series(chosen, index=rows.index) & rows["plan"].isin(PLANS)]
    if rows.empty:
        return []
    cells = rows.assign(panel=_panels(rows)).sort_values(["encoder", "tested"], key=_as_they_came, kind="stable")
    names = ", ".join(f"{method} on {encoder}" for encoder, method in best.items())
    return [
        Figure(
            "confusions",
            "Which emotions are taken for which",
            f"Per cent of the clips of an emotion, means of runs, by the method with the highest mean recall over both "
            f"domains and these plans ({names}).",
            _most_astray(cells),
            charts.confusion(cells),
        )
    ]


def best_methods(found: Findings) -> dict[str, str]:
    """Encoder → the method with the highest mean recall over domains and the plans that are shown."""
    scores = found.adapted
    if scores.empty:
        return {}
    own = scores[scores["plan"].isin(PLANS)].dropna(subset=["value"])
    means = own.groupby(["encoder", "method"], sort=False, as_index=False)["value"].mean()
    return {
        str(encoder): str(each["method"].iloc[int(each["value"].to_numpy().argmax())])
        for encoder, each in means.groupby("encoder", sort=False)
    }


def _panels(rows: pd.DataFrame) -> pd.Series[str]:
    names = rows["tested"].astype(str) + ", " + rows["plan"].astype(str)
    return names if rows["encoder"].nunique() < 2 else rows["encoder"].astype(str) + ", " + names


def _as_they_came(names: pd.Series[str]) -> pd.Series[int]:
    """A key by which values are in the order in which they first appear."""
    return pd.Series(pd.factorize(names)[0], index=names.index)


def _most_astray(cells: pd.DataFrame) -> str:
    """The largest cell off the diagonal of each matrix."""
    wrong = cells[cells["truth"] != cells["estimate"]].dropna(subset=["share"])
    if wrong.empty:
        return "No clip was taken for another emotion."
    tops = wrong.loc[wrong.groupby("panel", sort=False)["share"].idxmax()]
    told = (
        f"{row['panel']}: {row['truth']} for {row['estimate']}, {row['share']:.0%} of {int(row['clips'])} clips"
        for row in tops.to_dict("records")
    )
    return f"Most often wrong: {'; '.join(told)}."
