"""Ratings over time are brought to the windows they belong to, and what follows them is told from what does not."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from wetdry.audio import Clip
from wetdry.audio.encode import write_flac
from wetdry.datasets import Curve, dataset
from wetdry.datasets.scales import CENTRED, NINE_POINTS
from wetdry.encoders import encoder
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.recognition import dynamic
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.models import MEAN
from wetdry.studies.recognition.songs import Song, rated_at, songs_of

NAMES = ("valence", "arousal")
ABOUT = {"encoder": "ear", "layer": "last"}
STEPS = 40


def _songs(count, seed=0, groups=None):
    """Valence is the first dimension of a window, arousal is none of them; the first five steps are unrated."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        vectors = rng.standard_normal((STEPS, 4)).astype(np.float32)
        rated = np.stack([0.4 * vectors[:, 0], rng.uniform(-1, 1, STEPS)], axis=1)
        rated[:5] = np.nan
        group = f"song{number:02}" if groups is None else groups[number]
        found.append(Song(f"song{number:02}", group, f"hash{number}", 1.0 + 0.5 * np.arange(STEPS), vectors, rated))
    return found


def _followed(songs, heads=("ridge",), seed=0):
    return dynamic.followed(songs, heads, NAMES, ABOUT, seed)


def test_ratings_lie_on_straight_lines_between_those_given_and_nowhere_else():
    curve = Curve(
        np.array([15.0, 16.0, 18.0]),
        {"valence": np.array([1.0, 9.0, 5.0]), "arousal": np.array([np.nan, 3.0, 7.0])},
        NINE_POINTS,
    )
    rated = rated_at(np.array([14.9, 15.0, 15.5, 17.0, 18.0, 18.1]), curve, ("arousal", "valence"))
    assert rated[:, 1] == pytest.approx([np.nan, -1.0, 0.0, 0.5, 0.0, np.nan], nan_ok=True)
    assert rated[:, 0] == pytest.approx([np.nan, np.nan, np.nan, 0.0, 0.5, np.nan], nan_ok=True)


def test_what_windows_tell_is_followed_and_what_they_do_not_is_not():
    found = _followed(_songs(12), (MEAN, "ridge"))
    scores = found["dynamic"].set_index(["head", "target", "metric"])
    assert scores.loc[("ridge", "valence", "pearson"), "value"] > 0.95
    assert scores.loc[("ridge", "valence", "rmse"), "value"] < 0.1
    assert abs(scores.loc[("ridge", "arousal", "pearson"), "value"]) < 0.2
    assert set(scores["songs"]) == {12}
    assert scores.loc[("ridge", "valence", "pearson"), ["encoder", "layer"]].tolist() == ["ear", "last"]
    assert scores.loc[(MEAN, "valence", "pearson"), ["encoder", "layer"]].tolist() == ["", ""]
    assert found["remarks"].empty


def test_the_mean_is_that_of_the_ratings_that_were_learnt_from():
    songs = _songs(10)
    fold = np.arange(10) % 5
    said = dynamic.out_of_fold(songs, MEAN, fold, NAMES, 0)
    others = np.concatenate([song.rated for song, of in zip(songs, fold, strict=True) if of != 3])
    assert said[3] == pytest.approx(np.tile(np.nanmean(others, axis=0), (STEPS, 1)))
    assert said[8] == pytest.approx(said[3])
    assert said[4][0] != pytest.approx(said[3][0])


def test_two_clips_of_a_song_are_held_out_together():
    """Each song says by a dimension of its own what it is rated: nothing that helps with another song."""
    rng = np.random.default_rng(5)
    songs = []
    for number in range(16):
        vectors = np.zeros((STEPS, 8), dtype=np.float32)
        vectors[:, number // 2] = rng.standard_normal(STEPS)
        rated = np.repeat(vectors[:, [number // 2]] * 0.5, 2, axis=1).astype(np.float64)
        songs.append(Song(f"clip{number:02}", f"song{number // 2}", f"h{number}", np.arange(STEPS) / 2, vectors, rated))
    scores = _followed(songs)["dynamic"].set_index(["target", "metric"])["value"]
    assert abs(scores["valence", "pearson"]) < 0.2
    alone = [Song(s.item, s.item, s.clip, s.seconds, s.vectors, s.rated) for s in songs]
    leaking = dynamic.out_of_fold(alone, "ridge", np.arange(16) % 2, NAMES, 0)
    assert np.corrcoef(leaking[0][:, 0], songs[0].rated[:, 0])[0, 1] > 0.9


def test_at_most_six_songs_are_drawn_where_they_were_rated():
    lines = _followed(_songs(12))["dynamic_estimates"]
    assert lines["item"].nunique() == 6
    assert list(lines.columns) == ["item", "encoder", "head", "target", "second", "rated", "estimated"]
    assert lines.groupby(["item", "target"]).size().eq(STEPS - 5).all()
    assert lines["second"].min() == 3.5
    assert lines.notna().all(axis=None)


def test_few_songs_are_said_and_too_few_not_scored():
    few = _followed(_songs(6))
    assert few["remarks"]["remark"].tolist() == ["6 songs have ratings over time: figures of so few mean little."]
    assert len(few["dynamic"]) == 6
    three = _followed(_songs(6, groups=["a", "a", "b", "b", "c", "c"]))
    assert set(three) == {"remarks"}
    assert "3 songs with ratings over time are too few" in three["remarks"]["remark"][0]


def test_songs_that_a_head_cannot_be_stopped_by_cost_that_head_alone():
    songs = _songs(6)
    for song in songs:
        song.rated[5:, 1] = 0.25
    found = _followed(songs, (MEAN, "ridge"))
    assert set(found["dynamic"]["head"]) == {MEAN}
    assert found["remarks"]["remark"].iloc[1].startswith("ridge on ear: ")
    assert "'arousal'" in found["remarks"]["remark"].iloc[1]


def test_a_head_learns_from_other_songs_and_stops_by_some_of_them(monkeypatch):
    """What a head does with them is tested where it is fitted."""
    songs, asked = _songs(10), []

    def fit_temporal(sequences, ratings, validation, **settings):
        asked.append((sequences, ratings, validation, settings))
        return SimpleNamespace(estimate=lambda vectors: np.full((len(vectors), 2), float(len(asked))))

    monkeypatch.setattr(dynamic, "fit_temporal", fit_temporal)
    fold = np.array([0, 1] * 5)
    said = dynamic.out_of_fold(songs, "gru", fold, NAMES, 3)
    assert [each[0, 0] for each in said] == [1.0, 2.0] * 5
    for number, (sequences, ratings, validation, settings) in enumerate(asked):
        others = [song for song, of in zip(songs, fold, strict=True) if of != number]
        assert all(given is song.vectors for given, song in zip(sequences, others, strict=True))
        assert all(given is song.rated for given, song in zip(ratings, others, strict=True))
        assert validation.sum() == 1
        # Four seconds of neighbours on each side are eight windows.
        assert settings == {"head": "gru", "names": NAMES, "seed": 3, "context": 8}


SECONDS = 8.0


@pytest.fixture
def loud_and_soft(tmp_path):
    """Noise whose level goes up and down, and as its curve that level."""
    rng = np.random.default_rng(0)
    rate, names = 16_000, [f"{n}.flac" for n in range(6)]
    times = np.arange(0.0, SECONDS + 0.25, 0.5)
    curves = {}
    for number, name in enumerate(names):
        level = 0.8 * np.sin(2 * np.pi * (0.1 + 0.02 * number) * times + number)
        gain = 10 ** (np.interp(np.arange(int(SECONDS * rate)) / rate, times, level) - 1.5)
        write_flac(tmp_path / name, Clip((gain * rng.standard_normal(gain.size) / 5).astype(np.float32), rate))
        kept = times >= 2.0
        curves[name] = Curve(times[kept], {"valence": level[kept], "arousal": -level[kept]}, CENTRED)
    return dataset(f"folder:{tmp_path}"), curves


def test_songs_are_windows_of_two_seconds_twice_a_second_with_the_ratings_of_their_middles(loud_and_soft, tmp_path):
    data, curves = loud_and_soft
    unrated = {name: curve for name, curve in curves.items() if name != "3.flac"}
    songs = songs_of(data, unrated, NAMES, encoder("melstats"), "mean", Store(tmp_path / "store"))
    assert [song.item for song in songs] == [f"{n}.flac" for n in (0, 1, 2, 4, 5)]
    first = songs[0]
    assert first.seconds == pytest.approx(np.arange(1.0, 7.25, 0.5))
    assert first.vectors.shape == (13, 64)
    assert np.isnan(first.rated[:2]).all()
    curve = curves["0.flac"]
    assert first.rated[2:, 0] == pytest.approx(curve.values["valence"][:11])
    assert np.corrcoef(first.vectors.mean(axis=1)[2:], first.rated[2:, 0])[0, 1] > 0.9


def test_a_study_follows_the_songs_of_its_encoders(loud_and_soft, tmp_path, monkeypatch):
    data, curves = loud_and_soft
    ear = encoder("melstats")
    measured = SimpleNamespace(
        data=data,
        names=NAMES,
        clips=pd.DataFrame({"item": [item.id for item in data]}),
        heads_on={"melstats": ["mean"]},
        view=lambda _: SimpleNamespace(encoder=ear, key=ear.spec.key),
        store=Store(tmp_path / "store"),
    )
    monkeypatch.setattr(dynamic, "curves", lambda _: curves)
    monkeypatch.setattr(dynamic, "missing", lambda _: True)
    config, checkpoints = RecognitionConfig(data="deam:here"), Checkpoints(tmp_path / "parts")
    (found,) = [job() for job in dynamic.jobs(config, measured, checkpoints)]
    assert dynamic.count(config, measured) == 1
    scores = found["dynamic"].set_index(["head", "target", "metric"])
    assert set(scores.index.get_level_values("head")) == {MEAN, "ridge"}
    assert scores.loc[("ridge", "valence", "pearson"), "value"] > 0.8
    assert scores.loc[("ridge", "valence", "rmse"), "value"] < scores.loc[(MEAN, "valence", "rmse"), "value"]
    (again,) = [job() for job in dynamic.jobs(config, measured, checkpoints)]
    pd.testing.assert_frame_equal(again["dynamic"], found["dynamic"])
    for settings in ({"dynamic": False}, {"phases": (1, 2)}):
        assert dynamic.count(RecognitionConfig(data="deam:here", **settings), measured) == 0
        assert list(dynamic.jobs(RecognitionConfig(data="deam:here", **settings), measured, checkpoints)) == []


def test_songs_that_were_not_rated_for_the_target_are_not_followed(loud_and_soft, monkeypatch):
    data, curves = loud_and_soft
    measured = SimpleNamespace(
        names=("joy",), clips=pd.DataFrame({"item": [item.id for item in data]}), heads_on={"e": 1}
    )
    monkeypatch.setattr(dynamic, "curves", lambda _: curves)
    assert dynamic.count(RecognitionConfig(data="deam:here"), measured) == 0
