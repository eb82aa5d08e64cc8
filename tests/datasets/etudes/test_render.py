import sys

import numpy as np
import pytest

from wetdry.audio import Clip
from wetdry.datasets.sets.etudes.instruments import INSTRUMENTS, Instrument
from wetdry.datasets.sets.etudes.notes import Note
from wetdry.datasets.sets.etudes.render import RATE, render
from wetdry.errors import DataError

pytest.importorskip("tinysoundfont", reason="the corpus is made with tinysoundfont")

PIANO = INSTRUMENTS[0]
FLUTE = INSTRUMENTS[3]


def level_db(clip: Clip, start: float, seconds: float) -> float:
    return float(10 * np.log10(np.mean(clip.excerpt(start, seconds).mono ** 2) + 1e-12))


def pitch_hz(clip: Clip, start: float, seconds: float) -> float:
    part = clip.excerpt(start, seconds).mono
    spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size)))
    return float(np.argmax(spectrum) * RATE / part.size)


def test_a_note_sounds_when_and_where_it_is_written():
    clip = render([Note(0.5, 0.5, 69, 90.0, "melody")], FLUTE, 2.0)
    assert (clip.sample_rate, clip.channels, clip.frames) == (44_100, 2, 88_200)
    assert np.abs(clip.samples[:, : round(0.499 * RATE)]).max() == 0.0
    assert level_db(clip, 0.6, 0.3) > -40.0
    assert level_db(clip, 1.4, 0.3) < level_db(clip, 0.6, 0.3) - 30.0
    assert pitch_hz(clip, 0.6, 0.4) == pytest.approx(440.0, abs=4.0)


def test_velocity_is_loudness():
    soft, loud = (render([Note(0.0, 1.0, 60, v, "melody")], PIANO, 1.5) for v in (50.0, 100.0))
    assert level_db(loud, 0.0, 1.0) == pytest.approx(level_db(soft, 0.0, 1.0) + 12.0, abs=2.0)


def test_a_key_struck_again_before_its_release_sounds_on():
    twice = render([Note(0.0, 0.6, 72, 90.0, "melody"), Note(0.5, 1.0, 72, 90.0, "melody")], FLUTE, 2.0)
    assert level_db(twice, 1.0, 0.3) > -40.0


def test_parts_sit_apart_in_the_stereo_image():
    melody, harmony = (render([Note(0.0, 1.0, 60, 90.0, part)], FLUTE, 1.0).samples for part in ("melody", "harmony"))
    energy = [np.square(samples, dtype=np.float64).sum(axis=1) for samples in (melody, harmony)]
    assert energy[0][1] > 1.1 * energy[0][0]
    assert energy[1][0] > 1.1 * energy[1][1]


def test_full_scale_is_never_exceeded_and_the_end_is_silent():
    crowd = [Note(0.0, 3.0, pitch, 127.0, "melody") for pitch in range(40, 90)]
    clip = render(crowd, Instrument("loud flute", 73, 30, 96, 32, 12.0), 2.0)
    assert np.abs(clip.samples).max() == pytest.approx(0.98, abs=1e-4)
    assert np.abs(clip.samples[:, -5:]).max() < 1e-4


def test_gain_follows_the_instrument_but_not_its_backing():
    quiet, loud = (Instrument("flute", 73, 55, 96, 32, gain) for gain in (0.0, 6.0))
    for part, difference in {"melody": 6.0, "harmony": 6.0, "bass": 0.0, "percussion": 0.0}.items():
        note = [Note(0.0, 0.5, 42, 60.0, part)]
        levels = [level_db(render(note, instrument, 0.5), 0.0, 0.5) for instrument in (quiet, loud)]
        assert levels[1] - levels[0] == pytest.approx(difference, abs=0.1), part


def test_without_the_synthesiser_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(DataError, match="pip install --no-deps tinysoundfont"):
        render([], PIANO, 1.0)
