"""Published figures to set beside ours: Deng et al., ICASSP 2025, Table I.

R² of the global canonical correlation, in-sample, as mean and standard deviation over the eleven instruments of IRMAS.
"""

from typing import NamedTuple


class PublishedR2(NamedTuple):
    """Mean and standard deviation over instruments."""

    mean: float
    sd: float


_TABLE_I = {
    "openl3-music-512": {
        "lowpass": PublishedR2(0.9942, 0.0013),
        "reverb": PublishedR2(0.9383, 0.0111),
        "bitcrush": PublishedR2(0.9830, 0.0047),
        "gain": PublishedR2(0.9646, 0.0095),
    },
    "panns-cnn14": {
        "lowpass": PublishedR2(0.9264, 0.0118),
        "reverb": PublishedR2(0.8906, 0.0219),
        "bitcrush": PublishedR2(0.6964, 0.0787),
        "gain": PublishedR2(0.9790, 0.0049),
    },
    "msclap-2023": {
        "lowpass": PublishedR2(0.9927, 0.0012),
        "reverb": PublishedR2(0.9809, 0.0036),
        "bitcrush": PublishedR2(0.9868, 0.0035),
        "gain": PublishedR2(0.9963, 0.0012),
    },
}


def published_r2(encoder: str, effect: str) -> PublishedR2 | None:
    """The published row of an encoder, None where there is none.

    >>> published_r2("openl3-music-512", "reverb")
    PublishedR2(mean=0.9383, sd=0.0111)
    """
    return _TABLE_I.get(encoder, {}).get(effect)
