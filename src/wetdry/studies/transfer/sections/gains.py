"""What a first stage on the other domain adds, and what a method adds to a frozen encoder."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Block, Figure, Table, charts
from wetdry.studies.phrases import counted, listed
from wetdry.studies.transfer import words
from wetdry.studies.transfer.adaptation.gains import ALL, OVER_FROZEN, RATE
from wetdry.studies.transfer.adaptation.stages import TWO_STAGES
from wetdry.studies.transfer.findings import Findings, highest
from wetdry.studies.transfer.sections.panels import by_domain

CORRECTION = f"correction for several (Benjamini–Hochberg, {100 * RATE:g} %)"


def gains(found: Findings) -> list[Block]:
    """Dots of both kinds of gain, those of each emotion, and all over emotions in figures."""
    rows = found.table("gains")
    if rows.empty:
        return []
    over_all = rows[rows["emotion"] == ALL]
    stages = over_all[over_all["of"].str.startswith(TWO_STAGES)]
    methods = over_all[over_all["of"].str.endswith(OVER_FROZEN)]
    return [
        *([_stages(found, stages)] if len(stages) else []),
        *([_methods(methods)] if len(methods) else []),
        *_emotions(found, rows),
        _table(over_all),
    ]


def drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """Gains as figures have them: with their panel, and intervals no wider than recall can differ.

    Limits of few runs may be far beyond, and would make all else too small to see.
    """
    return rows.assign(panel=by_domain(rows), low=rows["low"].clip(lower=-1.0), high=rows["high"].clip(upper=1.0))


def _stages(found: Findings, rows: pd.DataFrame) -> Figure:
    return Figure(
        "stage-gains",
        "What a first stage on the other domain adds",
        "Difference of mean recall on the same clips, with 95 % intervals over groups and runs. Less the control is "
        "the fair question: as many epochs, all of them in the tested domain.",
        words.two_stages(found) or "No gain could be measured.",
        charts.stage_gains(drawn(rows).assign(row=rows["method"]), corrected=CORRECTION),
    )


def _methods(rows: pd.DataFrame) -> Figure:
    shown = rows[rows["survives"].astype(bool) & (rows["gain"] > 0)]
    top = highest(rows, "gain")
    names = listed(f"{row['method']} on {panel}" for row, panel in _with_names(shown)) if len(shown) else "none"
    return Figure(
        "method-gains",
        "What a method adds to a frozen encoder",
        "Direct plan, difference of mean recall from a head on the last layer as it is, on the same clips.",
        f"Shown to be above the frozen encoder: {names}; the largest gain is {words.gained(top)} ({top['encoder']}, "
        f"{top['method']}, {top['tested']}).",
        charts.stage_gains(drawn(rows).assign(row=rows["method"], of="method − frozen"), corrected=CORRECTION),
    )


def _with_names(rows: pd.DataFrame) -> list[tuple[dict[str, str], str]]:
    records = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    return list(zip(records, by_domain(rows), strict=True))


def _emotions(found: Findings, rows: pd.DataFrame) -> list[Figure]:
    own = rows[(rows["of"] == found.compared) & (rows["emotion"] != ALL)].dropna(subset=["gain"])
    if own.empty:
        return []
    shown = int(own["survives"].astype(bool).sum())
    gains = own["gain"].to_numpy()
    most, least = (own.iloc[int(place)].to_dict() for place in (gains.argmax(), gains.argmin()))
    return [
        Figure(
            "emotion-gains",
            "Which emotions gain",
            f"Difference of each emotion’s recall, {found.compared}; few clips an emotion make wide intervals.",
            f"{shown} of {counted(len(own), 'difference')} shown after correction; from {words.gained(least)} "
            f"({least['emotion']}, {least['method']}, {least['tested']}) to {words.gained(most)} ({most['emotion']}, "
            f"{most['method']}, {most['tested']}).",
            charts.stage_gains(
                drawn(own).assign(row=own["emotion"], of=own["method"]),
                "gain of recall",
                corrected=CORRECTION,
            ),
        )
    ]


def _table(rows: pd.DataFrame) -> Table:
    frame = rows[["encoder", "method", "tested", "of", "p", "survives"]].reset_index(drop=True)
    frame.insert(4, "gain", [words.gained(row) for row in rows.to_dict("records")])
    headers = {str(name): str(name) for name in frame if name != "encoder" or rows["encoder"].nunique() > 1}
    return Table(
        "recall-gains",
        "Gains of mean recall",
        frame,
        f"With 95 % intervals over groups and runs: at most {counted(int(rows['clips'].max()), 'clip')} of "
        f"{counted(int(rows['groups'].max()), 'group')}, {counted(int(rows['seeds'].max()), 'run')}. Survives: "
        f"{CORRECTION}, over all rows of one kind of difference. Those of each emotion are in the table “gains”.",
        {**headers, "of": "difference"},
        rows=None,
    )
