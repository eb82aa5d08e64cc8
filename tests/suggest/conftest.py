"""Sounds and estimators with which the best answer is known."""

import numpy as np
import pytest
from planted_estimator import RATE, Planted

from wetdry.audio import Clip


@pytest.fixture(scope="session")
def planted() -> type[Planted]:
    return Planted


@pytest.fixture(scope="session")
def hiss() -> Clip:
    """Six seconds of white noise at 16 kHz, −20 dB: a share of 3/4 of its power lies above 2 kHz."""
    rng = np.random.default_rng(440)
    return Clip((0.1 * rng.standard_normal(6 * RATE)).astype(np.float32), RATE)
