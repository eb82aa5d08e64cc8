"""One model in one fold, on vectors whose truth is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from wetdry.probes import fit_probe
from wetdry.probes.kernel import KernelProbe
from wetdry.probes.task import Task
from wetdry.studies.recognition.fusion import FusedProbe, fit_fused
from wetdry.studies.recognition.heads import Lesson, attend, starts_at_random
from wetdry.studies.recognition.models import CHOSEN_OUTSIDE, MEAN, RANDOM_SPLIT, Model
from wetdry.studies.recognition.protocol import Fold

NAMES = ("valence", "arousal")
CLIPS, DIM = 60, 12
FEATURES = tuple(f"f{column}" for column in range(DIM))


def lesson(model, **changes):
    """Valence is feature 0, arousal feature 1, but for noise; clips in pairs of one group."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((CLIPS, DIM))
    answers = vectors[:, :2] + 0.1 * rng.standard_normal((CLIPS, 2))
    rows = np.arange(CLIPS)
    found = Lesson(
        model=model,
        vectors=vectors,
        answers=answers,
        groups=np.repeat([f"g{group:02d}" for group in range(CLIPS // 2)], 2),
        items=np.array([f"c{row:02d}" for row in rows]),
        names=NAMES,
        fold=Fold(3, rows[:40], rows[40:48], rows[48:]),
        seed=5,
        labels=FEATURES,
        k=2,
    )
    return replace(found, **changes)


def probe_model(head, selection="", kind="probe", leaks=""):
    return Model("it", 1, kind, "handcrafted", "features", selection, head, leaks)


def said(tables):
    return tables["estimates"].pivot(index="item", columns="target", values="estimate")[list(NAMES)].to_numpy()


def test_a_probe_learns_from_training_and_validation_and_is_asked_about_the_rest():
    given = lesson(probe_model("linear"))
    tables = attend(given)
    own = fit_probe(given.vectors[:48], given.answers[:48], given.groups[:48], names=NAMES, seed=5, search="halving")
    np.testing.assert_array_equal(said(tables), own.estimate(given.vectors[48:]))
    estimates = tables["estimates"]
    assert list(estimates.columns) == ["model", "seed", "fold", "item", "group", "target", "truth", "estimate"]
    assert estimates["item"].tolist() == [f"c{row}" for row in range(48, 60) for _ in NAMES]
    assert estimates["truth"].to_numpy().reshape(-1, 2).tolist() == given.answers[48:].tolist()
    (fit,) = tables["fits"].to_dict("records")
    assert (fit["model"], fit["seed"], fit["fold"]) == ("it", 5, 3)
    assert fit["cross_validated"] == own.score
    assert fit["parameters"] == own.parameters
    assert fit["settings"] == ", ".join(f"{name}={value}" for name, value in own.settings.items())
    assert fit["seconds"] > 0


def test_the_mean_is_that_of_what_is_learnt_from():
    given = lesson(Model(MEAN, 0, "mean"))
    np.testing.assert_allclose(said(attend(given)), np.tile(given.answers[:48].mean(axis=0), (12, 1)))


def test_a_selection_keeps_k_features_and_finds_those_that_tell():
    tables = attend(lesson(probe_model("linear", "pearson")))
    chosen = tables["selected"].groupby("target")["feature"].agg(list)
    assert {target: len(features) for target, features in chosen.items()} == {"valence": 2, "arousal": 2}
    assert "f0" in chosen["valence"]
    assert "f1" in chosen["arousal"]
    assert set(tables["selected"]["fold"]) == {3}
    assert "selected" not in attend(lesson(probe_model("linear", "pca")))


def test_features_chosen_on_all_clips_flatter_where_nothing_is_to_be_learnt():
    rng = np.random.default_rng(7)
    noise = {"vectors": rng.standard_normal((CLIPS, 800)), "answers": rng.standard_normal((CLIPS, 2)), "k": 5}
    labels = tuple(str(column) for column in range(800))
    inside = lesson(probe_model("linear", "pearson"), labels=labels, **noise)
    outside = lesson(probe_model("linear", "pearson", "chosen outside", CHOSEN_OUTSIDE), labels=labels, **noise)
    missed = [np.square(said(attend(each)) - each.answers[48:]).mean() for each in (inside, outside)]
    assert missed[1] < 0.75 * missed[0]
    assert attend(outside).keys() == {"estimates", "fits"}


def test_a_random_split_holds_out_clips_one_by_one_when_it_chooses_settings():
    given = lesson(probe_model("linear", kind="random split", leaks=RANDOM_SPLIT))
    own = fit_probe(given.vectors[:48], given.answers[:48], given.items[:48], names=NAMES, seed=5, search="halving")
    np.testing.assert_array_equal(said(attend(given)), own.estimate(given.vectors[48:]))
    assert attend(given)["fits"]["cross_validated"].item() == own.score
    assert attend(given)["estimates"]["group"].unique().tolist() == [f"g{group}" for group in range(24, 30)]


def test_a_sum_of_layers_finds_the_layer_that_tells():
    pytest.importorskip("torch")
    given = lesson(Model("sum", 3, "layer sum", "planted", "all", head="layer sum"))
    rng = np.random.default_rng(1)
    stack = np.stack([rng.standard_normal(given.vectors.shape), given.vectors], axis=1)
    tables = attend(replace(given, vectors=stack, labels=("early", "late")))
    weights = tables["layer_weights"]
    assert weights["layer"].tolist() == ["early", "late"]
    assert weights["weight"].sum() == pytest.approx(1.0)
    assert weights["weight"].iloc[1] > 0.6
    assert weights[["encoder", "seed", "fold"]].drop_duplicates().to_numpy().tolist() == [["planted", 5, 3]]


def test_a_sum_of_layers_is_stopped_by_the_validation_clips_and_sees_no_tested_one(monkeypatch):
    pytest.importorskip("torch")
    given = lesson(Model("sum", 3, "layer sum", "planted", "all", head="layer sum"))
    given = replace(given, vectors=np.stack([given.vectors, given.vectors], axis=1), labels=("early", "late"))
    heard = {}

    def listen(stack, answers, validation, **_):
        heard.update(stack=stack, answers=answers, validation=validation)
        return SimpleNamespace(weights=np.array([0.5, 0.5]), parameters=1, estimate=lambda rows: rows[:, 0, :2])

    monkeypatch.setattr("wetdry.probes.layer_sum.fit_layer_sum", listen)
    attend(given)
    np.testing.assert_array_equal(heard["stack"], given.vectors[:48])
    np.testing.assert_array_equal(heard["answers"], given.answers[:48])
    assert np.flatnonzero(heard["validation"]).tolist() == list(range(40, 48))


def test_a_block_counts_alike_however_many_dimensions_it_has():
    """Telling a block three times over changes nothing."""
    given = lesson(Model("both", 4, "fusion", head="kernel"))
    one, other = given.vectors[:, :4], given.vectors[:, 4:]
    settings = {"names": NAMES, "folds": 3, "seed": 5, "search": "grid"}
    told = []
    for blocks in ([one, other], [one, other, other, other]):
        side_by_side = np.concatenate(blocks, axis=1)
        widths = (4, side_by_side.shape[1] - 4)
        fused = fit_fused(side_by_side[:48], widths, given.answers[:48], given.groups[:48], **settings)
        told.append((fused.probe.outputs(side_by_side[48:]), fused.score, fused.settings))
    np.testing.assert_allclose(told[0][0], told[1][0], rtol=1e-9)
    assert told[0][1] == pytest.approx(told[1][1])
    assert told[0][2] == told[1][2]


def test_one_block_is_a_plain_kernel_probe():
    given = lesson(Model("both", 4, "fusion", head="kernel"), blocks=(DIM,), search="grid")
    own = fit_probe(given.vectors[:48], given.answers[:48], given.groups[:48], family="kernel", names=NAMES, seed=5)
    np.testing.assert_allclose(said(attend(given)), own.estimate(given.vectors[48:]), rtol=1e-9)


def test_blocks_of_one_width_weigh_as_standardised_dimensions_do():
    given = lesson(Model("both", 4, "fusion", head="kernel"))
    task = Task(NAMES, classes=False)
    fused, plain = FusedProbe(blocks=(6, 6)), KernelProbe()
    for model in (fused, plain):
        model.learn(given.vectors[:48], task, given.answers[:48])
    np.testing.assert_allclose(fused.outputs(given.vectors[48:]), plain.outputs(given.vectors[48:]), rtol=1e-9)


@pytest.mark.parametrize(
    ("model", "random"),
    [
        (Model(MEAN, 0, "mean"), False),
        (probe_model("linear"), False),
        (probe_model("xgboost", "pearson"), False),
        (probe_model("xgboost", "pca"), False),
        (probe_model("xgboost", "shap"), True),
        (probe_model("xgboost", "union"), True),
        (probe_model("xgboost", "intersection"), True),
        (probe_model("forest"), True),
        (probe_model("emotion-mlp"), True),
        (Model("sum", 3, "layer sum"), True),
        (Model("both", 4, "fusion", head="kernel"), False),
    ],
)
def test_only_what_draws_is_worth_several_runs(model, random):
    assert starts_at_random(model) is random


@pytest.mark.parametrize("selection", ["pearson", "shap", "pca"])
def test_a_selection_that_is_run_once_is_one_that_no_seed_changes(selection):
    """Of 12 features the first two tell, and ten more say nearly the same."""
    rng = np.random.default_rng(2)
    vectors = np.tile(rng.standard_normal((CLIPS, 2)), 6) + 0.5 * rng.standard_normal((CLIPS, DIM))
    model = probe_model("linear", selection)
    settings = {"family": model.family, "names": NAMES, "settings": {"k": 3}}
    groups = lesson(model).groups
    told = [fit_probe(vectors, vectors[:, :2], groups, seed=seed, **settings).estimate(vectors) for seed in range(3)]
    assert starts_at_random(model) is not all(np.array_equal(each, told[0]) for each in told)
