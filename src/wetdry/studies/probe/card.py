"""What a probe was trained on, how well it does on clips it has not seen, and what it is no good for."""

from __future__ import annotations

import math
from typing import Final, Literal

from pydantic import Field

from wetdry.probes.description import Description
from wetdry.studies.cards import Figure, Record, Text, View

FORMAT: Final = "wetdry probe card 1"

TEST_PART = "the data set’s own test part"
LEFT_OUT = "groups of training clips left out in turn"


class ClassLabels(Record):
    """A class, and how many training clips are of it."""

    name: Text
    clips: int = Field(ge=1)


class NumberLabels(Record):
    """A number, and what it is over training clips."""

    name: Text
    lowest: float
    mean: float
    highest: float


class Training(Record):
    """The clips that a probe learnt from."""

    data: Text
    licence: Text = Field(description="Of the data, as its publisher states it")
    parts: tuple[Text, ...] = Field(description="Parts of a published split; empty where all clips were taken")
    fingerprint: Text = Field(description="Of the content of the clips, in any order")
    clips: int = Field(ge=1)
    groups: int = Field(ge=1)
    left_out: int = Field(ge=0, description="Clips of the data set without the label, a side or a vector, or repeated")


class Score(Record):
    """One score, of what always says the mean or the commonest class too."""

    metric: Text
    target: str = Field(description="The number that it is of; empty for classes")
    probe: Figure
    baseline: float | None = Field(description="None where the score is not defined for it")
    gain: Figure | None = Field(description="Probe less baseline, on the same clips")


class Evaluation(Record):
    """How well a probe does on clips that it has not learnt from."""

    on: Text
    clips: int = Field(ge=1)
    groups: int = Field(ge=1)
    shared_groups: int = Field(ge=0, description="Groups that training clips are from too, which leaks")
    scores: tuple[Score, ...]


class Card(Record):
    """Everything that a reader of a probe must know. Same clips and settings, same card."""

    format: Literal["wetdry probe card 1"]
    wetdry: Text
    view: View
    label: Text = Field(description="Names of the labels, as --label takes them")
    outputs: tuple[ClassLabels, ...] | tuple[NumberLabels, ...] = Field(min_length=1)
    training: Training
    evaluation: Evaluation
    probe: Description = Field(description="Family, settings and calibration: what the tensors are of")
    intended_use: Text
    limits: tuple[Text, ...]

    @property
    def classes(self) -> bool:
        """Whether the outputs are probabilities of classes, or else numbers."""
        return isinstance(self.outputs[0], ClassLabels)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the outputs, in order."""
        return tuple(output.name for output in self.outputs)

    @property
    def half_width(self) -> tuple[float, ...]:
        """Half of a 95 % interval of each number, infinite where groups are too few to tell; empty for classes."""
        return tuple(math.inf if width is None else width for width in self.probe.half_width)

    @property
    def usual(self) -> tuple[float, ...]:
        """What one says of any clip who knows the training labels alone: shares of classes, or means."""
        return tuple(
            output.clips / self.training.clips if isinstance(output, ClassLabels) else output.mean
            for output in self.outputs
        )
