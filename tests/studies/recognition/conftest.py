"""A small study that several tests look at: tones heard by the features and by an average spectrum."""

from typing import NamedTuple

import pytest
from rated_tones import rated_tones

from wetdry.store import Store
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.measure import Measured, measure
from wetdry.studies.recognition.study import configured


class SmallStudy(NamedTuple):
    """What was asked for, and what was measured."""

    config: RecognitionConfig
    measured: Measured


@pytest.fixture(scope="session")
def small_study(tmp_path_factory):
    place = tmp_path_factory.mktemp("tones")
    (place / "broken.wav").write_bytes(b"no audio")
    table = rated_tones(place, extra="broken.wav,0,0,broken\nunrated.wav,,0,s00\n")
    config = configured(
        data=f"csv:{table}",
        phases=[1, 3],
        encoders=["melstats"],
        regressors=["linear", "lasso"],
        selections=[],
        heads=["linear", "kernel"],
        folds=3,
        resamples=100,
    )
    return SmallStudy(config, measure(config, Store(place / "store"), folder=place / "chunks", workers=1))
