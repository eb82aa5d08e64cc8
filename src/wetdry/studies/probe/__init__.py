"""Probes as files: trained on labelled clips, held against others, and used wherever emotion is estimated."""

from wetdry.studies.probe.evaluate import ProbeCheck, evaluate_probe
from wetdry.studies.probe.train import train_probe
from wetdry.studies.probe.trained import TrainedProbe, read_probe

__all__ = ["ProbeCheck", "TrainedProbe", "evaluate_probe", "read_probe", "train_probe"]
