"""The profile of an effect over classes or targets, beside that of dry clips."""

from __future__ import annotations

import math
from dataclasses import dataclass

import altair as alt
import pandas as pd

from wetdry.report.charts.frames import rounded_up
from wetdry.report.charts.grid import in_order
from wetdry.report.charts.scales import nothing, responsive
from wetdry.report.charts.tooltips import tooltip

DRY = "dry"
LEAST_AXES = 3

_RINGS = (0.5, 1.0)
_CLOSE = 0.05
"""A ring nearer to zero's, in parts of the radius, is left out."""

_WIDTH, _HEIGHT, _COLUMNS = 226, 210, 3
_LETTER, _LINE, _AWAY = 6.6, 14.0, 8.0
_LEVEL = 0.35
"""Axes that rise or fall less have their name beside their end, not above or below it."""


def radar(rows: pd.DataFrame) -> alt.FacetChart | alt.Chart:
    """One polygon an effect over the axes, a panel each, with the polygon of dry clips dashed in all of them.

    `rows` holds effect ("dry" for dry clips), axis and value; the values of all axes have one unit, and the rings are
    the same in all panels. The middle is zero, or the least value if one is negative. A profile that lacks a value has
    points but no outline.
    """
    axes = in_order(rows["axis"])
    if rows["value"].isna().all():
        return nothing("No profile could be measured.")
    if len(axes) < LEAST_AXES:
        return nothing(f"A radar takes {LEAST_AXES} axes or more; there are {len(axes)}.")
    effects = [effect for effect in in_order(rows["effect"]) if effect != DRY]
    scale = _Scale.of(rows["value"])
    panel = pd.concat([_frame(axes, scale), _profile(rows[rows["effect"] == DRY], DRY, axes, scale)])
    panels = [
        pd.concat([panel, _profile(rows[rows["effect"] == effect], "wet", axes, scale)]).assign(effect=effect)
        for effect in effects or [DRY]
    ]
    return (
        _panel(pd.concat(panels, ignore_index=True), axes)
        .properties(width=_WIDTH, height=_HEIGHT)
        .facet(
            facet=alt.Facet("effect:N", title=None, sort=effects or [DRY]),
            columns=max(1, min(_COLUMNS, len(effects))),
            spacing={"column": 12, "row": 12},
        )
        .properties(title=alt.TitleParams(text="Dashed: dry clips", fontSize=12, fontWeight=400))
        .properties(usermeta=responsive(panel=_WIDTH))
    )


@dataclass(frozen=True)
class _Scale:
    """From values to parts of the radius."""

    low: float
    high: float

    @classmethod
    def of(cls, values: pd.Series[float]) -> _Scale:
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        return cls(-rounded_up(-low) if low < 0 else 0.0, rounded_up(high) if high > 0 or low == 0 else 0.0)

    def part(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def value(self, part: float) -> float:
        return self.low + part * (self.high - self.low)

    def rings(self) -> list[float]:
        """The parts of the radius that have a ring: half and all of it, and zero where that is not the middle."""
        zero = self.part(0.0)
        halves = [part for part in _RINGS if abs(part - zero) > _CLOSE]
        return sorted([*halves, zero]) if zero > 0 else halves


def _frame(axes: list[str], scale: _Scale) -> pd.DataFrame:
    """Rings, spokes and what is written on them, in parts of the radius to the right and upward."""
    turns = _turns(axes)
    # Values stand where a ring is crossed half way between two axes.
    between, middle = (turns[0] + turns[1]) / 2, math.cos(math.pi / len(axes))
    rows: list[dict[str, object]] = []
    for ring in scale.rings():
        rows += [_at(turn, ring, kind="ring", group=f"ring {ring}", step=step) for step, turn in enumerate(turns)]
        rows.append(_at(between, ring * middle, kind="ring value", text=_short(scale.value(ring))))
    for axis, turn in zip(axes, turns, strict=True):
        rows += [_at(turn, end, kind="spoke", group=f"spoke {axis}", step=end) for end in (0.0, 1.0)]
        words = axis.split()
        rows.append(_at(turn, 1.0, kind="name", text="\n".join(words), lines=len(words)))
    return pd.DataFrame(rows)


def _profile(rows: pd.DataFrame, kind: str, axes: list[str], scale: _Scale) -> pd.DataFrame:
    values = rows.drop_duplicates("axis").set_index("axis")["value"].reindex(axes)
    whole = bool(values.notna().all())
    points = [
        {**_at(turn, scale.part(value), kind=kind, group=kind, step=step), "axis": axis, "value": value, "whole": whole}
        for step, (axis, turn, value) in enumerate(zip(axes, _turns(axes), values, strict=True))
        if pd.notna(value)
    ]
    return pd.DataFrame(points)


def _turns(axes: list[str]) -> list[float]:
    """The angle of each axis in radians, anticlockwise from the right, as quadrants are counted.

    The axes lie evenly about upright, none of them level where that can be, as names take room at the sides.
    """
    count = len(axes)
    start = math.pi / count if count % 2 == 0 else math.pi / 2
    return [start + 2 * math.pi * index / count for index in range(count)]


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _at(turn: float, part: float, **rest: object) -> dict[str, object]:
    return {"right": math.cos(turn) * part, "up": math.sin(turn) * part, **rest}


def _panel(rows: pd.DataFrame, axes: list[str]) -> alt.LayerChart:
    # A page may make panels wider, so places are worked out in pixels of the panel as it is drawn: circles stay round.
    radius = _radius(axes)
    base = alt.Chart().transform_calculate(
        x=f"child_width / 2 + datum.right * {radius}", y=f"child_height / 2 - datum.up * {radius}"
    )
    place = base.encode(x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None))
    closed = place.encode(detail="group:N", order="step:Q")

    def of(chart: alt.Chart, kind: str) -> alt.Chart:
        return chart.transform_filter(f"datum.kind == '{kind}'")

    def outline(kind: str) -> alt.Chart:
        return of(closed, kind).transform_filter("datum.whole")

    # Names of several words have a line each, from the first down: they are lifted to end at an axis, or to be level.
    level, more = f"abs(datum.up) < {_LEVEL}", f"(datum.lines - 1) * {_LINE}"
    align = alt.ExprRef(f"!({level}) ? 'center' : datum.right < 0 ? 'right' : 'left'")
    right = alt.ExprRef(f"!({level}) ? 0 : datum.right < 0 ? -{_AWAY} : {_AWAY}")
    down = alt.ExprRef(f"{level} ? -{more} / 2 : datum.up > 0 ? -{_AWAY} - {more} : {_AWAY}")
    tips = tooltip(rows, "kind", "axis", "value")
    written, name = (of(place, kind).encode(text="text:N") for kind in ("ring value", "name"))
    return alt.LayerChart(
        data=rows,
        layer=[
            of(closed, "ring").mark_line(style="faint", strokeWidth=1, interpolate="linear-closed"),
            of(closed, "spoke").mark_line(style="faint", strokeWidth=1),
            outline("wet").mark_line(style="accent", filled=True, opacity=0.16, interpolate="linear-closed"),
            outline("wet").mark_line(style="accent", strokeWidth=2, interpolate="linear-closed"),
            outline(DRY).mark_line(style="ink", strokeWidth=1.5, strokeDash=[5, 3], interpolate="linear-closed"),
            of(place, DRY).mark_point(style="ink", size=16).encode(tooltip=tips),
            of(place, "wet").mark_point(style="accent", size=30).encode(tooltip=tips),
            written.mark_text(style="remark", fontSize=10, dy=-5),
            name.mark_text(
                style="label", align=align, baseline="middle", dx=right, dy=down, lineBreak="\n", lineHeight=_LINE
            ),
        ],
    )


def _radius(axes: list[str]) -> str:
    """An expression for the radius in pixels that leaves room for the names at the ends of the axes."""
    room = []
    for axis, turn in zip(axes, _turns(axes), strict=True):
        beside = abs(math.sin(turn)) < _LEVEL
        words = axis.split()
        wide, high = _LETTER * max(map(len, words)), _LINE * len(words)
        sides = (
            ("width", abs(math.cos(turn)), _AWAY + wide if beside else wide / 2),
            ("height", abs(math.sin(turn)), high / 2 if beside else _AWAY + high),
        )
        room += [f"(child_{side} / 2 - {taken:.0f}) / {part:.4f}" for side, part, taken in sides if part > _CLOSE]
    return f"min({', '.join(room)})"
