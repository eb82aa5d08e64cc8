"""Statistics of paired shifts: intervals, permutation tests, effect sizes and multiplicity.

Everything takes rows that belong to clusters (songs, actors), works on all columns at once, and
counts a cluster once. Values have shape (n, …): n rows, and any number of columns in any shape (effects
× levels × targets), which results keep. A missing value is NaN.
"""

from wetdry.analysis.statistics.intervals import Interval, effect_size, mean_interval, ratio_interval
from wetdry.analysis.statistics.multiplicity import benjamini_hochberg
from wetdry.analysis.statistics.permutation import Alternative, Trend, sign_flip_p, trend_test
from wetdry.analysis.statistics.units import cluster_means, mean_known

__all__ = [
    "Alternative",
    "Interval",
    "Trend",
    "benjamini_hochberg",
    "cluster_means",
    "effect_size",
    "mean_interval",
    "mean_known",
    "ratio_interval",
    "sign_flip_p",
    "trend_test",
]
