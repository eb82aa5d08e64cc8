"""Audio in and out: `Clip`, decoding, resampling, windows and loudness.

The only room that decodes or encodes files.
"""

from wetdry.audio.clip import Clip, Samples
from wetdry.audio.decode import load, stated_length
from wetdry.audio.elsewhere import AtHand, Elsewhere, at_hand
from wetdry.audio.encode import to_flac, to_mp3, write_flac
from wetdry.audio.loudness import loudness, match_loudness, matching_gain, true_peak
from wetdry.audio.resample import resample
from wetdry.audio.windows import Windows

__all__ = [
    "AtHand",
    "Clip",
    "Elsewhere",
    "Samples",
    "Windows",
    "at_hand",
    "load",
    "loudness",
    "match_loudness",
    "matching_gain",
    "resample",
    "stated_length",
    "to_flac",
    "to_mp3",
    "true_peak",
    "write_flac",
]
