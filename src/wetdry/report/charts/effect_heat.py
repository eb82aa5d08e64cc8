"""How the estimate shifts under every effect at every level, in one picture."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import rounded_up
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import DIVERGING_REVERSED_FROM, diverging_colour, nothing, responsive
from wetdry.report.charts.tooltips import tooltip
from wetdry.report.theme import CONTROLS

SIGNIFICANT = 0.05
"""Of q; cells below it are marked."""

_CELL, _COLUMNS = 22, 3
_WIDTH = {1: 600, 2: 250, 3: 200}


def effect_heat(shifts: pd.DataFrame) -> alt.VConcatChart | alt.Chart:
    """A cell an effect and level, coloured by the shift; a panel a target, and one beside it a control if there is one.

    `shifts` holds effect, level, target, shift with its 95 % interval low to high, q and unit, and may hold control
    ("raw" or "matched"). Targets of one unit share a colour scale, which is symmetric about zero; a dot marks q < 0.05.
    A shift of NaN is written as a dash, and rows without a level are left out.
    """
    rows = shifts.dropna(subset=["level"])
    if rows["shift"].isna().all():
        return nothing("No shift could be measured.")
    sets = [_panels(own, str(unit)) for unit, own in rows.groupby("unit", sort=False)]
    title = alt.TitleParams(text=f"Dots: q < {SIGNIFICANT}", fontSize=12, fontWeight=400, offset=14)
    apart = alt.Resolve(scale=alt.ScaleResolveMap(color="independent"))
    return alt.VConcatChart(vconcat=sets, spacing=30, title=title, resolve=apart, usermeta=responsive(panel=230))


def _panels(rows: pd.DataFrame, unit: str) -> alt.FacetChart:
    cells = _cells(rows)
    panels = in_order(cells["panel"])
    controls = rows["control"].nunique() if "control" in rows else 1
    columns = min(controls if controls > 1 else _COLUMNS, len(panels))
    return (
        _panel(cells, unit)
        .properties(width=_WIDTH[columns], height=_CELL * rows["effect"].nunique())
        .facet(
            facet=alt.Facet("panel:N", title=None, sort=panels),
            columns=columns,
            spacing={"column": 20, "row": 18},
        )
    )


def _cells(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their panel, and what is written into each cell: `mark` is "dot", "dash" or ""."""
    panel = rows["target"].astype(str)
    if "control" in rows:
        compared = rows["control"].map(CONTROLS)
        rows = rows.assign(compared=compared, at=rows["control"].map(list(CONTROLS).index))
        panel = panel + ", " + compared
    else:
        rows = rows.assign(at=0)
    target = rows["target"].map(in_order(rows["target"]).index)
    significant = (rows["q"] < SIGNIFICANT).map({True: "dot", False: ""})
    cells = rows.assign(panel=panel, mark=significant.where(rows["shift"].notna(), "dash"), row=target)
    return cells.sort_values(["row", "at"], kind="stable", ignore_index=True)


def _panel(cells: pd.DataFrame, unit: str) -> alt.LayerChart:
    largest = rounded_up(float(cells["shift"].abs().fillna(0.0).max()))
    base = alt.Chart().encode(
        x=alt.X("level:O", title="level", axis=alt.Axis(labelAngle=0, titlePadding=2, format="~g")),
        y=alt.Y("effect:N", sort=in_order(cells["effect"]), title=None, axis=alt.Axis(labelLimit=150)),
        tooltip=tooltip(cells, "target", "effect_family", "level", "compared", "shift", "low", "high", "q", "unit"),
    )
    colour = diverging_colour("shift", largest, f"wet − dry, in {unit}")
    cell = base.transform_filter("datum.mark != 'dash'").mark_rect().encode(color=colour)
    strong = f"abs(datum.shift) >= {DIVERGING_REVERSED_FROM * largest}"
    dots = [
        base.transform_filter(f"datum.mark == 'dot' && {side}").mark_point(shape="circle", style=style, size=26)
        for side, style in ((f"!({strong})", "ink"), (strong, "reversed"))
    ]
    dash = base.transform_filter("datum.mark == 'dash'").mark_text(style="remark", text="–")
    return alt.LayerChart(data=cells, layer=[cell, *dots, dash])
