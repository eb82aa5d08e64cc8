"""How much of an effect's strength a direction tells, in-sample and held out, beside noise of the same shape."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive
from wetdry.report.charts.tooltips import tooltip

LEAST = -0.2
"""Values below are drawn here, as an arrowhead: a held-out R² has no lower bound."""

EMBEDDINGS, NOISE = "embeddings", "noise of the same shape"
IN_SAMPLE, HELD_OUT, PUBLISHED = "in-sample", "held out", "published"
LOWER = f"held out, below {number(LEAST, 1)}"

# As paths, so that hollow and full points share a scale, and so a legend, and a full one fits into a hollow one.
_SHAPES = {
    IN_SAMPLE: "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0ZM-0.7,0A0.7,0.7,0,1,0,0.7,0A0.7,0.7,0,1,0,-0.7,0Z",
    HELD_OUT: "M-0.6,0A0.6,0.6,0,1,1,0.6,0A0.6,0.6,0,1,1,-0.6,0Z",
    PUBLISHED: "M-0.11,-1.2L0.11,-1.2L0.11,1.2L-0.11,1.2Z",
    LOWER: "M-0.7,0L0.4,-0.65L0.4,0.65Z",
}
_SIZE = 120
_ROW, _COLUMNS = 44, 3


def correlation(rows: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """R² between an effect's strength and the best direction: a panel an encoder, a row an effect.

    `rows` holds encoder, effect, r2 (in-sample), held_out_r2 with its interval low to high, noise_r2 and
    noise_held_out_r2 (the same for noise of the shape of the embeddings) and published (an in-sample figure).
    What is NaN is left out; a sentence stands in place of the panels where all is.
    """
    points = _points(rows)
    if points.empty:
        return nothing("Nothing could be measured.")
    encoders = in_order(rows["encoder"])
    return (
        _panel(points, in_order(rows["effect"]))
        .properties(width=200, height=_ROW * rows["effect"].nunique())
        .facet(
            facet=alt.Facet("encoder:N", title=None, sort=encoders),
            columns=min(_COLUMNS, len(encoders)),
            spacing={"column": 24, "row": 16},
        )
        .properties(usermeta=responsive(panel=150))
    )


def _points(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a point: `source` says of what, `fit` how it was measured."""
    columns = {
        "noise_r2": (NOISE, IN_SAMPLE),
        "noise_held_out_r2": (NOISE, HELD_OUT),
        "published": (EMBEDDINGS, PUBLISHED),
        "r2": (EMBEDDINGS, IN_SAMPLE),
        "held_out_r2": (EMBEDDINGS, HELD_OUT),
    }
    pieces = []
    for column, (source, fit) in columns.items():
        piece = rows[["encoder", "effect"]].assign(r2=rows[column], source=source, fit=fit)
        if column == "held_out_r2":
            piece = piece.assign(low=rows["low"], high=rows["high"])
        pieces.append(piece.dropna(subset=["r2"]))
    points = pd.concat(pieces, ignore_index=True)
    points.loc[points["r2"] < LEAST, "fit"] = LOWER
    return points.assign(
        drawn=points["r2"].clip(lower=LEAST),
        drawn_low=points["low"].clip(lower=LEAST),
        drawn_high=points["high"].clip(lower=LEAST),
    )


def _panel(points: pd.DataFrame, effects: list[str]) -> alt.LayerChart:
    scale = alt.Scale(domain=[LEAST, 1], nice=False)
    axis = alt.Axis(values=[0, 0.5, 1], format=".1f", grid=True)
    title = "R² of strength and projection"
    base = alt.Chart().encode(
        y=alt.Y("effect:N", sort=effects, title=None, axis=alt.Axis(grid=True, gridDash=[1, 3], labelLimit=190)),
        yOffset=alt.YOffset("source:N", scale=alt.Scale(domain=[EMBEDDINGS, NOISE], paddingOuter=0.6)),
        color=_colour(),
    )
    zero = once().mark_rule(style="zero").encode(x=alt.datum(0))
    interval = base.mark_rule(strokeWidth=2, opacity=0.7).encode(
        x=alt.X("drawn_low:Q", title=title, scale=scale, axis=axis), x2="drawn_high:Q"
    )
    point = base.mark_point(size=_SIZE).encode(
        x=alt.X("drawn:Q", title=title, scale=scale, axis=axis),
        shape=_shape(points),
        tooltip=tooltip(points, "encoder", "effect_family", "source", "fit", "r2", "low", "high"),
    )
    return alt.LayerChart(data=points, layer=[zero, interval, point])


def _colour() -> alt.Color:
    # The third of the three control colours is the faint one; the second stays unused.
    scale = alt.Scale(domain=[EMBEDDINGS, "", NOISE], range="ordinal")
    legend = alt.Legend(title=None, values=[EMBEDDINGS, NOISE], symbolType="square", symbolSize=90)
    return alt.Color("source:N", scale=scale, legend=legend)


def _shape(points: pd.DataFrame) -> alt.Shape:
    legend = alt.Legend(title=None, values=[fit for fit in _SHAPES if fit in set(points["fit"])])
    scale = alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values()))
    return alt.Shape("fit:N", scale=scale, legend=legend)
