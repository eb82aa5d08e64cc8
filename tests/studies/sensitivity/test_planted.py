"""Embeddings with a known answer: what is planted in them must be found, and in noise nothing."""

import numpy as np
import pandas as pd
import pytest

from wetdry.studies.deformations import Deformation
from wetdry.studies.grids import select_grids
from wetdry.studies.sensitivity.analysis import analyse
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.correlation import global_row
from wetdry.studies.sensitivity.split import sides
from wetdry.studies.sensitivity.subject import subjects

(GRID,) = select_grids("reverb", "0.5-10:0.5")
STRENGTHS = np.array(GRID.strengths) / 10
CONFIG = SensitivityConfig(data="planted", maps=False, resamples=200, permutations=39, scale="none")
Floats = np.ndarray


def clips(count: int, classes: int) -> pd.DataFrame:
    table = pd.DataFrame({"item": [f"{k}.wav" for k in range(count)]})
    table["path"] = table["clip"] = table["group"] = table["item"]
    table["label"] = [f"class {k % classes}" for k in range(count)]
    table["split"] = ""
    return table.assign(side=sides(table, 0)[0])


def deformation(dry: Floats, wet: Floats, classes: int = 3) -> Deformation:
    return Deformation("planted", "l", GRID, clips(len(dry), classes), dry.astype(np.float32), wet.astype(np.float32))


def unit(rng: np.random.Generator, dim: int) -> Floats:
    vector = rng.standard_normal(dim)
    return vector / np.linalg.norm(vector)


def test_a_planted_direction_is_found_with_the_r2_that_its_noise_leaves(rng: np.random.Generator) -> None:
    dim, amplitude = 24, 6.0
    direction = unit(rng, dim)
    dry = rng.standard_normal((400, dim))
    wet = dry[:, np.newaxis] + amplitude * STRENGTHS[:, np.newaxis] * direction
    subject = next(subjects(deformation(dry, wet), "none"))
    row, fit = global_row(subject, CONFIG)
    assert fit is not None
    # The covariance of so many clips is known no better, and a least-squares direction divides by it.
    assert fit.direction @ direction > 1 / np.sqrt(1 + 2 * dim / len(dry))
    # Along the direction clips have variance 1, about which the strengths spread.
    spread = amplitude**2 * STRENGTHS.var()
    assert row["ridge_held_out_r2"] == pytest.approx(spread / (spread + 1), abs=0.06)
    assert row["low"] < row["ridge_held_out_r2"] < row["high"]
    assert row["within"] == pytest.approx(1.0, abs=1e-9)
    assert row["p"] == pytest.approx(1 / 40)


def test_noise_is_perfect_in_sample_and_nothing_held_out(rng: np.random.Generator) -> None:
    dry, wet = rng.standard_normal((12, 400)), rng.standard_normal((12, len(STRENGTHS), 400))
    tables = analyse(deformation(dry, wet), CONFIG.model_copy(update={"downstream": False}))
    everyone = tables["correlation"].set_index("label").loc["all"]
    assert everyone["r2"] == pytest.approx(1.0)
    assert everyone["noise_r2"] == pytest.approx(1.0)
    assert abs(everyone["ridge_held_out_r2"]) < 0.05
    assert abs(everyone["noise_held_out_r2"]) < 0.05
    assert everyone["p"] > 0.05
    assert "in-sample R² is 1 for anything" in everyone["notes"]
    single = tables["samplewise"].set_index("label").loc["all"]
    for name in ("", "noise_", "shuffled_"):
        assert single[f"{name}r2"] == pytest.approx(1.0)
        assert abs(single[f"{name}held_out_r2"]) < 0.2


def test_the_number_of_dimensions_of_a_deformation_is_found(rng: np.random.Generator) -> None:
    dim, planted = 60, 5
    basis = np.linalg.qr(rng.standard_normal((dim, planted)))[0].T
    dry = rng.standard_normal((90, dim))
    moves = rng.standard_normal((90, 1, planted)) * STRENGTHS[:, np.newaxis] @ basis
    found = analyse(deformation(dry, dry[:, np.newaxis] + moves), CONFIG.model_copy(update={"downstream": False}))
    dimensions = found["dimensions"].set_index("kind")["corrected"]
    assert dimensions["displacements"] == pytest.approx(planted, rel=0.15)
    assert dimensions["directions of single clips"] == pytest.approx(planted, rel=0.15)
    assert dimensions["dry embeddings"] > 40


def test_the_curvature_of_a_path_is_found(rng: np.random.Generator) -> None:
    angle = 2.0
    arc = angle * (STRENGTHS - STRENGTHS[0]) / (STRENGTHS[-1] - STRENGTHS[0])
    plane = np.linalg.qr(rng.standard_normal((16, 2)))[0].T
    dry = rng.standard_normal((12, 16))
    wet = dry[:, np.newaxis] + 3.0 * np.stack([np.cos(arc), np.sin(arc)], axis=1) @ plane
    paths = analyse(deformation(dry, wet), CONFIG.model_copy(update={"downstream": False}))["paths"]
    shape = paths[paths["label"] == "all"].set_index("measure")["estimate"]
    assert shape["straightness"] == pytest.approx(2 * np.sin(angle / 2) / angle, rel=0.01)
    assert shape["turning"] == pytest.approx(angle / (len(arc) - 1), rel=0.01)
    assert shape["discontinuity"] == pytest.approx(1.0, rel=0.01)
    assert shape["agreement"] == pytest.approx(1.0, abs=1e-3)


@pytest.fixture(scope="module")
def scattered() -> dict[str, pd.DataFrame]:
    """Classes differ along two axes; the effect scatters clips along the better one, each by an amount of its own."""
    rng = np.random.default_rng(7)
    count, dim = 180, 8
    label = np.arange(count) % 2
    dry = rng.standard_normal((count, dim))
    dry[:, 0] += 4.0 * label
    dry[:, 1] += 1.5 * label
    wet = np.repeat(dry[:, np.newaxis], len(STRENGTHS), axis=1)
    wet[:, :, 0] += 40.0 * rng.uniform(0.2, 1.8, (count, 1)) * STRENGTHS
    return analyse(deformation(dry, wet, classes=2), CONFIG)


def test_what_a_projection_costs_and_gains_downstream_is_found(scattered: dict[str, pd.DataFrame]) -> None:
    changes = scattered["changes"].set_index("method")
    for method in ("mean displacement", "erasure (LEACE)"):
        # Dry, the axis that is projected out told the classes almost perfectly, and the other one does not.
        assert changes.loc[method, "clean_high"] < 0
        assert changes.loc[method, "wet_low"] > 0
    assert changes.loc["random, rank 1", "wet_low"] < 0.02 < changes.loc["mean displacement", "wet"]


def test_auc_falls_with_the_strength_unless_the_effect_is_projected_out(scattered: dict[str, pd.DataFrame]) -> None:
    rows = scattered["robustness"]
    swept = rows[(rows["label"] == "all") & (rows["train"] == -1) & (rows["test"] >= 0)]
    by_method = {method: part.sort_values("test")["auc"].to_numpy() for method, part in swept.groupby("method")}
    plain = by_method["none"]
    assert plain[0] > 0.97
    assert plain[-1] < 0.85
    assert np.ptp(by_method["mean displacement"]) < 0.02
    trained_wet = rows[(rows["method"] == "none") & (rows["label"] == "all") & (rows["train"] == rows["test"])]
    at_strongest = trained_wet.set_index("train")["auc"][len(STRENGTHS) - 1]
    assert at_strongest > plain[-1]


def test_tables_of_the_task_hold_every_training_and_method(scattered: dict[str, pd.DataFrame]) -> None:
    rows = scattered["robustness"]
    tested = rows[(rows["method"] == "none") & (rows["label"] == "all")]
    pairs = set(zip(tested["train"], tested["test"], strict=True))
    last, middle = len(STRENGTHS) - 1, round((len(STRENGTHS) - 1) / 2)
    dry_trained = {(-1, test) for test in range(-2, len(STRENGTHS))}
    assert pairs == dry_trained | {(k, test) for k in (0, middle, last) for test in (-1, k)} | {(-2, -1), (-2, -2)}
    assert set(rows["label"]) == {"all", "class 0", "class 1"}
    assert rows["method"].nunique() >= 11
    known = rows.dropna(subset="low")
    assert len(known) > 0.5 * len(rows)
    assert ((known["low"] < known["auc"]) & (known["auc"] < known["high"])).all()


def test_constant_embeddings_are_noted_and_no_figure_is_made_up(rng: np.random.Generator) -> None:
    dry = rng.standard_normal((12, 6))
    wet = np.repeat(dry[:, np.newaxis], len(STRENGTHS), axis=1)
    found = analyse(deformation(dry, wet), CONFIG)
    row = found["correlation"].set_index("label").loc["all"]
    assert "the same at every strength" in row["notes"]
    assert np.isnan(row[["r2", "held_out_r2", "ridge_held_out_r2", "within"]].to_numpy(float)).all()
    assert np.isnan(found["samplewise"]["r2"]).all()
    assert (found["samplewise"]["still"] == found["samplewise"]["clips"]).all()


def test_one_group_has_nothing_to_hold_out(rng: np.random.Generator) -> None:
    found = deformation(rng.standard_normal((6, 3)), rng.standard_normal((6, len(STRENGTHS), 3)))
    one = Deformation("planted", "l", GRID, found.clips.assign(group="g"), found.dry, found.wet)
    row, _ = global_row(next(subjects(one, "none")), CONFIG)
    assert np.isfinite(row["r2"])
    assert np.isnan(row["ridge_held_out_r2"])
    assert "nothing can be held out" in row["notes"]


def test_few_strengths_cannot_be_left_out(rng: np.random.Generator) -> None:
    (short,) = select_grids("reverb", "2,5,8")
    found = deformation(rng.standard_normal((9, 3)), rng.standard_normal((9, len(STRENGTHS), 3)))
    found = Deformation("planted", "l", short, found.clips, found.dry, found.wet[:, :3])
    tables = analyse(found, CONFIG.model_copy(update={"downstream": False}))
    row = tables["samplewise"].set_index("label").loc["all"]
    assert np.isnan(row["held_out_r2"])
    assert "too few to leave some out" in row["notes"]


def test_one_class_is_noted_and_leaves_out_the_task_alone(rng: np.random.Generator) -> None:
    found = deformation(rng.standard_normal((9, 3)), rng.standard_normal((9, len(STRENGTHS), 3)), classes=1)
    tables = analyse(found, CONFIG)
    assert tables["robustness"].empty
    assert "two classes" in tables["notes"]["note"][0]
    assert set(tables["correlation"]["label"]) == {"all"}
