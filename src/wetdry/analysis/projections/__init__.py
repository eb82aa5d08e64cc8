"""Desensitisers: scikit-learn transformers that learn where an effect moves vectors, and project it out.

All are fitted alike, on training clips only, and applied to vectors of any clip:

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> dry, effect = rng.standard_normal((20, 8)), rng.standard_normal(8)
>>> strengths = np.array([1.0, 2.0, 3.0])
>>> wet = dry[:, np.newaxis] + strengths[:, np.newaxis] * effect
>>> rows = training_rows(wet, dry, strengths)
>>> learnt = MeanDisplacement().fit(rows.vectors, strengths=rows.strengths, clips=rows.clips)
>>> bool(np.allclose(learnt.transform(wet[:, 2]), learnt.transform(dry)))
True

In a `Pipeline`, `y` is what its classifier learns, so what a desensitiser learns from travels as the fit parameters
`strengths` and `clips`: `pipeline.fit(X, y, erasure__strengths=…, erasure__clips=…)`, or through metadata routing after
`Erasure().set_fit_request(strengths=True, clips=True)`, which also splits them over folds. Where the classifier
must see fewer rows than the desensitiser (trained on dry clips, tested on wet ones), fit the desensitiser first and
put `sklearn.frozen.FrozenEstimator(desensitiser)` into the pipeline.
"""

from wetdry.analysis.projections.base import Desensitiser, Subspace
from wetdry.analysis.projections.control import RandomSubspace
from wetdry.analysis.projections.correlation import GlobalCCA, SamplewiseCCASVD
from wetdry.analysis.projections.discriminant import WetDryLDA
from wetdry.analysis.projections.displacements import DisplacementPCA, MeanDisplacement
from wetdry.analysis.projections.erasure import Erasure
from wetdry.analysis.projections.rows import TrainingRows, training_rows

__all__ = [
    "Desensitiser",
    "DisplacementPCA",
    "Erasure",
    "GlobalCCA",
    "MeanDisplacement",
    "RandomSubspace",
    "SamplewiseCCASVD",
    "Subspace",
    "TrainingRows",
    "WetDryLDA",
    "training_rows",
]
