"""Pure functions on arrays: what was measured, how sure it is, and how far things moved.

Arrays come in, arrays or small frozen dataclasses go out; nothing here knows of audio, effects or encoders.
"""

from wetdry.analysis.agreement import Agreement, agreement, concordance, pearson, r2, rmse, spearman
from wetdry.analysis.displacement import Displacement, displacement, spread
from wetdry.analysis.statistics import (
    Alternative,
    Interval,
    Trend,
    benjamini_hochberg,
    cluster_means,
    effect_size,
    mean_interval,
    ratio_interval,
    sign_flip_p,
    trend_test,
)

__all__ = [
    "Agreement",
    "Alternative",
    "Displacement",
    "Interval",
    "Trend",
    "agreement",
    "benjamini_hochberg",
    "cluster_means",
    "concordance",
    "displacement",
    "effect_size",
    "mean_interval",
    "pearson",
    "r2",
    "ratio_interval",
    "rmse",
    "sign_flip_p",
    "spearman",
    "spread",
    "trend_test",
]
