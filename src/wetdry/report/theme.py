"""Colours and type of charts and page, light and dark, in one place.

Charts name no colour: they name a style or a scale, and take its colour from the configuration of
the theme they are shown in. The ten family colours keep a CIE76 distance of at least 15 to each other under
normal vision, protanopia, deuteranopia and tritanopia, and a contrast of at least 3 to the page. The ramp
takes equal steps of CIE76 distance, away from the page in lightness, so that equal steps look equal; both arms of
the diverging ramp do, from a colour close to the page to ends of the same lightness.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Inter, "Helvetica Neue", Arial, sans-serif'

FAMILIES = (
    "reverb",
    "distortion",
    "delay",
    "eq",
    "phaser",
    "chorus",
    "bitcrush",
    "gain",
    "lowpass",
    "identity",
)
"""Effect families with a colour of their own, in the order of the palettes; others follow and share them."""

CONTROLS = {"raw": "raw", "matched": "loudness-matched", "gain": "gain only"}
"""How a wet clip is compared with the dry one, and what the charts call it."""

QUADRANT_SLOTS = (("Q3", "sadness"), ("Q1", "excitement"), ("Q4", "calmness"), ("Q2", "anger"))
"""The quadrants of valence and arousal in the order of the palettes: blue, orange, green, red."""

CONTROL_DASHES = ([1, 0], [6, 3], [2, 2])
CONTROL_SHAPES = ("circle", "diamond", "cross")


@dataclass(frozen=True)
class Theme:
    """The colours of one appearance, as CSS hexadecimal values."""

    page: str
    panel: str
    ink: str
    muted: str
    line: str
    accent: str
    warning: str
    families: tuple[str, ...]
    controls: tuple[str, str, str]
    ramp: tuple[str, ...]
    diverging: tuple[str, ...]


LIGHT = Theme(
    page="#fcfbf8",
    panel="#f3f1eb",
    ink="#1d2126",
    muted="#5b626b",
    line="#dedbd2",
    accent="#1b5f8c",
    warning="#a4480a",
    families=(
        "#1b39aa",
        "#d37912",
        "#30a279",
        "#850d1d",
        "#a274f6",
        "#7b5900",
        "#c76fb5",
        "#7d904c",
        "#29707f",
        "#363656",
    ),
    controls=("#1b5f8c", "#c65f08", "#6f7680"),
    ramp=(
        "#ddbc90",
        "#b2af7d",
        "#86a074",
        "#5a9072",
        "#2d7e74",
        "#006b75",
        "#005671",
        "#004065",
        "#202a51",
    ),
    diverging=(
        "#00458f",
        "#576ba5",
        "#8c93bb",
        "#bdbfd0",
        "#efece6",
        "#dab9ac",
        "#c28774",
        "#a55741",
        "#842411",
    ),
)

DARK = Theme(
    page="#15171b",
    panel="#1e2126",
    ink="#e8e6e1",
    muted="#a3a8af",
    line="#343840",
    accent="#7cbbe6",
    warning="#f0a35c",
    families=(
        "#2376d3",
        "#f5aa4c",
        "#32aa78",
        "#cd464c",
        "#cea1fb",
        "#8c7a0e",
        "#ed71bb",
        "#d0dda2",
        "#99eff5",
        "#6b7282",
    ),
    controls=("#6fb4e4", "#f2a154", "#9aa1aa"),
    ramp=(
        "#363d67",
        "#26547c",
        "#146b89",
        "#1f8190",
        "#429691",
        "#69a990",
        "#94bb91",
        "#c0ca98",
        "#ebd9a7",
    ),
    diverging=(
        "#40abf5",
        "#4389c1",
        "#40698f",
        "#374a5f",
        "#2b2e34",
        "#564542",
        "#825d4f",
        "#b0755d",
        "#e08f6b",
    ),
)


def family_domain(families: Iterable[str]) -> list[str]:
    """The domain of a colour scale that gives each family its own colour, whichever others are present.

    >>> family_domain(["tape", "eq"])[-3:]
    ['lowpass', 'identity', 'tape']
    """
    return [*FAMILIES, *sorted(set(families) - set(FAMILIES))]


def family_colours(families: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Light and dark colour of each family, the same that the charts use."""
    slots = len(LIGHT.families)
    return {
        family: (LIGHT.families[index % slots], DARK.families[index % slots])
        for index, family in enumerate(family_domain(families))
    }


def class_domain(classes: Iterable[str]) -> list[str]:
    """The domain of a colour scale: each quadrant has its own colour, other classes theirs in order of name.

    >>> class_domain(["Q2 Anger", "Q1 Excitement"])
    ['Q3', 'Q1 Excitement', 'Q4', 'Q2 Anger']
    >>> class_domain(["tension", "sadness"])
    ['sadness', 'tension']
    """
    present = sorted(set(classes))
    quadrants = {_quadrant_slot(name): name for name in present}
    if None in quadrants:
        return present
    return [quadrants.get(slot, code) for slot, (code, _) in enumerate(QUADRANT_SLOTS)]


def _quadrant_slot(name: str) -> int | None:
    words = set(re.findall(r"\w+", name.casefold()))
    slots = (slot for slot, (code, word) in enumerate(QUADRANT_SLOTS) if words and words <= {code.casefold(), word})
    return next(slots, None)


def vega_config(theme: Theme) -> dict[str, Any]:
    """The Vega-Lite configuration of `theme`.

    Charts refer to it by the styles `zero` (reference line), `label` (direct label), `remark` (faint text),
    `frame`, `faint`, `dry`, `ink` and `accent` (data without categories), `reversed` (text on the strong end of the
    ramp) and `panel` (ground), by the category range (families, classes, series), by the ordinal range (controls), by
    the ramp (from little to much) and by the diverging range (from less over the same to more).
    """
    return {
        "background": "transparent",
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": theme.line,
            "gridOpacity": 0.7,
            "labelColor": theme.muted,
            "labelFontSize": 12,
            "labelPadding": 6,
            "titleColor": theme.muted,
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "titlePadding": 8,
        },
        "legend": {
            "orient": "top",
            "labelColor": theme.ink,
            "labelFontSize": 12,
            "titleColor": theme.muted,
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "symbolOpacity": 1,
            "symbolBaseFillColor": theme.ink,
            "symbolStrokeWidth": 2.5,
            "symbolSize": 90,
            "columns": 4,
            "columnPadding": 16,
            "offset": 12,
            "layout": {"top": {"direction": "vertical", "margin": 6}},
        },
        "header": {
            "labelColor": theme.ink,
            "labelFontSize": 12,
            "labelFontWeight": 600,
            "labelAnchor": "start",
            "labelPadding": 4,
            "titleColor": theme.muted,
            "titleFontSize": 12,
        },
        "title": {
            "color": theme.ink,
            "fontSize": 13,
            "fontWeight": 600,
            "anchor": "start",
            "offset": 10,
            "subtitleColor": theme.muted,
            "subtitleFontSize": 12,
        },
        "range": {
            "category": list(theme.families),
            "ordinal": list(theme.controls),
            "ramp": {"scheme": list(theme.ramp)},
            "heatmap": {"scheme": list(theme.ramp)},
            "diverging": {"scheme": list(theme.diverging)},
        },
        "rule": {"color": theme.ink},
        "text": {"color": theme.ink, "fontSize": 12},
        "line": {"strokeWidth": 2, "strokeCap": "round"},
        "point": {"size": 60, "filled": True, "opacity": 1},
        "style": {
            "zero": {"color": theme.muted, "strokeWidth": 1, "opacity": 0.9},
            "frame": {"color": theme.muted, "strokeWidth": 1, "strokeDash": [3, 4]},
            "label": {"color": theme.ink},
            "remark": {"color": theme.muted},
            "faint": {"color": theme.muted, "opacity": 0.4},
            "dry": {"color": theme.page, "stroke": theme.ink, "strokeWidth": 2},
            "ink": {"color": theme.ink},
            "accent": {"color": theme.accent},
            "reversed": {"color": theme.page},
            "panel": {"color": theme.panel, "cornerRadius": 4},
        },
    }
