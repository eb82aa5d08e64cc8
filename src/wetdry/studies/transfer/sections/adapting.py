"""What adaptation reaches by each method and plan, with its gains, its confusions and what others published."""

from __future__ import annotations

import pandas as pd

from wetdry.adapt import Frozen
from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.phrases import bounded, counted, number, whole
from wetdry.studies.tables import side_by_side
from wetdry.studies.transfer.adaptation.stages import AUGMENTED, DIRECT
from wetdry.studies.transfer.findings import Findings, highest
from wetdry.studies.transfer.sections.confusions import confusions
from wetdry.studies.transfer.sections.gains import gains
from wetdry.studies.transfer.sections.panels import by_domain

PUBLISHED_NOTE = (
    "Accuracy in per cent, measured by others, not here: other splits, which need not keep actors apart, and other "
    "choices of what is reported; not comparable with the figures above."
)


def adapting(found: Findings) -> list[Section]:
    """Scores, gains, confusions and published figures."""
    scores = found.adapted
    if scores.empty:
        return []
    blocks: list[Block] = [
        Figure(
            "adapted",
            "What methods reach by each plan",
            f"Mean recall with 95 % intervals over groups; {_runs(scores)}. Direct: learnt in the tested domain. Two "
            "stages: first in the other one. Control: twice in the tested one, as many epochs as two stages. "
            f"Zero-shot: in the other one alone.{_with_effects(scores)} Faint rule: a guess.",
            _best_of_each(scores),
            charts.plan_scores(scores.assign(panel=by_domain(scores), chance=found.chance)),
        ),
        _table(found, scores),
        *gains(found),
        *confusions(found),
        *_published(found),
    ]
    lead = (
        "Encoders are trained further, a little or in whole blocks, and tested on groups that no stage of training or "
        "stopping heard."
    )
    return [Section("Adapting", lead, blocks)]


def _with_effects(scores: pd.DataFrame) -> str:
    return " Augmented: direct, with effects." if (scores["plan"] == AUGMENTED).any() else ""


def _runs(scores: pd.DataFrame) -> str:
    seeds, splits = int(scores["seeds"].max()), int(scores["splits"].max())
    return f"{counted(splits, 'split')}, each clip tested once, means of {counted(seeds, 'run')}"


def _best_of_each(scores: pd.DataFrame) -> str:
    parts = []
    for panel, own in scores.dropna(subset=["value"]).groupby(by_domain(scores), sort=False):
        top = highest(own, "value")
        frozen = own[(own["method"] == Frozen.name) & (own["plan"] == DIRECT)]
        beside = f", frozen and direct {bounded(frozen.to_dict('records')[0])}" if len(frozen) else ""
        parts.append(f"{panel} {bounded(top)} by {top['method']}, {top['plan']}{beside}")
    return f"Highest mean recall: {'; '.join(parts)}." if parts else "No adaptation could be scored."


def _table(found: Findings, scores: pd.DataFrame) -> Table:
    frame = side_by_side(scores, ["encoder", "method", "plan"], "tested", found.domains)
    keys = ["encoder", "method", "plan"]
    most = scores.groupby(keys, sort=False).agg(parameters=("parameters", "max"), runs=("seed_sd", "mean"))
    of_row = most.reindex(pd.MultiIndex.from_frame(frame[keys]))
    frame = frame.assign(
        parameters=[whole(value) for value in of_row["parameters"]], runs=[number(value) for value in of_row["runs"]]
    )
    headers = {name: name for name in (*keys, *found.domains, "parameters")}
    if scores["seeds"].max() > 1:
        headers["runs"] = "sd of runs"
    if scores["encoder"].nunique() < 2:
        del headers["encoder"]
    return Table(
        "adapted-recall",
        "Mean recall after adaptation",
        frame,
        "With 95 % intervals over groups. Parameters: numbers learnt, the head’s among them. Accuracy and macro F1 are "
        "in the table “adapted_scores”.",
        headers,
        rows=None,
    )


def _published(found: Findings) -> list[Table]:
    rows = found.table("published")
    if rows.empty:
        return []
    headers = {
        "model": "model",
        "domain": "tested on",
        "learnt": "learnt on",
        "method": "method",
        "value": "accuracy, %",
    }
    return [Table("published", "Published figures", rows, PUBLISHED_NOTE, headers, rows=None)]
