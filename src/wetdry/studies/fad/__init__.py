"""How far two sets of recordings are apart: Fréchet audio distance with what it takes to believe it."""

from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.study import configured, fad, run
from wetdry.studies.fad.terminal import terminal_tables

__all__ = ["FadConfig", "configured", "fad", "run", "terminal_tables"]
