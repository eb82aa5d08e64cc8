"""What may be done to a clip: the catalogue of effects, chains of them, sweeps over their levels, and controls.

>>> effect("reverb( room_size=0.9 )|gain(gain_db=-3)").key
'reverb(room_size=0.9) | gain(gain_db=-3)'
>>> [step.effect.key for step in sweep("gain", [1, 10])]
['gain(gain_db=-4)', 'gain(gain_db=-40)']
"""

# ruff: noqa: I001  (the order of these imports is the order of the catalogue)

from wetdry.effects.base import MAX_LEVEL, Effect, Parameter, WholeClipEffect, create, effects, parameter
from wetdry.effects.identity import Identity
from wetdry.effects.reverb import Reverb
from wetdry.effects.delay import Delay
from wetdry.effects.distortion import Distortion
from wetdry.effects.eq import Eq
from wetdry.effects.modulation import Chorus, Phaser
from wetdry.effects.gain import Gain
from wetdry.effects.lowpass import Lowpass
from wetdry.effects.bitcrush import Bitcrush
from wetdry.effects.dynamics import Compressor, Limiter
from wetdry.effects.bands import HighShelf, LowShelf, Peak
from wetdry.effects.first_order import Highpass, Lowpass1
from wetdry.effects.pitch_shift import PitchShift
from wetdry.effects.lossy import Gsm, Mp3
from wetdry.effects.media import Crackle, Noise, Wow
from wetdry.effects.convolution import Convolution
from wetdry.effects.plugin import Plugin
from wetdry.effects.ring import Ring
from wetdry.effects.controls import Control, GainLike, Matched
from wetdry.effects.wrapper import Wrapper
from wetdry.effects.chain import Chain
from wetdry.effects.chain_files import builtin_chains, effect, load_chains
from wetdry.effects.grids import PUBLISHED_GRIDS
from wetdry.effects.key import parse
from wetdry.effects.sweep import ALL_LEVELS, Step, Sweep, parse_levels, sweep

__all__ = [
    "ALL_LEVELS",
    "MAX_LEVEL",
    "PUBLISHED_GRIDS",
    "Bitcrush",
    "Chain",
    "Chorus",
    "Compressor",
    "Control",
    "Convolution",
    "Crackle",
    "Delay",
    "Distortion",
    "Effect",
    "Eq",
    "Gain",
    "GainLike",
    "Gsm",
    "HighShelf",
    "Highpass",
    "Identity",
    "Limiter",
    "LowShelf",
    "Lowpass",
    "Lowpass1",
    "Matched",
    "Mp3",
    "Noise",
    "Parameter",
    "Peak",
    "Phaser",
    "PitchShift",
    "Plugin",
    "Reverb",
    "Ring",
    "Step",
    "Sweep",
    "WholeClipEffect",
    "Wow",
    "Wrapper",
    "builtin_chains",
    "create",
    "effect",
    "effects",
    "load_chains",
    "parameter",
    "parse",
    "parse_levels",
    "sweep",
]
