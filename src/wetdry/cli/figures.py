"""How figures look in a terminal: digits, a true minus, intervals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from wetdry.studies.cards import Figure


def share(value: float) -> str:
    """Two decimals, with a true minus and no negative zero.

    >>> share(-0.1234), share(-0.001)
    ('−0.12', '0.00')
    """
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def number(value: float) -> str:
    """Three digits, with a true minus.

    >>> number(-0.03129), number(12345.6)
    ('−0.0313', '12300')
    """
    return f"{float(f'{value:.3g}'):g}".replace("-", "−")


def with_bounds(estimate: float, low: float | None, high: float | None, shown: Callable[[float], str]) -> str:
    """An estimate and its interval, where that is known.

    >>> with_bounds(0.5, 0.4, 0.61, share), with_bounds(0.5, None, None, share)
    ('0.50 (0.40…0.61)', '0.50')
    """
    if low is None or high is None:
        return shown(estimate)
    return f"{shown(estimate)} ({shown(low)}…{shown(high)})"


def figure_text(figure: Figure, shown: Callable[[float], str]) -> str:
    """A figure of a card and its interval."""
    return with_bounds(figure.estimate, figure.low, figure.high, shown)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python, NaN as None."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows
