"""The downstream task, against the same figures computed setting by setting."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from wetdry.analysis.projections import MeanDisplacement, training_rows
from wetdry.probes import OneVsRestLogistic
from wetdry.studies.deformations import Deformation
from wetdry.studies.grids import select_grids
from wetdry.studies.sensitivity import robustness
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.robustness import DRY, MIX, Sides, downstream
from wetdry.studies.sensitivity.split import sides

(GRID,) = select_grids("reverb", "1-4")
COUNT, DIM = len(GRID.strengths), 5
CONFIG = SensitivityConfig(data="planted", resamples=100, scale="dry", train_strengths=4)
Floats = np.ndarray


@pytest.fixture(autouse=True)
def _two_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked here is the same for all."""
    kept = {name: robustness.METHODS[name] for name in ("mean displacement", "random, rank 1")}
    monkeypatch.setattr(robustness, "METHODS", kept)


def deformation(rng: np.random.Generator, clips: int, *, per_group: int = 2, classes: int = 3) -> Deformation:
    """Classes a little apart, in units far apart, moved and blurred differently at each strength."""
    labels = np.arange(clips) // per_group % classes
    size = np.array([1.0, 30.0, 0.05, 400.0, 1.0])
    shared = rng.standard_normal((clips // per_group + 1, DIM))[np.arange(clips) // per_group]
    dry = (shared + 0.3 * rng.standard_normal((clips, DIM)) + 1.2 * np.eye(classes, DIM)[labels]) * size + 7.0
    moves = rng.standard_normal((clips, COUNT, DIM)) * np.arange(1, COUNT + 1)[:, np.newaxis] * size
    table = pd.DataFrame({"item": [f"{k}" for k in range(clips)], "label": [f"class {k}" for k in labels], "split": ""})
    table["group"] = [f"g{k // per_group}" for k in range(clips)]
    table = table.assign(clip=table["item"], path=table["item"], side=sides(table, 0)[0])
    return Deformation("e", "l", GRID, table, dry.astype(np.float32), (dry[:, np.newaxis] + moves).astype(np.float32))


def by_hand(found: Deformation, trained: int, tested: int, *, method: str = "none", scope: str = "all") -> dict:
    """AUC of each class, trained and tested at one position."""
    table = found.clips
    rows = {side: np.flatnonzero(table["side"] == side) for side in ("train", "test")}
    origin, size = found.dry[rows["train"]].mean(axis=0), found.dry[rows["train"]].std(axis=0)
    paths = np.concatenate([found.dry[:, np.newaxis], found.wet], axis=1).astype(float)
    paths = (paths - origin) / size
    label, group = table["label"].to_numpy(str), table["group"].to_numpy(str)
    train, test = rows["train"], rows["test"]
    areas = {}
    for name in np.unique(label):
        seen = paths
        if method != "none":
            learnt = train if scope == "all" else train[label[train] == name]
            given = training_rows(paths[learnt, 1:], paths[learnt, 0], np.arange(1.0, COUNT + 1))
            cleaning = MeanDisplacement().fit(given.vectors, strengths=given.strengths, clips=given.clips)
            seen = cleaning.transform(paths.reshape(-1, DIM)).reshape(paths.shape)
        model = OneVsRestLogistic(classes=[name]).fit(seen[train, trained + 1], label[train], group[train])
        areas[name] = roc_auc_score(label[test] == name, model.decision_function(seen[test, tested + 1])[:, 0])
    return areas


@pytest.mark.parametrize("method", ["none", "mean displacement"])
def test_every_setting_is_trained_and_tested_where_it_says(rng: np.random.Generator, method: str) -> None:
    found = deformation(rng, 120)
    rows = pd.DataFrame(downstream(found, CONFIG).robustness)
    rows = rows[rows["method"] == method].set_index(["train", "test", "label"])["auc"].sort_index()
    for trained, tested in [(DRY, DRY), (DRY, 0), (DRY, 3), (1, 1), (2, DRY)]:
        expected = by_hand(found, trained, tested, method=method)
        assert rows[trained, tested].drop("all").to_dict() == pytest.approx(expected, abs=1e-9)
        assert rows[trained, tested, "all"] == pytest.approx(np.mean(list(expected.values())))


def test_with_the_scope_of_a_class_projections_learn_from_its_clips(rng: np.random.Generator) -> None:
    found = deformation(rng, 120)
    away = np.eye(3, DIM)[[int(label[-1]) for label in found.clips["label"]]]
    sizes = np.array([1.0, 30.0, 0.05, 400.0, 1.0])
    wet = found.wet + 9.0 * (away * sizes)[:, np.newaxis] * np.arange(1, COUNT + 1)[:, np.newaxis]
    found = Deformation("e", "l", GRID, found.clips, found.dry, wet.astype(np.float32))
    task = downstream(found, CONFIG.model_copy(update={"project": "class"}))
    rows = pd.DataFrame(task.robustness)
    rows = rows[rows["method"] == "mean displacement"].set_index(["train", "test", "label"])["auc"].sort_index()
    for tested in (DRY, 0, 3):
        expected = by_hand(found, DRY, tested, method="mean displacement", scope="class")
        assert rows[DRY, tested].drop("all").to_dict() == pytest.approx(expected, abs=1e-9)
        assert expected != pytest.approx(by_hand(found, DRY, tested, method="mean displacement"), abs=1e-3)


def test_changes_are_those_of_the_mean_auc_dry_and_over_strengths(rng: np.random.Generator) -> None:
    task = downstream(deformation(rng, 120), CONFIG)
    rows = pd.DataFrame(task.robustness)
    areas = rows[(rows["label"] == "all") & (rows["train"] == DRY)].set_index(["method", "test"])["auc"]
    for change in task.changes:
        gain = areas[change["method"]] - areas["none"]
        assert change["clean"] == pytest.approx(gain[DRY])
        assert change["wet"] == pytest.approx(gain[list(range(COUNT))].mean())
        known = np.isfinite(change["wet_low"])
        assert not known or change["wet_low"] < change["wet"] < change["wet_high"]
    assert max(abs(change["wet"] - change["clean"]) for change in task.changes) > 0.005


def test_a_mixture_takes_each_clip_at_its_own_strength(rng: np.random.Generator) -> None:
    wet = rng.standard_normal((6, COUNT, DIM))
    mix = np.array([0, 3, 1, 1, 2, 0])
    side = Sides(wet[:, 0], wet, np.array(["a"] * 6), np.array(list("123456")))
    np.testing.assert_array_equal(side.at(MIX, mix), [wet[clip, place] for clip, place in enumerate(mix)])
    task = downstream(deformation(rng, 150, per_group=1), CONFIG)
    rows = pd.DataFrame(task.robustness)
    plain = rows[(rows["method"] == "none") & (rows["label"] == "all") & (rows["train"] == DRY)].set_index("test")[
        "auc"
    ]
    # As hard as the strengths are on average.
    assert plain[MIX] == pytest.approx(plain[list(range(COUNT))].mean(), abs=0.08)


def test_intervals_are_over_groups_of_test_clips(rng: np.random.Generator) -> None:
    found = deformation(rng, 144, per_group=6)
    apart = found.clips.assign(group=found.clips["item"])
    alone = Deformation("e", "l", GRID, apart, found.dry, found.wet)
    widths = []
    for each in (found, alone):
        rows = pd.DataFrame(downstream(each, CONFIG).robustness)
        dry = rows[
            (rows["method"] == "none") & (rows["train"] == DRY) & (rows["test"] == DRY) & (rows["label"] == "all")
        ]
        widths.append(float((dry["high"] - dry["low"]).iloc[0]))
    assert widths[0] > 1.5 * widths[1]


def test_one_group_for_testing_gives_a_figure_without_interval_and_a_note(rng: np.random.Generator) -> None:
    found = deformation(rng, 120)
    clips = found.clips
    tested = (clips["label"] == "class 1") & (clips["side"] == "test")
    task = downstream(
        Deformation("e", "l", GRID, clips.assign(group=clips["group"].where(~tested, "one")), found.dry, found.wet),
        CONFIG,
    )
    rows = pd.DataFrame(task.robustness).set_index("label")
    assert rows["auc"].notna().all()
    assert rows.loc[["class 1", "all"], ["low", "high"]].isna().all(axis=None)
    assert rows.loc["class 0", "low"].notna().mean() > 0.9
    assert any(note.startswith("one group for testing of class 1") for note in task.notes)
    assert all(np.isnan(change["wet_low"]) for change in task.changes)


def test_a_published_split_that_parts_groups_is_noted(rng: np.random.Generator) -> None:
    found = deformation(rng, 120)
    assert not any("alike" in note for note in downstream(found, CONFIG).notes)
    side = np.where(np.arange(120) % 2, "train", "test")
    task = downstream(Deformation("e", "l", GRID, found.clips.assign(side=side), found.dry, found.wet), CONFIG)
    assert "60 groups are in training and in testing alike: AUCs are better than on new recordings" in task.notes


def test_a_projection_that_changes_no_rank_has_no_interval_of_no_width(rng: np.random.Generator) -> None:
    found = deformation(rng, 60, per_group=1, classes=2)
    dry = found.dry + 1000.0 * (np.arange(60) % 2)[:, np.newaxis]
    wet = dry[:, np.newaxis] + 0.001 * (found.wet - found.dry[:, np.newaxis])
    task = downstream(Deformation("e", "l", GRID, found.clips, dry, wet), CONFIG)
    random = next(change for change in task.changes if change["method"] == "random, rank 1")
    assert (random["clean"], random["wet"]) == (0.0, 0.0)
    assert np.isnan([random[name] for name in ("clean_low", "clean_high", "wet_low", "wet_high")]).all()
