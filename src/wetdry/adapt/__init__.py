"""Fine-tuning of transformer encoders on labelled clips. Importing it needs no torch."""

from wetdry.adapt.adapted import Adapted
from wetdry.adapt.bank import FeatureBank
from wetdry.adapt.methods import METHODS, Bottleneck, Frozen, Full, Gated, Lora, Method, WeightedSum, method_called
from wetdry.adapt.progress import Progress
from wetdry.adapt.settings import AdaptSettings
from wetdry.adapt.training import adapt

__all__ = [
    "METHODS",
    "AdaptSettings",
    "Adapted",
    "Bottleneck",
    "FeatureBank",
    "Frozen",
    "Full",
    "Gated",
    "Lora",
    "Method",
    "Progress",
    "WeightedSum",
    "adapt",
    "method_called",
]
