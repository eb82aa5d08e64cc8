"""What a comparison says in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wetdry.report import Note, StudyResult
from wetdry.studies.fad import words
from wetdry.studies.fad.distances import ALL
from wetdry.studies.phrases import UNKNOWN

Lines = list[dict[str, Any]]

BETWEEN = {"between": "A and B", "floor_first": "halves of A", "floor_second": "halves of B"}
"""Columns of distances of equally many rows, and what they are between."""

MOST_SONGS = 10


@dataclass(frozen=True)
class Shown:
    """Tables with their titles and the columns that are never folded, and what to beware of."""

    tables: list[tuple[str, Lines, Collection[str]]]
    cautions: list[str]


def terminal_tables(result: StudyResult) -> Shown:
    """The short tables of a result: distances, floors, and what was asked for beside them."""
    tables = result.all_tables()
    whole = tables["distances"][tables["distances"]["label"] == ALL]
    unit = whole["unit"].iloc[0]
    shown: list[tuple[str, Lines, Collection[str]]] = [
        (f"Fréchet distance of n {unit} on either side, and of infinitely many", _distances(whole), ("FAD", "95 %"))
    ]
    if len(floors := _floors(whole)):
        shown.append((f"Beside the floor, of n {unit} each", floors, tuple(BETWEEN.values())))
    if "ranking" in tables:
        ranking = tables["ranking"]
        n, groups = ranking["n"].iloc[0], ranking["groups"].iloc[0]
        title = f"By label, {n} {unit} on either side, {groups} groups; nearest in … of halves"
        shown.append((title, _ranking(ranking), ("label", "rank")))
    if "songs" in tables:
        shown.append(("Files of A against B, the nearest and the farthest", _songs(tables["songs"]), ("FAD",)))
    return Shown(shown, _cautions(result))


def _cautions(result: StudyResult) -> list[str]:
    blocks = [block for section in result.sections for block in section.blocks]
    return [str(text) for block in blocks if isinstance(block, Note) for text in (*block.text, *block.items)]


def _distances(rows: pd.DataFrame) -> Lines:
    return [
        {
            **_name(row),
            "n": str(row["n"]),
            "FAD": words.figure(row["equal"]),
            "FAD∞": words.figure(row["infinity"]),
            "95 %": words.limits(row, "infinity"),
            "KAD": words.figure(row["kernel"]),
        }
        for row in rows.to_dict("records")
    ]


def _floors(rows: pd.DataFrame) -> Lines:
    return [
        {
            **_name(row),
            "n": str(int(row["floor_rows"])),
            **{name: words.figure(row[column]) for column, name in BETWEEN.items()},
        }
        for row in rows[rows["floor"].notna()].to_dict("records")
    ]


def _ranking(rows: pd.DataFrame) -> Lines:
    return [
        {
            **_name(row),
            "label": row["label"],
            "FAD": words.figure(row["distance"]),
            "95 %": words.limits(row, ""),
            "rank": words.place(row),
            "nearest": UNKNOWN if pd.isna(row["nearest"]) else f"{row['nearest']:.0%}",
        }
        for row in rows.to_dict("records")
    ]


def _songs(songs: pd.DataFrame) -> Lines:
    """The files of A in the first layer."""
    of_a = songs[songs["set"] == "A"]
    first = of_a[(of_a[["encoder", "layer"]] == songs[["encoder", "layer"]].iloc[0]).all(axis=1)]
    ends = pd.concat([first.head(MOST_SONGS // 2), first.tail(MOST_SONGS // 2)])
    shown = first if len(first) <= MOST_SONGS else ends
    return [
        {
            "rank": str(row["rank"]),
            "file": row["item"],
            "windows": str(row["windows"]),
            "FAD": words.figure(row["distance"]),
            "from means": words.figure(row["from_means"]),
            "B’s own nearer": UNKNOWN if pd.isna(row["nearer"]) else f"{row['nearer']:.0%}",
        }
        for row in shown.to_dict("records")
    ]


def _name(row: words.Row) -> dict[str, Any]:
    return {"encoder": row["encoder"], "layer": row["layer"]}
