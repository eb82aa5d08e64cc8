"""Published figures to set beside ours: labelled, for songs, splits and the choice of what is reported differ.

References
----------
.. [1] A. Gupta, "Modeling arousal and valence in music: a computational approach to affective audio analysis",
   report, 2025.
.. [2] J. Kang and D. Herremans, "Towards unified music emotion recognition across dimensional and categorical
   models", 2025, arXiv:2502.03979.
.. [3] Y. Li et al., "MERT: acoustic music understanding model with large-scale self-supervised training", 2023,
   arXiv:2306.00107.
.. [4] H. Zhu et al., "MuQ: self-supervised music representation learning with mel residual vector quantization",
   2025, arXiv:2501.01108.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import pandas as pd

from wetdry.studies.targets import AROUSAL, VALENCE

DEAM, EMOMUSIC, PMEMO = "deam", "emomusic", "pmemo"
NAMES = {DEAM: "DEAM", EMOMUSIC: "emoMusic", PMEMO: "PMEmo"}
"""Kind of a data set → what it is called."""

GUPTA, KANG, LI, ZHU = "Gupta 2025", "Kang and Herremans 2025", "Li et al. 2023", "Zhu et al. 2025"

COLUMNS = ["phase", "model", "target", "metric", "value", "data", "of", "scale", "by"]

FEATURES = "1,744 songs; which of them were scored is not stated"
NETWORKS = "the held-out part of 1,744 songs, at the epoch that is best on that part; the split is not stated"
EMBEDDINGS = "349 of 1,744 songs drawn at random, at the epoch that is best on them"
ITS_OWN = {
    DEAM: "270 of 1,802 songs, its own split",
    EMOMUSIC: "125 of 744 songs, its own split",
    PMEMO: "115 of 767 songs, its own split",
}
NINE, UNIT, NONE = "1 to 9", "0 to 1", ""
"""Scales that errors are on; R² has none."""


SCORES = {"r2": "R²", "rmse": "RMSE", "mae": "MAE"}


class Reported(NamedTuple):
    """One published model, each figure as valence, arousal."""

    phase: int
    model: str
    r2: tuple[float, float]
    of: str
    by: str
    data: str = DEAM
    rmse: tuple[float, float] | None = None
    mae: tuple[float, float] | None = None
    scale: str = NONE


REPORTED = [
    *(
        Reported(1, model, r2, FEATURES, GUPTA, rmse=rmse, mae=mae, scale=NINE)
        for model, r2, rmse, mae in [
            ("handcrafted · xgboost", (0.554, 0.527), (0.767, 0.874), (0.623, 0.694)),
            ("handcrafted · pearson + xgboost", (0.504, 0.499), (0.808, 0.899), (0.650, 0.722)),
            ("handcrafted · union + xgboost", (0.505, 0.462), (0.808, 0.931), (0.657, 0.748)),
            ("handcrafted · intersection + xgboost", (0.466, 0.411), (0.839, 0.975), (0.682, 0.781)),
        ]
    ),
    *(
        Reported(2, model, r2, NETWORKS, GUPTA, rmse=rmse, mae=mae, scale=NINE)
        for model, r2, rmse, mae in [
            ("cnn", (0.4350, 0.4830), (0.8565, 0.9061), (0.6781, 0.7220)),
            ("se-conv", (0.4642, 0.5273), (0.8340, 0.8665), (0.6688, 0.6834)),
            ("se-gru", (0.4599, 0.5119), (0.8374, 0.8805), (0.6627, 0.6853)),
            ("se-gru-attention", (0.4561, 0.4990), (0.8404, 0.8920), (0.6685, 0.7087)),
        ]
    ),
    Reported(
        3,
        "panns-cnn14 embedding · emotion-mlp",
        (0.4509, 0.6670),
        EMBEDDINGS,
        GUPTA,
        rmse=(0.1693, 0.1640),
        mae=(0.1361, 0.1274),
        scale=UNIT,
    ),
    Reported(3, "Music2Emo, MERT-v1-95M", (0.5131, 0.6025), ITS_OWN[DEAM], KANG),
    Reported(3, "Music2Emo, MERT-v1-95M, learnt from four sets", (0.5184, 0.6228), ITS_OWN[DEAM], KANG),
    Reported(3, "Music2Emo, MERT-v1-95M, learnt from four sets", (0.6512, 0.7616), ITS_OWN[EMOMUSIC], KANG, EMOMUSIC),
    Reported(3, "MERT", (0.612, 0.747), "the split of MARBLE", LI, EMOMUSIC),
    Reported(3, "MusicFM", (0.603, 0.763), "the split of MARBLE", ZHU, EMOMUSIC),
    Reported(3, "MuQ", (0.609, 0.754), "the split of MARBLE", ZHU, EMOMUSIC),
    Reported(3, "MuQ, iterated", (0.628, 0.761), "the split of MARBLE", ZHU, EMOMUSIC),
    Reported(3, "Music2Emo, MERT-v1-95M", (0.5473, 0.7940), ITS_OWN[PMEMO], KANG, PMEMO),
]
"""Models of [1]_ under our names of the same; its RMSE and MAE of phase 3 are on labels from 0 to 1, the others on 1 to
9, and those of an error on −1 to 1 are a quarter of the latter."""


def published(kind: str) -> pd.DataFrame:
    """Published figures to be told beside a data set: those of DEAM, and those of the set itself.

    Parameters
    ----------
    kind
        Of the data set, as in `emomusic:PATH`.

    Returns
    -------
    DataFrame
        One row a figure: phase, model, target, metric, value, data, of (what was scored), scale (of errors), by.
    """
    own = [row for row in REPORTED if row.data == kind]
    other = [row for row in REPORTED if row.data == DEAM and row.by == GUPTA and kind != DEAM]
    return pd.DataFrame([figure for row in (*own, *other) for figure in _figures(row)], columns=COLUMNS)


def _figures(row: Reported) -> Iterator[dict[str, object]]:
    for metric, values, scale in (("r2", row.r2, NONE), ("rmse", row.rmse, row.scale), ("mae", row.mae, row.scale)):
        for target, value in zip((VALENCE, AROUSAL), values or (), strict=False):
            yield {
                "phase": row.phase,
                "model": row.model,
                "target": target,
                "metric": metric,
                "value": value,
                "data": NAMES[row.data],
                "of": row.of,
                "scale": scale,
                "by": row.by,
            }


def published_models(kind: str, targets: Collection[str]) -> pd.DataFrame:
    """Published figures as they are read: a row a model and data set, with a column for each score of some targets.

    Columns: model, data, R², RMSE and MAE of each target, errors on (their scale), scored on, by.
    """
    rows = published(kind)
    rows = rows[rows["target"].isin(list(targets))]
    rows = rows.assign(score=rows["metric"].map(SCORES) + " " + rows["target"])
    keys = ["model", "data", "by"]
    wide = rows.pivot(index=keys, columns="score", values="value")[list(dict.fromkeys(rows["score"]))]
    about = rows.groupby(keys, sort=False).agg(**{"errors on": ("scale", "max"), "scored on": ("of", "first")})
    return about[[]].join(wide).join(about).reset_index()


def published_r2(rows: pd.DataFrame, kind: str = DEAM) -> pd.Series[float]:
    """The published R² of the model and target of each row on one data set, NaN where there is none.

    Parameters
    ----------
    rows
        With `model` and `target`.
    kind
        Of the data set that the figures are of.
    """
    known = published(kind)
    known = known[(known["metric"] == "r2") & (known["data"] == NAMES[kind])]
    by_model = known.set_index(["model", "target"])["value"]
    wanted = pd.MultiIndex.from_frame(rows[["model", "target"]])
    return pd.Series(by_model.reindex(wanted).to_numpy(float), index=rows.index, name="published")
