"""Tables from responses with a known answer."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from wetdry.studies import paired
from wetdry.studies.responses import Responses
from wetdry.studies.shift import tables

CONTROLS = ("raw", "matched", "gain")
LEVELS = (0.0, 5.0, 10.0)
WINDOWS = 12


def made(rng: np.random.Generator, clips: int, *, noise: float = 0.01) -> Responses:
    """`fuzz` raises energy by 0.02 a level, half of it by gain; `hum` moves nothing; `box` has no levels."""
    variants = [
        {"family": family, "level": level, "control": control, "effect": f"{control}-{family}-{level}"}
        for family in ("fuzz", "hum")
        for level in LEVELS
        for control in CONTROLS
    ]
    variants += [{"family": "box", "level": np.nan, "control": c, "effect": f"{c}-box"} for c in CONTROLS]
    frame = pd.DataFrame(variants)
    size = {"raw": 0.02, "matched": 0.01, "gain": 0.01}
    true = np.array([[0.0, size[v["control"]] * v["level"] if v["family"] == "fuzz" else 0.0] for v in variants])
    units = pd.DataFrame(
        {
            "clip": np.repeat([f"clip{i}" for i in range(clips)], WINDOWS),
            "group": np.repeat([f"group{i}" for i in range(clips)], WINDOWS),
            "segment": np.tile(np.arange(WINDOWS), clips),
            "start": 0.0,
        }
    )
    dry = np.full((len(units), 2), 0.5)
    wobble = noise * rng.standard_normal((len(units), len(variants), 2))
    wobble[:, frame["level"] == 0.0] = 0.0
    gain = np.where(frame["control"] == "raw", np.nan, 3.0)
    return Responses(
        ("valence", "energy"),
        frame,
        units,
        dry,
        dry[:, np.newaxis] + true + wobble,
        np.abs(true).sum(axis=1) + np.zeros((len(units), 1)),
        np.broadcast_to(gain, (len(units), len(variants))).copy(),
    )


def pick(table: pd.DataFrame, **wanted: object) -> dict[str, float]:
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0].to_dict()


def test_shift_of_one_clip_is_over_windows(rng):
    table = paired.shifts(made(rng, 1), seed=0, resamples=500)
    row = pick(table, clip="clip0", family="fuzz", level=10.0, control="raw", target="energy")
    assert row["shift"] == pytest.approx(0.2, abs=0.01)
    assert row["low"] < 0.2 < row["high"]
    assert row["low"] > 0.18
    assert row["wet"] == pytest.approx(row["dry"] + row["shift"])
    assert row["p"] == pytest.approx(2 / 2**WINDOWS)
    assert row["q"] >= row["p"]
    assert (row["units"], row["unit"]) == (WINDOWS, "window")
    still = pick(table, clip="clip0", family="hum", level=10.0, control="raw", target="energy")
    assert still["low"] < 0 < still["high"]
    assert still["q"] > 0.05


def test_neutral_levels_shift_nothing_and_say_so(rng):
    table = paired.shifts(made(rng, 1), seed=0, resamples=500)
    neutral = table[table["level"] == 0]
    assert (neutral[["shift", "low", "high", "effect_size"]] == 0).all(axis=None)
    assert (neutral["p"] == 1).all()


def test_several_clips_are_the_units_of_their_common_scope(rng):
    table = paired.shifts(made(rng, 9), seed=0, resamples=500)
    assert list(dict.fromkeys(table["clip"])) == ["all", *(f"clip{i}" for i in range(9))]
    row = pick(table, clip="all", family="fuzz", level=5.0, control="matched", target="energy")
    assert (row["units"], row["unit"]) == (9, "clip")
    assert row["shift"] == pytest.approx(0.05, abs=0.005)


def test_clips_of_one_group_count_once(rng):
    responses = made(rng, 8)
    responses.units["group"] = "one song"
    table = paired.shifts(responses, seed=0, resamples=500)
    row = pick(table, clip="all", family="fuzz", level=5.0, control="raw", target="energy")
    assert row["units"] == 1
    assert np.isnan(row["low"])


def test_gain_makes_half_of_the_shift(rng):
    table = paired.shares(made(rng, 1, noise=0.002))
    row = pick(table, clip="clip0", family="fuzz", level=10.0, target="energy")
    assert row["share"] == pytest.approx(0.5, abs=0.03)
    assert row["determined"]
    assert row["low"] < 0.5 < row["high"]
    assert row["loudness_change"] == 3.0
    assert not pick(table, clip="clip0", family="hum", level=10.0, target="energy")["determined"]


def test_trend_is_found_where_there_is_one(rng):
    table = paired.trends(made(rng, 1, noise=0.002), seed=0)
    fuzz = pick(table, clip="clip0", family="fuzz", control="raw", target="energy")
    assert fuzz["rho"] == pytest.approx(1.0)
    assert fuzz["slope"] == pytest.approx(0.02, abs=1e-3)
    assert fuzz["q"] < 0.01
    assert "box" not in set(table["family"])


def test_ranking_keeps_the_strongest_level_and_single_settings(rng):
    table = tables.ranking(paired.shifts(made(rng, 2), seed=0, resamples=500))
    assert set(table["control"]) == {"raw", "matched"}
    kept = table[table["clip"] == "all"].groupby("family")["level"].unique()
    assert kept["fuzz"].tolist() == [10.0]
    assert np.isnan(kept["box"]).all()


def test_points_hold_one_dry_point_a_clip(rng):
    table = tables.points(paired.shifts(made(rng, 2), seed=0, resamples=500))
    dry = table[table["family"] == "dry"]
    assert dry["clip"].tolist() == ["clip0", "clip1"]
    assert (dry[["valence", "energy"]] == 0.5).all(axis=None)
    loud = table[(table["family"] == "fuzz") & (table["level"] == 10)]
    assert loud["energy"].tolist() == pytest.approx([0.7, 0.7], abs=0.02)


def test_a_failed_variant_leaves_the_others_alone(rng):
    whole = made(rng, 3)
    broken = Responses(**{name: getattr(whole, name) for name in Responses.__dataclass_fields__})
    broken.wet[:WINDOWS, 1] = np.nan
    broken.wet[:, 4] = np.nan
    before, after = (paired.shifts(r, seed=0, resamples=500) for r in (made(np.random.default_rng(440), 3), broken))
    lost = after["shift"].isna()
    assert set(after[lost]["effect"]) == {"matched-fuzz-0.0", "matched-fuzz-5.0"}
    assert set(after[lost & (after["clip"] == "all")]["effect"]) == {"matched-fuzz-5.0"}
    same = ~lost & (after["effect"] != "matched-fuzz-0.0")
    pd.testing.assert_series_equal(before[same]["shift"], after[same]["shift"])


def test_same_seed_same_tables(rng):
    responses = made(rng, 3)
    first, second = (paired.shifts(responses, seed=3, resamples=500) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_level_0_is_no_test_and_costs_the_others_nothing(rng):
    table = paired.shifts(made(rng, clips=1), seed=0, resamples=200)
    neutral = table["level"] == 0.0
    assert table.loc[neutral, "q"].isna().all()
    raw = table[~neutral & (table["control"] == "raw")]
    np.testing.assert_allclose(raw["q"], scipy.stats.false_discovery_control(raw["p"]))


def test_change_of_loudness_counts_each_clip_once(rng):
    responses = made(rng, clips=2)
    kept = np.r_[0:WINDOWS, WINDOWS : WINDOWS + 3]
    gain = np.where(responses.units["clip"] == "clip0", 2.0, 6.0)[:, np.newaxis] * np.ones(len(responses.variants))
    uneven = Responses(
        responses.targets,
        responses.variants,
        responses.units.iloc[kept].reset_index(drop=True),
        responses.dry[kept],
        responses.wet[kept],
        responses.distance[kept],
        gain[kept],
    )
    table = paired.shares(uneven).groupby("clip")["loudness_change"].unique()
    assert {clip: list(found) for clip, found in table.items()} == {"all": [4.0], "clip0": [2.0], "clip1": [6.0]}
