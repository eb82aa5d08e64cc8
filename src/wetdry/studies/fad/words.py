"""Numbers and findings of a comparison in words, for its page and for a terminal."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from wetdry.studies.fad.distances import FEWEST_FOR_INFINITY
from wetdry.studies.fad.findings import Findings
from wetdry.studies.phrases import UNKNOWN, listed

Row = Mapping[Hashable, Any]

HEAVY = 0.25
"""Share of a set's variance in one row, from which on a reader is told of it."""


def figure(value: Any) -> str:
    """Three digits, with a true minus; distances are of any size.

    >>> figure(3070.87), figure(-0.01234), figure(float("nan")), figure(2)
    ('3070', '−0.0123', '–', '2')
    """
    if pd.isna(value):
        return UNKNOWN
    rounded = float(f"{float(value):.3g}")
    return (f"{rounded:.0f}" if abs(rounded) >= 1e3 else f"{rounded:g}").replace("-", "−")


def limits(row: Row, name: str) -> str:
    """The limits of the figure `name` of a row.

    >>> limits({"low": 1.0, "high": 2.5}, ""), limits({"low": float("nan"), "high": float("nan")}, "")
    ('1…2.5', '–')
    """
    low, high = (row[f"{name}_{end}" if name else end] for end in ("low", "high"))
    return UNKNOWN if pd.isna(low) or pd.isna(high) else f"{figure(low)}…{figure(high)}"


def place(row: Row) -> str:
    """A rank and the ranks that it may be.

    >>> place({"rank": 2, "rank_low": 1.0, "rank_high": 3.0}), place({"rank": 1, "rank_low": float("nan")})
    ('2 (1…3)', '1')
    """
    if pd.isna(row["rank_low"]):
        return str(int(row["rank"]))
    return f"{int(row['rank'])} ({int(row['rank_low'])}…{int(row['rank_high'])})"


def short_names(first: str, second: str) -> tuple[str, str]:
    """Two sets by the last part of their paths and what was chosen of them; as they were given if that is the same.

    >>> short_names("ravdess:/data/RAVDESS,channel=song", "/data/takes/")
    ('RAVDESS,channel=song', 'takes')
    >>> short_names("one/takes", "two/takes")
    ('one/takes', 'two/takes')
    """
    short = [_short(text) for text in (first, second)]
    return (short[0], short[1]) if short[0] != short[1] else (first, second)


def _short(text: str) -> str:
    place, comma, chosen = (text.partition(":")[2] or text).partition(",")
    return (Path(place).name or place) + comma + chosen


def answer(found: Findings) -> str:
    """How far apart the sets are beside their floor, in each layer."""
    parts = []
    for row in found.whole.to_dict("records"):
        floor = ""
        if not pd.isna(row["floor"]):
            floor = (
                f"; of {int(row['floor_rows'])} {row['unit']} {figure(row['between'])}, where halves of either set are "
                f"{figure(row['floor'])} apart"
            )
        parts.append(
            f"{row['encoder']} {row['layer']}: {figure(row['equal'])} of {row['n']} {row['unit']} on either side"
            f"{of_all(row)}{floor}"
        )
    return "Fréchet distance in " + ". ".join(parts) + "."


def of_all(row: Row) -> str:
    """The distance of all rows, where more were stored than were drawn.

    >>> of_all({"distance_all": 2.5, "all_first": 30000.0, "all_second": 4000.0, "unit": "clips"})
    ' (2.5 of all 30000 and 4000 clips)'
    >>> of_all({"unit": "clips"})
    ''
    """
    distance = row.get("distance_all")
    if distance is None or pd.isna(distance):
        return ""
    return f" ({figure(distance)} of all {int(row['all_first'])} and {int(row['all_second'])} {row['unit']})"


def order(ranking: pd.DataFrame, by: str) -> str:
    """Which labels are nearest, in each layer, and how sure that is."""
    parts = []
    for (encoder, layer), rows in ranking.groupby(["encoder", "layer"], sort=False):
        names = listed(rows["label"])
        first = rows.iloc[0]
        sure = (
            "" if pd.isna(first["nearest"]) else f" ({first['label']} is nearest in {first['nearest']:.0%} of halves)"
        )
        parts.append(f"{encoder} {layer}: {names}{sure}")
    return f"From the nearest {by} to the farthest in " + "; ".join(parts) + "."


def cautions(found: Findings) -> list[str]:
    """What a reader must know before believing the numbers, each once."""
    rows = found.tables["distances"]
    said = [*_biased(found), *_heavy(rows)]
    if found.measured.shared_audio:
        said.append(
            f"{found.measured.shared_audio} of the clips are in both sets, which makes them nearer than they would be "
            "of other clips."
        )
    for note in dict.fromkeys(text for text in rows["notes"] if text):
        about = rows[rows["notes"] == note]
        where = f"{about.iloc[0]['encoder']} {about.iloc[0]['layer']}, {about.iloc[0]['label']}"
        said.append(f"{note} ({where}{f' and {len(about) - 1} more' if len(about) > 1 else ''})")
    return said


def _biased(found: Findings) -> list[str]:
    """One sentence on the layers where even the extrapolated distance is too large."""
    rows = found.tables["distances"]
    biased = rows[rows["biased"]]
    if biased.empty:
        return []
    worst = biased.iloc[int((biased["n"] / biased["dim"]).argmin())]
    fits = int(worst["n"]) // FEWEST_FOR_INFINITY
    return [
        f"FAD∞ is still biased, mostly too large, with fewer than {FEWEST_FOR_INFINITY} {worst['unit']} a dimension, "
        f"as in {len(biased)} of {len(rows)} comparisons (fewest: {int(worst['n'])} in {int(worst['dim'])} dimensions, "
        f"{worst['encoder']} {worst['layer']}, {worst['label']}): read it beside the floor and in order, not by its "
        "size" + (f", or keep few dimensions with --project {fits}." if fits else ".")
    ]


def _heavy(rows: pd.DataFrame) -> list[str]:
    heavy = rows[rows["heaviest"] > HEAVY]
    if heavy.empty:
        return []
    worst = heavy.iloc[int(heavy["heaviest"].argmax())]
    return [
        f"In {len(heavy)} of {len(rows)} comparisons one {worst['unit'].removesuffix('s')} holds more than {HEAVY:.0%} "
        f"of its set’s variance, and distances say much of it (most: {worst['heaviest']:.0%} is "
        f"{worst['heaviest_item']}, {worst['encoder']} {worst['layer']}, {worst['label']}); another layer may weigh "
        "clips more evenly."
    ]
