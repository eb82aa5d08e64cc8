"""Goals: boxes of welcome changes, in closed form."""

import re
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.errors import DataError
from wetdry.suggest.goal import MOODS, SLACK, Goal, goal_of

TARGETS = ("energy", "valence")
UNIT = ((0.0, 1.0), (0.0, 1.0))
MIDDLE = (0.5, 0.5)


def of(**asked) -> Goal:
    return goal_of(TARGETS, UNIT, MIDDLE, **asked)


def test_numbers_ask_for_at_least_so_much_in_their_direction():
    goal = of(valence=0.2, energy=-0.1)
    assert goal.distance([-0.1, 0.2]) == goal.distance([-0.4, 0.3]) == 0.0
    assert goal.distance([0.0, 0.0]) == pytest.approx(sqrt(0.2**2 + 0.1**2))
    assert goal.distance([-0.1, 0.05]) == pytest.approx(0.15)
    assert goal.share([-0.05, 0.1]) == pytest.approx(0.5)
    assert goal.share([0.1, -0.2]) == pytest.approx(-1.0)


def test_a_target_that_is_not_named_is_free_and_one_asked_to_stay_is_not():
    assert of(energy=-0.1).distance([-0.1, 0.4]) == 0.0
    stays = of(energy=-0.1, valence=0.0)
    assert stays.distance([-0.1, SLACK * 0.1]) == 0.0
    assert stays.distance([-0.1, -0.4]) == pytest.approx(0.4 - SLACK * 0.1)


def test_distances_are_in_shares_of_each_scale():
    goal = goal_of(("arousal", "valence"), ((1.0, 9.0), (-1.0, 1.0)), (5.0, 0.0), energy=2.0, valence=0.5)
    assert goal.distance([0.0, 0.0]) == pytest.approx(sqrt(0.25**2 + 0.25**2))
    assert goal.distance([2.0, 0.0]) == pytest.approx(0.25)


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_is_fulfilled_by_its_nearest_change_and_not_by_its_opposite(mood):
    goal = of(toward=mood)
    assert np.abs(goal.nearest).max() == pytest.approx(0.1)
    assert goal.share(goal.nearest) == 1.0
    assert goal.share(-goal.nearest) == pytest.approx(-1.0, abs=0.5)
    assert goal.share([0.0, 0.0]) == 0.0


def test_a_mood_goes_as_far_as_it_is_told_on_any_scale():
    goal = goal_of(("valence", "arousal"), ((1.0, 9.0), (1.0, 9.0)), (5.0, 5.0), toward="calm", by=0.25)
    assert goal.nearest.tolist() == [0.0, -2.0]
    assert goal.distance([-SLACK * 2.0, -2.0]) == 0.0
    assert goal.distance([-SLACK * 2.0 - 0.8, -2.0]) == pytest.approx(0.1)


def test_doubt_asks_for_more_of_what_moves_and_uses_up_the_slack_of_what_may_not():
    goal = of(toward="calm")
    assert goal.distance([-0.1, 0.0], [0.03, 0.0]) == pytest.approx(0.03)
    assert goal.distance([-0.13, 0.0], [0.03, 0.0]) == 0.0
    assert goal.distance([-0.1, -0.02], [0.0, 0.015]) == pytest.approx(0.015)
    assert goal.distance([-0.1, 0.0], [0.0, 5.0]) == 0.0
    both_ways = of(energy=-0.1, valence=0.0)
    assert both_ways.distance([-0.1, 0.02], [0.0, 5.0]) == 0.0


changes = st.tuples(st.floats(-2, 2), st.floats(-2, 2))
steps = st.floats(-0.5, 0.5).filter(lambda value: abs(value) > 0.01)


@given(changes, changes, steps, steps, st.floats(0, 1))
def test_distance_is_that_of_a_convex_set(one, other, energy, valence, weight):
    goal = of(energy=energy, valence=valence)
    between = weight * np.array(one) + (1 - weight) * np.array(other)
    bound = weight * goal.distance(one) + (1 - weight) * goal.distance(other)
    assert goal.distance(between) <= bound + 1e-9


@given(changes, steps, st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_doubt_never_brings_closer(change, energy, doubt):
    goal = of(energy=energy)
    assert goal.distance(change, doubt) >= goal.distance(change)


def test_many_changes_at_once_are_each_as_alone(rng):
    goal = of(toward="relaxed")
    table, doubt = rng.normal(size=(3, 4, 2)), rng.random((3, 4, 2))
    alone = [[goal.distance(table[i, j], doubt[i, j]) for j in range(4)] for i in range(3)]
    assert goal.distance(table, doubt) == pytest.approx(np.array(alone))


def test_it_reads_as_it_is_meant():
    assert str(of(toward="calm")) == "energy down by at least 0.1 and valence not down by more than 0.02"
    assert str(of(valence=0.2, energy=0.0)) == "valence up by at least 0.2 and energy within ±0.04"
    assert of(valence=0.2).name == "valence +0.2"
    assert [wish.high for wish in of(toward="energetic").wishes] == [inf]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"toward": "clam"}, 'Unknown mood "clam": did you mean "calm"?'),
        ({}, "No change is asked for"),
        ({"valence": 0.0}, "No change is asked for"),
        ({"toward": "calm", "energy": 0.1}, "A mood and numbers"),
        ({"valence": 0.1, "by": 0.1}, "--by says how far a mood"),
        ({"toward": "calm", "by": 0.0}, "above 0 and at most 1, not 0"),
        ({"energy": 0.6}, "estimated energy is 0.50 already, and a change of +0.6 would leave its scale of 0 to 1"),
        ({"toward": "calm", "by": 0.8}, "calm: estimated energy is 0.50 already"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(asked, said):
    with pytest.raises(DataError, match=re.escape(said)):
        of(**asked)


def test_an_estimator_without_the_axis_is_refused():
    with pytest.raises(DataError, match="gives tension and no arousal or energy"):
        goal_of(("tension",), ((0.0, 1.0),), (0.5,), toward="energetic")


def test_the_moods_of_the_docs_are_these():
    text = (Path(__file__).parents[2] / "docs" / "suggest.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| ([\w ]+) \|$", text, re.MULTILINE)
    stated = {mood: {"valence": valence, "energy": energy} for mood, valence, energy in rows}
    assert stated == {mood: {"valence": "free", "energy": "free", **ways} for mood, ways in MOODS.items()}
