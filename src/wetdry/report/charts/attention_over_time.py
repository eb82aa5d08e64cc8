"""Where in a song a network listens."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import rounded_up
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

_WIDTH, _HEIGHT, _STRIP, _GAP = 560, 96, 18, 6
_TITLE = 320


def attention_over_time(attention: pd.DataFrame, waveform: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """A strip coloured by the attention above the waveform, along the seconds of a song; a panel a song.

    `attention` holds item, second, end (of the piece of song that begins at second) and weight; `waveform` item, second
    and the least and greatest sample of the piece that begins there, low and high. Songs come as they do in
    `attention`; one without a waveform has only its strip.
    """
    rows = attention.dropna(subset=["weight"])
    if rows.empty:
        return nothing("No network attends to parts of a song.")
    most = rounded_up(float(rows["weight"].max()))
    parts = [
        _song(str(item), own, waveform[waveform["item"] == item], most)
        for item, own in rows.groupby("item", sort=False)
    ]
    return alt.VConcatChart(vconcat=parts, spacing=18, usermeta=responsive(panel=240))


def _song(item: str, attention: pd.DataFrame, waveform: pd.DataFrame, most: float) -> alt.LayerChart:
    start = min([float(attention["second"].min()), *waveform["second"]])
    end = max([float(attention["end"].max()), *waveform["second"]])
    scale = alt.Scale(domain=[start, end], nice=False)
    axis = alt.Axis(grid=False, tickCount=6)
    x = alt.X("second:Q", title="seconds", scale=scale, axis=axis)
    words = "datum.value == 0 ? '0' : format(datum.value, '.3~f')"
    legend = alt.Legend(title="attention", values=[0, most], labelExpr=words, gradientLength=160, gradientThickness=8)
    strip = (
        alt.Chart(attention[["item", "second", "end", "weight"]])
        .mark_rect()
        .encode(
            x=x,
            x2="end:Q",
            y=alt.value(0),
            y2=alt.value(_STRIP),
            color=alt.Color("weight:Q", scale=alt.Scale(domain=[0, most], range="ramp"), legend=legend),
            tooltip=tooltip(attention, "item", "from_second", "to_second", "weight"),
        )
    )
    peak = max([1e-9, *waveform["low"].abs(), *waveform["high"].abs()])
    heights = alt.Scale(domain=[-peak, peak], range=[_HEIGHT, _STRIP + _GAP], nice=False)
    envelope = (
        alt.Chart(waveform[["second", "low", "high"]])
        .mark_area(style="remark", opacity=0.75)
        .encode(x=x, y=alt.Y("low:Q", title=None, scale=heights, axis=None), y2="high:Q")
    )
    title = alt.TitleParams(text=item, limit=_TITLE)
    return alt.LayerChart(layer=[envelope, strip]).properties(width=_WIDTH, height=_HEIGHT, title=title)
