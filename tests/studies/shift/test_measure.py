"""From files to paired responses: what pairs with what, what is left out, and the floor."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

import wetdry as wd
from wetdry.audio import Windows
from wetdry.encoders import Encoder, EncoderSpec, Layer
from wetdry.errors import AudioError
from wetdry.report import Note
from wetdry.store import Store
from wetdry.studies import estimators
from wetdry.studies.shift import ShiftConfig, run
from wetdry.studies.shift import measure as measuring
from wetdry.studies.shift.measure import measure

RATE = 16_000


class Meter(Encoder):
    """Energy is a window's level, valence its first sample; `wobble` is added to them more at each call."""

    spec = EncoderSpec(
        name="meter",
        revision="1",
        sample_rate=RATE,
        windows=Windows(1.0),
        layers=(Layer("both", 2, labels=("energy", "valence")),),
        default_layer="both",
        licence="none",
        about="for tests",
    )

    def __init__(self, wobble=0.0):
        self.wobble, self.calls = wobble, 0

    def forward(self, prepared, layers):
        self.calls += 1
        values = np.stack([np.sqrt(np.mean(prepared**2, axis=1)), prepared[:, 0]], axis=1) + self.wobble * self.calls
        return {layer: values.astype(np.float32) for layer in layers}


@pytest.fixture
def use(monkeypatch):
    def replace(meter):
        monkeypatch.setattr(estimators, "open_encoder", lambda _: meter)

    return replace


def write(path, seconds, seed=0, level=0.1):
    noise = level * np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    soundfile.write(path, noise.astype(np.float32), RATE, subtype="FLOAT")
    return str(path)


def measured(folder, *audio, **settings):
    return measure(ShiftConfig(audio=audio, **settings), Store(folder / "store"), workers=1, progress=None)


def test_the_floor_is_measured(tmp_path, use):
    song = write(tmp_path / "song.wav", 10)
    use(Meter())
    assert measured(tmp_path / "a", song, effects="gain", levels="5").floor == measuring.Floor(0.0, 0.0)
    use(Meter(wobble=0.25))
    floor = measured(tmp_path / "b", song, effects="gain", levels="5").floor
    assert floor.shift == pytest.approx(0.5)  # ten windows are two calls
    assert floor.distance > 0


def test_the_report_says_that_an_encoder_cannot_hear_level(tmp_path, use):
    song = write(tmp_path / "song.wav", 10)
    deaf = Meter()
    deaf.spec = replace(Meter.spec, hears_level=False, normalisation="each window is scaled to unit variance")
    titles = {}
    for meter in (deaf, Meter()):
        use(meter)
        config = ShiftConfig(audio=(song,), effects="gain", levels="5", window=2.0)
        result = run(config, tmp_path / str(meter.spec.hears_level), workers=1, players=False)
        titles[meter.spec.hears_level] = {
            block.title: " ".join(block.text)
            for section in result.sections
            for block in section.blocks
            if isinstance(block, Note)
        }
    assert "meter cannot hear a gain: each window is scaled to unit variance." in titles[False]["Level is not heard"]
    assert "Level is not heard" not in titles[True]


def test_windows_of_a_ringing_effect_pair_by_their_start(tmp_path, use):
    """The dry clip's last window is moved back to 2.6 s; the longer wet clip has its third at 4 s."""
    use(Meter())
    song = write(tmp_path / "song.wav", 5.6)
    echo = "delay(delay_seconds=1, feedback=0, mix=0.01)"
    found = measured(tmp_path, song, effects=f"ring({echo}),{echo}", window=2.0, match_loudness=False)
    rung, cut = found.responses.wet[:, 0], found.responses.wet[:, 1]
    np.testing.assert_allclose(found.responses.units["start"], [0.0, 2.0, 3.6], atol=1e-6)
    np.testing.assert_array_equal(rung[:2], cut[:2])
    assert np.isnan(rung[2]).all()
    assert np.isnan(found.responses.distance[2, 0])
    assert not np.isnan(cut).any()


def test_an_effect_that_is_itself_a_control_is_measured_raw(tmp_path, use):
    use(Meter())
    song = write(tmp_path / "song.wav", 10)
    variants = measured(tmp_path, song, effects="matched(reverb),gain_like(delay),gsm").responses.variants
    assert variants["control"].tolist() == ["raw", "matched", "gain"] * 3
    assert variants["effect"].tolist()[::3] == ["matched(reverb)", "gain_like(delay)", "gsm"]
    tables = wd.shift(song, effects="matched(reverb),gsm", window=2.0)
    assert tables["shares"]["effect"].unique().tolist() == ["matched(reverb)", "gsm"]


def test_a_quiet_clip_keeps_its_loudness_controls(tmp_path, use):
    """-40 dB takes it below the gate of BS.1770, where it has no loudness to compare."""
    use(Meter())
    song = write(tmp_path / "song.wav", 10, level=0.01)
    responses = measured(tmp_path, song, effects="gain", levels="10").responses
    raw, matched, gain = (responses.columns(name)[-1] for name in measuring.CONTROLS)
    np.testing.assert_allclose(responses.shift[:, matched], 0.0, atol=1e-6)
    np.testing.assert_array_equal(responses.wet[:, gain], responses.wet[:, raw])
    np.testing.assert_allclose(responses.gain_db[:, gain], -40.0, atol=1e-3)


def test_a_file_that_broke_since_is_left_out(tmp_path, use):
    use(Meter())
    good, bad = write(tmp_path / "good.wav", 10), write(tmp_path / "bad.wav", 10, seed=1)
    settings = {"effects": "gain", "levels": "5"}
    assert len(measured(tmp_path, good, bad, **settings).items) == 2
    (tmp_path / "bad.wav").write_bytes(b"no longer audio")
    again = measured(tmp_path, good, bad, **settings)
    assert [item.id for item in again.items] == ["good.wav"]
    assert again.failures["item"].tolist() == ["bad.wav"]


def test_failures_of_another_run_are_not_this_ones(tmp_path, use):
    use(Meter())
    song = write(tmp_path / "song.wav", 10)
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(100), RATE)
    first = measured(tmp_path, song, effects=f'gain(gain_db=-1),convolution(ir="{silent}")')
    assert set(first.failures["stage"]) == {"effect"}
    assert measured(tmp_path, song, effects="gain", levels="5").failures.empty


def test_a_clip_that_cannot_be_embedded_is_left_out_or_named(tmp_path):
    good, huge = write(tmp_path / "good.wav", 6), write(tmp_path / "huge.wav", 6, level=1e25)
    found = measured(tmp_path / "a", good, huge, effects="gain", levels="5", match_loudness=False)
    assert [item.id for item in found.items] == ["good.wav"]
    assert set(found.failures["item"]) == {"huge.wav"}
    with pytest.raises(AudioError, match=r"huge\.wav: vibenet"):
        measured(tmp_path / "b", huge, effects="gain", levels="5", match_loudness=False)


def test_the_same_audio_under_two_names_is_one_unit(tmp_path, use):
    use(Meter())
    first = write(tmp_path / "a.wav", 3, seed=1)
    copy = write(tmp_path / "copy.wav", 3, seed=1)
    other = write(tmp_path / "b.wav", 3, seed=2)
    found = measured(tmp_path, first, copy, other, effects="gain", levels="10")
    assert found.responses.clips == ["a.wav", "b.wav"]
    (row,) = found.failures.to_dict("records")
    assert row["item"] == "copy.wav"
    assert "same audio as" in row["reason"]
