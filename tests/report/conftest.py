"""Hand-made tables and a result with every kind of block."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from wetdry.report import Figure, Note, Player, PlayerGroup, Section, StudyResult, Table, charts

FAMILIES = {"reverb": -0.06, "distortion": 0.28, "delay": -0.03}
CONTROLS = {"raw": 1.0, "matched": 0.5, "gain": 0.4}
NASTY = "<script>alert(\"1\")</script> & 'Für Élise' 🎹 " + "x" * 200


@pytest.fixture(scope="session")
def shifts() -> pd.DataFrame:
    """Three families over levels 0, 5, 10 and one chain, every control and target; the shift grows with level."""
    rows = []
    for target, sign in (("valence", -0.5), ("energy", 1.0)):
        for control, factor in CONTROLS.items():
            steps = [(family, level, slope) for family, slope in FAMILIES.items() for level in (0.0, 5.0, 10.0)]
            for family, level, slope in [*steps, ("tape", math.nan, -0.1)]:
                shift = sign * factor * slope * (1.0 if math.isnan(level) else level / 10)
                rows.append(
                    {
                        "clip": "all",
                        "family": family,
                        "effect": f"{family}(level={level})",
                        "level": level,
                        "control": control,
                        "target": target,
                        "dry": 0.5,
                        "wet": 0.5 + shift,
                        "shift": shift,
                        "low": shift - 0.02,
                        "high": shift + 0.02,
                        "p": 0.0001,
                        "q": 0.0312,
                        "effect_size": shift / 0.05,
                        "units": 24,
                        "unit": "window",
                    }
                )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def points() -> Callable[..., pd.DataFrame]:
    """Builds points of clips: dry at the given places, each family displaced by its slope along both axes."""

    def build(places: dict[str, tuple[float, float]]) -> pd.DataFrame:
        rows = []
        for clip, (valence, energy) in places.items():
            rows.append(("dry", 0.0, clip, valence, energy))
            for family, slope in FAMILIES.items():
                rows += [
                    (family, level, clip, valence - slope * level / 20, energy + slope * level / 10)
                    for level in (5.0, 10.0)
                ]
            rows.append(("tape", math.nan, clip, valence + 0.05, energy - 0.1))
        return pd.DataFrame(rows, columns=["family", "level", "clip", "valence", "energy"]).assign(control="raw")

    return build


@pytest.fixture(scope="session")
def shares() -> pd.DataFrame:
    rows = [
        ("reverb", "energy", 5.0, 0.9, 0.8, 1.0, True, 3.0),
        ("reverb", "energy", 10.0, 0.35, 0.2, 0.5, True, 4.7),
        ("distortion", "energy", 10.0, 4.0, -3.0, 9.0, True, 12.4),
        ("delay", "energy", 10.0, math.nan, math.nan, math.nan, False, -2.3),
    ]
    return pd.DataFrame(
        rows, columns=["family", "target", "level", "share", "low", "high", "determined", "loudness_change"]
    )


@pytest.fixture(scope="session")
def displacements() -> pd.DataFrame:
    rows = [
        (family, level, size * level / 10)
        for family, size in (("reverb", 1.1), ("distortion", 1.8))
        for level in (0.0, 5.0, 10.0)
    ]
    rows += [("tape", math.nan, 0.7), ("identity", math.nan, 0.03)]
    frame = pd.DataFrame(rows, columns=["family", "level", "displacement"]).assign(clip="all", control="raw")
    return frame.assign(low=frame["displacement"] * 0.9, high=frame["displacement"] * 1.1)


@pytest.fixture(scope="session")
def result(shifts, points) -> StudyResult:
    """Every kind of block, under a title that would break a page that does not escape."""
    table = pd.DataFrame(
        {
            "clip": [NASTY, "b", "c"],
            "shift": [-0.0314, 0.2, np.nan],
            "p": [0.00001, 0.0312, 0.5],
            "sure": [True, False, True],
        }
    )
    wet = [
        Player("distortion, level 10", "+12.4 LU louder", b"loud", "distortion", 10.0),
        Player("distortion, level 1", "+6.4 LU louder", b"quiet", "distortion", 1.0),
        Player(NASTY, "", b"chain", NASTY),
    ]
    sections = [
        Section(
            "In short",
            "What was found.",
            [
                f"A paragraph about {NASTY}",
                Figure(
                    "plane",
                    "Plane",
                    f"Caption of {NASTY}",
                    'Distortion: "+0.28" & more',
                    charts.plane(points({NASTY: (0.5, 0.4)})),
                ),
                Note("trust", "Trust", ["One."], [NASTY], Table("agreement", "Agreement", pd.DataFrame({"r": [0.5]}))),
            ],
        ),
        Section(
            "In short",
            "The same heading again.",
            [
                Table(
                    "numbers",
                    "Numbers",
                    table,
                    "A caption.",
                    {"clip": "Clip", "shift": "Δ", "p": "p", "sure": "sure"},
                    rows=2,
                ),
                PlayerGroup(NASTY, "Listen.", Player("dry", "−20 LUFS", b"dry"), wet),
                Note("warning", "Beware", ["Two."]),
            ],
        ),
    ]
    provenance = {
        "version": "9.8.7",
        "date": "2025-01-02",
        "command": "wetdry <x>",
        "seeds": {"bootstrap": 440},
        "nan": math.nan,
    }
    return StudyResult("shift", f"Report on {NASTY}", "A lead.", sections, {"shifts": shifts}, provenance)
