"""A network is asked about clips that it has not heard, chunk by chunk, and what flatters it is told apart."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from planted_chunks import planted_chunks

from wetdry.audio import Clip
from wetdry.audio.encode import write_flac
from wetdry.datasets import Item
from wetdry.probes.networks import NetworkSettings
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.recognition import courses, networks
from wetdry.studies.recognition.attention import attended, waveform
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.courses import Course, of_clips, taught
from wetdry.studies.recognition.models import network, network_as_published
from wetdry.studies.recognition.protocol import Fold
from wetdry.studies.recognition.scoring import scores

NAMES = ("valence", "arousal")
CLIPS, EACH = 12, 2
UNUSED = 2
"""Clips that have chunks and take no part in the study."""


@pytest.fixture
def chunks(rng, monkeypatch, tmp_path):
    """Chunks of more clips than the study uses, in another order than its own."""
    planted = planted_chunks(rng, songs=CLIPS + UNUSED, each=EACH)
    order = np.argsort(planted.song, kind="stable")
    names = [f"clip{number:02}" for number in range(CLIPS + UNUSED)][::-1]
    made = SimpleNamespace(
        values=planted.chunks[order],
        row=planted.song[order],
        start=np.tile(3.0 * np.arange(EACH), CLIPS + UNUSED),
        items=tuple(names),
        answers=dict(zip(names, planted.answers, strict=True)),
        path=tmp_path / "chunks",
    )
    monkeypatch.setattr(courses.Chunks, "open", lambda path: {made.path: made}[path])
    return made


def _course(chunks, tmp_path, **changed):
    items = np.array([f"clip{number:02}" for number in range(CLIPS)])
    plain = {
        "name": "cnn",
        "chunks": chunks.path,
        "items": items,
        "groups": items,
        "paths": np.array([str(tmp_path / f"{item}.flac") for item in items]),
        "answers": np.stack([chunks.answers[item] for item in items]),
        "names": NAMES,
        "fold": Fold(2, np.arange(7), np.arange(7, 9), np.arange(9, 12)),
        "settings": NetworkSettings(epochs=3, device="cpu"),
        "seed": 5,
    }
    return Course(**(plain | changed))


def test_what_is_said_of_a_clip_is_the_mean_over_its_chunks(chunks):
    listener = SimpleNamespace(estimate=lambda values: np.stack([values.mean(axis=(1, 2)), values[:, 0, 0]], axis=1))
    said = of_clips(listener, chunks, np.array([4, 1]))
    for place, clip in enumerate((4, 1)):
        own = chunks.values[chunks.row == clip]
        assert said[place, 0] == pytest.approx(own.mean(), rel=1e-5)
        assert said[place, 1] == pytest.approx(own[:, 0, 0].mean(), rel=1e-5)


def test_a_network_is_trained_on_its_clips_and_asked_about_the_tested_ones(chunks, tmp_path):
    pytest.importorskip("torch")
    course = _course(chunks, tmp_path, watch=True, training=tmp_path / "training" / "one")
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / ".one-0.safetensors.123.part").write_bytes(b"half of a killed run")
    found = taught(course)
    estimates = found["estimates"]
    assert list(estimates.columns) == ["model", "seed", "fold", "item", "group", "target", "truth", "estimate"]
    assert list(estimates["item"]) == list(np.repeat(["clip09", "clip10", "clip11"], 2))
    assert estimates["truth"].to_numpy() == pytest.approx(course.answers[9:].ravel())
    assert set(estimates["model"]) == {"cnn"}
    curves = found["curves"]
    assert list(curves.columns) == ["model", "seed", "fold", "epoch", "loss", "r2", "kept"]
    assert list(curves["epoch"]) == [1, 2, 3]
    assert curves["kept"].sum() == 1
    assert curves.loc[curves["r2"].idxmax(), "kept"]
    (fit,) = found["fits"].to_dict("records")
    assert fit["cross_validated"] == pytest.approx(curves["r2"].max())
    assert fit["settings"] == f"epochs=3, kept={curves['r2'].idxmax() + 1}"
    assert list((tmp_path / "training").iterdir()) == []
    # What was looked on at is R² of the tested clips: that of the kept epoch follows from the estimates.
    truth, said = (estimates[name].to_numpy().reshape(-1, 2) for name in ("truth", "estimate"))
    r2 = 1 - np.square(truth - said).sum(axis=0) / np.square(truth - truth.mean(axis=0)).sum(axis=0)
    kept = found["watched"].set_index(["target", "epoch"])["r2"]
    epoch = int(curves["r2"].idxmax()) + 1
    assert [kept["valence", epoch], kept["arousal", epoch]] == pytest.approx(r2, abs=1e-4)
    assert len(kept) == 6


def test_a_network_of_each_target_learns_as_it_does_alone(chunks, tmp_path):
    pytest.importorskip("torch")
    course = _course(chunks, tmp_path, separate=True, settings=NetworkSettings(epochs=1, device="cpu"))
    both = taught(course)
    alone = taught(replace(course, answers=course.answers[:, [1]], names=("arousal",), separate=False))
    of_arousal = both["estimates"].query("target == 'arousal'").reset_index(drop=True)
    pd.testing.assert_frame_equal(of_arousal, alone["estimates"])
    assert list(both["curves"]["model"].unique()) == ["cnn · valence", "cnn · arousal"]
    (fit,), (one,) = both["fits"].to_dict("records"), alone["fits"].to_dict("records")
    assert fit["parameters"] == 2 * one["parameters"]
    assert fit["settings"].startswith("valence: epochs=1, kept=1")
    assert "; arousal: epochs=1" in fit["settings"]


def test_attention_is_told_of_the_clips_that_are_put_highest_and_lowest(chunks, tmp_path):
    pytest.importorskip("torch")
    rate = 8000
    course = _course(chunks, tmp_path, name="se-gru-attention", attend=True, settings=NetworkSettings(epochs=1))
    for path in course.paths[course.fold.test]:
        write_flac(Path(path), Clip(np.full(9 * rate, 0.25, dtype=np.float32), rate))
    found = taught(course)
    valence = found["estimates"].query("target == 'valence'").set_index("item")["estimate"]
    assert list(found["attention"]["item"].unique()) == [valence.idxmax(), valence.idxmin()]
    of_one = found["attention"].query("item == @valence.idxmax()")
    assert len(of_one) == 16 * EACH
    assert of_one["weight"].sum() == pytest.approx(EACH)
    assert set(found["waveform"]["item"]) == set(found["attention"]["item"])


def test_steps_tile_a_chunk_and_those_heard_before_are_left_out():
    step = 8 * 512 / 22_050
    table = attended("clip", np.array([0.0, 3.0, 4.5]), np.full((3, 16), 1 / 16))
    assert table["end"].to_numpy() - table["second"].to_numpy() == pytest.approx(step)
    assert table["second"].is_monotonic_increasing
    assert list(table["second"][:3]) == pytest.approx([0.0, step, 2 * step])
    # The third chunk begins 1.5 s into the second one, which lasts 2.97 s: 8 of its steps were heard.
    assert len(table) == 16 + 16 + 8
    assert (table["second"].iloc[1:].to_numpy() >= table["end"].iloc[:-1].to_numpy() - 1e-9).all()


def test_the_outline_of_a_clip_is_the_least_and_the_greatest_sample_of_each_part(tmp_path):
    rate, frames = 8000, 16_000
    ramp = (np.arange(frames) / frames - 0.5).astype(np.float32)
    write_flac(tmp_path / "ramp.flac", Clip(np.stack([ramp, ramp]), rate))
    table = waveform("ramp", tmp_path / "ramp.flac", 0.5, 1.0)
    assert len(table) == 400
    assert list(table["second"][:2]) == [0.0, 20 / rate]
    assert table["low"].to_numpy() == pytest.approx(ramp[4000:12_000:20], abs=1e-4)
    assert table["high"].to_numpy() == pytest.approx(ramp[4019:12_000:20], abs=1e-4)


def _measured(chunks, course):
    folds = (course.fold, Fold(3, np.arange(5, 12), np.arange(3, 5), np.arange(3)))
    clips = pd.DataFrame({"item": course.items, "clip": course.items, "group": course.groups, "path": course.paths})
    return SimpleNamespace(
        data=[Item(item, Path(path)) for item, path in zip(course.items, course.paths, strict=True)],
        chunks=chunks,
        clips=clips,
        groups=course.groups,
        answers=course.answers,
        names=NAMES,
        protocol=SimpleNamespace(folds=folds),
    )


def test_there_is_a_part_for_each_network_fold_and_run(chunks, tmp_path, monkeypatch):
    measured = _measured(chunks, _course(chunks, tmp_path))
    seen = []

    def recorded(course):
        seen.append(course)
        return {"fits": pd.DataFrame({"model": [course.name]})}

    monkeypatch.setattr(networks, "taught", recorded)
    config = RecognitionConfig(
        data="csv:x.csv", networks=("cnn", "se-gru"), seeds=2, seed=7, epochs=4, dtype="fp16", preset="gupta2025"
    )
    checkpoints = Checkpoints(tmp_path / "parts")
    found = [job() for job in networks.jobs(config, measured, checkpoints)]
    assert len(found) == networks.count(config, measured) == 8
    assert [(course.name, course.seed, course.fold.number) for course in seen] == [
        (name, seed, fold) for name in ("cnn", "se-gru") for seed in (7, 8) for fold in (2, 3)
    ]
    assert [course.attend for course in seen] == [True, False, False, False] * 2
    assert all(course.separate and course.watch for course in seen)
    assert (seen[0].settings.epochs, seen[0].settings.dtype) == (4, "fp32")
    assert len({course.training for course in seen}) == 8
    again = [job() for job in networks.jobs(config, measured, checkpoints)]
    assert len(again) == len(seen) == 8
    without = RecognitionConfig(data="csv:x.csv", phases=(1, 3))
    assert networks.count(without, measured) == 0
    assert list(networks.jobs(without, measured, checkpoints)) == []


def test_a_part_that_was_broken_off_goes_on_where_training_stopped(chunks, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    measured = _measured(chunks, _course(chunks, tmp_path))
    config = RecognitionConfig(data="csv:x.csv", networks=("cnn",), epochs=2, device="cpu")
    undisturbed = next(iter(networks.jobs(config, measured, Checkpoints(None))))()
    train, epochs = courses.train_network, []

    def stopped(*given, **settings):
        def progress(epoch):
            epochs.append(epoch)
            if epochs == [1]:
                raise KeyboardInterrupt

        return train(*given, **settings, progress=progress)

    monkeypatch.setattr(courses, "train_network", stopped)
    checkpoints = Checkpoints(tmp_path / "parts")
    with pytest.raises(KeyboardInterrupt):
        next(iter(networks.jobs(config, measured, checkpoints)))()
    resumed = next(iter(networks.jobs(config, measured, checkpoints)))()
    assert epochs == [1, 2]
    for name in ("estimates", "curves"):
        pd.testing.assert_frame_equal(resumed[name], undisturbed[name])


def test_the_epoch_that_is_best_on_the_tested_songs_flatters():
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(20)
    estimates = pd.DataFrame(
        {
            "model": "cnn",
            "seed": 0,
            "fold": np.repeat([0, 1], 10),
            "item": [f"clip{n:02}" for n in range(20)],
            "group": [f"clip{n:02}" for n in range(20)],
            "target": "valence",
            "truth": truth,
            "estimate": 0.5 * truth,
        }
    )
    fits = pd.DataFrame({"model": ["cnn"], "seconds": [3.0], "parameters": [10]})
    honest = scores(estimates, fits, [network("cnn")], resamples=100)
    watched = pd.DataFrame(
        [
            {"model": "cnn", "seed": seed, "fold": fold, "epoch": epoch, "target": "valence", "r2": r2}
            for (seed, fold), curve in {
                (0, 0): (0.1, 0.4, 0.2),
                (0, 1): (0.6, 0.3, 0.5),
                (1, 0): (0.0, 0.1, 0.2),
                (1, 1): (0.4, 0.2, 0.1),
            }.items()
            for epoch, r2 in enumerate(curve, 1)
        ]
    )
    (row,) = networks.as_the_report_scores(watched, honest).to_dict("records")
    assert list(row) == list(honest.columns)
    assert row["model"] == network_as_published("cnn").name
    assert row["leaks"] == "epoch chosen on the tested songs"
    assert row["metric"] == "r2"
    assert row["value"] == pytest.approx((0.4 + 0.6 + 0.2 + 0.4) / 4)
    assert row["seed_sd"] == pytest.approx(np.std([0.5, 0.3], ddof=1))
    assert row["fold_sd"] == pytest.approx(np.std([0.3, 0.5], ddof=1))
    assert np.isnan([row["low"], row["high"], row["behind"]]).all()
    assert not row["savable"]
    assert (row["clips"], row["parameters"]) == (20, 10)
