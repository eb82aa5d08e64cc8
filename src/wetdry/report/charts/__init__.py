"""Charts: each a pure function from a long table to an Altair chart.

`shifts` is the table most of them take, one row a comparison of wet with dry: `clip` ("all" = over
clips), `family`, `effect` (canonical key), `level` (0 to 10; NaN for what has none), `control` ("raw",
"matched" or "gain"), `target` ("valence" or "energy", both on a scale of 0 to 1), `dry`, `wet`, `shift`
(wet − dry) with its 95 % interval `low` to `high`, `p`, `q`, `effect_size`, `units` and `unit`.

The charts of how embeddings deform take tables with `encoder`, `effect` (an effect family) and, along its
strengths, `position` (from 0) and `setting` (the strength in words); each says what else it needs.

The charts of estimated emotion take tables with `effect` (a family, or a chain), `level` (0 is dry) and `target` (an
emotion or a class, under whatever name) or `class`; each says what else it needs.

The charts of how well emotion is recognised take tables with `target` and, where models are compared, `model`; each
says what else it needs. All draw a sentence where their table is empty.

The charts of what one domain tells of another take tables with `panel`, the name above a panel, or `encoder`; each says
what else it needs.
"""

from wetdry.report.charts.additivity import additivity
from wetdry.report.charts.agreement import agreement
from wetdry.report.charts.alignment import alignment
from wetdry.report.charts.attention_over_time import attention_over_time
from wetdry.report.charts.bars import effect_bars, ranking
from wetdry.report.charts.class_flow import class_flow
from wetdry.report.charts.confusion import confusion
from wetdry.report.charts.correlation import correlation
from wetdry.report.charts.cross_matrix import cross_matrix
from wetdry.report.charts.desensitised import desensitised
from wetdry.report.charts.displacement import displacement
from wetdry.report.charts.distance_heat import distance_heat
from wetdry.report.charts.distance_ranking import distance_ranking
from wetdry.report.charts.dose import dose_response
from wetdry.report.charts.effect_changes import effect_changes
from wetdry.report.charts.effect_heat import effect_heat
from wetdry.report.charts.emotion_maps import emotion_maps
from wetdry.report.charts.emotion_plane import emotion_plane
from wetdry.report.charts.estimate_scatter import estimate_scatter
from wetdry.report.charts.feature_ranking import feature_ranking
from wetdry.report.charts.layer_curves import layer_curves
from wetdry.report.charts.layer_weights import layer_weights
from wetdry.report.charts.layers import layer_heat
from wetdry.report.charts.leaderboard import leaderboard
from wetdry.report.charts.learning_curves import learning_curves
from wetdry.report.charts.performance import performance
from wetdry.report.charts.plan_scores import plan_scores
from wetdry.report.charts.plane import plane
from wetdry.report.charts.projections import projections
from wetdry.report.charts.radar import radar
from wetdry.report.charts.rated_plane import rated_plane
from wetdry.report.charts.rating_correlations import rating_correlations
from wetdry.report.charts.rating_curves import rating_curves
from wetdry.report.charts.rating_histograms import rating_histograms
from wetdry.report.charts.reading import effect_reading
from wetdry.report.charts.robustness import robustness
from wetdry.report.charts.shap_summary import shap_summary
from wetdry.report.charts.share import gain_share
from wetdry.report.charts.spectra import spectra
from wetdry.report.charts.stage_gains import stage_gains
from wetdry.report.charts.survival import survival
from wetdry.report.charts.trajectories import trajectories
from wetdry.report.charts.transfer_matrix import transfer_matrix
from wetdry.report.charts.transitions import transitions

__all__ = [
    "additivity",
    "agreement",
    "alignment",
    "attention_over_time",
    "class_flow",
    "confusion",
    "correlation",
    "cross_matrix",
    "desensitised",
    "displacement",
    "distance_heat",
    "distance_ranking",
    "dose_response",
    "effect_bars",
    "effect_changes",
    "effect_heat",
    "effect_reading",
    "emotion_maps",
    "emotion_plane",
    "estimate_scatter",
    "feature_ranking",
    "gain_share",
    "layer_curves",
    "layer_heat",
    "layer_weights",
    "leaderboard",
    "learning_curves",
    "performance",
    "plan_scores",
    "plane",
    "projections",
    "radar",
    "ranking",
    "rated_plane",
    "rating_correlations",
    "rating_curves",
    "rating_histograms",
    "robustness",
    "shap_summary",
    "spectra",
    "stage_gains",
    "survival",
    "trajectories",
    "transfer_matrix",
    "transitions",
]
