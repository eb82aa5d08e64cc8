"""Searches whose best answer is known, and what must hold of any."""

import numpy as np
import pytest
from planted_estimator import RATE

from wetdry.audio import Clip, loudness
from wetdry.effects import effect
from wetdry.errors import AudioError, DataError
from wetdry.suggest import suggest_effects
from wetdry.suggest.cost import SpectralCost
from wetdry.suggest.part import hear
from wetdry.suggest.words import lead

SILENCING = " | ".join(["gain(gain_db=-120)"] * 8)
"""Beyond the smallest number of single precision."""
DARKER = {"energy": -0.3, "effects": "lowpass,gain,delay,highpass", "evaluations": 60, "workers": 2}
"""White noise, of whose power 3/4 lie above 2 kHz: a low-pass at 3636 Hz leaves 0.45."""


@pytest.fixture(scope="module")
def darker(planted, hiss):
    return suggest_effects(hiss, estimator=planted("brightness"), **DARKER)


def test_the_planted_answer_is_found(darker):
    winner = darker.winner
    assert winner.trial.names == ("lowpass",)
    # Its pass band ends a tenth below the cut-off, and its stop band begins a tenth above.
    assert 3636 < winner.trial.effect.cutoff_hz < 3636 * 1.1
    assert winner.trial.reached
    assert winner.holds_up
    assert winner.change.estimate[0] == pytest.approx(-0.3, abs=0.03)
    assert winner.change.high[0] < -0.27


def test_nothing_of_a_fine_grid_is_cheaper(darker):
    """All low-passes that reach the goal, applied and measured without the search."""
    part = darker.part
    cost = SpectralCost(part.dry)

    def brightness(clip: Clip) -> np.ndarray:
        power = np.square(np.abs(np.fft.rfft(clip.samples.reshape(-1, RATE), axis=1)))
        return power[:, 2001:].sum(axis=1) / power.sum(axis=1)

    def reaching(cutoff: int) -> float:
        wet = effect(f"lowpass(cutoff_hz={cutoff})")(part.dry)
        wet = wet.scaled(loudness(part.dry) - loudness(wet))
        shift = (brightness(wet) - brightness(part.dry))[part.searched]
        error = shift.std(ddof=1) / np.sqrt(len(shift))
        return cost.of(wet, {}) if shift.mean() + error <= -0.3 else np.inf

    cheapest = min(reaching(cutoff) for cutoff in range(2400, 4200, 50))
    assert darker.winner.trial.cost == pytest.approx(cheapest, rel=0.05)


def test_the_budget_is_kept_and_every_effect_counted_once(planted, hiss):
    for most in (1, 7, 23):
        judge = planted("brightness")
        found = suggest_effects(hiss, estimator=judge, **DARKER | {"evaluations": most})
        assert len(found.trials) + len(found.failures) == most == sum(found.stages.values())
        assert not found.complete
        dry, final = found.part.count, len(found.candidates) * found.part.count
        assert judge.encoder.windows_seen == dry + most * len(found.part.searched) + final
        assert f"The budget of {most} evaluations ended the search" in lead(found)
        assert found.reached or lead(found).startswith("Not reached so far: ")


def test_a_search_that_has_looked_everywhere_stops_by_itself(planted, hiss):
    found = suggest_effects(
        hiss, estimator=planted(), energy=-0.3, effects="lowpass", longest=1, evaluations=10_000, candidates=1
    )
    assert found.complete
    assert len(found.trials) < 200
    assert "budget" not in lead(found)


def test_the_same_search_twice_is_the_same_whatever_the_workers(darker, planted, hiss):
    again = suggest_effects(hiss, estimator=planted("brightness"), **DARKER | {"workers": 1})
    assert [t.effect.key for t in again.trials] == [t.effect.key for t in darker.trials]
    assert [(t.cost, t.share) for t in again.trials] == [(t.cost, t.share) for t in darker.trials]
    assert again.winner.change.low.tolist() == darker.winner.change.low.tolist()


def test_a_smaller_budget_sees_the_beginning_of_a_larger(darker, planted, hiss):
    some = suggest_effects(hiss, estimator=planted("brightness"), **DARKER | {"evaluations": 20})
    assert [t.effect.key for t in some.trials] == [t.effect.key for t in darker.trials][:20]


def test_a_gain_is_no_way_to_a_goal_unless_any_loudness_will_do(planted, hiss):
    """Energy is the level, 60 dB to 1: −0.2 is −12 dB, which cost 12 dB."""
    settings = {"energy": -0.2, "effects": "gain,bitcrush", "evaluations": 60}
    matched = suggest_effects(hiss, estimator=planted("level"), **settings)
    assert not matched.reached
    assert lead(matched).startswith("Out of reach")
    free = suggest_effects(hiss, estimator=planted("level"), any_loudness=True, **settings)
    assert free.reached
    assert free.winner.trial.names == ("gain",)
    assert free.winner.trial.effect.gain_db == pytest.approx(-12.0, abs=0.8)  # A fifth of a level.
    assert free.winner.trial.cost == pytest.approx(-free.winner.trial.effect.gain_db, abs=0.01)


def test_every_candidate_is_as_loud_as_the_dry_song(planted, hiss):
    found = suggest_effects(
        hiss, estimator=planted(), energy=-0.1, effects="lowpass,lowpass1,bitcrush(bits=2)", longest=1, evaluations=20
    )
    assert len(found.candidates) == 2
    for candidate in found.candidates:
        own = candidate.trial.effect(found.part.dry)
        assert abs(loudness(own) - loudness(found.part.dry)) > 0.5
        assert loudness(candidate.wet) == pytest.approx(loudness(found.part.dry), abs=0.01)


def test_an_effect_that_leaves_silence_is_a_failure_and_no_candidate(planted, hiss):
    found = suggest_effects(
        hiss, estimator=planted(), energy=-0.1, effects=f"lowpass,{SILENCING}", longest=1, evaluations=8
    )
    assert [failure.effect for failure in found.failures] == [SILENCING]
    assert "too little to be brought to the loudness" in found.failures[0].reason


def test_out_of_reach_is_said_with_how_far_the_closest_goes(planted, hiss):
    """Noise cannot become brighter by a low-pass, and by this little high-pass not enough."""
    found = suggest_effects(
        hiss, estimator=planted(), energy=0.2, effects="lowpass,highpass(cutoff_hz=800)", longest=1, evaluations=60
    )
    share = found.winner.trial.share
    assert not found.reached
    assert 0.1 < share < 1.0
    assert found.winner.trial.effect.name == "highpass"
    assert f"goes {int(100 * share)} % of the way" in lead(found)
    assert lead(found).startswith("Out of reach: the closest of ")
    nothing = suggest_effects(hiss, estimator=planted(), energy=0.2, effects="lowpass", evaluations=8)
    assert nothing.candidates == ()
    assert nothing.winner is None
    assert "none of 8 settings tried goes even 5 % of the way" in lead(nothing)


def test_a_chain_is_found_where_no_single_effect_reaches(planted, hiss):
    """Two fixed first-order low-passes, each too weak: only one behind the other is enough."""
    weak = "lowpass1(cutoff_hz=2500), lowpass1(cutoff_hz=2600)"
    settings = {"energy": -0.42, "effects": f"{weak}, gain", "evaluations": 40}
    alone = suggest_effects(hiss, estimator=planted(), longest=1, **settings)
    assert not alone.reached
    chained = suggest_effects(hiss, estimator=planted(), longest=2, **settings)
    assert chained.reached
    assert chained.winner.trial.names == ("lowpass1", "lowpass1")


def test_chains_grow_as_long_as_they_may_and_no_longer_than_they_must(planted, hiss):
    weak = ", ".join(f"lowpass1(cutoff_hz={cutoff})" for cutoff in (3000, 3100, 3200))
    settings = {"effects": f"{weak}, gain", "longest": 3, "evaluations": 80}
    three = suggest_effects(hiss, estimator=planted(), energy=-0.48, **settings)
    assert three.reached
    assert len(three.winner.trial.names) == 3
    two = suggest_effects(hiss, estimator=planted(), energy=-0.36, **settings)
    assert two.reached
    assert len(two.winner.trial.names) == 2


def test_luck_is_told_from_an_effect_on_windows_held_out(planted):
    """The high tones are in the windows of the search only: on the others nothing can be darkened."""
    time = np.arange(RATE) / RATE
    low = 0.1 * np.sin(2 * np.pi * 300 * time)
    high = low + 0.1 * np.sin(2 * np.pi * 5000 * time)
    song = Clip(np.concatenate([high, low, high, high, low, high]).astype(np.float32), RATE)
    found = suggest_effects(song, estimator=planted(), energy=-0.3, effects="lowpass", longest=1, evaluations=12)
    assert found.part.held_out.tolist() == [1, 4]
    assert found.reached
    assert not found.winner.holds_up
    assert found.winner.held_out_share == pytest.approx(0.0, abs=0.02)
    assert "does not move toward the goal at all" in lead(found) or "goes 0 % of the way" in lead(found)


def test_a_change_counts_as_far_as_it_exceeds_its_standard_error(planted, hiss):
    """A ramp of high tones: a low-pass changes some windows more than others."""
    ramp = np.linspace(0.0, 0.2, hiss.frames) * np.sin(2 * np.pi * 5000 * np.arange(hiss.frames) / RATE)
    song = hiss.with_samples((hiss.samples + ramp).astype(np.float32))
    found = suggest_effects(song, estimator=planted(), energy=-0.3, effects="lowpass", longest=1, evaluations=8)
    candidate, searched = found.winner, found.part.searched
    shift = (candidate.estimates - found.dry.estimates)[searched]
    error = shift.std(axis=0, ddof=1) / np.sqrt(len(searched))
    assert error[0] > 0.01
    assert candidate.trial.doubt == pytest.approx(error)
    assert candidate.trial.distance == pytest.approx(max(0.0, 0.3 + shift[:, 0].mean() + error[0]))
    for trial in found.trials:
        assert trial.reached == (trial.change[0] + trial.doubt[0] <= -0.3)


def test_parameters_are_moved_where_levels_do_not_reach(planted, hiss):
    """Levels of this band-pass raise its lower edge, which takes away what should be left."""
    found = suggest_effects(hiss, estimator=planted(), energy=-0.3, effects="eq", longest=1, evaluations=60)
    before = found.trials[: found.stages["single effects"] + found.stages["between the levels"]]
    levels = min(trial.distance for trial in before)
    assert found.winner.trial.distance < 0.8 * levels


def test_a_short_song_has_no_windows_to_spare_and_that_is_said(planted, hiss):
    found = suggest_effects(
        hiss.excerpt(0.0, 3.0), estimator=planted(), energy=-0.3, effects="lowpass", longest=1, evaluations=12
    )
    assert found.part.held_out.size == 0
    assert np.isnan(found.winner.held_out_share)
    assert "too short to spare windows" in lead(found)


def test_embedding_cost_is_the_displacement_in_dry_spreads(planted, hiss):
    ramp = np.linspace(0.2, 1.0, hiss.frames, dtype=np.float32)
    found = suggest_effects(
        hiss.with_samples(hiss.samples * ramp),
        estimator=planted(),
        energy=-0.3,
        effects="lowpass",
        cost="embedding",
        longest=1,
        evaluations=8,
    )
    vectors = found.dry.vectors["signal"][found.part.searched].astype(np.float64)
    unit = np.sqrt(vectors.var(axis=0, ddof=1).sum())
    wet = hear(found.winner.wet, found.part.windows, found.estimator, rows=found.part.searched).vectors["signal"]
    moved = wet.astype(np.float64).mean(axis=0) - vectors.mean(axis=0)
    assert found.winner.trial.cost == pytest.approx(np.hypot(*moved) / unit)
    assert found.cost.about == "spreads between the dry windows"


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"toward": "calmer"}, DataError, 'Unknown mood "calmer"'),
        ({"energy": -0.9}, DataError, "would leave its scale of 0 to 1"),
        ({"energy": -0.1, "longest": 9}, DataError, "longest"),
        ({"energy": -0.1, "cost": "loudness"}, DataError, "cost"),
        ({"energy": -0.1, "evalutions": 9}, DataError, "evalutions"),
        ({"energy": -0.1, "budget": -1.0}, DataError, "give --budget above 0 s"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(planted, hiss, settings, error, said):
    with pytest.raises(error, match=said):
        suggest_effects(hiss, estimator=planted(), **settings)


def test_silence_and_snippets_are_refused(planted, hiss):
    with pytest.raises(AudioError, match="is silent there"):
        suggest_effects(hiss.scaled(-400.0), estimator=planted(), energy=-0.1)
    with pytest.raises(AudioError, match="give at least 1 s"):
        suggest_effects(hiss.excerpt(0.0, 0.5), estimator=planted(), energy=-0.1)


def test_a_search_in_which_all_fails_says_why(planted, hiss):
    with pytest.raises(DataError, match="too little to be brought"):
        suggest_effects(hiss, estimator=planted(), energy=-0.1, effects=f"{SILENCING},gain", evaluations=1)


def test_a_budget_that_ends_at_once_says_so(planted, hiss):
    with pytest.raises(DataError, match="budget ended before one effect was tried"):
        suggest_effects(hiss, estimator=planted(), energy=-0.1, budget=1e-9)
