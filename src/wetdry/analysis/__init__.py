"""Pure functions on arrays: what was measured, how sure it is, and how far things moved.

Arrays come in, arrays or small frozen dataclasses go out; nothing here knows of audio, effects or encoders.
"""

from wetdry.analysis.agreement import Agreement, agreement, concordance, pearson, r2, rmse, spearman
from wetdry.analysis.cca import (
    CCANull,
    GlobalCCA,
    SamplewiseCCA,
    global_cca,
    global_null,
    held_out_interval,
    samplewise_cca,
    samplewise_null,
)
from wetdry.analysis.dimensionality import Dimensionality, dimensionality
from wetdry.analysis.displacement import Displacement, displacement, spread
from wetdry.analysis.least_squares import Penalty
from wetdry.analysis.maps import TrajectoryMap, trajectory_map
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
from wetdry.analysis.trajectories import Trajectories, direction_agreement, trajectories

__all__ = [
    "Agreement",
    "Alternative",
    "CCANull",
    "Dimensionality",
    "Displacement",
    "GlobalCCA",
    "Interval",
    "Penalty",
    "SamplewiseCCA",
    "Trajectories",
    "TrajectoryMap",
    "Trend",
    "agreement",
    "benjamini_hochberg",
    "cluster_means",
    "concordance",
    "dimensionality",
    "direction_agreement",
    "displacement",
    "effect_size",
    "global_cca",
    "global_null",
    "held_out_interval",
    "mean_interval",
    "pearson",
    "r2",
    "ratio_interval",
    "rmse",
    "samplewise_cca",
    "samplewise_null",
    "sign_flip_p",
    "spearman",
    "spread",
    "trajectories",
    "trajectory_map",
    "trend_test",
]
