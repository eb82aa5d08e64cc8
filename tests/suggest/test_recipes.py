"""Recipes, moves of parameters, budgets, and what is kept of many trials."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.effects import Chain, effect, effects
from wetdry.errors import DataError, EffectError
from wetdry.suggest.bench import Trial, names_of
from wetdry.suggest.budget import Budget, Spent
from wetdry.suggest.front import LEAST_SHARE, MOST_WITH_ONE, best_of_each, front
from wetdry.suggest.parameters import neighbours
from wetdry.suggest.recipes import Ingredient, Recipe, chained, pantry
from wetdry.suggest.search import CLOSE_ENOUGH, next_strength


def trial(share: float, cost: float, key: str = "reverb") -> Trial:
    return Trial(effect(key), np.zeros(1), np.zeros(1), max(0.0, 1.0 - share), share, cost)


class TestRecipes:
    def test_one_effect_walks_its_levels(self):
        recipe = Recipe.alone(Ingredient("delay"))
        assert [recipe.at(s).key for s in (0.3, 1.0)] == [effect("delay@3").key, effect("delay@10").key]

    def test_a_chain_starts_at_the_levels_of_its_parts_and_grows_as_a_whole(self):
        parts = [(Recipe.alone(Ingredient("eq")), 0.2), (Recipe.alone(Ingredient("reverb")), 0.6)]
        recipe, strength = chained(parts)
        assert recipe.at(strength).key == effect("eq@2 | reverb@6").key
        assert recipe.levels(1.0) == (pytest.approx(3.33), 10.0)
        assert recipe.levels(strength / 2) == (1.0, 3.0)

    def test_a_fixed_setting_stays_while_the_others_grow(self):
        recipe, strength = chained(
            [
                (Recipe.alone(Ingredient("gsm", effect("gsm"))), 1.0),
                (Recipe.alone(Ingredient("delay")), 0.4),
            ]
        )
        assert strength == 0.4
        assert recipe.at(0.2).key == effect("gsm | delay@2").key
        assert not Recipe.alone(Ingredient("gsm", effect("gsm"))).graded

    def test_by_default_neither_gain_nor_pitch_shift_is_searched(self):
        names = {ingredient.name for ingredient in pantry(None, match=True)}
        assert "reverb" in names
        assert not names & {"gain", "pitch_shift", "identity"}
        assert "gain" in {ingredient.name for ingredient in pantry(None, match=False)}

    def test_names_are_searched_and_keys_taken_as_they_are(self):
        swept, fixed, chain = pantry("reverb, peak(gain_db=3, q=1), telephone", match=True)
        assert swept == Ingredient("reverb")
        assert fixed.at(7.0) == effect("peak(gain_db=3, q=1)")
        assert isinstance(chain.at(1.0), Chain)
        assert names_of(chain.at(1.0)) == ("telephone",)

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            ("gsm, mp3@3", "Nothing in gsm, mp3@3 has levels"),
            (" , ", "No effect was given"),
            ("revreb", 'did you mean "reverb"'),
        ],
    )
    def test_nothing_to_search_is_refused_in_a_sentence(self, names, said):
        with pytest.raises(EffectError, match=said):
            pantry(names, match=True)


LEVELLED = [name for name in effects.names() if effects.get(name).has_levels()]


class TestParameters:
    @settings(deadline=None)  # The first effect of its kind imports what it needs.
    @given(st.sampled_from(LEVELLED), st.floats(0.1, 10.0), st.sampled_from([0.3, 0.07]))
    def test_every_move_is_a_valid_effect_that_differs_in_one_parameter(self, name, level, step):
        here = effects.get(name).at_level(level)
        for moved in neighbours(here, step):
            assert effect(moved.key) == moved
            assert sum(moved.params[p] != value for p, value in here.params.items()) == 1

    def test_moves_are_shares_of_narrow_ranges_and_factors_elsewhere(self):
        values = {n.params["room_size"] for n in neighbours(effect("reverb"), 0.3)}
        assert values == {0.2, 0.5, 0.8}
        values = {n.params["cutoff_hz"] for n in neighbours(effect("highpass(cutoff_hz=200)"), 1 / 3)}
        assert values == {100.0, 400.0}

    def test_links_of_a_chain_move_one_at_a_time(self):
        chain = effect("noise(level_dbfs=-40) | highpass(cutoff_hz=200)")
        keys = {n.key for n in neighbours(chain, 1 / 3)}
        assert keys == {
            "noise(level_dbfs=-20) | highpass(cutoff_hz=200)",
            "noise(level_dbfs=-80) | highpass(cutoff_hz=200)",
            "noise | highpass(cutoff_hz=100)",
            "noise | highpass(cutoff_hz=400)",
        }

    def test_settings_that_were_given_stay(self):
        recipe, strength = chained(
            [
                (Recipe.alone(Ingredient("telephone", effect("telephone"))), 1.0),
                (Recipe.alone(Ingredient("bitcrush")), 0.5),
            ]
        )
        chain = recipe.at(strength)
        moved = neighbours(chain, 0.1, recipe.movable)
        assert len(moved) == 2
        assert all(n.effects[:-1] == chain.effects[:-1] and n.effects[-1] != chain.effects[-1] for n in moved)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class TestBudget:
    @given(st.integers(1, 30), st.lists(st.integers(1, 7), max_size=30))
    def test_no_more_evaluations_than_allowed(self, most, wanted):
        budget, given_ = Budget(evaluations=most), []
        for count in wanted:
            try:
                given_.append(budget.take(count))
            except Spent:
                break
        assert sum(given_) == budget.used == min(most, sum(wanted))

    def test_time_ends_it(self):
        clock = Clock(100.0)
        budget = Budget(seconds=5.0, clock=clock)
        clock.now = 104.9
        assert budget.take(2) == 2
        assert (budget.size, budget.ticks) == (5, 4)
        clock.now = 105.0
        with pytest.raises(Spent):
            budget.take(1)

    def test_a_minute_by_default_but_not_beside_evaluations(self):
        clock = Clock()
        timed, counted, both = Budget(clock=clock), Budget(evaluations=9, clock=clock), Budget(3.0, 9, clock)
        assert (str(timed), str(counted), str(both)) == ("60 s", "9 evaluations", "3 s or 9 evaluations")
        clock.now = 60.0
        assert counted.take(20) == 9
        for spent in (timed, both):
            with pytest.raises(Spent):
                spent.take(1)

    @pytest.mark.parametrize("limits", [{"seconds": 0.0}, {"evaluations": 0}])
    def test_nothing_is_no_budget(self, limits):
        with pytest.raises(DataError, match="A search takes"):
            Budget(**limits)


pairs = st.lists(st.tuples(st.floats(-0.5, 1.0), st.floats(0.0, 20.0)), min_size=1, max_size=30)


class TestFront:
    @given(pairs)
    def test_it_holds_what_nothing_beats(self, found):
        trials = [trial(share, cost) for share, cost in found]
        best = front(trials)
        corners = {(t.share, t.cost) for t in best}
        for one in trials:
            beaten = any(
                other.share >= one.share
                and other.cost <= one.cost
                and (other.share, other.cost) != (one.share, one.cost)
                for other in trials
            )
            assert ((one.share, one.cost) in corners) == (one.share > 0 and not beaten)
        assert all(a.cost <= b.cost and a.share < b.share for a, b in itertools.pairwise(best))

    def test_the_best_of_each_set_of_effects_reached_first_by_cost_then_by_distance(self):
        trials = [
            trial(0.9, 1.0, "delay@3"),
            trial(1.0, 5.0, "reverb@3"),
            trial(1.0, 4.0, "reverb@2"),
            trial(1.0, 2.0, "eq | chorus"),
            trial(LEAST_SHARE / 2, 0.1, "phaser"),
        ]
        keys = [t.effect.key for t in best_of_each(trials, 5)]
        assert keys == [effect(k).key for k in ("eq | chorus", "reverb@2", "delay@3")]
        assert len(best_of_each(trials, 1)) == 1

    def test_candidates_differ(self):
        partners = ("reverb", "delay", "chorus", "phaser")
        trials = [trial(1.0, 3.0 + k, f"eq | {name}") for k, name in enumerate(partners)]
        trials += [trial(1.0, 1.0, "lowpass"), trial(1.0, 2.0, "lowpass | mp3")]
        chosen = best_of_each(trials, 9)
        assert [t.names for t in chosen] == [("lowpass",), ("eq", "reverb"), ("eq", "delay")]
        assert sum("eq" in t.names for t in chosen) == MOST_WITH_ONE


class TestNextStrength:
    def test_it_halves_the_stretch_in_which_the_goal_is_first_reached(self):
        tried = {0.1: trial(0.2, 1), 0.3: trial(0.6, 2), 0.6: trial(1.0, 3), 1.0: trial(1.0, 4)}
        assert next_strength(tried) == 0.45
        assert next_strength({0.6: trial(1.0, 3), 1.0: trial(1.0, 4)}) == 0.3

    def test_where_nothing_reaches_it_looks_beside_the_closest(self):
        tried = {0.1: trial(0.2, 1), 0.3: trial(0.6, 2), 0.6: trial(0.5, 3), 1.0: trial(0.1, 4)}
        assert next_strength(tried) == 0.45

    @given(st.floats(0.03, 0.97), st.floats(0.5, 20.0))
    def test_it_ends_close_above_any_threshold(self, threshold, slope):
        tried = {}
        strength: float | None = 1.0
        while strength is not None:
            tried[strength] = trial(min(1.0, strength / threshold), slope * strength)
            strength = next_strength(tried)
        weakest = min(s for s, t in tried.items() if t.reached)
        assert threshold <= weakest <= threshold + CLOSE_ENOUGH + 0.001
        assert len(tried) <= 9
