"""Results and key as one table of ratings, and every listener's shifts from dry to wet."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from wetdry.listening.key import Key
from wetdry.listening.results import SCALES, Result

SOUND_COLUMNS = ["clip", "group", "wet", "family", "level", "effect", "purpose"]


def ratings(results: Sequence[Result], key: Key) -> pd.DataFrame:
    """A row a listener and sound: rater, position in the listener's order, sound and what it is, and the answers."""
    sounds = sound_table(key)
    rows = [
        {"rater": result.participant, "position": position, **answer.model_dump()}
        for result in results
        for position, answer in enumerate(result.answers)
    ]
    table: pd.DataFrame = pd.DataFrame(rows).join(sounds, on="sound")
    return table


def sound_table(key: Key) -> pd.DataFrame:
    """What each sound is, by its id; `level` is NaN for what has none."""
    table = pd.DataFrame([sound.model_dump() for sound in key.sounds]).set_index("id")
    return table[[*SOUND_COLUMNS, "repeats"]].assign(level=table["level"].astype(float))


def paired(values: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Each wet sound beside the dry one of its clip, by the same rater: `…_dry`, `…_wet`, and of numbers wet − dry.

    `values` has a row a rater and sound, with the columns of `sound_table`; repeats are left out.
    """
    first = values[values["purpose"] != "repeat"]
    dry = first[~first["wet"]].set_index(["rater", "clip"])[list(columns)].add_suffix("_dry")
    wet = first[first["wet"]].rename(columns={column: f"{column}_wet" for column in columns})
    wet = wet.join(dry, on=["rater", "clip"], validate="many_to_one")
    for column in columns:
        if pd.api.types.is_numeric_dtype(wet[f"{column}_wet"]):
            wet[column] = wet[f"{column}_wet"] - wet[f"{column}_dry"]
    return wet.drop(columns=["wet", "repeats"], errors="ignore").reset_index(drop=True)


def shifts(table: pd.DataFrame) -> pd.DataFrame:
    """A row a listener and wet sound: valence and arousal (wet − dry), and the words chosen for dry and wet."""
    kept = table[["rater", "sound", *SOUND_COLUMNS, *SCALES, "quadrant"]]
    return paired(kept, [*SCALES, "quadrant"])
