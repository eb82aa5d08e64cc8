"""How the ratings of a data set are distributed."""

from __future__ import annotations

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

MOST_BARS = 40
"""One far-off rating would ask for thousands."""

_WIDTH, _HEIGHT, _COLUMNS = 220, 150, 3
_STEPS = 101

Values = npt.NDArray[np.float64]


def rating_histograms(ratings: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """Bars of how many clips have which rating, with a kernel density over them; a panel a target.

    `ratings` holds target and value, one row a clip and target; NaN is left out. The density has the height of the
    bars: clips in a bar's width. A target of one single value has a bar but no density.
    """
    rows = ratings.dropna(subset=["value"])
    if rows.empty:
        return nothing("No clip is rated.")
    targets = in_order(rows["target"])
    parts = [_target(str(target), own["value"]) for target, own in rows.groupby("target", sort=False)]
    return (
        _panel(pd.concat(parts, ignore_index=True))
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=min(_COLUMNS, len(targets)),
            spacing={"column": 24, "row": 20},
            resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent", y="independent")),
        )
        .properties(usermeta=responsive(panel=150))
    )


def kernel_density(values: Values, at: Values) -> Values:
    """Gaussian kernel density of `values` (n,) at `at` (m,), its width by Scott's rule, per unit of the values.

    `values` has at least two different values.
    """
    width = values.std(ddof=1) * len(values) ** -0.2
    kernels = np.exp(-0.5 * ((at[:, np.newaxis] - values) / width) ** 2)
    density: Values = kernels.sum(axis=1) / (len(values) * width * np.sqrt(2 * np.pi))
    return density


def _target(target: str, ratings: pd.Series[float]) -> pd.DataFrame:
    values = np.asarray(ratings, dtype=np.float64)
    bars = min(MOST_BARS, len(np.histogram_bin_edges(values, bins="auto")) - 1)
    counts, edges = np.histogram(values, bins=bars)
    rows = pd.DataFrame({"kind": "bar", "from": edges[:-1], "to": edges[1:], "count": counts})
    if np.ptp(values) > 0:
        at = np.linspace(edges[0], edges[-1], _STEPS)
        density = kernel_density(values, at) * len(values) * (edges[1] - edges[0])
        rows = pd.concat([rows, pd.DataFrame({"kind": "density", "from": at, "count": density})], ignore_index=True)
    return rows.assign(target=target)


def _panel(rows: pd.DataFrame) -> alt.LayerChart:
    x = alt.X("from:Q", title="rating", scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(tickCount=5, grid=False))
    y = alt.Y("count:Q", title="clips", axis=alt.Axis(tickCount=4, grid=True, labelFlush=True))
    bar = (
        alt.Chart()
        .transform_filter("datum.kind == 'bar'")
        .mark_bar(style="accent", opacity=0.35, binSpacing=1)
        .encode(x=x, x2="to:Q", y=y, y2=alt.datum(0), tooltip=tooltip(rows, "target", "bin_from", "bin_to", "count"))
    )
    density = alt.Chart().transform_filter("datum.kind == 'density'").mark_line(style="accent").encode(x=x, y=y)
    return alt.LayerChart(data=rows, layer=[bar, density])
