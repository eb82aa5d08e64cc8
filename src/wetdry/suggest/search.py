"""The search: single effects at a few levels, between the levels, chains of what helped, then their parameters.

Nothing is drawn at random: the same song and settings are searched in the same order. Each stage looks only at what
the stages before it measured, so a smaller budget sees the beginning of what a larger one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations

import numpy as np

from wetdry.errors import DataError
from wetdry.suggest.bench import Trial
from wetdry.suggest.budget import Spent
from wetdry.suggest.parameters import neighbours
from wetdry.suggest.recipes import Ingredient, Recipe, chained
from wetdry.suggest.trials import Trials

FIRST_STRENGTHS = (0.6, 0.3, 1.0, 0.1)
"""At which every single effect is tried, in this order; none other is tried before all have been tried at one."""
CLOSE_ENOUGH = 0.02
"""In strength: a fifth of a level."""
ROUNDS = 5
"""Of halving the stretch of strengths in which a recipe begins to reach the goal."""
MOST_REFINED = 6
"""Recipes that are looked at between the strengths tried."""
MOST_CHAINS = 8
"""Sets of effects that are chained, each in every order that keeps a chain before it whole."""
WEAKER, STRONGER = 0.6, 1.5
"""Factors by which a chain's strength is changed when it reaches the goal at once, or does not."""
MOST_POLISHED = 3
POLISH_STEPS = (0.3, 0.15, 0.07)
MOST_MOVES = 3
"""At one step size; then the steps become smaller."""


@dataclass
class Search:
    """Runs the stages on a record of trials.

    Attributes
    ----------
    longest
        Effects in a chain at most.
    stages
        Name of each stage that was begun, and how many evaluations it took.
    """

    trials: Trials
    ingredients: Sequence[Ingredient]
    longest: int
    stages: dict[str, int] = field(default_factory=dict)
    complete: bool = False
    _tried: dict[Recipe, dict[float, Trial]] = field(default_factory=dict)

    def run(self) -> None:
        """All stages, or as many as the budget lasts for; raises where no effect at all could be judged."""
        try:
            self._stage("single effects", self._singles)
            self._stage("between the levels", partial(self._refine, 1))
            for length in range(2, self.longest + 1):
                self._stage(f"chains of {length}", partial(self._chains, length))
            self._stage("parameters", self._polish)
            self.complete = True
        except Spent:
            pass
        if not self.trials.made:
            reasons = [failure.reason for failure in self.trials.failures]
            raise DataError(reasons[0] if reasons else "The budget ended before one effect was tried; give more.")

    def _stage(self, name: str, work: Callable[[], None]) -> None:
        before = self.trials.budget.used
        self.stages[name] = 0
        try:
            work()
        finally:
            self.stages[name] = self.trials.budget.used - before

    def _try(self, wanted: Iterable[tuple[Recipe, float]]) -> None:
        wanted = list(wanted)
        for (recipe, strength), trial in zip(wanted, self.trials.of([r.at(s) for r, s in wanted]), strict=True):
            if trial is not None:
                self._tried.setdefault(recipe, {})[strength] = trial

    def _singles(self) -> None:
        recipes = [Recipe.alone(ingredient) for ingredient in self.ingredients]
        for strength in FIRST_STRENGTHS:
            fixed_too = strength == FIRST_STRENGTHS[0]
            self._try((recipe, strength) for recipe in recipes if recipe.graded or fixed_too)

    def _refine(self, length: int) -> None:
        """Look between the strengths of the recipes of `length` that are best so far."""
        for _ in range(ROUNDS):
            graded = [r for r in self._tried if len(r.ingredients) == length and r.graded]
            best = sorted(graded, key=lambda recipe: self._best(recipe).merit)[:MOST_REFINED]
            following = [(recipe, next_strength(self._tried[recipe])) for recipe in best]
            wanted = [(recipe, strength) for recipe, strength in following if strength is not None]
            if not wanted:
                return
            self._try(wanted)

    def _chains(self, length: int) -> None:
        promising = self._promising(length)
        self._try(promising)
        changed = []
        for recipe, strength in promising:
            if recipe.graded and strength in self._tried.get(recipe, {}):
                factor = WEAKER if self._tried[recipe][strength].reached else STRONGER
                changed.append((recipe, round(min(1.0, strength * factor), 3)))
        self._try(changed)
        self._refine(length)

    def _promising(self, length: int) -> list[tuple[Recipe, float]]:
        """The chains of a length, made of what was tried, for which the sum of measured changes promises most.

        Costs and standard errors are taken to add like independent noises. It is a guess, which the trials then check.
        """
        goal = self.trials.bench.goal
        shorter, single = self._of_length(length - 1), self._of_length(1)
        if not shorter or not single:
            return []
        change = np.array([t.change for _, _, t in shorter])[:, np.newaxis] + np.array([t.change for _, _, t in single])
        doubt = np.hypot(
            np.array([t.doubt for _, _, t in shorter])[:, np.newaxis], np.array([t.doubt for _, _, t in single])
        )
        cost = np.hypot.outer([t.cost for _, _, t in shorter], [t.cost for _, _, t in single])
        distance = goal.distance(change, doubt)
        # What reaches the goal by its cost, then what does not by its distance: the order of `Trial.merit`.
        order = np.lexsort((cost.ravel(), np.where(distance > 0, distance, cost).ravel(), (distance > 0).ravel()))
        chosen: dict[frozenset[Ingredient], list[tuple[Recipe, float]]] = {}
        for index in order:
            first, second = divmod(int(index), len(single))
            parts = (shorter[first][:2], single[second][:2])
            members = frozenset(i for recipe, _ in parts for i in recipe.ingredients)
            if len(members) == length and members not in chosen:
                chosen[members] = [chained(ordered) for ordered in permutations(parts)]
                if len(chosen) == MOST_CHAINS:
                    break
        return [(recipe, round(strength, 3)) for orders in chosen.values() for recipe, strength in orders]

    def _of_length(self, length: int) -> list[tuple[Recipe, float, Trial]]:
        """Every trial of a recipe of `length` effects, with the strength."""
        recipes = [recipe for recipe in self._tried if len(recipe.ingredients) == length]
        return [(recipe, strength, trial) for recipe in recipes for strength, trial in self._tried[recipe].items()]

    def _polish(self) -> None:
        """Move the parameters of the best recipes, all together and one at a time, while that makes them better."""
        best = sorted(self._tried, key=lambda recipe: self._best(recipe).merit)
        for recipe in best[:MOST_POLISHED]:
            current = self._best(recipe)
            for step in POLISH_STEPS:
                for _ in range(MOST_MOVES):
                    moves = neighbours(current.effect, step, recipe.movable)
                    around = [trial for trial in self.trials.of(moves) if trial is not None]
                    better = min([current, *around], key=lambda t: t.merit)
                    if better is current:
                        break
                    current = better

    def _best(self, recipe: Recipe) -> Trial:
        return min(self._tried[recipe].values(), key=lambda trial: trial.merit)


def next_strength(tried: dict[float, Trial]) -> float | None:
    """The strength at which to try a recipe next; None where those tried lie close enough.

    Where it reaches the goal: halfway between the weakest strength that does and the next weaker one. Where it does
    not: halfway between the closest and the better of its neighbours.
    """
    strengths = sorted(tried)
    reached = [strength for strength in strengths if tried[strength].reached]
    if reached:
        upper = reached[0]
        lower = max((strength for strength in strengths if strength < upper), default=0.0)
    else:
        upper = min(strengths, key=lambda strength: tried[strength].merit)
        place = strengths.index(upper)
        beside = strengths[max(0, place - 1) : place] + strengths[place + 1 : place + 2]
        lower = min(beside, key=lambda strength: tried[strength].merit, default=0.0)
    if abs(upper - lower) <= CLOSE_ENOUGH:
        return None
    return round((upper + lower) / 2, 3)
