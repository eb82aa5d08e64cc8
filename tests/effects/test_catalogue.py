"""What holds for every effect of the catalogue."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wetdry.audio import Clip
from wetdry.effects import Effect, Wrapper, builtin_chains, effect, effects, sweep
from wetdry.errors import EffectError

LEVELLED = [name for name in effects.names() if effects.get(name).has_levels()]
BARE = [*LEVELLED, "identity", "gsm"]
ADDS_SOUND = {"noise", "crackle"}
LINEAR = ["reverb", "delay", "gain", "lowpass", "highpass", "lowpass1", "low_shelf", "high_shelf", "peak", "wow"]
LINEAR += ["chorus", "phaser"]
RATES = [8000, 11_025, 16_000, 22_050, 37_800, 44_100, 48_000, 96_000, 192_000]

NEUTRAL = {
    "identity": "identity",
    "reverb": "reverb(wet_level=0, dry_level=0.5)",
    "delay": "delay(mix=0)",
    "chorus": "chorus(mix=0)",
    "phaser": "phaser(mix=0)",
    "gain": "gain(gain_db=0)",
    "lowpass": "lowpass(cutoff_hz=22050)",
    "compressor": "compressor(ratio=1)",
    "low_shelf": "low_shelf(gain_db=0)",
    "high_shelf": "high_shelf(gain_db=0)",
    "peak": "peak(gain_db=0)",
    "pitch_shift": "pitch_shift(semitones=0)",
    "crackle": "crackle(clicks_per_second=0)",
    "wow": "wow(depth_percent=0)",
}
# How far from the dry clip the mildest parameters may take a sample.
NEARLY_NEUTRAL = {"bitcrush(bits=24)": 1e-6, "noise(level_dbfs=-140)": 1e-6, "highpass(cutoff_hz=1)": 2e-3}


def make(seed: int, channels: int, frames: int, rate: int) -> Clip:
    samples = 0.2 * np.random.default_rng(seed).standard_normal((channels, frames))
    return Clip(samples.astype(np.float32), rate)


def test_the_catalogue_has_what_it_promises():
    promised = (
        "identity reverb delay distortion eq chorus phaser gain lowpass bitcrush compressor limiter low_shelf "
        "high_shelf peak highpass lowpass1 pitch_shift mp3 gsm noise crackle wow convolution plugin "
        "ring matched gain_like"
    )
    assert set(effects.names()) == set(promised.split())


@pytest.mark.parametrize("name", effects.names())
def test_every_effect_explains_itself(name):
    cls = effects.get(name)
    assert cls.name == name
    assert cls.__doc__
    assert not cls.__doc__.startswith(cls.__name__ + "(")
    for parameter in cls.parameters():
        assert parameter.about
    if cls.has_levels():
        assert "Levels:" in cls.__doc__
        assert "published" in cls.__doc__ or "(ours" in cls.__doc__
        assert cls.strength in [p.name for p in cls.parameters()]


@pytest.mark.parametrize("name", LEVELLED)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    level=st.one_of(st.sampled_from([1.0, 10.0]), st.floats(0.01, 10)),
    channels=st.integers(1, 8),
    frames=st.sampled_from([0, 1, 2, 17, 4410]),
    rate=st.sampled_from(RATES),
    seed=st.integers(0, 9),
)
def test_shape_type_and_determinism(name, level, channels, frames, rate, seed):
    dry = make(seed, channels, frames, rate)
    before = dry.samples.tobytes()
    applied = effects.get(name).at_level(level)
    wet = applied(dry)
    assert wet.samples.shape == (channels, frames)
    assert wet.samples.dtype == np.float32
    assert wet.sample_rate == rate
    assert np.isfinite(wet.samples).all()
    assert applied(dry).samples.tobytes() == wet.samples.tobytes()
    assert dry.samples.tobytes() == before


@pytest.mark.parametrize("key", [*BARE, *builtin_chains()])
def test_threads_give_the_same_bytes(key):
    applied = effect(key)
    clips = [make(seed, 1 + seed % 3, 6000, 44_100) for seed in range(6)]
    alone = [applied(clip).id for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        assert [wet.id for wet in pool.map(applied, clips)] == alone


@pytest.mark.parametrize("name", LEVELLED)
def test_level_zero_is_the_dry_clip(name, music):
    assert effects.get(name).at_level(0)(music).id == music.id


@pytest.mark.parametrize("key", NEUTRAL.values())
def test_neutral_parameters_change_no_sample(key, music):
    np.testing.assert_array_equal(effect(key)(music).samples, music.samples)


@pytest.mark.parametrize(("key", "most"), NEARLY_NEUTRAL.items())
def test_nearly_neutral_parameters(key, most, music):
    np.testing.assert_allclose(effect(key)(music).samples, music.samples, atol=most)


def spectrum(clip: Clip) -> np.ndarray:
    """Magnitudes of 93 ms frames of the first channel, so that a shift in phase alone is no distance."""
    frames = clip.samples[0][: clip.frames // 4096 * 4096].reshape(-1, 4096)
    return np.abs(np.fft.rfft(frames * np.hanning(4096)))


@pytest.mark.parametrize("name", LEVELLED)
def test_level_ten_is_farther_from_dry_than_level_one(name, music):
    # eq fills the scale at every level, and a pitch that has moved by a semitone shares no partial with the old one.
    measure = {"eq": shape, "pitch_shift": pitch}.get(name, spectrum)

    def distance(level: float) -> float:
        return float(np.linalg.norm(measure(effects.get(name).at_level(level)(music)) - measure(music)))

    assert distance(10) > distance(1) > 0


def shape(clip: Clip) -> np.ndarray:
    return spectrum(clip) / np.linalg.norm(spectrum(clip))


def pitch(clip: Clip) -> np.ndarray:
    """Where the strongest partial of the whole clip is, in octaves."""
    return np.log2(np.abs(np.fft.rfft(clip.samples[0]))[1:].argmax() + 1.0)


@pytest.mark.parametrize("name", [n for n in BARE if n not in ADDS_SOUND])
def test_silence_stays_silent(name):
    silence = Clip(np.zeros((2, 8000), dtype=np.float32), 44_100)
    for step in sweep(name, [1, 10]):
        assert not step.effect(silence).samples.any()


@pytest.mark.parametrize("name", BARE)
def test_nothing_of_one_clip_is_heard_in_the_next(name):
    silence = Clip(np.zeros((1, 8000), dtype=np.float32), 44_100)
    applied = sweep(name, [10])[0].effect
    before = applied(silence).id
    applied(make(1, 1, 8000, 44_100))
    assert applied(silence).id == before


@pytest.mark.parametrize("name", BARE)
def test_channels_are_processed_one_by_one(name):
    three = make(3, 3, 5000, 44_100)
    applied = sweep(name, [5])[0].effect
    wet = applied(three)
    if name not in ("eq", "identity"):  # eq normalises all channels by one gain
        for channel, expected in zip(three.samples, wet.samples, strict=True):
            np.testing.assert_array_equal(applied(Clip(channel, 44_100)).samples[0], expected)
    mono = Clip(three.samples[0], 44_100)
    dual = Clip(np.stack([three.samples[0]] * 2), 44_100)
    for channel in applied(dual).samples:
        np.testing.assert_array_equal(channel, applied(mono).samples[0])
    if name != "identity":
        for i in range(3):
            assert not np.array_equal(wet.samples[i], three.samples[i])


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("channels", [2, 3])
def test_linear_effects_commute_with_the_downmix(name, channels):
    clip = make(5, channels, 20_000, 44_100)
    applied = effects.get(name).at_level(7)
    before = applied(Clip(clip.mono, 44_100)).samples[0]
    after = applied(clip).mono
    np.testing.assert_allclose(before, after, atol=2e-5 * max(1.0, float(np.abs(after).max())))


PUBLISHED = {
    "reverb@1": "reverb(room_size=0.18, wet_level=1)",
    "reverb@10": "reverb(room_size=0.9, wet_level=1)",
    "delay@1": "delay(delay_seconds=0.077, feedback=0.15)",
    "delay@10": "delay(delay_seconds=0.32, feedback=0.6)",
    "distortion@1": "distortion(drive_db=6.8)",
    "distortion@10": "distortion(drive_db=23)",
    "eq@1": "eq()",
    "eq@10": "eq(low_hz=4100, trim_hz=6000)",
    "chorus@1": "chorus(rate_hz=0.7, depth=0.19, feedback=0.12)",
    "chorus@10": "chorus(rate_hz=2.5, depth=1, feedback=0.3)",
    "phaser@1": "phaser(rate_hz=0.3, depth=0.34, feedback=0.13, mix=1)",
    "phaser@10": "phaser(rate_hz=1.2, depth=1.6, feedback=0.4, mix=1)",
    "gain@10": "gain(gain_db=-40)",
    "lowpass@10": "lowpass(cutoff_hz=1600)",
    "bitcrush@10": "bitcrush(bits=4)",
}


@pytest.mark.parametrize(("level", "parameters"), PUBLISHED.items())
def test_published_formulas(level, parameters):
    assert effect(level) == effect(parameters)


@pytest.mark.parametrize("level", [-1, 10.01, float("nan"), float("inf")])
def test_levels_out_of_range_are_refused(level):
    with pytest.raises(EffectError, match=r"reverb: a level must lie in 0 to 10"):
        effects.get("reverb").at_level(level)


@pytest.mark.parametrize("name", [n for n in effects.names() if n not in LEVELLED])
def test_effects_without_levels_say_so(name):
    with pytest.raises(EffectError, match=f'"{name}" has no levels'):
        effects.get(name).at_level(3)


@pytest.mark.parametrize("name", effects.names())
def test_parameters_out_of_range_are_refused(name):
    cls = effects.get(name)
    if issubclass(cls, Wrapper):
        return
    required = {"convolution": {"ir": "x.wav"}, "plugin": {"path": "x.vst3"}}.get(name, {})
    for parameter in cls.parameters():
        wrong: list[object] = [None, [1]]
        if parameter.high is not None:
            wrong += [parameter.low - 1, parameter.high * 2 + 1, float("nan"), "1", True]
        for value in wrong:
            with pytest.raises(EffectError, match=f"{name}: {parameter.name} "):
                cls(**{**required, parameter.name: value})


def test_numbers_of_numpy_are_numbers():
    one: Effect = effects.get("noise")(level_dbfs=np.float32(-20), seed=np.int64(3))
    assert one.key == "noise(level_dbfs=-20, seed=3)"
    assert one == effect(one.key)


def test_music_keeps_its_balance_through_eq(music):
    wet = effect("eq@3")(music)
    assert np.abs(wet.samples).max() == pytest.approx(1.0)
    alone = effect("eq@3")(Clip(music.samples[1], music.sample_rate)).samples[0]
    ratio = np.abs(wet.samples[1]).max()
    assert 0.2 < ratio <= 1.0
    np.testing.assert_allclose(alone * ratio, wet.samples[1], atol=1e-6)
