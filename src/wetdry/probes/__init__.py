"""What tells labels from frozen embeddings, chosen and calibrated on groups of clips held out.

>>> families.names()
['linear', 'kernel', 'mlp', 'xgboost', 'lasso', 'svr', 'forest', 'boosting', 'emotion-mlp']
"""

from wetdry.probes.attributions import shap_values
from wetdry.probes.catalogue import families
from wetdry.probes.family import Family
from wetdry.probes.fitting import fit_probe, out_of_fold
from wetdry.probes.one_vs_rest import OneVsRestLogistic
from wetdry.probes.probe import Probe
from wetdry.probes.selection import SELECTIONS
from wetdry.probes.task import Task

__all__ = [
    "SELECTIONS",
    "Family",
    "OneVsRestLogistic",
    "Probe",
    "Task",
    "families",
    "fit_probe",
    "out_of_fold",
    "shap_values",
]
