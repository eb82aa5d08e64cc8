"""Resampling: soxr at its `HQ` quality, everywhere."""

from wetdry.audio.clip import Samples


def resample(signal: Samples, source_rate: int, target_rate: int) -> Samples:
    """Resample `signal`, shape (n,) or (channels, n), from one rate to another, both in Hz."""
    import soxr

    if source_rate == target_rate:
        return signal
    resampled: Samples = soxr.resample(signal.T, source_rate, target_rate, quality="HQ").T
    return resampled
