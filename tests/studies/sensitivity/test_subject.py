"""What one analysis looks at."""

import numpy as np
import pandas as pd

from wetdry.studies.deformations import Deformation
from wetdry.studies.grids import select_grids
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
