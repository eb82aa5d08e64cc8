"""Matrices of coloured cells with their numbers written in."""

from __future__ import annotations

import altair as alt

from wetdry.report.charts.scales import DIVERGING_REVERSED_FROM, diverging_colour

SIZE = 11
"""Of a number in its cell, in pixels."""

LETTERS = 2.9
"""How wide a number such as −0.23 is, in parts of its size."""


def number_cells(
    base: alt.Chart, largest: float, title: str | None = None, size: float | alt.ExprRef = SIZE
) -> list[alt.Chart]:
    """A cell a row of `base`, blue above zero and red below it, with its number in it.

    The rows hold drawn (the value within −`largest` to `largest` that gives the colour; NaN has none) and text.
    `title` is that of the legend, `size` that of the numbers.
    """
    colour = diverging_colour("drawn", largest, title, cool_end=True)
    cell = base.transform_filter("isValid(datum.drawn)").mark_rect().encode(color=colour)
    strong = f"isValid(datum.drawn) && abs(datum.drawn) >= {DIVERGING_REVERSED_FROM * largest}"
    texts = [
        base.transform_filter(which).mark_text(style=style, fontSize=size, fontWeight=500).encode(text="text:N")
        for which, style in ((f"!({strong})", "label"), (strong, "reversed"))
    ]
    return [cell, *texts]
