"""Do listeners agree with themselves? Repeats, anchors, and the rule by which a listener may be left out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wetdry.listening.results import SCALES

MOST_DIFFERENCE = 0.5
"""A quarter of a scale."""

RULE = (
    f"A listener is unreliable whose two ratings of the same sound differ by more than {MOST_DIFFERENCE:g} on scales "
    "from −1 to 1 (root mean square over both scales, all repeats and the pair of identical sounds), or who rates the "
    "sound that was spoilt on purpose no farther from its clean version than the same sound twice."
)


def twice(table: pd.DataFrame) -> pd.DataFrame:
    """A row a listener and sound that was heard twice: both ratings of each scale, `…_first` and `…_again`, and words.

    Repeats, and the identical sound that stood in the place of a wet one.
    """
    columns = [*SCALES, "quadrant"]
    first = table.set_index(["rater", "sound"])[columns].add_suffix("_first")
    again = table[table["purpose"].isin(["repeat", "identity"])]
    dry = table[(table["purpose"] == "pair") & ~table["wet"]].drop_duplicates("clip").set_index("clip")["sound"]
    of = again["repeats"].where(again["purpose"] == "repeat", again["clip"].map(dry))
    again = again.assign(of=of).rename(columns={column: f"{column}_again" for column in columns})
    both = again.join(first, on=["rater", "of"], validate="many_to_one")
    shown = [f"{column}_{which}" for column in columns for which in ("first", "again")]
    return both[["rater", "sound", "of", "purpose", *shown]].reset_index(drop=True)


def raters(table: pd.DataFrame, moved: pd.DataFrame, both: pd.DataFrame) -> pd.DataFrame:
    """A row a listener: how long it took, how far apart two ratings of one sound are, and what the anchors say.

    Parameters
    ----------
    table, moved, both
        As `ratings`, `shifts` and `twice` make them.

    Returns
    -------
    DataFrame
        rater, sounds, minutes, plays (a sound), twice (sounds heard twice), difference (of two ratings of one
        sound), same_word (share), identical and degraded (distance from dry), unreliable (the reason, or nothing).
        Distances are root mean squares over both scales; NaN where the test has no such sound.
    """
    rows = []
    for rater, own in table.groupby("rater", sort=False):
        again, shifted = both[both["rater"] == rater], moved[moved["rater"] == rater]
        apart = [again[f"{scale}_again"] - again[f"{scale}_first"] for scale in SCALES]
        difference, degraded = _root_mean_square(apart), _distance(shifted, "degraded")
        rows.append(
            {
                "rater": rater,
                "sounds": len(own),
                "minutes": own["seconds"].sum() / 60.0,
                "plays": own["plays"].mean(),
                "twice": len(again),
                "difference": difference,
                "same_word": (again["quadrant_again"] == again["quadrant_first"]).mean() if len(again) else np.nan,
                "identical": _distance(shifted, "identity"),
                "degraded": degraded,
                "unreliable": _reason(difference, degraded),
            }
        )
    return pd.DataFrame(rows)


def _distance(shifted: pd.DataFrame, purpose: str) -> float:
    rows = shifted[shifted["purpose"] == purpose]
    return _root_mean_square([rows[scale] for scale in SCALES])


def _root_mean_square(columns: list[pd.Series[float]]) -> float:
    values = np.concatenate([column.to_numpy(dtype=np.float64) for column in columns])
    return float(np.sqrt(np.mean(np.square(values)))) if values.size else float("nan")


def _reason(difference: float, degraded: float) -> str:
    """Why a listener is unreliable; what a test does not have is not held against anyone."""
    if difference > MOST_DIFFERENCE:
        return f"two ratings of the same sound differ by {difference:.2f}"
    if degraded <= difference:
        return f"the spoilt sound lies {degraded:.2f} from its clean version, the same sound twice {difference:.2f}"
    return ""
