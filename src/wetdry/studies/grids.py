"""The strengths at which a study measures an effect: its levels, or the grid of a published study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from wetdry.effects import PUBLISHED_GRIDS, Effect, Step, effects, parse_levels, sweep
from wetdry.effects.base import format_value
from wetdry.errors import EffectError
from wetdry.registry import did_you_mean
from wetdry.studies.selection import split_keys

Preset = Literal["deng2025"]
"""Published recipes. `deng2025`: Deng et al., ICASSP 2025, their grids of gain, low-pass, reverb and bit depth."""

FEWEST_STRENGTHS = 3
"""A trend over two strengths cannot fail."""

LEVEL = "level"


@dataclass(frozen=True)
class Grid:
    """One effect at rising strengths, none of them neutral.

    Attributes
    ----------
    effect
        Family name, such as `reverb`.
    parameter, unit
        What is varied: `level`, or the effect's own parameter and its unit.
    strengths
        Its values, rising. More of a parameter need not be more of the effect: a cut-off at 1600 Hz is the strong end.
    steps
        The effect at each.
    """

    effect: str
    parameter: str
    unit: str
    strengths: tuple[float, ...]
    steps: tuple[Step, ...]

    def setting(self, strength: float) -> str:
        """A strength in words, with a true minus.

        >>> select_grids("gain", "1-10")[0].setting(3), select_grids("gain", preset="deng2025")[0].setting(-5.5)
        ('level 3', '−5.5 dB')
        """
        number = format_value(float(strength)).replace("-", "−")
        if self.parameter == LEVEL:
            return f"level {number}"
        return f"{number} {self.unit}" if self.unit else f"{self.parameter.rpartition('_')[2]} {number}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Key of the effect at each strength."""
        return tuple(step.effect.key for step in self.steps)


def select_grids(names: str, levels: str = "1-10", *, preset: Preset | None = None) -> tuple[Grid, ...]:
    """The grids of comma-separated effects: their levels above 0, or with a preset those of that study.

    >>> [(grid.effect, grid.strengths) for grid in select_grids("reverb", "5-9:2")]
    [('reverb', (5.0, 7.0, 9.0))]
    """
    wanted = list(dict.fromkeys(split_keys(names)))
    if not wanted:
        raise EffectError("No effect was given; `wetdry effects` lists them.")
    return tuple(_published_grid(name, preset) if preset else _level_grid(name, levels) for name in wanted)


def _level_grid(name: str, levels: str) -> Grid:
    if name not in effects.names():
        raise EffectError(
            f'Unknown effect "{name}": {did_you_mean(name, _leveled())}; effects with levels have a grid.'
        )
    if not effects.get(name).has_levels():
        raise EffectError(
            f"{name} has no levels, so it has no strengths to follow; take one of: {', '.join(_leveled())}"
        )
    # Two levels may be one setting, of a parameter that takes whole numbers.
    distinct = {step.effect.key: step for step in reversed(sweep(name, sorted(parse_levels(levels)))) if step.level}
    steps = tuple(sorted(distinct.values(), key=lambda step: step.level or 0.0))
    strengths = tuple(step.level or 0.0 for step in steps)
    return _checked(Grid(name, LEVEL, "", strengths, steps), f"levels {levels}")


def _published_grid(name: str, preset: Preset) -> Grid:
    if preset not in get_args(Preset):
        raise EffectError(f'Unknown preset "{preset}": {did_you_mean(preset, get_args(Preset))}')
    if name not in PUBLISHED_GRIDS:
        raise EffectError(f"preset {preset} has no grid of {name}; it has {', '.join(PUBLISHED_GRIDS)}.")
    parameter = effects.get(name).strength
    unit = next(p.unit for p in effects.get(name).parameters() if p.name == parameter)

    def strength(effect: Effect) -> float:
        return float(effect.params[parameter])

    members = sorted(PUBLISHED_GRIDS[name], key=strength)
    steps = tuple(Step(name, strength(member), member) for member in members)
    return Grid(name, parameter, unit, tuple(map(strength, members)), steps)


def _checked(grid: Grid, given: str) -> Grid:
    if len(grid.steps) < FEWEST_STRENGTHS:
        raise EffectError(
            f"{grid.effect}: {given} are {len(grid.steps)} different settings, and a trend over so few cannot fail; "
            f"give at least {FEWEST_STRENGTHS}, such as 1-10."
        )
    return grid


def _leveled() -> list[str]:
    return [name for name in effects.names() if effects.get(name).has_levels()]
