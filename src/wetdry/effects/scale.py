"""How levels map to parameters: straight lines and geometric ones, rounded so that keys stay short."""

DIGITS = 6


def linear(start: float, per_level: float, level: float) -> float:
    """`start + per_level * level`, without the noise of binary fractions.

    >>> 0.1 + 0.08 * 7, linear(0.1, 0.08, 7)
    (0.66, 0.66)
    >>> 0.2 + 0.1 * 1, linear(0.2, 0.1, 1)
    (0.30000000000000004, 0.3)
    """
    return round(start + per_level * level, DIGITS)


def geometric(start: float, end: float, level: float) -> float:
    """From `start` at level 0 to `end` at level 10 in equal ratios, to a hundredth.

    >>> geometric(100, 1600, 5)
    400.0
    """
    return round(float(start * (end / start) ** (level / 10.0)), 2)
