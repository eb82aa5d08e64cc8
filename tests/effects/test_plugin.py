"""Third-party plug-ins, with a stand-in for the host: no VST3 comes with an operating system."""

import threading
import time

import numpy as np
import pedalboard
import pytest

from wetdry.audio import Clip
from wetdry.effects import Plugin, effect
from wetdry.effects.plugin import _load
from wetdry.errors import EffectError


class StereoGain:
    """Behaves as pedalboard's VST3Plugin: stereo alone, parameters as attributes, state until reset."""

    busy = 0

    def __init__(self) -> None:
        self.parameters = {"gain": object(), "mode": object()}
        self._gain = 2.0
        self.mode = "normal"
        self.rings = 0.0

    @property
    def gain(self) -> float:
        return self._gain

    @gain.setter
    def gain(self, value: object) -> None:
        if not isinstance(value, (int, float)) or value > 10:
            raise ValueError(f"Value {value!r} is out of range.\nmore")
        self._gain = float(value)

    def process(self, samples, sample_rate, reset):
        if samples.shape[0] != 2:
            raise ValueError(f"Plugin 'StereoGain' does not support {samples.shape[0]}-channel output.")
        if sample_rate > 100_000:
            raise RuntimeError("The host gave up.")
        StereoGain.busy += 1
        assert StereoGain.busy == 1, "two threads in the host"
        time.sleep(0.002)
        StereoGain.busy -= 1
        if reset:
            self.rings = 0.0
        wet = samples * np.float32(self.gain) + np.float32(self.rings)
        if self.mode == "swap":
            wet = wet[::-1]
        self.rings = float(np.abs(samples).max())
        return wet


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A bundle on disk that loads as `StereoGain`; gives its path and the list of what was loaded."""
    bundle = tmp_path / "Gain.vst3"
    (bundle / "Contents").mkdir(parents=True)
    (bundle / "Contents" / "Gain.so").write_bytes(b"machine code")
    loaded = []

    def load_plugin(path, plugin_name=None):
        loaded.append((path, plugin_name))
        return StereoGain()

    monkeypatch.setattr(pedalboard, "load_plugin", load_plugin)
    _load.cache_clear()
    yield bundle, loaded
    _load.cache_clear()


def test_all_channels_go_in_together(installed, music):
    path, loaded = installed
    wet = Plugin(path=str(path), settings="mode='swap'")(music)
    np.testing.assert_allclose(wet.samples, 2 * music.samples[::-1], rtol=1e-6)
    assert loaded == [(str(path), None)]


def test_settings_reach_the_plugin_and_the_key(installed, music):
    path, _ = installed
    one = Plugin(path=str(path), plugin_name="Gain", settings="gain=0.5")
    np.testing.assert_allclose(one(music).samples, 0.5 * music.samples, rtol=1e-6)
    assert effect(one.key) == one


def test_every_clip_starts_fresh(installed, music):
    path, loaded = installed
    one = Plugin(path=str(path))
    silence = Clip(np.zeros((2, 100), dtype=np.float32), 44_100)
    one(music)
    assert not one(silence).samples.any()
    assert len(loaded) == 1


def test_settings_of_one_effect_do_not_stay_for_another(installed, music):
    path, _ = installed
    Plugin(path=str(path), settings="gain=9")(music)
    np.testing.assert_allclose(Plugin(path=str(path))(music).samples, 2 * music.samples, rtol=1e-6)


def test_mono_goes_into_both_sides_of_a_stereo_plugin(installed, music):
    path, _ = installed
    mono = Clip(music.mono, music.sample_rate)
    np.testing.assert_allclose(Plugin(path=str(path))(mono).samples, 2 * mono.samples, rtol=1e-6)


def test_threads_take_turns(installed, music):
    path, _ = installed
    one, wets = Plugin(path=str(path)), []
    threads = [threading.Thread(target=lambda: wets.append(one(music).id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wets) == 8
    assert len(set(wets)) == 1


def test_the_revision_follows_every_file_of_the_bundle(installed):
    path, _ = installed
    one = Plugin(path=str(path))
    before = one.revision
    (path / "Contents" / "Gain.so").write_bytes(b"other machine code")
    changed = one.revision
    (path / "Contents" / "preset").write_bytes(b"")
    assert len({before, changed, one.revision}) == 3


def test_a_wrong_setting_is_one_sentence(installed, music):
    path, _ = installed
    with pytest.raises(EffectError, match=r'Gain\.vst3 has no parameter "gian": did you mean "gain"\?'):
        Plugin(path=str(path), settings="gian=1")(music)
    with pytest.raises(EffectError, match=r"gain cannot be 11 \(Value 11 is out of range\)\.$"):
        Plugin(path=str(path), settings="gain=11")(music)
    with pytest.raises(EffectError, match='Expected "="'):
        Plugin(path=str(path), settings="gain")


def test_what_a_plugin_cannot_process_is_one_sentence(installed, music):
    path, _ = installed
    three = Clip(np.zeros((3, 100), dtype=np.float32), 44_100)
    with pytest.raises(EffectError, match=r"cannot process 3 channel\(s\) at 44100 Hz .*3-channel output\); convert"):
        Plugin(path=str(path))(three)
    with pytest.raises(EffectError, match=r"cannot process 2 channel\(s\) at 192000 Hz \(The host gave up\)"):
        Plugin(path=str(path))(Clip(music.samples, 192_000))


def test_a_missing_or_broken_file_is_one_sentence(tmp_path, music):
    with pytest.raises(EffectError, match="needs the path of a plug-in"):
        Plugin()
    missing = Plugin(path=str(tmp_path / "none.vst3"))
    for use in (lambda: missing(music), lambda: missing.revision):
        with pytest.raises(EffectError, match=r"none\.vst3 cannot be read \(No such file"):
            use()
    broken = tmp_path / "broken.vst3"
    broken.write_bytes(b"not a plug-in")
    with pytest.raises(
        EffectError, match=r"broken\.vst3 cannot be loaded \(.*\); check that it is a plug-in"
    ) as raised:
        Plugin(path=str(broken))(music)
    assert "\n" not in str(raised.value)
