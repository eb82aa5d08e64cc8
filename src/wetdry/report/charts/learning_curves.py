"""How networks learnt."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive
from wetdry.report.charts.tooltips import tooltip

LEAST = -0.5
"""Values below are drawn here: before it has learnt, a network is worse than a guess by any amount."""

_WIDTH, _HEIGHT, _COLUMNS = 220, 150, 3


def learning_curves(curves: pd.DataFrame, score: str = "R² on validation songs") -> alt.FacetChart | alt.Chart:
    """A score of what training stops by against the epoch, a thin line each fold and seed, a point where it was kept.

    `curves` holds model, seed, fold, epoch, r2 (the score, whatever it is called) and kept (whether the network of that
    epoch is the one that was kept). A panel a model. Epochs without a score are left out.
    """
    rows = curves.dropna(subset=["r2"])
    if rows.empty:
        return nothing("No network was trained.")
    models = in_order(rows["model"])
    runs = rows["seed"].astype(str) + " · " + rows["fold"].astype(str)
    rows = rows.assign(run=runs, drawn=rows["r2"].clip(lower=LEAST))
    remark = "A line each fold and seed; the point is the epoch that was kept"
    if rows["r2"].min() < LEAST:
        remark += f"; values below {number(LEAST, 1)} are drawn there"
    return (
        _panel(rows[["model", "seed", "fold", "run", "epoch", "r2", "drawn", "kept"]], score)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("model:N", title=None, sort=models, header=alt.Header(labelLimit=_WIDTH)),
            columns=min(_COLUMNS, len(models)),
            spacing={"column": 18, "row": 16},
        )
        .properties(
            title=alt.TitleParams(text=remark, fontSize=12, fontWeight=400, offset=14),
            usermeta=responsive(panel=_WIDTH),
        )
    )


def _panel(rows: pd.DataFrame, score: str) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X(
            "epoch:Q", title="epoch", scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(grid=False, tickMinStep=1)
        ),
        y=alt.Y("drawn:Q", title=score, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4, grid=True)),
    )
    zero = once().mark_rule(style="zero").encode(y=alt.datum(0))
    line = base.mark_line(style="accent", strokeWidth=1.2, opacity=0.55).encode(detail="run:N")
    tips = [*tooltip(rows, "model", "fold", "seed", "epoch"), alt.Tooltip("r2:Q", title=score, format=".3f")]
    kept = base.transform_filter("datum.kept").mark_point(style="accent", size=46).encode(tooltip=tips)
    return alt.LayerChart(data=rows, layer=[zero, line, kept])
