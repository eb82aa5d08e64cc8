"""Numbers and lists in words, as every report writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

UNKNOWN = "–"

METRICS = {
    "r2": "R²",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "ccc": "concordance (Lin)",
    "pearson": "Pearson’s r",
    "accuracy": "accuracy",
    "recall": "mean recall",
    "macro_f1": "macro F1",
    "kappa": "Cohen’s κ",
    "log_loss": "log loss",
    "ece": "calibration error",
}
"""Names of scores, as sentences and tables have them."""


def number(value: Any) -> str:
    """Two decimals without a negative zero, a dash for what is unknown.

    >>> number(-0.123), number(-0.001), number(float("nan"))
    ('−0.12', '0.00', '–')
    """
    return UNKNOWN if pd.isna(value) else f"{round(float(value), 2) + 0.0:.2f}".replace("-", "−")


def signed(value: float) -> str:
    """Three decimals with their sign, a dash for what is unknown.

    >>> signed(-0.0123), signed(float("nan"))
    ('−0.012', '–')
    """
    return UNKNOWN if pd.isna(value) else f"{value:+.3f}".replace("-", "−")


def with_bounds(value: Any, low: Any, high: Any) -> str:
    """A figure with its interval, alone where nothing is known of that.

    >>> with_bounds(0.5, 0.25, float("nan")), with_bounds(float("nan"), 0.1, 0.2), with_bounds(1.0, None, None)
    ('0.50 [0.25, –]', '–', '1.00')
    """
    if pd.isna(low) and pd.isna(high):
        return number(value)
    return UNKNOWN if pd.isna(value) else f"{number(value)} [{number(low)}, {number(high)}]"


def bounded(row: Any, name: str = "value") -> str:
    """A figure of a row with its interval."""
    return with_bounds(row[name], row["low"], row["high"])


def counted(count: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "clip"), counted(1744, "clip")
    ('1 clip', '1,744 clips')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def whole(value: Any) -> str:
    """A whole number with commas, a dash for what is unknown.

    >>> whole(2048.0), whole(float("nan"))
    ('2,048', '–')
    """
    return UNKNOWN if pd.isna(value) else f"{int(value):,}"


def listed(names: Iterable[object]) -> str:
    """Names with commas and an “and”.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    texts = [str(name) for name in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
