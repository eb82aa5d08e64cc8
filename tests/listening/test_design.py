"""Which sounds a test is made of: balance, partners and controls, whatever was asked for."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.effects import sweep
from wetdry.errors import DataError
from wetdry.listening.design import DEGRADED, IDENTITY, draw_pairs, plan

COUNTS = st.integers(1, 9)


@given(COUNTS, COUNTS, st.integers(1, 100), st.integers(0, 5))
def test_pairs_are_different_and_balanced(clips, steps, wanted, seed):
    pairs = draw_pairs(clips, [str(k // 2) for k in range(steps)], wanted, np.random.default_rng(seed))
    assert len(pairs) == len(set(pairs)) == min(wanted, clips * steps)
    for side, members, most in ((0, clips, 2), (1, steps, 1)):
        often = Counter(pair[side] for pair in pairs)
        counts = [often[member] for member in range(members)]
        assert max(counts) - min(counts) <= most


@pytest.mark.parametrize("seed", range(5))
def test_an_effect_is_heard_on_as_many_clips_as_it_has_pairs(seed):
    """Six steps of three effects, 24 pairs, eight clips: eight pairs an effect, so every effect on every clip."""
    families = ["distortion", "distortion", "lowpass", "lowpass", "reverb", "reverb"]
    pairs = draw_pairs(8, families, 24, np.random.default_rng(seed))
    reached = {family: {clip for clip, step in pairs if families[step] == family} for family in set(families)}
    assert sum(map(len, reached.values())) >= 22
    assert Counter(clip for clip, _ in pairs) == dict.fromkeys(range(8), 3)


@given(st.integers(1, 6), st.integers(4, 12), st.integers(0, 4), st.booleans(), st.integers(0, 5))
def test_every_wet_sound_has_its_dry_partner_and_controls_are_as_asked(clips, pairs, repeats, anchors, seed):
    steps = [*sweep("distortion", [4, 8]), *sweep("reverb", [4, 8])]
    planned = plan(clips, steps, pairs=pairs, repeats=repeats, anchors=anchors, rng=np.random.default_rng(seed))
    dry = [one.clip for one in planned if one.purpose == "pair" and not one.wet]
    wet = [one for one in planned if one.purpose == "pair" and one.wet]
    assert len(dry) == len(set(dry))
    assert set(dry) == {one.clip for one in planned}
    assert len(wet) == min(pairs, 4 * clips)
    again = [one for one in planned if one.purpose == "repeat"]
    assert len(again) == repeats == len({one.repeats for one in again})
    for one in again:
        first = planned[one.repeats]
        assert (first.clip, first.step, first.purpose) == (one.clip, one.step, "pair")
    extra = [(one.purpose, one.step) for one in planned if one.purpose in ("identity", "degraded")]
    assert extra == ([("identity", IDENTITY), ("degraded", DEGRADED)] if anchors else [])


def test_an_effect_without_a_pair_is_refused():
    with pytest.raises(DataError, match="3 pairs are too few for 4 effects and levels: ask for at least 4"):
        plan(2, sweep("gain", [1, 2, 3, 4]), pairs=3, repeats=0, anchors=False, rng=np.random.default_rng(0))


def test_more_repeats_than_sounds_are_refused():
    with pytest.raises(DataError, match="5 sounds cannot be repeated where there are 2"):
        plan(1, sweep("gain", [4]), pairs=1, repeats=5, anchors=False, rng=np.random.default_rng(0))
