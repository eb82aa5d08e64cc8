"""What is said of the time that adaptations take, before they begin."""

import numpy as np
import pandas as pd
import pytest

from wetdry.adapt import AdaptSettings, Lora
from wetdry.effects import effect
from wetdry.studies.transfer.adaptation import duration
from wetdry.studies.transfer.adaptation.course import Course
from wetdry.studies.transfer.adaptation.duration import Pace

CLIPS = pd.DataFrame({"domain": ["speech"] * 6 + ["song"] * 6, "clip": [f"{n:032x}" for n in range(12)]})
SIDES = (np.array([0, 1, 2, 6, 7]), np.array([3, 8, 9]), np.array([4, 5, 10, 11]))


def course(seed=0, **options):
    settings = AdaptSettings(epochs=5, seed=seed, device="cpu")
    return Course("ear", "ear", Lora(), settings, ("speech", "song"), ("a", "b"), CLIPS, 0, SIDES, **options)


@pytest.fixture(autouse=True)
def pace(monkeypatch):
    """Seconds that are told apart by their digits."""
    monkeypatch.setattr(duration, "timed", lambda _: Pace(once=1000.0, estimate=0.01, start=10.0))


def expected(learnt, stop, repeats=1):
    """Estimates of a training: to standardise, before the first epoch, five epochs, and four clips tested."""
    return repeats * (learnt + stop + 5 * (3 * learnt + stop)) + 4


def test_every_training_is_counted_with_all_its_epochs():
    speech, song = expected(3, 1), expected(2, 2)
    plain = duration.of_courses([course(control=False)])
    assert plain == pytest.approx(12 * 1000 + 4 * 10 + 0.01 * 2 * (speech + song))
    controlled = duration.of_courses([course()])
    assert controlled - plain == pytest.approx(2 * 10 + 0.01 * (speech + song))
    # What is kept of clips is computed once for all courses.
    assert duration.of_courses([course(), course(1)]) == pytest.approx(2 * controlled - 12 * 1000)


def test_wet_clips_are_counted_where_they_are_made():
    heard, unheard = (effect("reverb@3"), effect("reverb@6")), (effect("gsm"),)
    speech, song = expected(3, 1, 2), expected(2, 2, 2)
    found = duration.of_courses([course(control=False, heard=heard, unseen=unheard)])
    wet = 4 * 3
    assert found == pytest.approx((12 + 12 + wet) * 1000 + 6 * 10 + 0.01 * (3 * (speech + song) + 2 * wet))


def test_a_sentence_says_how_long_and_what_to_leave_out():
    assert duration.in_words({}) == ""
    said = duration.in_words({"frozen": 0.2, "lora": 90.0, "gated": 3.0 * 3600}, workers=1)
    assert said == (
        "Adapting may take up to about 3.0 h of computing (frozen 1 s, lora 2 min, gated 3.0 h), and less where "
        "training stops early; leave out what is too long with --methods, or all with --methods none."
    )
    assert ", 1.5 h in 2 processes," in duration.in_words({"gated": 3.0 * 3600}, workers=2)
