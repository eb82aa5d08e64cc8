"""The window grid: full windows, nothing lost but a short rest, no dependence on anything but length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.audio import Windows
from wetdry.errors import AudioError


@pytest.mark.parametrize(
    ("frames", "starts"),
    [
        (50, [0]),
        (100, [0]),
        (149, [0]),  # a rest of 49 is less than half a window
        (150, [0, 50]),  # half a window: one more, moved back to end with the clip
        (200, [0, 100]),
        (270, [0, 100, 170]),
    ],
)
def test_grid_of_one_second_windows_at_100_hz(frames, starts):
    assert Windows(1.0).starts(frames, 100) == starts


def test_whole_clip_is_one_window():
    signal = np.arange(7, dtype=np.float32)
    np.testing.assert_array_equal(Windows().cut(signal, 100), signal[np.newaxis])


@given(
    frames=st.integers(1, 5_000),
    rate=st.sampled_from([100, 441]),
    seconds=st.floats(0.05, 4),
    share=st.floats(0.25, 1),
)
def test_windows_are_full_and_cover_the_clip(frames, rate, seconds, share):
    windows = Windows(seconds, seconds * share)
    signal = np.arange(frames, dtype=np.float32)
    cut = windows.cut(signal, rate)
    length = windows.length(frames, rate)
    assert cut.shape == (len(windows.starts(frames, rate)), length)
    covered = set(cut.astype(int).ravel())
    assert covered == set(range(max(covered) + 1))
    assert frames - len(covered) < max(1, length / 2)


def test_keys():
    assert [w.key for w in (Windows(), Windows(10), Windows(10, 5), Windows(2.5, 2.5))] == [
        "whole",
        "10s",
        "10s/5s",
        "2.5s",
    ]


@pytest.mark.parametrize("bad", [(0, None), (-1, None), (1, 0), (None, 1), (float("inf"), None)])
def test_bad_grids_are_refused(bad):
    with pytest.raises(AudioError):
        Windows(*bad)


def test_keys_of_different_lengths_differ():
    assert Windows(600.0001).key != Windows(600.0002).key
    assert [Windows(10.0).key, Windows(0.1).key, Windows(10.0, 2.5).key] == ["10s", "0.1s", "10s/2.5s"]
