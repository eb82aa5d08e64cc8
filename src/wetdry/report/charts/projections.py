"""Where wet embeddings lie along an effect's direction, as the effect grows."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import panel_grid, strengths
from wetdry.report.charts.scales import once
from wetdry.report.charts.tooltips import tooltip


def projections(rows: pd.DataFrame) -> alt.VConcatChart:
    """Held-out projections on the direction against the strength: the middle clip and the middle 80 % of clips.

    `rows` holds encoder, effect, position (of the strength in its grid, from 0), setting (the strength in words),
    middle, low, high and held_out_r2, which is written into its panel.
    Rows without a middle are left out.
    """
    rows = rows.dropna(subset=["middle"])
    texts = [f"R² {number(value, 2)}" for value in rows["held_out_r2"]]
    remark = "Projection of held-out clips, each panel to its own scale: middle clip, and 80 % of clips"
    return panel_grid(rows.assign(r2_text=texts), _panel, remark, x="independent", y="independent")


def _panel(rows: pd.DataFrame) -> alt.LayerChart:
    base = alt.Chart().encode(x=strengths(rows))
    # The panels' units differ and mean nothing by themselves, so the heights carry no numbers.
    bare = alt.Axis(labels=False, grid=True, tickCount=4)
    scale = alt.Scale(zero=False, nice=False)
    band = base.mark_area(style="accent", opacity=0.18).encode(
        y=alt.Y("low:Q", title=None, scale=scale, axis=bare), y2="high:Q"
    )
    middle = alt.Y("middle:Q", title=None, scale=scale, axis=bare)
    line = base.mark_line(style="accent").encode(y=middle)
    tips = tooltip(rows, "effect_family", "setting", "middle", "tenth", "ninetieth", "held_out_r2")
    point = base.mark_point(style="accent", size=16).encode(y=middle, tooltip=tips)
    text = (
        once("r2_text")
        .mark_text(style="label", align="left", baseline="top", fontWeight=600)
        .encode(x=alt.value(4), y=alt.value(3), text="r2_text:N")
    )
    return alt.LayerChart(layer=[band, line, point, text])
