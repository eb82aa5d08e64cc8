"""What one analysis looks at."""

import numpy as np
import pandas as pd

from wetdry.analysis.folds import folds_of_groups
from wetdry.studies.deformations import Deformation
from wetdry.studies.grids import select_grids
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.correlation import global_row
from wetdry.studies.sensitivity.subject import Unit, subjects

(GRID,) = select_grids("reverb", "2,5,8")


def deformation(rng: np.random.Generator, labels: list[str]) -> Deformation:
    table = pd.DataFrame({"label": labels, "group": [f"g{k // 2}" for k in range(len(labels))]})
    dry = rng.standard_normal((len(labels), 4)).astype(np.float32)
    return Deformation("e", "l", GRID, table, dry, np.repeat(dry[:, np.newaxis], 3, axis=1) + 1)


def test_all_clips_come_first_then_each_class(rng: np.random.Generator) -> None:
    found = deformation(rng, [*"bbaab", ""])
    everyone, *classes = subjects(found, "dry")
    assert [each.label for each in classes] == ["a", "b"]
    assert everyone.facts == {"label": "all", "clips": 6, "groups": 3, "strengths": 3, "dim": 4}
    np.testing.assert_array_equal(classes[0].wet, everyone.wet[[2, 3]])
    assert classes[1].groups.tolist() == ["g0", "g0", "g2"]
    assert classes[1].group_count == 2


def test_a_single_class_is_the_same_as_all_and_is_not_repeated(rng: np.random.Generator) -> None:
    assert [each.label for each in subjects(deformation(rng, list("aaaa")), "dry")] == ["all"]


def test_dry_vectors_have_unit_spread_about_their_mean(rng: np.random.Generator) -> None:
    dry = rng.standard_normal((50, 5)) * [1, 10, 100, 1000, 0.1] + 7
    unit = Unit.of(dry, "dry")
    np.testing.assert_allclose(unit.scale(dry).mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(unit.scale(dry).std(axis=0), 1)


def test_unscaled_vectors_keep_their_distances(rng: np.random.Generator) -> None:
    dry = rng.standard_normal((9, 3)) * [1, 10, 100]
    unit = Unit.of(dry, "none")
    np.testing.assert_allclose(np.diff(unit.scale(dry), axis=0), np.diff(dry, axis=0))


def test_what_stands_still_in_dry_clips_does_not_outweigh_all_else(rng: np.random.Generator) -> None:
    dry = rng.standard_normal((20, 2))
    dry[:, 1] = 1e-9 * rng.standard_normal(20)
    wet = dry[:, np.newaxis] + np.array([0.0, 5.0])
    np.testing.assert_allclose(Unit.of(dry, "dry").scale(wet)[..., 1], 5.0, atol=1e-6)
    assert np.isfinite(Unit.of(dry * 0, "dry").scale(dry)).all()


def test_noise_has_the_shape_and_nothing_else(rng: np.random.Generator) -> None:
    subject = next(subjects(deformation(rng, list("aabb")), "dry"))
    assert subject.noise(0).shape == subject.wet.shape
    np.testing.assert_array_equal(subject.noise(1), subject.noise(1))
    assert not np.array_equal(subject.noise(0), subject.noise(1))


def test_what_a_fold_leaves_out_has_no_part_in_its_unit(rng: np.random.Generator) -> None:
    found = deformation(rng, [*"aabbaabbaabb"])
    everyone, of_class, _ = subjects(found, "dry")
    groups = found.clips["group"].to_numpy(str)
    for subject in (everyone, of_class):
        units = subject.units(3)
        assert units is not None
        fold = folds_of_groups(subject.groups, len(subject.groups), 3)
        for part, unit in enumerate(units):
            kept = ~np.isin(groups, subject.groups[fold == part])
            assert 0 < kept.sum() < len(groups)
            np.testing.assert_allclose(unit, found.dry[kept].std(axis=0) / found.dry.std(axis=0), rtol=1e-5)
    assert everyone.units(None) is None
    assert next(subjects(found, "none")).units(3) is None


def test_held_out_figures_do_not_change_with_the_size_of_what_is_left_out(rng: np.random.Generator) -> None:
    """A clip that is far out in one dimension is no reason to shrink that dimension for others."""
    groups = np.array([f"g{k}" for k in range(10)])
    wet = rng.standard_normal((10, 1, 4)) + np.arange(3.0)[:, np.newaxis] * np.eye(4)[0]
    fold = folds_of_groups(groups, 10, 5)
    scores = []
    for far in (1.0, 50.0):
        dry = wet[:, 0].copy()
        dry[0] *= far
        table = pd.DataFrame({"label": [""] * 10, "group": groups})
        row = next(subjects(Deformation("e", "l", GRID, table, dry, wet), "dry"))
        fit = global_row(row, SensitivityConfig(data="x", permutations=19, resamples=100))[1]
        assert fit is not None
        scores.append(fit.held_out_scores[fold == fold[0]])
    np.testing.assert_allclose(*scores, atol=1e-7)
