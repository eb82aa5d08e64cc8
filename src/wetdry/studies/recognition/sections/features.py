"""Phase 1: which features made by hand go with the ratings, which are chosen, and what choosing is worth."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.phrases import bounded, counted, listed, number, signed
from wetdry.studies.recognition.findings import Findings
from wetdry.studies.tables import side_by_side

PHASE = 1
MOST_NAMED = 3
"""Features of a target in words."""


def features(found: Findings) -> list[Section]:
    """Correlations, what was chosen in each fold, what it is worth, and SHAP values."""
    ranked, shap = found.table("features"), found.table("shap")
    blocks: list[Block] = []
    if len(ranked):
        blocks.append(
            Figure(
                "features",
                "Features that go with each rating",
                "Pearson’s r over all clips, with 95 % intervals; being the largest of many, they are flattered. For "
                "looking at: nothing that is scored was chosen by them.",
                _strongest(ranked),
                charts.feature_ranking(ranked),
            )
        )
    leak = chosen_outside(found)
    blocks += [*_chosen(found), *_worth(found), *([leak] if leak else [])]
    if len(shap):
        blocks.append(
            Figure(
                "shap",
                "How each feature moves the estimate",
                "A point a clip: what the feature adds to its estimate (SHAP values of boosted trees that had not "
                "heard the clip), coloured by how large the feature is among clips.",
                _movers(shap),
                charts.shap_summary(shap),
            )
        )
    if not blocks:
        return []
    lead = "Means and standard deviations of spectra, timbre and harmony over the clip, each of which has a name."
    return [Section("Handcrafted features", lead, blocks)]


def _strongest(ranked: pd.DataFrame) -> str:
    parts = []
    for target, rows in ranked.sort_values("rank", kind="stable").groupby("target", sort=False):
        named = [f"{row['feature']} {bounded(row, 'r')}" for row in rows.head(MOST_NAMED).to_dict("records")]
        parts.append(f"{target}: {', '.join(named)}")
    return f"Highest |r|. {'; '.join(parts)}."


def _movers(shap: pd.DataFrame) -> str:
    sizes = shap.assign(size=shap["shap"].abs()).groupby(["target", "feature"], sort=False)["size"].mean()
    parts = []
    for target, own in sizes.groupby(level="target", sort=False):
        top = own.droplevel("target").sort_values(ascending=False, kind="stable").head(MOST_NAMED)
        parts.append(f"{target}: {', '.join(f'{name} {signed(size)[1:]}' for name, size in top.items())}")
    return f"Largest mean |SHAP| over {counted(shap['item'].nunique(), 'clip')}. {'; '.join(parts)}."


def _worth(found: Findings) -> list[Table]:
    """What each regressor and each selection reaches, the choice on all clips beside that inside the folds."""
    rows = found.r2
    rows = rows[rows["phase"] == PHASE]
    if rows.empty:
        return []
    rows = rows.assign(selection=rows["selection"].replace("", "all"))
    frame = side_by_side(rows, ["selection", "head", "leaks"], "target", found.targets)
    return [
        Table(
            "regressors",
            "What regressors and selections are worth",
            frame,
            f"R² on clips held out. Selections keep {found.config.k} features of a target (of “union” up to twice as "
            "many, of “intersection” fewer; “pca” as many components), chosen anew inside every fold by training clips "
            "alone.",
            {"selection": "features", "head": "regressor", **{name: name for name in found.targets}, "leaks": "leaks"},
            rows=None,
        )
    ]


def _chosen(found: Findings) -> list[Block]:
    """How alike the features are that a selection takes in each fold."""
    rows = found.table("selected")
    if rows.empty:
        return []
    records = []
    for (selection, target), own in rows.groupby(["selection", "target"], sort=False):
        folds = own["fold"].nunique()
        times = own.groupby("feature", sort=False)["fold"].nunique()
        always = list(times.index[times == folds])
        records.append(
            {
                "selection": selection,
                "target": target,
                "a fold": own.groupby("fold")["feature"].nunique().mean(),
                "in any fold": len(times),
                "in every fold": len(always),
                "these": ", ".join(always) or "–",
            }
        )
    return [
        Table(
            "stability",
            "How alike is what is chosen in each fold?",
            pd.DataFrame(records),
            f"Features that a fold takes on average, over {counted(int(rows['fold'].nunique()), 'fold')}. Where "
            "few are taken in every fold, a list of “the” features of an emotion hangs on the clips at hand.",
            rows=None,
        )
    ]


def chosen_outside(found: Findings) -> str:
    """What choosing features on all clips seems to add; empty where it was not tried."""
    parts = []
    rows = found.leaking[found.leaking["selection"] != ""]
    honest = found.honest.set_index(["model", "target"])["value"]
    for row in rows.to_dict("records"):
        place = (row["model"].partition(", ")[0], row["target"])
        if place in honest.index:
            parts.append(f"{row['target']} {number(row['value'])} instead of {number(honest.loc[place])}")
    if not parts:
        return ""
    return f"Chosen on all clips, those tested among them, the same model seems to reach {listed(parts)}."
