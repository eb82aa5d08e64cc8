"""How far apart the domains are, emotion by emotion."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from wetdry.report import Block, Figure, Note, Section, Table, charts
from wetdry.studies.fad.words import figure, limits, order, place
from wetdry.studies.phrases import UNKNOWN, listed
from wetdry.studies.transfer.adaptation.gains import ALL
from wetdry.studies.transfer.findings import Findings
from wetdry.studies.transfer.published import NEAREST_FIRST

NEAREST_TOGETHER = 2
"""Of the published order, so many are told to be the nearest, without an order of their own."""


def distances(found: Findings) -> list[Section]:
    """Heat over layers, ranking with its limits beside baselines, floors, and what was published."""
    ranking = found.table("ranking")
    if ranking.empty:
        return []
    asked = ranking[~ranking["baseline"].astype(bool)]
    shown = found.shown_layer(asked)
    if asked.empty:
        return []
    first, second = found.domains
    beside, compared = found.shown_layer(ranking), len(asked) < len(ranking)
    lead = (
        f"Fréchet distance of the vectors of {first} from those of {second}, for each emotion of equally many clips; "
        "lower is more alike."
    )
    blocks: list[Block] = [
        *_cautions(found),
        Figure(
            "distance-heat",
            "Distance of each emotion in every layer",
            "Colours compare emotions within a row; distances of different layers have different units.",
            _nearest_and_farthest(asked),
            charts.distance_heat(asked),
        ),
        Figure(
            "distance-ranking",
            "From the nearest emotion to the farthest",
            f"{_limits(beside)}, in the layer that probes tell most from{'; baselines beside' if compared else ''}.",
            order(shown, "emotion"),
            charts.distance_ranking(
                beside[["encoder", "layer", "label", "distance", "low", "high", "rank", "nearest"]]
            ),
        ),
        _table(beside),
        *_floors(found),
        *(_against_published(shown) if len(found.table("published")) else []),
    ]
    return [Section("How far apart they are", lead, blocks)]


def _nearest_and_farthest(asked: pd.DataFrame) -> str:
    """How often each emotion is the nearest and the farthest of a layer."""
    layers = asked.groupby(["encoder", "layer"], sort=False)["distance"]
    count = layers.ngroups
    told = []
    for what, places in (("Nearest", layers.idxmin()), ("Farthest", layers.idxmax())):
        often = asked.loc[places.dropna(), "label"].value_counts()
        told.append(f"{what}: {listed(f'{label} in {times}' for label, times in often.items())}")
    return f"Of {count} layers. {'. '.join(told)}."


def _cautions(found: Findings) -> list[Note]:
    rows = found.table("distances")
    if rows.empty:
        return []
    said = []
    few = rows[rows["n"] < rows["dim"]]
    if len(few):
        worst = few.iloc[int((few["n"] / few["dim"]).argmin())]
        said.append(
            f"{len(few)} of {len(rows)} comparisons have fewer clips than dimensions (fewest: {int(worst['n'])} in "
            f"{int(worst['dim'])}, {worst['encoder']} {worst['layer']}, {worst['label']}): most of such a distance is "
            "that of few clips, and would be there between halves of one domain. Read the order, and the distance "
            "beside its floor, not its size."
        )
    said += dict.fromkeys(str(text) for text in rows["notes"].dropna() if text)
    return [Note("warning", "Before you believe a distance", items=said)] if said else []


def _limits(rows: pd.DataFrame) -> str:
    known = rows["low"].notna().any()
    return "With 95 % limits from halves of the groups" if known else "Without limits, as clips or groups are too few"


def _table(shown: pd.DataFrame) -> Table:
    rows = shown.to_dict("records")
    frame = pd.DataFrame(
        {
            "encoder": shown["encoder"].to_numpy(),
            "layer": shown["layer"].to_numpy(),
            "emotion": shown["label"].to_numpy(),
            "distance": [figure(row["distance"]) for row in rows],
            "95 %": [limits(row, "") for row in rows],
            "rank": [place(row) for row in rows],
            "nearest in": [UNKNOWN if pd.isna(share) else f"{share:.0%}" for share in shown["nearest"]],
        }
    )
    n, groups = int(shown["n"].max()), int(shown["groups"].max())
    caption = (
        f"{n} clips of an emotion on either side, {groups} groups. Ranks with those they may have, from halves of the "
        "groups, and in which share of halves an emotion is the nearest."
    )
    return Table("nearest-emotions", "Distances and ranks", frame, caption, rows=None)


def _floors(found: Findings) -> list[Figure]:
    rows = found.table("distances")
    if rows.empty:
        return []
    shown = found.shown_layer(rows[~rows["baseline"].astype(bool)]).dropna(subset=["between"])
    if shown.empty:
        return []
    beside = shown.assign(distance=shown["between"])
    told = "; ".join(_above_floor(own) for _, own in shown.groupby(["encoder", "layer"], sort=False))
    return [
        Figure(
            "distance-floors",
            "Is one domain further from the other than from itself?",
            "Point: between the domains. Tick: the floor, between halves of a domain, of as many clips; half of those "
            f"of the figure above. “{ALL}” is all emotions together.",
            f"Distance as a multiple of the floor: {told}.",
            charts.distance_ranking(beside[["encoder", "layer", "label", "distance", "floor"]]),
        )
    ]


def _above_floor(rows: pd.DataFrame) -> str:
    """How many times the floor each label of a layer is apart."""
    times = (
        f"{row['label']} {figure(row['between'] / row['floor'])}" for row in rows[rows["floor"] > 0].to_dict("records")
    )
    return f"{rows['encoder'].iloc[0]} {rows['layer'].iloc[0]} {', '.join(times) or 'has a floor of 0'}"


def agreement(labels: Sequence[str]) -> tuple[int, int]:
    """Pairs of labels, nearest first, that stand as in the published order, and all pairs that it tells apart.

    >>> agreement(["angry", "fearful", "calm", "sad"])
    (4, 5)
    """
    known = {name: max(rank, NEAREST_TOGETHER - 1) for rank, name in enumerate(NEAREST_FIRST)}
    pairs = [
        known[nearer] < known[farther]
        for nearer, farther in combinations([label for label in labels if label in known], 2)
        if known[nearer] != known[farther]
    ]
    return sum(pairs), len(pairs)


def _against_published(shown: pd.DataFrame) -> list[Note]:
    told = []
    for (encoder, layer), rows in shown.groupby(["encoder", "layer"], sort=False):
        nearest_first = rows.dropna(subset=["distance"]).sort_values("distance", kind="stable")["label"]
        same, pairs = agreement([str(label) for label in nearest_first])
        if pairs:
            told.append(
                f"{encoder} {layer}: {same} of {pairs} pairs of emotions stand in that order; by chance half would."
            )
    if not told:
        return []
    nearest, others = NEAREST_FIRST[:NEAREST_TOGETHER], NEAREST_FIRST[NEAREST_TOGETHER:]
    text = (
        f"Published of speech and song of RAVDESS, for three encoders: {listed(nearest)} are nearest, then "
        f"{', '.join(others[:-1])}, and {others[-1]} is farthest."
    )
    return [Note("info", "The published order", [text], told)]
