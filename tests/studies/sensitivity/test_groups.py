"""Clips of one recording are kept together, count as one, and are never tested by each other."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from wetdry.analysis import direction_agreement, global_cca, global_null, trajectories
from wetdry.analysis.cca import CCANull
from wetdry.studies.deformations import Deformation
from wetdry.studies.grids import select_grids
from wetdry.studies.sensitivity import correlation
from wetdry.studies.sensitivity.analysis import analyse
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.correlation import global_row, samplewise_rows
from wetdry.studies.sensitivity.shape import path_rows
from wetdry.studies.sensitivity.subject import Subject

(GRID,) = select_grids("reverb", "1-10")
STRENGTHS = np.array(GRID.strengths)
CONFIG = SensitivityConfig(
    data="planted", maps=False, downstream=False, resamples=200, permutations=39, scale="none", ridge=0.01
)
Floats = np.ndarray


def subject(wet: Floats, groups: Floats, dry: Floats | None = None, label: str = "all") -> Subject:
    return Subject(label, wet[:, 0] if dry is None else dry, wet, STRENGTHS, groups.astype(str))


def repeated_noise(rng: np.random.Generator, groups: int, times: int, dim: int) -> tuple[Floats, Floats]:
    """Noise that clips of one recording have in common: who knows one of them knows the others."""
    noise = rng.standard_normal((groups, len(STRENGTHS), dim)).repeat(times, axis=0)
    return noise + 0.01 * rng.standard_normal(noise.shape), np.arange(groups).repeat(times)


def test_clips_of_one_recording_do_not_vouch_for_each_other(rng: np.random.Generator) -> None:
    wet, groups = repeated_noise(rng, 12, 4, 150)
    # In the order of the data set, clips of a recording would come into different folds.
    kept, _ = global_row(subject(wet, groups), CONFIG)
    for name in ("held_out_r2", "ridge_held_out_r2"):
        assert abs(kept[name]) < 0.06
    assert kept["p"] > 0.05
    apart, _ = global_row(subject(wet, np.arange(48)), CONFIG)
    for name in ("held_out_r2", "ridge_held_out_r2"):
        assert apart[name] > 0.8
    assert apart["p"] == pytest.approx(1 / 40)


def test_what_noise_reaches_is_of_noise(rng: np.random.Generator) -> None:
    wet = rng.standard_normal((60, 1, 8)) + 2.0 * STRENGTHS[:, np.newaxis] * np.eye(8)[0]
    row, _ = global_row(subject(wet, np.arange(60)), CONFIG)
    assert row["r2"] > 0.8
    assert row["noise_r2"] < 0.1
    assert abs(row["noise_held_out_r2"]) < 0.1
    single = samplewise_rows(subject(wet, np.arange(60)), np.array([""] * 60), CONFIG)[0]
    assert single["ridge_held_out_r2"] > 0.9
    assert single["notes"] == ""
    assert abs(single["noise_held_out_r2"]) < 0.2


def test_columns_of_single_clips_are_those_of_their_names(rng: np.random.Generator) -> None:
    wet = rng.standard_normal((40, len(STRENGTHS), 30))
    row = samplewise_rows(subject(wet, np.arange(40)), np.array([""] * 40), CONFIG)[0]
    for name in ("", "noise_", "shuffled_"):
        assert row[f"{name}r2"] > 0.99
        assert abs(row[f"{name}held_out_r2"]) < 0.3
    assert abs(row["ridge_held_out_r2"]) < 0.3
    assert row["high"] <= 1.0
    assert row["notes"] == "in-sample R² is 1 for anything: no more strengths than dimensions"


def test_p_is_of_the_same_folds(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    nulls = []

    def kept(*arguments: Any, **settings: Any) -> CCANull:
        nulls.append((arguments[2], settings["folds"], settings["penalty"], settings["units"]))
        return global_null(*arguments, **settings)

    monkeypatch.setattr(correlation, "global_null", kept)
    wet, groups = repeated_noise(rng, 6, 2, 5)
    row, fit = global_row(subject(wet, groups), CONFIG)
    assert fit is not None
    (given, folds, penalty, units) = nulls[0]
    again = global_cca(wet, STRENGTHS, given, folds=folds, penalty=penalty, units=units)
    assert again.held_out_r2 == row["ridge_held_out_r2"]
    np.testing.assert_array_equal(again.fold, fit.fold)


def test_p_is_of_what_is_held_out(rng: np.random.Generator) -> None:
    # With fewer rows than dimensions every order is followed in-sample.
    wet = rng.standard_normal((10, 1, 150)) + 8.0 * STRENGTHS[:, np.newaxis] * np.eye(150)[0]
    wet += 0.1 * rng.standard_normal(wet.shape)
    row, _ = global_row(subject(wet, np.arange(10)), CONFIG)
    assert row["noise_r2"] == pytest.approx(1.0)
    assert row["p"] == pytest.approx(1 / 40)


def clip_paths(rng: np.random.Generator, follows: Floats) -> Floats:
    """Clips (clip, strength, dim) that follow the strength where `follows`, and are noise elsewhere."""
    noise = rng.standard_normal((len(follows), len(STRENGTHS), 6))
    path = 40.0 * STRENGTHS[:, np.newaxis] * np.eye(6)[0]
    return noise + follows[:, np.newaxis, np.newaxis] * path


def test_figures_of_single_clips_are_means_over_recordings(rng: np.random.Generator) -> None:
    # One recording of many clips follows the effect; ten of one clip each do not.
    follows = np.array([1.0] * 30 + [0.0] * 10)
    groups = np.array([0] * 30 + [*range(1, 11)])
    row = samplewise_rows(subject(clip_paths(rng, follows), groups), np.array([""] * 40), CONFIG)[0]
    assert row["groups"] == 11
    assert row["ridge_held_out_r2"] < 0.35
    assert row["low"] < row["ridge_held_out_r2"] < row["high"]


def test_intervals_of_single_clips_are_over_recordings(rng: np.random.Generator) -> None:
    follows = (np.arange(40) // 4 % 2).astype(float)
    wet, labels = clip_paths(rng, follows), np.array([""] * 40)
    grouped, alone = (
        samplewise_rows(subject(wet, groups), labels, CONFIG)[0] for groups in (np.arange(40) // 4, np.arange(40))
    )
    assert grouped["ridge_held_out_r2"] == pytest.approx(alone["ridge_held_out_r2"])
    assert grouped["high"] - grouped["low"] > 1.4 * (alone["high"] - alone["low"])


def test_each_class_has_the_clips_that_bear_its_name(rng: np.random.Generator) -> None:
    labels = np.array(list("bbaaaabaab"))
    rows = samplewise_rows(subject(clip_paths(rng, (labels == "b") * 1.0), np.arange(10)), labels, CONFIG)
    found = {row["label"]: row for row in rows}
    assert list(found) == ["all", "a", "b"]
    assert (found["a"]["clips"], found["b"]["clips"]) == (6, 4)
    assert found["b"]["ridge_held_out_r2"] > 0.95 > 0.4 > found["a"]["ridge_held_out_r2"]


def test_the_interval_within_clips_is_over_recordings(rng: np.random.Generator) -> None:
    # Recordings, not clips, differ in whether they follow the direction.
    goes = np.array([1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]).repeat(4)
    wet = clip_paths(rng, goes)
    grouped, alone = (global_row(subject(wet, g), CONFIG)[0] for g in (np.arange(40) // 4, np.arange(40)))
    assert grouped["within_high"] - grouped["within_low"] > 1.3 * (alone["within_high"] - alone["within_low"])
    assert -1 <= grouped["within_low"] < grouped["within"] < grouped["within_high"] <= 1


def test_shapes_of_paths_are_those_of_the_analysis_with_its_groups(rng: np.random.Generator) -> None:
    steps = rng.standard_normal((6, len(STRENGTHS), 5)).repeat(3, axis=0)
    wet = np.cumsum(steps + 0.5 * np.eye(5)[0] + 0.3 * rng.standard_normal(steps.shape), axis=1)
    dry, groups = rng.standard_normal((18, 5)), np.arange(6).repeat(3)
    rows = {row["measure"]: row for row in path_rows(subject(wet, groups, dry), CONFIG)}
    found = trajectories(wet, dry, groups)
    expected = {
        "length": found.length.mean(),
        "straightness": found.straightness.mean(),
        "forward": found.forward.mean(),
        "monotonicity": found.shared_monotonicity.mean(),
        "turning": found.turning.mean(),
        "departure": found.departure.mean(),
        "discontinuity": found.discontinuity.mean(),
        "agreement": direction_agreement(found.chord, groups).estimate,
    }
    assert {name: row["estimate"] for name, row in rows.items()} == pytest.approx(expected)
    # Chords of one recording are alike, and would otherwise vouch for each other.
    assert direction_agreement(found.chord).estimate > expected["agreement"] + 0.02
    assert trajectories(wet, dry).shared_monotonicity.mean() > expected["monotonicity"]


def test_the_length_that_noise_has_does_not_follow_the_size_of_vectors(rng: np.random.Generator) -> None:
    wet, dry = rng.standard_normal((12, len(STRENGTHS), 5)), rng.standard_normal((12, 5))
    one, large = (path_rows(subject(size * wet, np.arange(12), size * dry), CONFIG)[0] for size in (1.0, 1000.0))
    assert (one["measure"], large["measure"]) == ("length", "length")
    assert large["noise"] == pytest.approx(one["noise"])
    assert large["noise"] == pytest.approx(large["estimate"], rel=0.25)


def test_displacements_are_from_the_same_clip_without_effect(rng: np.random.Generator) -> None:
    dry = 10.0 * rng.standard_normal((40, 30))
    moves = rng.standard_normal((40, 1, 2)) * STRENGTHS[:, np.newaxis] @ np.eye(2, 30)
    table = pd.DataFrame({"item": [f"{k}" for k in range(40)], "label": "", "split": "", "side": ""})
    table["clip"] = table["path"] = table["group"] = table["item"]
    wet = dry[:, np.newaxis] + moves
    found = analyse(Deformation("e", "l", GRID, table, dry, wet), CONFIG)
    kinds = found["dimensions"].set_index("kind")["participation"]
    assert kinds["displacements"] == pytest.approx(2, abs=0.4)
    spectra = found["spectra"].set_index(["kind", "rank"])["value"]
    common = STRENGTHS[:, np.newaxis] * np.eye(30)[0] + 0.1 * rng.standard_normal((40, len(STRENGTHS), 30))
    found = analyse(Deformation("e", "l", GRID, table, dry, dry[:, np.newaxis] + common), CONFIG)
    spectra = found["spectra"].set_index(["kind", "rank"])["value"]
    assert spectra["directions of single clips", 2] < 0.3 < 0.5 < spectra["shuffled strengths", 2]


def test_where_clips_lie_along_the_direction(rng: np.random.Generator) -> None:
    wet = rng.standard_normal((50, 1, 6)) + 3.0 * STRENGTHS[:, np.newaxis] * np.eye(6)[0]
    table = pd.DataFrame({"item": [f"{k}" for k in range(50)], "label": "", "split": "", "side": ""})
    table["clip"] = table["path"] = table["group"] = table["item"]
    rows = analyse(Deformation("e", "l", GRID, table, wet[:, 0], wet), CONFIG)["projections"]
    assert rows["position"].tolist() == list(range(len(STRENGTHS)))
    assert rows["strength"].tolist() == STRENGTHS.tolist()
    assert (np.diff(rows["middle"]) > 0).all()
    assert ((rows["low"] < rows["middle"]) & (rows["middle"] < rows["high"])).all()
