"""From a chart to what is written of it: the specification for the page, an SVG and a PNG."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from wetdry.report.result import Figure
from wetdry.report.theme import LIGHT, vega_config

STATIC_WIDTH = 720
"""Width in pixels of the exports of a chart that fills its container on the page."""

PNG_SCALE = 2


@dataclass(frozen=True)
class Drawing:
    """A figure with its specification (without theme) and its exports in the light theme."""

    figure: Figure
    spec: dict[str, Any]
    svg: str
    png: bytes


def draw(figure: Figure) -> Drawing:
    """Draw the exports of `figure` on white."""
    with alt.data_transformers.enable("default", max_rows=None):
        spec = figure.chart.to_dict()
    for given_by_the_theme in ("config", "$schema", "background"):
        spec.pop(given_by_the_theme, None)
    static = {**spec, "width": STATIC_WIDTH} if spec.get("width") == "container" else spec
    config = {**vega_config(LIGHT), "background": "white"}
    svg = vl_convert.vegalite_to_svg(static, config=config, allowed_base_urls=[])
    return Drawing(figure, spec, svg, vl_convert.svg_to_png(svg, scale=PNG_SCALE))


@functools.cache
def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script without imports, which defines `vegaEmbed`."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle
