"""Two-stage adaptation of tiny networks to tones: what is trained from what, on which clips, and what that gives."""

import importlib
import itertools
import pickle
from dataclasses import replace

import adaptable
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from two_domains import two_domains

from wetdry.adapt import adapt
from wetdry.audio import load
from wetdry.encoders import encoder
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.tables import joined
from wetdry.studies.transfer.adaptation import adapting, stages
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import measure

NAMES = {
    "wav2vec2": "wav2vec2-base",
    "hubert": "hubert-base",
    "mert": "mert-330m",
    "whisper": "whisper-base-unpadded",
}
DOMAINS = ("speech", "song")
WAY = ["encoder", "method", "plan", "learnt", "tested"]


class Quick(TransferConfig):
    """With rates at which so small a network learns within a few epochs."""

    def adapt_settings(self, seed):
        return replace(super().adapt_settings(seed), head_rate=0.003, body_rate=0.01)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch = importlib.import_module("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def studied(folder, kind="wav2vec2", *, actors=6, **settings):
    """Configuration and what was measured of a study of a tiny encoder."""
    adaptable.make(kind, folder / kind)
    table = two_domains(folder, actors=actors, takes=1)
    given = {"epochs": 2, "patience": 9, "splits": 3, "seeds": 1, "batch": 6, "resamples": 100, "control": False}
    config = Quick(
        data=f"csv:{table}",
        encoders=(f"{NAMES[kind]}:{folder / kind}",),
        baselines=False,
        device="cpu",
        **{**given, **settings},
    )
    return config, measure(config, Store(folder / "store"), workers=1)


def collected(config, measured, checkpoints=None, parts=None):
    """All tables, or those of the first parts."""
    jobs = itertools.islice(adapting.jobs(config, measured, checkpoints or Checkpoints(None)), parts)
    tables = [job() for job in jobs]
    names = {name for each in tables for name in each}
    return {name: joined([each[name] for each in tables if name in each]) for name in names}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return studied(tmp_path_factory.mktemp("small"), actors=4, methods=("weighted-sum", "gated"), seeds=2, control=True)


@pytest.fixture(scope="module")
def tables(small):
    found = collected(*small)
    return found | adapting.complete(found, *small)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """The tables of LoRA against a frozen encoder, over enough actors for an interval."""
    config, measured = studied(tmp_path_factory.mktemp("learnt"), actors=12, epochs=8, methods=("frozen", "lora"))
    found = collected(config, measured)
    return found | adapting.complete(found, config, measured)


def test_every_plan_is_tested_once_a_seed_on_every_clip_of_its_domain(small, tables):
    config, measured = small
    assert adapting.count(config, measured) == 2 * 2 * 3
    expected = {
        ("direct", "speech", "speech"),
        ("direct", "song", "song"),
        ("two stages", "song → speech", "speech"),
        ("two stages", "speech → song", "song"),
        ("control", "speech → speech", "speech"),
        ("control", "song → song", "song"),
        ("zero-shot", "speech", "song"),
        ("zero-shot", "song", "speech"),
    }
    rows = tables["adapted_estimates"]
    assert set(zip(rows["plan"], rows["learnt"], rows["tested"], strict=True)) == expected
    own = {name: sorted(measured.clips.loc[measured.domain == name, "item"]) for name in DOMAINS}
    for (*_, tested, _), of in rows.groupby([*WAY, "seed"]):
        assert sorted(of["item"]) == own[tested]
    known = measured.clips.set_index("item")
    assert (known.loc[rows["item"], "label"].to_numpy() == rows["truth"]).all()
    assert ((rows["truth"] == rows["estimate"]) == rows["correct"]).all()
    assert rows["confidence"].between(1 / 3, 1).all()
    parts = dict(zip(measured.clips["item"], measured.folds.splits, strict=True))
    assert (rows["item"].map(parts) == rows["split"]).all()


def test_adaptations_say_what_they_cost_once(small, tables):
    _, measured = small
    rows = tables["adaptations"]
    assert (rows.loc[rows["plan"] == "zero-shot", "seconds"] == 0.0).all()
    assert (rows.loc[rows["plan"] != "zero-shot", "seconds"] > 0.0).all()
    for row in rows.itertuples():
        sides = [measured.domain[places] for places in measured.folds.sides(row.split)]
        last = row.learnt.split(" → ")[-1]
        assert row.train_clips == (sides[0] == last).sum()
        assert row.validation_clips == (sides[1] == last).sum()
        assert row.test_clips == (sides[2] == row.tested).sum()
    assert (rows["head_parameters"] == 3 * 33).all()
    by_method = rows.groupby("method")["parameters"].unique().map(list)
    assert by_method["weighted-sum"] == [99 + 4]
    assert by_method["gated"] == [99 + 4 + 3 * (2 * 32 * 64 + 64 + 32 + 1)]
    means = tables["adapted_estimates"].groupby([*WAY, "split", "seed", "truth"])["correct"].mean()
    recall = means.groupby([*WAY, "split", "seed"]).mean()
    told = rows.set_index([*WAY, "split", "seed"])["recall"]
    pd.testing.assert_series_equal(told.sort_index(), recall.sort_index(), check_names=False)


def test_curves_weights_and_gates_are_of_each_plan(tables):
    curves = tables["adapt_curves"]
    stages_of = curves.groupby("plan")["stage"].unique().map(sorted)
    assert stages_of.to_dict() == {"control": [1, 2], "direct": [1], "two stages": [1, 2]}
    assert (curves.groupby(["method", "plan", "tested", "split", "seed", "stage"])["kept"].sum() == 1).all()
    key = ["method", "split", "seed", "epoch"]
    first = curves[(curves["plan"] == "two stages") & (curves["tested"] == "song") & (curves["stage"] == 1)]
    direct = curves[(curves["plan"] == "direct") & (curves["tested"] == "speech")]
    told = ["loss", "validation_loss", "score"]
    assert np.array_equal(first.sort_values(key)[told], direct.sort_values(key)[told], equal_nan=True)
    weights = tables["layer_weights"]
    assert set(weights["method"]) == {"weighted-sum", "gated"}
    sums = weights.groupby(["method", "plan", "tested", "split", "seed"])["weight"].sum()
    assert np.allclose(sums, 1.0)
    assert weights.groupby("layer")["position"].unique().map(list).to_dict() == {f"hidden{n}": [n] for n in range(4)}
    gates = tables["gates"]
    assert sorted(gates["block"].unique()) == [0, 1, 2]
    assert gates["gate"].between(0.0, 1.0).all()
    assert "method" not in gates


def test_tables_have_the_columns_that_the_report_reads(tables):
    run = ["split", "seed"]
    plan = ["encoder", "method", "plan", "tested"]
    bounded = ["value", "low", "high", "seed_sd", "clips", "groups", "seeds", "splits", "parameters"]
    cost = ["parameters", "head_parameters", "seconds", "train_clips", "validation_clips", "test_clips"]
    said = ["effect", "item", "group", "truth", "estimate", "confidence", "correct"]
    gained = ["emotion", "gain", "low", "high", "p", "survives", "clips", "groups", "seeds"]
    assert {name: list(table) for name, table in tables.items()} == {
        "adaptations": [*WAY, *run, "recall", "accuracy", "epochs", "kept", *cost],
        "adapted_estimates": [*WAY, *run, *said],
        "adapted_scores": [*WAY, "metric", *bounded],
        "gains": ["encoder", "method", "tested", "of", *gained],
        "confusions": [*plan, "truth", "estimate", "share", "clips"],
        "adapt_curves": [*plan, *run, "stage", "epoch", "loss", "validation_loss", "score", "kept"],
        "layer_weights": [*plan, "seed", "split", "layer", "position", "weight"],
        "gates": ["encoder", "plan", "tested", "seed", "split", "block", "gate"],
    }


def test_plans_are_what_one_would_write_by_hand(small):
    """Direct, two stages and control of one split, with clips decoded at once and nothing shared."""
    config, measured = small
    config = config.model_copy(update={"methods": ("gated",), "seeds": 1})
    found = collected(config, measured, parts=1)["adapted_estimates"]
    train, stop, test = measured.folds.sides(0)
    base, settings = encoder(config.encoders[0], device="cpu"), config.adapt_settings(config.seed)

    def rows(places, domain):
        return places[measured.domain[places] == domain]

    def clips(places):
        return [load(measured.clips["path"][place], start=None, seconds=15.0) for place in places]

    def learn(domain, before=None):
        places = np.concatenate([rows(train, domain), rows(stop, domain)])
        return adapt(
            base,
            clips(places),
            measured.labels[places],
            measured.groups[places],
            method=config.method("gated"),
            validation=sorted(set(measured.groups[rows(stop, domain)])),
            names=measured.classes,
            settings=settings,
            start_from=before,
        )

    direct = {domain: learn(domain) for domain in DOMAINS}
    by_hand = {
        ("direct", "speech"): direct["speech"],
        ("zero-shot", "song"): direct["speech"],
        ("two stages", "song"): learn("song", direct["speech"]),
        ("control", "speech"): learn("speech", direct["speech"]),
    }
    for (plan, tested), adapted in by_hand.items():
        own = found[(found["plan"] == plan) & (found["tested"] == tested)]
        places = rows(test, tested)
        assert own["item"].tolist() == measured.clips["item"].iloc[places].tolist()
        assert np.array_equal(own["confidence"], adapted.estimate(clips(places)).max(axis=1))


def test_scores_are_means_over_seeds_of_all_splits_together(small, tables):
    _, measured = small
    estimates, scores = tables["adapted_estimates"], tables["adapted_scores"].set_index([*WAY, "metric"])
    metrics = {
        "recall": balanced_accuracy_score,
        "accuracy": accuracy_score,
        "macro_f1": lambda truth, estimate: f1_score(truth, estimate, average="macro"),
    }
    for (*way,), own in estimates.groupby(WAY):
        for metric, score in metrics.items():
            row = scores.loc[(*way, metric)]
            runs = [score(of["truth"], of["estimate"]) for _, of in own.groupby("seed")]
            assert row["value"] == pytest.approx(np.mean(runs))
            assert row["seed_sd"] == pytest.approx(np.std(runs, ddof=1))
            assert (row["clips"], row["groups"], row["seeds"], row["splits"]) == (12, 4, 2, 3)
            assert row["low"] <= row["value"] <= row["high"] or np.isnan(row["low"])
    confusions = tables["confusions"]
    assert np.allclose(confusions.groupby(["method", "plan", "tested", "truth"])["share"].sum(), 1.0)
    told_right = confusions[confusions["truth"] == confusions["estimate"]]
    recall = told_right.groupby(["method", "plan", "tested"])["share"].mean()
    assert np.allclose(recall.sort_index(), scores.xs("recall", level="metric")["value"].droplevel([0, 3]).sort_index())
    assert len(confusions) == 2 * 8 * len(measured.classes) ** 2
    assert (confusions["clips"] == 4).all()


def test_a_network_that_may_learn_beats_one_that_is_frozen(learnt):
    gains = learnt["gains"]
    rows = gains[(gains["of"] == "lora − frozen") & (gains["emotion"] == "all")]
    assert sorted(rows["tested"]) == ["song", "speech"]
    assert (rows["low"] > 0.0).all()
    assert rows["survives"].all()
    scores = learnt["adapted_scores"]
    direct = scores[(scores["plan"] == "direct") & (scores["metric"] == "recall")].set_index(["method", "tested"])
    difference = direct["value"]["lora"] - direct["value"]["frozen"]
    assert np.allclose(rows.set_index("tested")["gain"].sort_index(), difference.sort_index())
    assert (direct["value"]["lora"] > 0.6).all()


class BrokenOffError(Exception):
    pass


def test_a_study_that_is_broken_off_goes_on_within_a_training(tmp_path, monkeypatch):
    config, measured = studied(tmp_path, methods=("lora",), epochs=3)
    whole = collected(config, measured, parts=1)
    trained, real = [], adapt

    def watched(*arguments, **options):
        trained.append([])

        def told(progress):
            if progress.stage == "training" and progress.done:
                trained[-1].append(progress.done)
                if breaks and len(trained) == 3 and progress.done == 2:
                    raise BrokenOffError

        return real(*arguments, **options, progress=told)

    monkeypatch.setattr(stages, "adapt", watched)
    checkpoints, breaks = Checkpoints(tmp_path / "parts"), True
    with pytest.raises(BrokenOffError):
        collected(config, measured, checkpoints, parts=1)
    assert trained == [[1, 2, 3], [1, 2, 3], [1, 2]]
    assert len(list((tmp_path / "parts" / "adapting").glob("*.part"))) == 3
    trained.clear()
    breaks = False
    resumed = collected(config, measured, checkpoints, parts=1)
    assert trained == [[], [], [3], [1, 2, 3]]
    assert list((tmp_path / "parts" / "adapting").iterdir()) == []
    again = collected(config, measured, checkpoints, parts=1)
    assert len(trained) == 4
    for found in (resumed, again):
        assert found.keys() == whole.keys()
        for name, table in whole.items():
            shown = [column for column in table if column != "seconds"]
            pd.testing.assert_frame_equal(found[name][shown], table[shown], check_exact=True)


def test_time_is_told_of_what_is_still_to_be_done(tmp_path):
    config, measured = studied(tmp_path, methods=("frozen", "bottleneck"), actors=3, epochs=1)
    checkpoints = Checkpoints(tmp_path / "parts")
    everything = adapting.estimate_seconds(config, measured)
    assert list(everything) == ["frozen", "bottleneck"]
    assert min(everything.values()) > 0.0
    collected(config, measured, checkpoints, parts=3)
    assert list(adapting.estimate_seconds(config, measured, checkpoints)) == ["bottleneck"]
    assert adapting.forecast(config, measured, checkpoints, 1).startswith("Adapting may take up to about ")
    frozen = config.model_copy(update={"methods": ("frozen",)})
    assert adapting.forecast(frozen, measured, checkpoints, 1) == ""


@pytest.mark.parametrize("kind", ["hubert", "mert", "whisper"])
def test_other_classes_of_networks_go_the_same_way(tmp_path, kind):
    config, measured = studied(tmp_path, kind, methods=("bottleneck",), epochs=1, actors=3)
    (job,) = itertools.islice(adapting.jobs(config, measured, Checkpoints(None)), 1)
    # As a process of its own gets it.
    found = pickle.loads(pickle.dumps(job))()  # noqa: S301
    assert adapting.remarks(config, measured) == []
    assert len(found["adaptations"]) == 6
    assert (found["adaptations"]["parameters"] > found["adaptations"]["head_parameters"]).all()
    assert set(found["adapted_estimates"]["estimate"]) <= set(measured.classes)


def test_what_an_encoder_does_not_take_is_said_and_the_rest_goes_on(tmp_path, monkeypatch):
    from wetdry.studies.transfer.adaptation import subjects

    config, measured = studied(tmp_path, methods=("frozen", "lora"), first_block=3)
    assert adapting.count(config, measured) == 3
    (said,) = adapting.remarks(config, measured)
    assert said.startswith("wav2vec2-base was not adapted by lora: Block 3 cannot be trained")
    with_another = config.model_copy(update={"encoders": ("melstats", *config.encoders)})
    assert adapting.count(with_another, measured) == 3
    assert adapting.remarks(with_another, measured)[0].startswith("melstats was not adapted: melstats is no transf")
    two = replace(measured, folds=replace(measured.folds, splits=measured.folds.splits.clip(max=1)))
    assert adapting.count(config, two) == 0
    (said,) = adapting.remarks(config, two)
    assert "make 2 parts, where 3 are needed" in said
    none = config.model_copy(update={"methods": ()})
    assert (adapting.count(none, measured), adapting.remarks(none, measured)) == (0, [])
    assert adapting.complete({}, none, measured) == {}
    monkeypatch.setattr(subjects, "missing", lambda module: module == "torch")
    monkeypatch.setattr("wetdry.extras.import_module", _absent)
    assert adapting.count(config, measured) == 0
    (said,) = adapting.remarks(config, measured)
    assert "adapting needs torch; install it with" in said


def _absent(name):
    raise ImportError(name=name)


def test_a_part_without_a_class_to_learn_is_left_out_and_said(tmp_path):
    config, measured = studied(tmp_path, methods=("frozen",))
    lacking = measured.folds.splits.copy()
    angry = (measured.labels == "angry") & (measured.domain == "song")
    lacking[angry & (lacking == 0)] = 1
    torn = replace(measured, folds=replace(measured.folds, splits=lacking))
    assert adapting.count(config, torn) == 2
    (said,) = adapting.remarks(config, torn)
    assert said == "Part 2 was not held out in adapting, as no “angry” of song is left to learn."
