"""How many dimensions a deformation takes: singular values, relative to the largest."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from wetdry.report.charts.grid import in_order, panel_grid
from wetdry.report.charts.tooltips import tooltip
from wetdry.report.theme import CONTROL_DASHES

MOST_RANKS = 80
"""More could not be told apart in a panel, and would make the page heavy."""


def spectra(rows: pd.DataFrame) -> alt.VConcatChart:
    """Singular values against their rank, one line a kind; a line that stays high fills many dimensions.

    `rows` holds encoder, effect, kind (up to three, in words), rank (from 1) and value (relative to the largest).
    Rows without a value are left out. Of long spectra about `MOST_RANKS` ranks are drawn, spread evenly along the axis.
    """
    rows = rows.dropna(subset=["value"])
    kinds = in_order(rows["kind"])
    if len(kinds) > len(CONTROL_DASHES):
        raise ValueError(f"spectra tells {len(CONTROL_DASHES)} kinds apart, not {len(kinds)}")

    last = int(rows["rank"].max()) if len(rows) else 1
    spread = np.unique(np.geomspace(1, last, MOST_RANKS).round())

    def panel(own: pd.DataFrame) -> alt.LayerChart:
        return _panel(own, kinds, last)

    return panel_grid(
        rows[rows["rank"].isin(spread)], panel, "Singular value relative to the largest, against its rank"
    )


def _panel(rows: pd.DataFrame, kinds: list[str], last: int) -> alt.LayerChart:
    legend = alt.Legend(title=None, symbolType="stroke", symbolSize=400, labelLimit=240)
    ranks = alt.Scale(type="log", domain=[1, max(2, last)], nice=False)
    # Powers of ten alone leave a short spectrum with a single tick.
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000) if tick <= max(2, last)]
    base = alt.Chart().encode(
        x=alt.X(
            "rank:Q", title="rank", scale=ranks, axis=alt.Axis(values=ticks, grid=False, format="d", titlePadding=2)
        ),
        y=alt.Y(
            "value:Q",
            title=None,
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(values=[0, 0.5, 1], format=".1f", grid=True),
        ),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range="ordinal"), legend=legend),
    )
    dash = alt.StrokeDash(
        "kind:N", scale=alt.Scale(domain=kinds, range=list(CONTROL_DASHES[: len(kinds)])), legend=legend
    )
    line = base.mark_line().encode(strokeDash=dash)
    point = base.mark_point(size=30, opacity=0).encode(
        tooltip=tooltip(rows, "effect_family", "kind", "rank", "relative")
    )
    return alt.LayerChart(layer=[line, point])
