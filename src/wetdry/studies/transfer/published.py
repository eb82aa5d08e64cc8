"""Published figures to set beside ours: labelled, for theirs are of other splits, which need not keep actors apart.

References
----------
.. [1] Y. Sun, Z. Zhao, K. Richmond and Y. Li, "Exploring acoustic similarity in emotional speech and music via
   self-supervised representations", 2024, arXiv:2409.17899.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

RAVDESS = "ravdess"
"""Kind of the data set that all figures are of."""

SPEECH, SONG = "speech", "song"
TWO_STAGES = f"{SPEECH} → {SONG}"

W2V2, HUBERT, MERT = "wav2vec 2.0 base", "HuBERT base", "MERT"

FROZEN, WEIGHTED_SUM, EFFICIENT = "frozen", "weighted-sum", "parameter-efficient"
NOT_STATED = "not stated"

NEAREST_FIRST = ("angry", "fearful", "happy", "sad", "neutral", "calm")
"""Emotions by the Fréchet distance of their speech and song, the same for all models of [1]_."""


class Reported(NamedTuple):
    """Accuracy of one published model in %.

    Attributes
    ----------
    model
        Encoder.
    domain
        What it was tested on.
    learnt
        Domains that it learnt from, in order.
    method
        Ours of the same kind, or in words.
    value
        In %.
    comparable
        Whether it is of splits like ours, which keep actors apart.
    """

    model: str
    domain: str
    learnt: str
    method: str
    value: float
    comparable: bool = False


REPORTED = (
    Reported(W2V2, SPEECH, SPEECH, NOT_STATED, 79.80),
    Reported(HUBERT, SPEECH, SPEECH, NOT_STATED, 85.22),
    Reported(MERT, SONG, SONG, NOT_STATED, 84.73),
    Reported(W2V2, SONG, TWO_STAGES, FROZEN, 74.88),
    Reported(W2V2, SONG, TWO_STAGES, WEIGHTED_SUM, 80.30),
    Reported(W2V2, SONG, TWO_STAGES, EFFICIENT, 87.20),
    Reported(HUBERT, SONG, TWO_STAGES, FROZEN, 84.24),
    Reported(HUBERT, SONG, TWO_STAGES, WEIGHTED_SUM, 82.76),
    Reported(HUBERT, SONG, TWO_STAGES, EFFICIENT, 93.10),
)
"""The figures of [1]_ that its text tells. Of two stages it names the order, speech and then music; that they are
tested on the last of them is our reading."""


def published(data: str = RAVDESS) -> pd.DataFrame:
    """Published figures to be told beside a data set.

    Parameters
    ----------
    data
        The set as it is given, such as `ravdess:PATH`.

    Returns
    -------
    DataFrame
        One row a figure: model, domain (tested), learnt, method, value (accuracy in %), comparable; no row for sets
        that nothing was published of.

    >>> published("ravdess:PATH").query("model == 'MERT'")["value"].tolist(), len(published("csv:songs.csv"))
    ([84.73], 0)
    """
    rows = REPORTED if data.partition(":")[0] == RAVDESS else ()
    return pd.DataFrame(rows, columns=Reported._fields)
