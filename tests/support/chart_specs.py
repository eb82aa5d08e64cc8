"""Looking into charts: their specification, the rows they draw, and the marks of the picture."""

import json
import re
from collections import Counter
from xml.etree import ElementTree

import vl_convert

from wetdry.report.figures import draw
from wetdry.report.result import Figure


def spec_of(chart):
    """The specification, valid and without any colour of its own."""
    spec = chart.to_dict(validate=True)
    spec.pop("config")
    vl_convert.vegalite_to_vega(spec)
    assert not re.search(r'"#[0-9a-fA-F]{3,8}"', json.dumps(spec))
    return spec


def rows_of(spec, part):
    return spec["datasets"][part.get("data", spec.get("data"))["name"]]


def layer_with(spec, mark):
    return next(layer for layer in spec["layer"] if layer["mark"]["type"] == mark)


class Picture:
    """The chart as it is drawn: what is written in it, and how often each layer of each panel has a mark."""

    def __init__(self, chart):
        (drawing,) = draw([Figure("chart", "Chart", "", "alt", chart)])
        self._root = ElementTree.fromstring(drawing.svg)  # noqa: S314
        texts = self._root.iter("{http://www.w3.org/2000/svg}text")
        self.texts = ["".join(text.itertext()) for text in texts if text.get("opacity") != "0"]

    def marks(self, kind):
        """How many marks of `kind` ("symbol", "rule", "rect", "area", "line", "text") each layer has, by its name."""
        counts = Counter()
        for group in self._root.iter("{http://www.w3.org/2000/svg}g"):
            classes = group.get("class", "").split()
            if f"mark-{kind}" in classes and "role-mark" in classes:
                layer = re.search(r"layer_(\d+)", classes[-1])
                counts[int(layer[1])] += len(list(group))
        return dict(counts)

    def boxes(self, kind, layer):
        """Width and height in pixels of each path of `kind` in a layer of every panel."""
        found = []
        for group in self._root.iter("{http://www.w3.org/2000/svg}g"):
            classes = group.get("class", "").split()
            if f"mark-{kind}" in classes and re.search(rf"layer_{layer}(_|$)", classes[-1]):
                for path in group.iter("{http://www.w3.org/2000/svg}path"):
                    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", path.get("d"))]
                    across, down = numbers[::2], numbers[1::2]
                    found.append((max(across) - min(across), max(down) - min(down)))
        return found
