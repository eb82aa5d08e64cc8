"""How embeddings deform under parameterised effects: Deng et al. (ICASSP 2025) on any data, encoder and effect."""

from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.study import configured, run, sensitivity, summary

__all__ = ["SensitivityConfig", "configured", "run", "sensitivity", "summary"]
