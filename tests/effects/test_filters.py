import numpy as np
import pytest
from scipy.signal import cheb2ord, cheby2, sosfilt, sosfreqz

from wetdry.audio import Clip
from wetdry.effects import Eq, Lowpass, effect


def response(key: str, frequency: float, rate: int = 44_100) -> float:
    """Gain in dB at one frequency, from the impulse response."""
    samples = np.zeros(2 * rate, dtype=np.float32)
    samples[0] = 1.0
    wet = effect(key)(Clip(samples, rate)).samples[0].astype(np.float64)
    kernel = np.exp(-2j * np.pi * frequency / rate * np.arange(wet.size))
    return float(20 * np.log10(np.abs(kernel @ wet) + 1e-12))


@pytest.mark.parametrize("cutoff", [1600.0, 5000.0, 18_333.0])
def test_lowpass_is_the_published_chebyshev_filter(music, cutoff):
    order, edge = cheb2ord(cutoff / 1.1, cutoff * 1.1, 3, 80, fs=44_100)
    sections = cheby2(order, 80, edge, output="sos", fs=44_100)
    expected = sosfilt(sections, music.samples.astype(np.float64), axis=-1)
    wet = effect(f"lowpass(cutoff_hz={cutoff})")(music)
    np.testing.assert_allclose(wet.samples, expected, atol=1e-7)


def test_lowpass_meets_its_edges():
    assert response("lowpass(cutoff_hz=3000)", 1000) == pytest.approx(0, abs=0.01)
    assert -3.01 <= response("lowpass(cutoff_hz=3000)", 3000 / 1.1) <= -0.5
    for frequency in (3300, 5000, 12_000):
        assert response("lowpass(cutoff_hz=3000)", frequency) < -79.9


def test_lowpass_is_transparent_where_there_is_nothing_to_stop(rng):
    clip = Clip(rng.standard_normal(1000).astype(np.float32), 16_000)
    # Half the rate is 8000 Hz: a stop band from 8000.3 Hz on is beyond it, one from 7999.2 Hz on is not.
    np.testing.assert_array_equal(effect("lowpass(cutoff_hz=7273)")(clip).samples, clip.samples)
    assert not np.array_equal(effect("lowpass(cutoff_hz=7272)")(clip).samples, clip.samples)


@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
@pytest.mark.parametrize("cutoff", [20, 100, 1000])
def test_lowpass_is_stable_at_the_bottom_of_its_range(rate, cutoff):
    steady = Clip(np.ones(3 * rate, dtype=np.float32), rate)
    assert Lowpass(cutoff_hz=cutoff)(steady).samples[0, -1] == pytest.approx(1.0, abs=2e-3)


def test_first_order_filters_fall_by_three_decibels_at_the_cut_off_and_six_an_octave():
    assert response("highpass(cutoff_hz=1000)", 1000) == pytest.approx(-3.01, abs=0.02)
    assert response("highpass(cutoff_hz=1000)", 125) - response("highpass(cutoff_hz=1000)", 62.5) == pytest.approx(
        6.0, abs=0.1
    )
    assert response("lowpass1(cutoff_hz=300)", 300) == pytest.approx(-3.01, abs=0.02)
    assert response("lowpass1(cutoff_hz=300)", 1200) - response("lowpass1(cutoff_hz=300)", 2400) == pytest.approx(
        6.0, abs=0.25
    )


@pytest.mark.parametrize("gain_db", [-12.0, 9.0])
def test_bands_reach_their_gain_where_they_work_and_none_elsewhere(gain_db):
    low = f"low_shelf(cutoff_hz=200, gain_db={gain_db})"
    high = f"high_shelf(cutoff_hz=4000, gain_db={gain_db})"
    peak = f"peak(cutoff_hz=1000, gain_db={gain_db}, q=2)"
    assert [response(low, f) for f in (5, 10_000)] == pytest.approx([gain_db, 0], abs=0.1)
    assert [response(high, f) for f in (50, 20_000)] == pytest.approx([0, gain_db], abs=0.1)
    assert [response(peak, f) for f in (20, 1000, 20_000)] == pytest.approx([0, gain_db, 0], abs=0.1)
    assert response(low, 200) == pytest.approx(gain_db / 2, abs=0.1)


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_bands_above_half_the_sample_rate_are_held_just_below_it(rng, rate):
    clip = Clip(0.2 * rng.standard_normal(rate).astype(np.float32), rate)
    for key in ("lowpass1(cutoff_hz=90000)", "peak(cutoff_hz=90000)", "high_shelf(cutoff_hz=90000)"):
        # All but transparent: what changes is the uppermost edge alone.
        assert response(key, rate / 4, rate) == pytest.approx(0, abs=0.05)
        assert np.isfinite(effect(key)(clip).samples).all()
    rest = effect("highpass(cutoff_hz=90000)")(clip).samples
    assert np.square(rest).mean() < 0.01 * np.square(clip.samples).mean()
    assert response("low_shelf(cutoff_hz=90000, gain_db=6)", rate / 4, rate) == pytest.approx(6, abs=0.05)


def test_eq_takes_its_upper_edge_from_the_sample_rate():
    assert Eq.at_level(3).edges(44_100) == (1300, 22_050 - 1800)
    assert Eq.at_level(3).edges(16_000) == (1300, 8000 - 1800)
    # No band is left at 8 kHz: both edges meet.
    assert Eq.at_level(10).edges(8000) == (3992, 3992)
    low, high = Eq(low_hz=90_000, trim_hz=0).edges(192_000)
    assert low == 90_000 < high < 96_000


def test_eq_is_a_band_pass_with_a_peak_of_one(music):
    assert np.abs(effect("eq@5")(music).samples).max() == pytest.approx(1.0)

    def relative(frequency: float) -> float:
        return response("eq@5", frequency) - response("eq@5", 6000)

    sections = [
        *(np.array(s) for s in (first_order(2100, "highpass"), first_order(22_050 - 3000, "lowpass"))),
    ]
    for frequency in (100, 1000, 2100, 20_000):
        _, expected = sosfreqz(np.stack(sections), worN=[frequency, 6000], fs=44_100)
        assert relative(frequency) == pytest.approx(20 * np.log10(np.abs(expected[0] / expected[1])), abs=0.05)


def first_order(cutoff: float, kind: str) -> np.ndarray:
    from scipy.signal import butter

    return butter(1, cutoff, kind, output="sos", fs=44_100)[0]


@pytest.mark.parametrize(
    "key", ["highpass(cutoff_hz=100)", "peak(cutoff_hz=100, gain_db=12, q=5)", "lowpass(cutoff_hz=1600)", "eq@1"]
)
def test_a_filter_rings_for_as_long_as_it_says(key):
    samples = np.zeros(44_100, dtype=np.float32)
    samples[0] = 1.0
    energy = np.square(effect(key)(Clip(samples, 44_100)).samples[0].astype(np.float64))
    remaining = np.cumsum(energy[::-1])[::-1] / energy[1:].sum()
    measured = np.argmax(remaining < 1e-6) / 44_100
    assert effect(key).tail_seconds() == pytest.approx(measured, rel=0.05)
