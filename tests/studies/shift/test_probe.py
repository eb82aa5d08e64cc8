"""A probe in place of an encoder's own estimates: what is measured, and what the report says of it."""

import math

import numpy as np
import pandas as pd
import pytest
import soundfile
from planted_probe import DIM, clips_of, lesson_of, ratings_of, trained_numbers, trained_quadrants, vectors_of

from wetdry.audio import Windows
from wetdry.encoders import Encoder, EncoderSpec, Layer
from wetdry.errors import DataError, EncoderError
from wetdry.report import Figure, Note, Table
from wetdry.store import Store
from wetdry.studies import cards
from wetdry.studies.probe.train import trained_on
from wetdry.studies.shift import ShiftConfig, run, summary
from wetdry.studies.shift.measure import measure
from wetdry.studies.shift.of_probe import strangeness_in_words
from wetdry.studies.shift.wording import file_name

RATE = 8000
SECONDS = 40.0


class Ear(Encoder):
    """Vectors are a window's first samples, so that a gain scales them and its effect on an estimate is known."""

    spec = EncoderSpec(
        name="ear",
        revision="3",
        sample_rate=RATE,
        windows=Windows(10.0),
        layers=(Layer("last", DIM), Layer("other", 2)),
        default_layer="other",
        licence="none",
        about="for tests",
    )

    def forward(self, prepared, layers):
        return {layer: prepared[:, : self.spec.layer(layer).dim] for layer in layers}


@pytest.fixture(autouse=True)
def ear(monkeypatch):
    found = Ear()
    monkeypatch.setattr(cards, "encoder", lambda *_, **__: found)
    return found


@pytest.fixture
def song(tmp_path, rng):
    place = tmp_path / "song.wav"
    noise = rng.standard_normal(round(SECONDS * RATE)).astype(np.float32)
    soundfile.write(place, noise, RATE, subtype="FLOAT")
    return place


def asked(tmp_path, song, trained, **settings):
    trained.save(tmp_path / "probe.safetensors")
    plain = {"effects": "gain(gain_db=20)", "match_loudness": False}
    return ShiftConfig(audio=(str(song),), probe=tmp_path / "probe.safetensors", **(plain | settings))


def test_estimates_are_those_of_the_probe_on_each_window(tmp_path, song):
    trained = trained_numbers()
    config = asked(tmp_path, song, trained)
    found = measure(config, Store(tmp_path / "store"), workers=1, progress=None)
    samples = soundfile.read(song, dtype="float32")[0]
    windows = np.stack([samples[start * RATE : start * RATE + DIM] for start in (0, 10, 20, 30)])
    assert found.responses.targets == ("valence", "arousal")
    np.testing.assert_allclose(found.responses.dry, trained.estimate(windows), rtol=1e-6)
    np.testing.assert_allclose(found.responses.wet[:, 0], trained.estimate(10 * windows), rtol=1e-5)
    np.testing.assert_allclose(found.novelty.dry, trained.probe.novelty(windows))
    np.testing.assert_allclose(found.novelty.wet[:, 0], trained.probe.novelty(10 * windows))


def test_the_layer_of_the_probe_is_what_is_displaced(tmp_path, song):
    """Ten times a vector is nine of its lengths away, in spreads of the windows over all six dimensions."""
    found = measure(asked(tmp_path, song, trained_numbers()), Store(tmp_path / "store"), workers=1, progress=None)
    samples = soundfile.read(song, dtype="float32")[0]
    windows = np.stack([samples[start * RATE : start * RATE + DIM] for start in (0, 10, 20, 30)]).astype(float)
    spread = np.sqrt(windows.var(axis=0, ddof=1).sum())
    expected = 9 * np.linalg.norm(windows, axis=1) / spread
    np.testing.assert_allclose(found.responses.distance[:, 0], expected, rtol=1e-3)


def blocks(result, kind):
    return [block for section in result.sections for block in section.blocks if isinstance(block, kind)]


def test_the_report_of_quadrants(tmp_path, song):
    trained = trained_quadrants()
    config = asked(tmp_path, song, trained, effects="gain", levels="5,10")
    result = run(config, tmp_path / "out", workers=1, players=False)
    figures = {figure.name: figure for figure in blocks(result, Figure)}
    assert {"ranking-anger", "ranking-excitement", "ranking-valence", "plane"} <= set(figures)
    assert "both scales run from −1 to 1" in figures["plane"].caption
    trust = " ".join(next(note.text for note in blocks(result, Note) if note.kind == "trust"))
    (accuracy,) = [score for score in trained.card.evaluation.scores if score.metric == "accuracy"]
    assert f"accuracy {accuracy.probe.estimate:.2f}" in trust
    assert all(limit in trust for limit in trained.card.limits)
    assert "vibenet" not in trust
    assert "means over windows" in " ".join(
        block for section in result.sections for block in section.blocks if isinstance(block, str)
    )
    assert {"novelty", "scores"} <= {table.name for table in blocks(result, Table)}
    title, rows = summary(result)
    assert "calmest first" in title
    assert list(rows[0]) == ["effect", "Δ arousal", "Δ valence"]


def test_strange_windows_are_counted(tmp_path, song):
    config = asked(tmp_path, song, trained_numbers(), effects="gain(gain_db=40),gain(gain_db=0)")
    table = run(config, tmp_path / "out", workers=1, players=False).tables["strangeness"].set_index("effect")
    loud, same = table.loc["gain(gain_db=40)"], table.loc["gain(gain_db=0)"]
    assert loud["strange"] == 1.0
    assert same["strange"] == same["dry"] < 0.5


@pytest.mark.parametrize(
    ("dry", "raw", "words"),
    [
        (0.05, 0.05, "Of the unprocessed windows 5% are strange. No effect makes more of them strange."),
        (0.05, 0.75, "Of the unprocessed windows 5% are strange. Most are under fuzz at level 10: 75%."),
        (0.5, math.nan, "So this music is itself unlike what the probe learnt from: take every estimate with caution."),
    ],
)
def test_strangeness_is_said_of_raw_effects_and_against_dry(dry, raw, words):
    rows = pd.DataFrame(
        {"family": "fuzz", "level": 10.0, "control": ["raw", "matched"], "dry": dry, "strange": [raw, 1.0]}
    )
    assert words in strangeness_in_words(rows)


def test_classes_that_are_no_quadrants_have_no_plane(tmp_path, song):
    vectors = vectors_of(60, 0)
    clips = clips_of(vectors, np.where(ratings_of(vectors)[:, 0] > 0, "happy", "sad"))
    result = run(asked(tmp_path, song, trained_on(clips, lesson_of(clips))), tmp_path / "out", workers=1, players=False)
    names = [figure.name for figure in blocks(result, Figure)]
    assert names[:2] == ["ranking-happy", "ranking-sad"]
    assert "plane" not in names
    assert "lowest in happy" in result.lead or "highest in happy" in result.lead or "estimated happy" in result.lead


def test_another_window_is_refused(tmp_path, song):
    config = asked(tmp_path, song, trained_numbers(), window=5.0)
    with pytest.raises(DataError, match="learnt from windows of 10 s, not windows of 5 s"):
        measure(config, Store(tmp_path / "store"), workers=1, progress=None)


def test_another_encoder_is_refused(tmp_path, song, monkeypatch):
    monkeypatch.undo()
    with pytest.raises(EncoderError, match="probe was fitted on ear@3, and this is vibenet"):
        measure(
            asked(tmp_path, song, trained_numbers(), encoder="vibenet"),
            Store(tmp_path / "store"), workers=1, progress=None,
        )  # fmt: skip


def test_targets_become_names_of_files():
    assert [file_name(target, number) for number, target in enumerate(["Joy & pain", "…", "energy"])] == [
        "joy-pain", "1", "energy",
    ]  # fmt: skip
