"""From a chart to what is written of it: the specification for the page, an SVG and a PNG."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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

    def sounds(self) -> frozenset[str]:
        """The keys of the players that points of the chart play."""
        rows = itertools.chain.from_iterable(self.spec.get("datasets", {}).values())
        return frozenset(row["sound"] for row in rows if row.get("sound"))


def draw(figures: Sequence[Figure]) -> list[Drawing]:
    """Draw the exports of `figures` on white, several at a time."""
    # Altair's transformers are global, so specifications are made in one thread.
    with alt.data_transformers.enable("default", max_rows=None):
        specs = [_specification(figure) for figure in figures]
    with ThreadPoolExecutor() as pool:
        exports = list(pool.map(_export, specs))
    return [Drawing(figure, spec, svg, png) for figure, spec, (svg, png) in zip(figures, specs, exports, strict=True)]


def _specification(figure: Figure) -> dict[str, Any]:
    spec: dict[str, Any] = figure.chart.to_dict()
    for given_by_the_theme in ("config", "$schema", "background"):
        spec.pop(given_by_the_theme, None)
    return spec


def _export(spec: dict[str, Any]) -> tuple[str, bytes]:
    static = {**spec, "width": STATIC_WIDTH} if spec.get("width") == "container" else spec
    # A description of every mark would be most of a file of many; the figure has its text alternative.
    config = {**vega_config(LIGHT), "background": "white", "aria": False}
    svg = vl_convert.vegalite_to_svg(static, config=config, allowed_base_urls=[])
    return svg, vl_convert.svg_to_png(svg, scale=PNG_SCALE)


@functools.cache
def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script without imports, which defines `vegaEmbed`."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle
