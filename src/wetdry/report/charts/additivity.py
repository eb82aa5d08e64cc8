"""Whether a chain of effects shifts the estimate as its parts do together."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive, signed_axis
from wetdry.report.charts.tooltips import tooltip

ACTUAL, EXPECTED = "the chain", "sum of its parts"

_ROW, _COLUMNS, _WIDTH = 32, 3, 240
_BESIDE = {ACTUAL: -6, EXPECTED: 6}
"""How far in pixels an interval lies beside the line of its chain, so that neither covers the other."""


def additivity(rows: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """A dumbbell a chain: its own shift and the sum of its parts' shifts, with their 95 % intervals; a panel a target.

    `rows` holds chain, target, actual, actual_low, actual_high, expected, expected_low and expected_high, and may hold
    unit. Chains are sorted by the size of their own shift, over targets; those without either shift are left out.
    """
    rows = rows.dropna(subset=["actual", "expected"])
    if rows.empty:
        return nothing("No chain could be held against its parts.")
    sizes = rows["actual"].abs().groupby(rows["chain"]).mean()
    chains = [str(chain) for chain in sizes.sort_values(ascending=False).index]
    ends = _ends(rows)
    panels = in_order(ends["panel"])
    return (
        _panel(ends, chains)
        .properties(width=_WIDTH, height=_ROW * len(chains))
        .facet(
            facet=alt.Facet("panel:N", title=None, sort=panels),
            columns=min(_COLUMNS, len(panels)),
            spacing={"column": 28, "row": 20},
            resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent")),
        )
        .properties(usermeta=responsive(panel=180))
    )


def _ends(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an end of a dumbbell, `what` it is of, with all that is told of the pair."""
    panel = rows["target"].astype(str)
    if "unit" in rows:
        panel = panel + " (" + rows["unit"].astype(str) + ")"
    rows = rows.assign(panel=panel)
    pieces = [
        rows.assign(what=what, end=rows[column], low=rows[f"{column}_low"], high=rows[f"{column}_high"])
        for column, what in (("expected", EXPECTED), ("actual", ACTUAL))
    ]
    return pd.concat(pieces, ignore_index=True)


def _panel(ends: pd.DataFrame, chains: list[str]) -> alt.LayerChart:
    axis, title = signed_axis(4), "wet − dry"
    names = alt.Axis(grid=True, gridDash=[1, 3], labelLimit=180, labelOverlap=False)
    place = alt.Chart().encode(y=alt.Y("chain:N", sort=chains, title=None, axis=names))
    told = ("chain", "target", "actual", "actual_low", "actual_high", "expected", "expected_low", "expected_high")
    end = alt.X("end:Q", title=title, axis=axis)
    zero = once().mark_rule(style="zero").encode(x=alt.datum(0))
    bar = place.mark_line(style="faint", strokeWidth=5).encode(x=end, detail="chain:N")
    intervals = [
        place.transform_filter(f"datum.what == '{what}'")
        .mark_rule(strokeWidth=1.5, opacity=0.8, yOffset=beside)
        .encode(x=alt.X("low:Q", title=title, axis=axis), x2="high:Q", color=_colour())
        for what, beside in _BESIDE.items()
    ]
    point = place.mark_point(size=80).encode(x=end, color=_colour(), shape=_shape(), tooltip=tooltip(ends, *told))
    return alt.LayerChart(data=ends, layer=[zero, bar, *intervals, point])


def _colour() -> alt.Color:
    return alt.Color("what:N", scale=alt.Scale(domain=list(_BESIDE), range="ordinal"), legend=_LEGEND)


def _shape() -> alt.Shape:
    return alt.Shape("what:N", scale=alt.Scale(domain=list(_BESIDE), range=["circle", "diamond"]), legend=_LEGEND)


_LEGEND = alt.Legend(title=None)
