"""The picture of a search: what everything that was tried costs, and how much of the goal it reaches."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

HEIGHT = 360
ROOM = 2.0
"""How many times as far as the most expensive candidate or step of the front the axis reaches."""
LEAST_WIDTH = 1e-6
WRONG_WAY = 0.0
"""Where what moves away from the goal is drawn, and what moves away on the windows held out."""


def front_chart(trials: pd.DataFrame, candidates: pd.DataFrame, unit: str) -> alt.LayerChart:
    """Share of the goal against cost: every trial a dot, the front a staircase, candidates by rank.

    `trials` holds effect, share, cost and front; `candidates` also rank, name, held_out_share and sound. What a
    candidate reaches on the windows held out is a ring, joined to it. Trials beyond `widest` are not drawn.
    """
    width = widest(trials, candidates)
    trials, candidates = (
        _drawn(trials[trials["cost"] <= width], ["share"]),
        _drawn(candidates, ["share", "held_out_share"]),
    )
    x = alt.X("cost:Q", title=f"cost, {unit} →", scale=alt.Scale(domain=[0, width], nice=True), axis=_axis(".2~f"))
    y = alt.Y("share:Q", title="share of the goal reached →", scale=alt.Scale(domain=[0, 1.06]), axis=_axis(".0%"))
    base = alt.Chart().encode(x=x)
    goal = alt.Chart(pd.DataFrame({"share": [1.0]})).mark_rule(style="frame").encode(y=y)
    dots = base.mark_point(style="faint", size=16).encode(y=y, tooltip=_tips("effect", "share", "cost"))
    steps = base.mark_line(style="ink", strokeWidth=1.5, interpolate="step-after").encode(y=y, order="cost:Q")
    layers = [goal, dots.properties(data=trials), steps.properties(data=staircase(trials))]
    if len(candidates):
        layers += _candidates(base, y, candidates)
    return alt.LayerChart(layer=layers, width="container", height=HEIGHT)


def widest(trials: pd.DataFrame, candidates: pd.DataFrame) -> float:
    """The end of the cost axis: so far beyond what matters that what does not can be seen to cost more."""
    matters = [*trials.loc[trials["front"], "cost"], *candidates["cost"]]
    whole = float(trials["cost"].max())
    return max(min(whole, ROOM * max(matters)) if matters else whole, LEAST_WIDTH)


def staircase(trials: pd.DataFrame) -> pd.DataFrame:
    """Corners of the front, cost and share, from the song itself to the most expensive trial."""
    best = trials[trials["front"]].sort_values("cost")
    last = best["share"].max() if len(best) else 0.0
    ends = [(0.0, 0.0), *best[["cost", "share"]].itertuples(index=False, name=None), (trials["cost"].max(), last)]
    return pd.DataFrame(ends, columns=["cost", "share"])


def _candidates(base: alt.Chart, y: alt.Y, candidates: pd.DataFrame) -> list[alt.Chart]:
    tips = _tips("rank", "name", "effect", "share", "held_out_share", "cost")
    known = candidates.dropna(subset=["held_out_share"])
    held_out = alt.Y("held_out_share:Q", title=None)
    join = base.mark_rule(style="accent", strokeWidth=1, opacity=0.6).encode(y=y, y2="held_out_share:Q")
    ring = base.mark_point(style="accent", filled=False, size=70, strokeWidth=1.5).encode(y=held_out, tooltip=tips)
    dot = base.mark_point(style="accent", size=110, cursor="pointer").encode(y=y, tooltip=tips)
    number = base.mark_text(dx=0, dy=-13, fontWeight=600).encode(y=y, text="rank:N")
    return [
        join.properties(data=known),
        ring.properties(data=known),
        dot.properties(data=candidates),
        number.properties(data=candidates),
    ]


def _drawn(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    return rows.assign(**{column: rows[column].clip(lower=WRONG_WAY) for column in columns})


_TITLES = {
    "rank": ("rank:N", "candidate", ""),
    "name": ("name:N", "effects", ""),
    "effect": ("effect:N", "settings", ""),
    "share": ("share:Q", "reached", ".0%"),
    "held_out_share": ("held_out_share:Q", "on windows held out", ".0%"),
    "cost": ("cost:Q", "cost", ".2f"),
}


def _tips(*names: str) -> list[alt.Tooltip]:
    chosen = [_TITLES[name] for name in names]
    return [
        alt.Tooltip(field, title=title, format=form) if form else alt.Tooltip(field, title=title)
        for field, title, form in chosen
    ]


def _axis(form: str) -> alt.Axis:
    return alt.Axis(format=form, tickCount=6)
