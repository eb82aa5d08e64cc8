"""What a reader must know of a part of the study, as a table beside those that the part gives."""

from __future__ import annotations

from functools import partial

import pandas as pd

from wetdry.studies.jobs import Job


def remarks(part: str, *sentences: str) -> pd.DataFrame:
    """The table `remarks`: part, remark; a row a sentence."""
    return pd.DataFrame({"part": [part] * len(sentences), "remark": list(sentences)}, dtype=object)


def remarked(part: str, *sentences: str) -> Job:
    """A job that gives nothing but remarks."""
    return partial(dict, {"remarks": remarks(part, *sentences)})
