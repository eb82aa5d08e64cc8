"""Integrated loudness, true peak, and bringing one clip to the loudness of another (BS.1770).

The filters are pyloudnorm's; the gating is computed for all blocks at once. Clips shorter than one
gating block (0.4 s) are measured as a single ungated block, and clips of more than five channels
with weight 1 for each channel, since their layout is unknown. Silence measures -inf LUFS.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.audio.clip import Clip

BLOCK_SECONDS = 0.4
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
# Left, right, centre, left and right surround.
CHANNEL_WEIGHTS = (1.0, 1.0, 1.0, 1.41, 1.41)
OVERSAMPLING = 4
MATCHED_LU = 1e-6
"""Pairs this close in loudness are equal."""

Float64 = npt.NDArray[np.float64]


@lru_cache(maxsize=16)
def _k_weighting(sample_rate: int) -> tuple[Any, ...]:
    from pyloudnorm import Meter

    return tuple((f.b, f.a) for f in Meter(sample_rate)._filters.values())


def _block_powers(clip: Clip) -> Float64:
    """Channel-weighted mean square of each 0.4 s gating block (75 % overlap), K-weighted."""
    from scipy.signal import lfilter

    weighted: Any = clip.samples.astype(np.float64)
    for b, a in _k_weighting(clip.sample_rate):
        weighted = lfilter(b, a, weighted, axis=-1)
    weights = CHANNEL_WEIGHTS if clip.channels <= len(CHANNEL_WEIGHTS) else (1.0,) * clip.channels
    power = np.array(weights[: clip.channels]) @ np.square(weighted)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    block = BLOCK_SECONDS * clip.sample_rate
    if clip.frames < block:
        return np.array([sums[-1] / max(1, clip.frames)])
    count = int(np.round((clip.seconds - BLOCK_SECONDS) / (BLOCK_SECONDS * 0.25))) + 1
    starts = (np.arange(count) * (BLOCK_SECONDS * 0.25) * clip.sample_rate).astype(int)
    ends = ((np.arange(count) * 0.25 + 1.0) * BLOCK_SECONDS * clip.sample_rate).astype(int)
    ends = np.minimum(ends, clip.frames)
    blocks: Float64 = (sums[ends] - sums[starts]) / block
    return blocks


def _lufs(power: Float64) -> Float64:
    with np.errstate(divide="ignore"):
        result: Float64 = -0.691 + 10.0 * np.log10(power)
    return result


def loudness(clip: Clip) -> float:
    """Integrated loudness in LUFS; -inf for silence, which is all below -70 LUFS."""
    return _loudness_after(clip, 0.0)


def _known_powers(clip: Clip) -> Float64:
    """`_block_powers`, filtered once for each clip, which is frozen."""
    known: dict[str, Float64] = clip.__dict__
    if "_powers" not in known:
        known["_powers"] = np.maximum(_block_powers(clip), 0.0)
    return known["_powers"]


def _loudness_after(clip: Clip, gain_db: float) -> float:
    """Loudness of `clip` with a gain. Not loudness plus gain: the gate of -70 LUFS stays where it is."""
    blocks = _known_powers(clip) * 10.0 ** (gain_db / 10.0)
    if clip.seconds < BLOCK_SECONDS:
        return float(_lufs(blocks)[0])
    audible = blocks[_lufs(blocks) >= ABSOLUTE_GATE_LUFS]
    if audible.size == 0:
        return float("-inf")
    gate = _lufs(audible.mean(keepdims=True))[0] + RELATIVE_GATE_LU
    # pyloudnorm's relative gate is strict: blocks exactly at it are left out.
    kept = audible[_lufs(audible) > gate]
    return float(_lufs(kept.mean(keepdims=True))[0])


@lru_cache(maxsize=1)
def _interpolator() -> Float64:
    """Low-pass for 4x oversampling: 12 taps a phase, as BS.1770-4 annex 2 asks for."""
    from scipy.signal import firwin

    taps: Float64 = firwin(12 * OVERSAMPLING, 1.0 / OVERSAMPLING, window=("kaiser", 5.0)) * OVERSAMPLING
    return taps


@lru_cache(maxsize=1)
def _overshoot_bound() -> float:
    """The most by which interpolation can exceed a signal's largest sample."""
    phases = np.abs(_interpolator()).reshape(-1, OVERSAMPLING).sum(axis=0)
    return float(max(1.0, phases.max()))


def sample_peak(clip: Clip) -> float:
    """Largest absolute sample (linear)."""
    return float(np.abs(clip.samples).max(initial=0.0))


def true_peak(clip: Clip, above: float = 0.0) -> float:
    """Largest absolute value of the 4x oversampled signal (linear).

    With `above`, only stretches that could exceed it are oversampled; the result is exact if it is
    larger than `above`, and else no smaller than the largest sample.
    """
    from scipy.signal import upfirdn

    taps = _interpolator().astype(np.float32)
    context = taps.size // OVERSAMPLING
    stretch = 4096
    peak = sample_peak(clip)
    for first in range(0, clip.frames, stretch):
        part = clip.samples[:, max(0, first - context) : first + stretch + context]
        if float(np.abs(part).max()) * _overshoot_bound() > max(above, peak):
            peak = max(peak, float(np.abs(upfirdn(taps, part, up=OVERSAMPLING)).max()))
    return peak


def matching_gain(wet: Clip, dry: Clip, *, peak_safe: bool = True) -> float:
    """Gain in dB that brings `wet` to the loudness of `dry`.

    With `peak_safe` the result stays below 0 dBTP, or below the dry clip's own true peak where that is
    higher: a larger gain is reduced, and the pair then stays that much apart in loudness. That is for
    audio that will be written; between float samples nothing clips. A silent dry clip, or a wet one of
    nothing but zeros, is left alone (0 dB); one that is merely too soft for the gate is not.
    """
    gain_db = _exact_gain(wet, dry)
    if gain_db == 0.0 or not peak_safe:
        return gain_db
    linear = 10.0 ** (gain_db / 20.0)
    peak = true_peak(wet, above=1.0 / linear) * linear
    if peak <= 1.0:
        return gain_db
    ceiling = max(1.0, true_peak(dry, above=1.0))
    return float(gain_db + min(0.0, 20.0 * np.log10(ceiling / peak)))


def _exact_gain(wet: Clip, dry: Clip) -> float:
    """Gain in dB after which `wet` measures what `dry` does.

    The gain lifts blocks over the gate or takes them below it, so it is found in steps. Each goes the same way as
    the one before, past one more block at least, so there are few.
    """
    target, gain_db = loudness(dry), 0.0
    if not np.isfinite(loudness(wet)):
        gain_db = -float(_lufs(_known_powers(wet).max(keepdims=True))[0])
    if not np.isfinite(target) or not np.isfinite(gain_db):
        return 0.0
    for _ in range(_known_powers(wet).size + 1):
        missing = target - _loudness_after(wet, gain_db)
        if not np.isfinite(missing) or abs(missing) < MATCHED_LU:
            break
        gain_db += missing
    return gain_db


def match_loudness(wet: Clip, dry: Clip, *, peak_safe: bool = True) -> Clip:
    """Return `wet` at the integrated loudness of `dry`; see `matching_gain` for the true-peak guard."""
    return wet.scaled(matching_gain(wet, dry, peak_safe=peak_safe))
