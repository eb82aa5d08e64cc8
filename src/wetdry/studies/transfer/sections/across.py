"""What one domain tells of the other: probes learnt in one and asked in both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from wetdry.report import Figure, Section, Table, charts
from wetdry.studies.phrases import bounded, number
from wetdry.studies.tables import side_by_side
from wetdry.studies.transfer.findings import Findings, Row
from wetdry.studies.transfer.sections.panels import by_layer, by_probe

TO = " → "
"""Between the domain that is learnt in and the one that is tested."""

ACROSS, WITHIN = "across domains", "within the tested domain"


def across(found: Findings) -> list[Section]:
    """A matrix at the best layer of each encoder, curves over layers, and all of it in figures."""
    rows = found.probed
    if rows.empty or (rows["learnt"] == rows["tested"]).all():
        return []
    matrix = found.shown_layer(rows[rows["probe"] == found.probe])
    matrix = matrix.assign(panel=by_layer(matrix))
    return [
        Section(
            "What one domain tells of the other",
            "A probe learnt on some groups in one domain is asked about other groups in the other: whoever is heard in "
            "the test was heard in neither domain before.",
            [
                Figure(
                    "transfer-matrix",
                    "Learnt in one domain, tested in both",
                    "Mean recall with 95 % intervals over groups, at the layer of each encoder that is best on average "
                    "within both domains; how it does across them had no say in that choice.",
                    kept(matrix),
                    charts.transfer_matrix(matrix),
                ),
                Figure(
                    "across-curves",
                    "Across domains in every layer",
                    "With 95 % intervals over groups; dotted, what a probe of the tested domain itself tells. Faint "
                    "rule: a guess.",
                    _best_across(found),
                    charts.layer_curves(curves(found)),
                ),
                _table(found, rows),
            ],
        )
    ]


def curves(found: Findings) -> pd.DataFrame:
    """What the figure shows: encoder (a panel), line, kind, layer, position, value, low, high, chance."""
    rows = found.probed
    rows = rows[~rows["baseline"].astype(bool)]
    rows = rows.assign(encoder=by_probe(rows))
    elsewhere = rows[rows["learnt"] != rows["tested"]].sort_values("learnt", key=domains_in_order(found), kind="stable")
    pairs = dict(zip(elsewhere["tested"], elsewhere["learnt"] + TO + elsewhere["tested"], strict=True))
    own = rows[(rows["learnt"] == rows["tested"]) & rows["tested"].isin(list(pairs))]
    shown = pd.concat(
        [
            elsewhere.assign(line=elsewhere["tested"].map(pairs), kind=ACROSS),
            own.assign(line=own["tested"].map(pairs), kind=WITHIN, low=np.nan, high=np.nan),
        ],
        ignore_index=True,
    )
    return shown[["encoder", "line", "kind", "layer", "position", "value", "low", "high", "chance"]]


def domains_in_order(found: Findings) -> Callable[[pd.Series[str]], pd.Series[int]]:
    """A key by which rows are sorted as the domains are."""
    return lambda names: names.map(list(found.domains).index)


def kept(matrix: pd.DataFrame) -> str:
    """How much of what a domain's own probe tells above a guess is told by that of the other domain."""
    parts = []
    for panel, own in matrix[~matrix["baseline"].astype(bool)].groupby("panel", sort=False):
        cells = {(row["learnt"], row["tested"]): row for row in own.to_dict("records")}
        told = [
            f"{learnt}{TO}{tested} {bounded(row)}{_share(row, cells.get((tested, tested)))}"
            for (learnt, tested), row in cells.items()
            if learnt != tested
        ]
        parts.append(f"{panel}: {', '.join(told)}")
    return f"Mean recall across domains: {'; '.join(parts)}." if parts else "No encoder was asked across domains."


def _share(row: Row, own: Row | None) -> str:
    """The share of a native probe's lead over a guess, where it has one."""
    if own is None or pd.isna(row["value"]) or not own["value"] > own["chance"]:
        return ""
    share = (row["value"] - row["chance"]) / (own["value"] - own["chance"])
    return f", {share:.0%} of what {own['tested']}’s own probe has above a guess".replace("-", "−")


def _best_across(found: Findings) -> str:
    shown = curves(found)
    shown = shown[shown["kind"] == ACROSS].dropna(subset=["value"])
    if shown.empty:
        return "No layer has a figure across domains."
    tops = shown.loc[shown.groupby("line", sort=False)["value"].idxmax()]
    told = (f"{row['line']} {bounded(row)} at {row['encoder']} {row['layer']}" for row in tops.to_dict("records"))
    return f"Highest across domains: {'; '.join(told)}."


def _table(found: Findings, rows: pd.DataFrame) -> Table:
    pairs = rows.assign(pair=rows["learnt"] + TO + rows["tested"])
    order = [learnt + TO + tested for learnt in found.domains for tested in found.domains]
    frame = side_by_side(pairs, ["encoder", "layer", "probe"], "pair", order)
    headers = {str(name): str(name) for name in frame if name != "probe" or rows["probe"].nunique() > 1}
    caption = (
        f"Mean recall, learnt → tested, with 95 % intervals over groups. A guess has {number(rows['chance'].max())}."
    )
    return Table("across-scores", "Across domains, layer by layer", frame, caption, headers, rows=None)
