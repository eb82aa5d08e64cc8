"""Every model of a study in the order of what it is worth."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wetdry.report.cells import number
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, once, responsive
from wetdry.report.charts.tooltips import tooltip

LEAST = -0.2
"""Values below are drawn here, as an arrowhead: R² has no lower bound, and a wild one would flatten all others."""

PHASES = {
    0: "baseline",
    1: "handcrafted features",
    2: "log-mel networks",
    3: "pretrained embeddings",
    4: "combinations",
}

HELD_OUT, LEAKS, PUBLISHED, BELOW = "held out", "leaks", "published", f"below {number(LEAST, 1)}"

BETWEEN = " · "
"""What parts of a model's name are joined by."""

# As paths, so that hollow and full points share a scale, and so a legend.
_SHAPES = {
    HELD_OUT: "M-0.7,0A0.7,0.7,0,1,1,0.7,0A0.7,0.7,0,1,1,-0.7,0Z",
    LEAKS: "M-0.8,0A0.8,0.8,0,1,1,0.8,0A0.8,0.8,0,1,1,-0.8,0ZM-0.5,0A0.5,0.5,0,1,0,0.5,0A0.5,0.5,0,1,0,-0.5,0Z",
    PUBLISHED: "M0,-1.1L1.1,0L0,1.1L-1.1,0ZM0,-0.7L-0.7,0L0,0.7L0.7,0Z",
    BELOW: "M-0.8,0L0.5,-0.75L0.5,0.75Z",
}
_SIZE, _ROW, _WIDTH, _COLUMNS = 90, 29, 220, 3
_COLUMNS_DRAWN = (
    *("kind", "sign", "model", "phase_name", "target", "value", "low", "high", "published", "clips", "leaks", "text"),
    *("drawn", "drawn_low", "drawn_high"),
)
_TIPS = ("model", "phase_name", "target", "r2_value", "value_low", "value_high", "published", "clips", "leaks")


def leaderboard(scores: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """R² of each model with its 95 % interval, the best on average at the top; a panel a target.

    `scores` holds phase (0 to 4), model, target, metric, value with its interval low to high, published (an R² that
    others report, drawn as a hollow diamond; NaN where there is none) and leaks (how a model got to know of the answers
    it was held against, "" for an honest one). Rows of other metrics than "r2" and without a value are left out.
    """
    rows = scores[scores["metric"] == "r2"].dropna(subset=["value"])
    if rows.empty:
        return nothing("No model could be scored.")
    unknown = set(rows["phase"]) - set(PHASES)
    if unknown:
        raise ValueError(f"a phase is one of {', '.join(map(str, PHASES))}, not {min(unknown)}")
    means = rows.groupby("model", sort=False)["value"].mean().sort_values(ascending=False, kind="stable")
    targets = in_order(rows["target"])
    return (
        _panel(_marks(rows), [str(model) for model in means.index])
        .properties(width=_WIDTH, height=_ROW * len(means))
        .facet(
            facet=alt.Facet("target:N", title=None, sort=targets),
            columns=min(_COLUMNS, len(targets)),
            spacing={"column": 14, "row": 20},
        )
        .properties(usermeta=responsive(panel=120))
    )


def _marks(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a point: `sign` says what it is, and the values are as they are drawn."""
    sign = rows["leaks"].ne("").map({True: LEAKS, False: HELD_OUT}).where(rows["value"] >= LEAST, BELOW)
    models = rows.assign(
        kind="model",
        sign=sign,
        phase_name=rows["phase"].map(PHASES),
        drawn=rows["value"].clip(lower=LEAST),
        drawn_low=rows["low"].clip(lower=LEAST),
        drawn_high=rows["high"].clip(lower=LEAST),
        text=[number(value, 2) for value in rows["value"]],
    )
    known = models.dropna(subset=["published"])
    published = known.assign(kind="published", sign=PUBLISHED, drawn=known["published"].clip(lower=LEAST))
    marks = pd.concat([models, published], ignore_index=True)
    return _with_room(marks[[column for column in _COLUMNS_DRAWN if column in marks]])


def _with_room(marks: pd.DataFrame) -> pd.DataFrame:
    """The marks with the place of words beside each: at that end of its interval with more `room`, in panel widths."""
    bottom, top = _ends(marks)
    first, last = (marks[end].fillna(marks["drawn"]) for end in ("drawn_low", "drawn_high"))
    after, before = (top - last) / (top - bottom), (first - bottom) / (top - bottom)
    right = after > before
    return marks.assign(to_the_right=right, beside=last.where(right, first), room=after.where(right, before))


def _panel(marks: pd.DataFrame, models: list[str]) -> alt.LayerChart:
    scale = alt.Scale(domain=_ends(marks), nice=False)
    place = alt.Chart().encode(
        y=alt.Y("model:N", sort=models, title=None, axis=_names()), tooltip=tooltip(marks, *_TIPS)
    )
    model, published = (place.transform_filter(f"datum.kind == '{kind}'") for kind in ("model", "published"))
    honest, leaking = (model.transform_filter(f"datum.leaks {sign} ''") for sign in ("==", "!="))
    ground = leaking.mark_rect(style="panel", cornerRadius=0).encode(x=alt.value(0), x2=alt.value("width"))
    zero = once().mark_rule(style="zero").encode(x=alt.datum(0))
    value = model.mark_text(style="remark", align="left", dx=6, fontSize=11).encode(x=alt.value("width"), text="text:N")
    intervals = _intervals(honest, leaking, _x("drawn_low", scale), _colour(marks))
    points = _points(honest, leaking, published, _x("drawn", scale), _colour(marks), _shape(marks))
    layers = [ground, zero, *intervals, *points, _words(leaking, scale), value]
    return alt.LayerChart(data=marks, layer=layers)


def _x(field: str, scale: alt.Scale) -> alt.X:
    return alt.X(f"{field}:Q", title="R²", scale=scale, axis=alt.Axis(format=".1f", tickCount=4, grid=True))


def _intervals(honest: alt.Chart, leaking: alt.Chart, low: alt.X, colour: alt.Color) -> list[alt.Chart]:
    measured = "isValid(datum.drawn_low) && isValid(datum.drawn_high)"
    sure = honest.transform_filter(measured).mark_rule(strokeWidth=2, opacity=0.7).encode(color=colour)
    grey = leaking.transform_filter(measured).mark_rule(style="faint", strokeWidth=2, strokeDash=[4, 3])
    return [interval.encode(x=low, x2="drawn_high:Q") for interval in (sure, grey)]


def _points(
    honest: alt.Chart, leaking: alt.Chart, published: alt.Chart, x: alt.X, colour: alt.Color, shape: alt.Shape
) -> list[alt.Chart]:
    points = [
        honest.mark_point(size=_SIZE).encode(color=colour),
        leaking.mark_point(size=_SIZE, style="remark"),
        published.mark_point(size=_SIZE, style="ink"),
    ]
    return [point.encode(x=x, shape=shape) for point in points]


def _names() -> alt.Axis:
    """The names of models, in a line each part, so that panels have room beside them on a narrow page."""
    # Several lines hang from the first, so that a name of two is lifted to stand about the middle of its row.
    lifted = alt.condition(f"indexof(datum.value, '{BETWEEN}') > 0", alt.value("bottom"), alt.value("middle"))
    return alt.Axis(
        grid=True,
        gridDash=[1, 3],
        labelExpr=f"split(datum.label, '{BETWEEN}')",
        labelLimit=220,
        labelFontSize=11,
        labelLineHeight=12,
        labelBaseline=lifted,
        labelOverlap=False,
    )


def _ends(marks: pd.DataFrame) -> list[float]:
    values = pd.concat([marks["drawn"], marks["drawn_low"], marks["drawn_high"]]).dropna()
    top, bottom = max(0.1, float(values.max())), min(0.0, float(values.min()))
    margin = 0.03 * (top - bottom)
    return [round(bottom - margin, 4), round(top + margin, 4)]


def _words(leaking: alt.Chart, scale: alt.Scale) -> alt.Chart:
    """How a model leaks, on that side of its interval that has more room."""
    words: alt.Chart = leaking.mark_text(
        style="remark",
        fontSize=10,
        align=alt.ExprRef("datum.to_the_right ? 'left' : 'right'"),
        dx=alt.ExprRef("datum.to_the_right ? 8 : -8"),
        limit=alt.ExprRef("child_width * datum.room - 16"),
    ).encode(x=alt.X("beside:Q", scale=scale), text="leaks:N")
    return words


def _colour(marks: pd.DataFrame) -> alt.Color:
    names = list(PHASES.values())
    shown = [name for name in names if name in set(marks["phase_name"])]
    legend = alt.Legend(title=None, values=shown, symbolType="square")
    return alt.Color("phase_name:N", scale=alt.Scale(domain=names, range="category"), legend=legend)


def _shape(marks: pd.DataFrame) -> alt.Shape:
    legend = alt.Legend(title=None, values=[sign for sign in _SHAPES if sign in set(marks["sign"])])
    scale = alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values()))
    return alt.Shape("sign:N", scale=scale, legend=legend)
