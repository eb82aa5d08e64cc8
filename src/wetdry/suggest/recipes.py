"""Recipes: effects one after another that grow stronger together, so that a chain is searched like a single effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wetdry.effects import MAX_LEVEL, Chain, Effect, builtin_chains, effect, effects
from wetdry.errors import EffectError
from wetdry.studies.selection import leveled_effects, split_keys

LEVEL_DIGITS = 2
TOO_SLOW = "pitch_shift"
"""Takes longer than all other effects together: searched only if it is named."""
UNDONE_BY_MATCHING = "gain"


@dataclass(frozen=True)
class Ingredient:
    """An effect with levels, by its name, or one whose setting is `fixed`."""

    name: str
    fixed: Effect | None = None

    def at(self, level: float) -> Effect:
        return self.fixed or effects.get(self.name).at_level(level)


@dataclass(frozen=True)
class Recipe:
    """Ingredients in order, each with its level at full strength."""

    ingredients: tuple[Ingredient, ...]
    full: tuple[float, ...]

    @classmethod
    def alone(cls, ingredient: Ingredient) -> Recipe:
        return cls((ingredient,), (float(MAX_LEVEL),))

    @property
    def graded(self) -> bool:
        """Whether strength changes anything."""
        return any(ingredient.fixed is None for ingredient in self.ingredients)

    @property
    def movable(self) -> tuple[bool, ...]:
        """For each link of the effect, whether its parameters are the search's to choose."""
        return tuple(
            ingredient.fixed is None
            for ingredient in self.ingredients
            for _ in range(len(ingredient.fixed.effects) if isinstance(ingredient.fixed, Chain) else 1)
        )

    def levels(self, strength: float) -> tuple[float, ...]:
        """Level of each ingredient at a strength from 0, none, to 1, full."""
        return tuple(max(round(strength * level, LEVEL_DIGITS), 10.0**-LEVEL_DIGITS) for level in self.full)

    def at(self, strength: float) -> Effect:
        """The effect, or the chain of them."""
        links = [i.at(level) for i, level in zip(self.ingredients, self.levels(strength), strict=True)]
        return links[0] if len(links) == 1 else Chain(tuple(links))


def chained(parts: Sequence[tuple[Recipe, float]]) -> tuple[Recipe, float]:
    """Recipes at given strengths one after another: the joint recipe, and its strength that gives just these levels.

    >>> soft, loud = Recipe.alone(Ingredient("delay")), Recipe.alone(Ingredient("eq"))
    >>> chain, strength = chained([(soft, 0.2), (loud, 0.4)])
    >>> strength, chain.full, chain.levels(strength)
    (0.4, (5.0, 10.0), (2.0, 4.0))
    """
    ingredients = tuple(ingredient for recipe, _ in parts for ingredient in recipe.ingredients)
    levels = [level for recipe, strength in parts for level in recipe.levels(strength)]
    graded = [level for level, i in zip(levels, ingredients, strict=True) if i.fixed is None]
    strength = max(graded, default=float(MAX_LEVEL)) / MAX_LEVEL
    return Recipe(ingredients, tuple(level / strength for level in levels)), strength


def pantry(names: str | None, *, match: bool) -> tuple[Ingredient, ...]:
    """What the search may use: comma-separated names and keys, or every effect with levels that makes sense.

    Raises
    ------
    EffectError
        Where a name or key is wrong, or nothing that is named has levels to search between.
    """
    if names is None:
        left_out = {TOO_SLOW, *([UNDONE_BY_MATCHING] if match else [])}
        return tuple(Ingredient(name) for name in leveled_effects() if name not in left_out)
    found = [_ingredient(text) for text in dict.fromkeys(split_keys(names))]
    if not found:
        raise EffectError("No effect was given; `wetdry effects` lists them.")
    if all(ingredient.fixed for ingredient in found):
        raise EffectError(
            f"Nothing in {names} has levels, so there is nothing to search; add an effect that has, such as reverb, or "
            "measure these with `wetdry shift`."
        )
    return tuple(found)


def _ingredient(text: str) -> Ingredient:
    if text in leveled_effects():
        return Ingredient(text)
    fixed = effect(text)
    return Ingredient(text if text in builtin_chains() else fixed.key, fixed)
