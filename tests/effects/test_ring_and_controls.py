import numpy as np
import pytest

from wetdry.audio import Clip, loudness
from wetdry.effects import Chain, Control, GainLike, Identity, Matched, Reverb, Ring, builtin_chains, effect
from wetdry.errors import EffectError


def test_reverb_is_cut_by_default_and_rings_in_ring(music):
    hall = Reverb.at_level(8)
    cut, rung = hall(music), Ring(hall)(music)
    assert cut.frames == music.frames
    assert rung.frames == music.frames + int(np.ceil(hall.tail_seconds() * music.sample_rate))
    np.testing.assert_array_equal(rung.samples[:, : music.frames], cut.samples)
    tail = np.square(rung.samples[:, music.frames :].astype(np.float64))
    assert tail.sum() > 0.01 * np.square(cut.samples.astype(np.float64)).sum()
    # Rung out: the last tenth of the tail is some 50 dB below the first.
    tenth = tail.shape[1] // 10
    assert tail[:, -tenth:].sum() < 1e-4 * tail[:, :tenth].sum()


def test_ring_around_an_effect_that_does_not_ring_changes_nothing(music):
    assert Ring(Identity())(music).id == music.id
    assert effect("ring(distortion)")(music).id == effect("distortion")(music).id


def test_ring_lasts_a_minute_at_most():
    clip = Clip(np.full(80, 0.1, dtype=np.float32), 8000)
    endless = effect("delay(delay_seconds=30, feedback=1)")
    assert endless.tail_seconds() == float("inf")
    assert Ring(endless)(clip).frames == 80 + 60 * 8000


def test_a_chain_rings_as_long_as_its_members_together():
    chain = effect("delay(delay_seconds=0.5, feedback=0.1) | reverb(room_size=0)")
    assert isinstance(chain, Chain)
    assert chain.tail_seconds() == sum(member.tail_seconds() for member in chain.effects)
    assert Ring(chain)(Clip(np.ones(100, dtype=np.float32), 8000)).seconds == pytest.approx(
        0.0125 + chain.tail_seconds(), abs=1e-3
    )


@pytest.mark.parametrize("key", ["reverb@9", "distortion@9", "gain(gain_db=-25)", "eq@4", "lowpass@10", "stadium"])
def test_matched_has_the_loudness_of_the_dry_clip(music, key):
    inner = effect(key)
    control = Matched(inner)
    assert loudness(control(music)) == pytest.approx(loudness(music), abs=0.01)
    derived, gain_db = control.derive(music, inner(music))
    assert derived.id == control(music).id
    np.testing.assert_allclose(derived.samples, inner(music).samples * 10 ** (gain_db / 20), rtol=1e-5, atol=1e-9)
    assert gain_db == pytest.approx(loudness(music) - loudness(inner(music)), abs=0.01)


def test_matched_is_exact_even_where_peaks_exceed_full_scale(rng):
    # One click in faint noise: 30 dB of gain takes the click far beyond full scale, where floats do not clip.
    samples = 1e-3 * rng.standard_normal(44_100)
    samples[20_000] = 0.9
    wet = Clip(samples.astype(np.float32), 44_100)
    dry = Clip((0.2 * rng.standard_normal(44_100)).astype(np.float32), 44_100)
    matched, gain_db = Matched(Identity()).derive(dry, wet)
    assert gain_db > 20
    assert np.abs(matched.samples).max() > 5
    assert loudness(matched) == pytest.approx(loudness(dry), abs=0.01)


def test_gain_like_has_the_loudness_of_the_wet_clip_and_the_sound_of_the_dry_one(music):
    inner = effect("distortion@6")
    wet = inner(music)
    control, gain_db = GainLike(inner).derive(music, wet)
    assert gain_db == pytest.approx(loudness(wet) - loudness(music))
    assert gain_db > 5
    assert loudness(control) == pytest.approx(loudness(wet), abs=0.01)
    np.testing.assert_allclose(control.samples, music.samples * 10 ** (gain_db / 20), rtol=1e-5)


def test_controls_of_a_pure_gain_are_the_dry_clip_and_the_wet_clip(music):
    louder = effect("gain(gain_db=-7)")
    np.testing.assert_allclose(Matched(louder)(music).samples, music.samples, rtol=1e-4)
    np.testing.assert_allclose(GainLike(louder)(music).samples, louder(music).samples, rtol=1e-4)


@pytest.mark.parametrize("control", [Matched, GainLike])
def test_controls_leave_silence_alone(control):
    silence = Clip(np.zeros((2, 44_100), dtype=np.float32), 44_100)
    derived, gain_db = control(Reverb()).derive(silence, silence)
    assert gain_db == 0.0
    assert derived.id == silence.id
    # Sound from silence has no defined change of loudness.
    assert control(effect("noise")).derive(silence, effect("noise")(silence))[1] == 0.0


def test_controls_and_ring_nest():
    nested = effect("matched(ring(reverb@3 | gsm))")
    assert isinstance(nested, Control)
    assert nested.inner == Ring(Chain((Reverb.at_level(3), effect("gsm"))))
    assert effect(nested.key) == nested
    assert nested.revision == "2(1(1 | 1))"


def test_gain_like_of_a_ringing_effect_is_as_long_as_the_dry_clip(music):
    control = effect("gain_like(ring(reverb@5))")
    assert control(music).frames == music.frames
    assert effect("matched(ring(reverb@5))")(music).frames > music.frames


def test_only_effects_can_be_wrapped():
    with pytest.raises(EffectError, match="ring wraps an effect"):
        Ring("reverb")


@pytest.mark.parametrize("name", builtin_chains())
def test_every_chain_can_be_controlled(name, music):
    clip = music.excerpt(0, 1)
    chain = builtin_chains()[name]
    assert loudness(Matched(chain)(clip)) == pytest.approx(loudness(clip), abs=0.5)
