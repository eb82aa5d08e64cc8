"""What is to be in a store when a run is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from wetdry.audio import Windows
from wetdry.datasets.base import Dataset
from wetdry.effects import Step
from wetdry.effects.base import format_value
from wetdry.encoders.base import Encoder
from wetdry.encoders.pooling import pool_named
from wetdry.errors import DataError
from wetdry.store import recipe


@dataclass(frozen=True, eq=False)
class View:
    """How one encoder looks at every variant: its layers, window grid and pooling."""

    encoder: Encoder
    layers: tuple[str, ...]
    windows: Windows
    pool: str | None

    @property
    def key(self) -> str:
        return self.encoder.spec.key

    @cached_property
    def recipe(self) -> str:
        return recipe(self.windows, self.pool)


@dataclass(frozen=True, eq=False)
class Plan:
    """Every step of every item of a data set, seen by every encoder.

    Parameters
    ----------
    dataset
        Items in their order.
    steps
        Levels of sweeps. An effect that stands in several is computed once.
    encoders
        Encoders to embed with.
    layers
        Encoder name → layers; an encoder that is not named here gives its default layer.
    windows
        Window grid; each encoder's own if None.
    pool
        None keeps one row a window; `mean` or `mean+sd` pools a clip's windows to one row.
    start, seconds
        Decode only this excerpt of each item; all of it by default. `start=None` takes it from the middle.
    """

    dataset: Dataset
    steps: Sequence[Step]
    encoders: Sequence[Encoder]
    layers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    windows: Windows | None = None
    pool: str | None = None
    start: float | None = 0.0
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not self.steps or not self.encoders:
            raise DataError("An extraction takes at least one effect and one encoder.")
        if self.pool is not None:
            pool_named(self.pool)
        _ = self.views

    @property
    def excerpt(self) -> str:
        """The decoded part as text: start (or `middle`) and length in seconds, `0/all` for everything."""
        start = "middle" if self.start is None else format_value(float(self.start))
        length = "all" if self.seconds is None else format_value(float(self.seconds))
        return f"{start}/{length}"

    @cached_property
    def views(self) -> tuple[View, ...]:
        return tuple(
            View(
                encoder,
                tuple(encoder.check_layers(self.layers.get(encoder.spec.name))),
                self.windows or encoder.spec.windows,
                self.pool,
            )
            for encoder in self.encoders
        )

    @cached_property
    def variants(self) -> dict[str, Step]:
        """Effect key → the first step that asks for it."""
        first: dict[str, Step] = {}
        for step in self.steps:
            first.setdefault(step.effect.key, step)
        return first


@dataclass(frozen=True, eq=False)
class Wanted:
    """A variant of one clip, and the layers in which it is still missing."""

    step: Step
    layers: tuple[tuple[View, tuple[str, ...]], ...]
