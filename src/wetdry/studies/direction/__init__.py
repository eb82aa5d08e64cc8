"""The direction in which an effect takes an encoder's vectors: as a file, and to read the effect off new clips."""

from wetdry.studies.direction.check import Check, check_direction
from wetdry.studies.direction.direction import Direction
from wetdry.studies.direction.fit import fit_direction
from wetdry.studies.direction.read import ClipReadings, read_audio

__all__ = ["Check", "ClipReadings", "Direction", "check_direction", "fit_direction", "read_audio"]
