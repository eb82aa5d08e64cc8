"""The words of a shift report: singular and plural, and no more certainty than there is."""

import json
import math
import re

import pandas as pd
import pytest

from wetdry.audio import Windows
from wetdry.report import charts
from wetdry.studies.shift import ShiftConfig, page
from wetdry.studies.shift.findings import Findings
from wetdry.studies.shift.measure import Floor

SCALES = {"energy": (0.0, 1.0), "valence": (0.0, 1.0)}


def findings(rows: list[tuple[str, float, float, float, float]], units: int) -> Findings:
    """Findings of (effect, level, shift, low, high) for energy, and none for valence."""
    columns = ["family", "level", "shift", "low", "high"]
    shifts = pd.DataFrame(rows, columns=columns).assign(
        clip="a.wav", control="raw", target="energy", units=units, unit="window"
    )
    none = pd.DataFrame()
    return Findings(
        config=ShiftConfig(audio=("a.wav",)), encoder="vibenet", scales=SCALES, windows=Windows(1.0), shifts=shifts,
        shares=none, displacements=none, trends=none, ranking=shifts, points=none, floor=Floor(), failures=none,
        clips=("a.wav",), synthetic=False,
    )  # fmt: skip


def test_extremes_are_named_with_their_level():
    found = findings([("reverb", 5.0, -0.2, -0.3, -0.1), ("gsm", math.nan, 0.1, 0.05, 0.2)], units=5)
    assert page.extremes(found, "energy") == (
        "It becomes calmest with reverb@5 (Δ energy −0.200 [−0.300, −0.100]) "
        "and most energetic with gsm (Δ energy +0.100 [+0.050, +0.200])."
    )


def test_a_single_window_is_not_called_certain_or_uncertain():
    found = findings([("reverb", 5.0, -0.2, math.nan, math.nan)], units=1)
    assert (
        page.extremes(found, "energy")
        == "One window gives no interval, so no shift of the estimated energy is certain."
    )


@pytest.mark.parametrize(("units", "words"), [(1, "1 window"), (4, "4 windows")])
def test_one_is_singular(units, words):
    found = findings([("reverb", 5.0, -0.2, -0.3, -0.1)], units)
    assert page._units(found.shifts) == words


def test_the_lead_counts_one_effect():
    found = findings([("reverb", 5.0, -0.2, -0.3, -0.1)], 4)
    both = pd.concat([found.ranking, found.ranking.assign(target="valence")])
    object.__setattr__(found, "ranking", both)
    assert page.lead(found).startswith("1 effect on “a.wav”, heard by vibenet. It becomes calmest with reverb@5")


@pytest.mark.parametrize("draw", [lambda rows: charts.ranking(rows, "energy"), charts.dose_response])
def test_a_shift_without_an_interval_lies_within_its_axis(draw):
    """One window has no interval, and a probe's numbers may be on any scale."""
    found = findings([("reverb", 5.0, 400.0, math.nan, math.nan)], units=1)
    text = json.dumps(draw(found.ranking.assign(q=math.nan, effect="reverb")).to_dict())
    domains = [json.loads(domain) for domain in re.findall(r'"domain": (\[-?[\d.]+, -?[\d.]+\])', text)]
    assert any(low <= 0 and high >= 400 for low, high in domains)
