"""Keeping cut-off frequencies below half the sample rate."""

CEILING = 0.499


def below_nyquist(frequency_hz: float, sample_rate: int) -> float:
    """`frequency_hz`, or 0.499 of the sample rate where that is lower.

    A filter designed at or above half the sample rate has infinite or wrapped coefficients. Held just
    below it, each filter of the catalogue does what its name lets one expect of a band that the clip
    does not have: low-passes, peaks and high shelves become all but transparent, a high-pass leaves nothing.

    >>> below_nyquist(5000, 44100), below_nyquist(5000, 8000)
    (5000, 3992.0)
    """
    return min(frequency_hz, CEILING * sample_rate)
