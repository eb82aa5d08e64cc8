"""Numbers and text as they stand in a table of the page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.api import types

from wetdry.report.result import Table

MISSING = "–"
_SMALLEST_P = 0.001

_FIGURE = re.compile(r"[−+]?[\d.,]+( ±.+| \[.+\])?|–|")
"""A number as text, with an interval or a spread: torn apart at the end of a line it is hard to read."""


@dataclass(frozen=True)
class Column:
    """A column ready to be shown; `whole` cells are kept on one line."""

    header: str
    cells: list[str]
    numeric: bool
    whole: bool = False


def shown_columns(table: Table) -> list[Column]:
    """The columns of `table`, in order, cut to the rows that are shown."""
    frame = table.frame if table.rows is None else table.frame.head(table.rows)
    headers = table.columns or {str(name): str(name) for name in frame.columns}
    return [_column(frame[name], name, header) for name, header in headers.items()]


def number(value: float, decimals: int) -> str:
    """A number with a proper minus and no negative zero.

    >>> number(-0.0314, 2), number(-0.001, 2), number(float("nan"), 1), number(1744.0, 0)
    ('−0.03', '0.00', '–', '1744')
    """
    if math.isnan(value):
        return MISSING
    text = f"{value:.{decimals}f}"
    if float(text) == 0.0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def p_value(value: float) -> str:
    """A p-value to three decimals.

    >>> p_value(0.0312), p_value(0.00004)
    ('0.031', '< 0.001')
    """
    return f"< {_SMALLEST_P}" if value < _SMALLEST_P else number(value, 3)


def decimals_for(values: pd.Series[float]) -> int:
    """Decimals that give the largest of `values` three digits, and the middle one two: one number of decimals a column.

    >>> decimals_for(pd.Series([0.281, -0.004])), decimals_for(pd.Series([12.44, 3.1])), decimals_for(pd.Series([24.0]))
    (3, 1, 0)
    >>> decimals_for(pd.Series([263.4, 0.41, 2.3, 6.2, 1.7]))
    1
    """
    finite = sorted(abs(value) for value in values if math.isfinite(value))
    if all(value == int(value) for value in finite):
        return 0
    largest, middle = finite[-1], finite[len(finite) // 2]
    digits = [2 - math.floor(math.log10(largest)), 1 - math.floor(math.log10(middle)) if middle else 0]
    return min(4, max(0, *digits))


def _column(values: pd.Series[float], name: str, header: str) -> Column:
    numeric = types.is_numeric_dtype(values) and not types.is_bool_dtype(values)
    show: Callable[[float], str]
    if not numeric:
        cells = [_text(value) for value in values]
        return Column(header, cells, numeric=False, whole=all(map(_FIGURE.fullmatch, cells)))
    if name in {"p", "q"}:
        show = p_value
    else:
        decimals = decimals_for(values.astype(float))

        def show(value: float) -> str:
            return number(value, decimals)

    return Column(header, [show(float(value)) for value in values], numeric=True)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return MISSING if types.is_scalar(value) and pd.isna(value) else str(value)
