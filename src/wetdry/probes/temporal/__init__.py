"""Emotion followed while a song plays: small heads on the vectors of one window after the other.

>>> HEADS
('ridge', 'gru')
"""

from wetdry.probes.temporal.fitting import HEADS, fit_temporal
from wetdry.probes.temporal.probe import TemporalProbe

__all__ = ["HEADS", "TemporalProbe", "fit_temporal"]
