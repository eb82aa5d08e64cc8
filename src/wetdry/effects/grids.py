"""The exact parameter grids of published studies."""

from collections.abc import Mapping
from types import MappingProxyType

from wetdry.effects.base import Effect
from wetdry.effects.bitcrush import Bitcrush
from wetdry.effects.gain import Gain
from wetdry.effects.lowpass import Lowpass
from wetdry.effects.reverb import Reverb

ROOM_SIZES = tuple(round(0.01 + 0.03 * step, 2) for step in range(34))
GAINS_DB = tuple(-40.0 + 1.5 * step for step in range(31))
CUTOFFS_HZ = tuple(round(1600.0 * (18_333.0 / 1600.0) ** (step / 30.0), 2) for step in range(31))
BITS = tuple(range(4, 16))

PUBLISHED_GRIDS: Mapping[str, tuple[Effect, ...]] = MappingProxyType(
    {
        "reverb": tuple(Reverb(room_size=size) for size in ROOM_SIZES),
        "gain": tuple(Gain(gain_db=gain) for gain in GAINS_DB),
        "lowpass": tuple(Lowpass(cutoff_hz=cutoff) for cutoff in CUTOFFS_HZ),
        "bitcrush": tuple(Bitcrush(bits=bits) for bits in BITS),
    }
)
"""Effects of the sensitivity study (ICASSP 2025) by name, each in the order of its parameter.

Cut-offs are rounded to a hundredth of a hertz, which moves none by more than 3 in a million.
"""
