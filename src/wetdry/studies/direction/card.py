"""What a direction was fitted on, how well it reads, and what it is no good for: the card beside the numbers."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from wetdry.effects import Step, effect
from wetdry.errors import DataError, WetdryError
from wetdry.studies.cards import Figure, Record, Text, View
from wetdry.studies.grids import Grid

FORMAT: Final = "wetdry direction 1"


class Strengths(Record):
    """The effect at rising strengths."""

    effect: Text
    parameter: Text
    unit: str
    strengths: tuple[float, ...] = Field(min_length=3)
    keys: tuple[Text, ...]
    revisions: tuple[Text, ...] = Field(description="Of the effect at each strength: others give other samples")

    @classmethod
    def of(cls, grid: Grid) -> Strengths:
        effects = [step.effect for step in grid.steps]
        return cls(
            effect=grid.effect,
            parameter=grid.parameter,
            unit=grid.unit,
            strengths=grid.strengths,
            keys=tuple(one.key for one in effects),
            revisions=tuple(one.revision for one in effects),
        )

    def grid(self) -> Grid:
        """The effects that the card names, to be applied again; raises where this install makes others of them."""
        steps = []
        for strength, key, revision in zip(self.strengths, self.keys, self.revisions, strict=True):
            try:
                made = effect(key)
            except WetdryError as error:
                raise DataError(f'The direction\'s effect "{key}" cannot be made here: {error}') from None
            if made.revision != revision:
                raise DataError(
                    f"{key} gives other samples here (revision {made.revision}) than the direction was fitted on "
                    f"(revision {revision}): fit it again."
                )
            steps.append(Step(self.effect, strength, made))
        return Grid(self.effect, self.parameter, self.unit, self.strengths, tuple(steps))


class Training(Record):
    """The clips that a direction was fitted on."""

    data: Text
    fingerprint: Text = Field(description="Of the content of the clips, in any order")
    clips: int = Field(ge=1)
    groups: int = Field(ge=1)
    left_out: int = Field(ge=0, description="Clips of the data set that lack a vector at some strength")


class Accuracy(Record):
    """How well clips were read, errors in the unit of the strength."""

    r2: Figure = Field(description="Squared Spearman correlation of estimate and strength, with its sign")
    mae: Figure
    rmse: Figure
    mae_of_middle: float = Field(description="Error of always saying the middle of the grid")
    coverage: Figure = Field(description="Share of intervals that hold the true strength")


class Range(Record):
    """Median of some readings, and the 5 % and 95 % quantiles."""

    low: float
    median: float
    high: float


class Card(Record):
    """Everything that a reader of a direction must know. Same clips, same card."""

    format: Literal["wetdry direction 1"]
    wetdry: Text
    view: View
    effect: Strengths
    training: Training
    ridge: float = Field(gt=0, description="In mean variances; chosen on groups left out")
    level: float = Field(gt=0, lt=1, description="Share of new clips that intervals are to cover")
    in_sample_r2: float = Field(description="On the clips that it was fitted on: no evidence")
    held_out: Accuracy = Field(description="On groups of clips that it was not fitted on")
    dry: Range = Field(description="What it reads off clips without the effect, held out")
    intended_use: Text
    limits: tuple[Text, ...]


def in_words(strengths: Strengths) -> str:
    """Name and parameter of what is read, such as `reverb (level)` or `gain (gain_db, dB)`.

    >>> from wetdry.studies.grids import select_grids
    >>> in_words(Strengths.of(select_grids("gain", preset="deng2025")[0]))
    'gain (gain_db, dB)'
    """
    inside = f"{strengths.parameter}, {strengths.unit}" if strengths.unit else strengths.parameter
    return f"{strengths.effect} ({inside})"
