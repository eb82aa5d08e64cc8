"""What an effect is: a frozen, hashable, callable value with a canonical text key.

An effect class is a frozen dataclass whose fields are its parameters, declared with `parameter`.
It states how it processes one channel; everything else (every channel with fresh state, tails,
validation, keys) is here, once.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from wetdry.audio import Clip, Samples
from wetdry.errors import EffectError
from wetdry.registry import Registry, did_you_mean

MAX_LEVEL = 10

effects: Registry[type[Effect]] = Registry("effect", EffectError)


def parameter(default: Any, about: str, *, unit: str = "", low: float | None = None, high: float | None = None) -> Any:
    """Declare a parameter of an effect: its default, unit (empty: none) and closed range."""
    return dataclasses.field(default=default, metadata={"about": about, "unit": unit, "low": low, "high": high})


@dataclass(frozen=True)
class Parameter:
    """A parameter of an effect as the catalogue shows it."""

    name: str
    default: Any
    about: str
    unit: str
    low: float | None
    high: float | None


class Effect(ABC):
    """An effect with its parameters. `wet = effect(dry)`.

    A clip goes through channel by channel, each with fresh state, so that the dose is the same for
    mono, stereo and surround files, and nothing of one clip is heard in the next. The wet clip is as
    long as the dry one: what rings on after the end is cut, unless the effect is wrapped in `ring`.

    Levels run from 0, the dry clip itself, to 10, strong. A subclass that has levels overrides
    `levelled` for those above 0; level 0 of every effect is `identity`, so it need be computed only once.
    """

    name: ClassVar[str]
    strength: ClassVar[str] = ""
    """The parameter that level 1 to 10 drives (empty: none, the effect is on or off)."""
    version: ClassVar[int] = 1
    """Raised whenever the same parameters would give other samples."""

    @classmethod
    def parameters(cls) -> list[Parameter]:
        """The parameters in the order in which the key names them."""
        return [
            Parameter(name=f.name, default=f.default, **f.metadata)
            for f in dataclasses.fields(cls)  # type: ignore[arg-type]
            if f.metadata
        ]

    @classmethod
    def at_level(cls, level: float) -> Effect:
        """The effect at `level` 0 (neutral: `identity`) to 10 (strong); levels need not be whole."""
        if not cls.has_levels():
            raise EffectError(f'Effect "{cls.name}" has no levels; give its parameters instead.')
        if not 0 <= level <= MAX_LEVEL:
            raise EffectError(f"{cls.name}: a level must lie in 0 to {MAX_LEVEL}, not {level:g}.")
        return cls.levelled(float(level)) if level else effects.get("identity")()

    @classmethod
    def levelled(cls, level: float) -> Self:
        """The effect at a level above 0; overridden by every effect that has levels."""
        raise NotImplementedError

    @classmethod
    def has_levels(cls) -> bool:
        return cls.levelled.__func__ is not Effect.levelled.__func__  # type: ignore[attr-defined]

    @abstractmethod
    def process(self, channel: Samples, sample_rate: int) -> Samples:
        """Process one channel of shape (n,) and return as many samples."""

    def tail_seconds(self) -> float:
        """How long the effect rings on after its input has ended, to about -60 dB."""
        return 0.0

    def validate(self) -> None:
        """Raise `EffectError` where parameters are each in range but impossible together."""

    def __post_init__(self) -> None:
        for p in self.parameters():
            value = getattr(self, p.name)
            if isinstance(p.default, (bool, str)):
                _check_type(self.name, p, value)
            elif isinstance(p.default, (int, float)):
                _check_range(self.name, p, value)
                object.__setattr__(self, p.name, type(p.default)(value))
        self.validate()

    @property
    def params(self) -> Mapping[str, Any]:
        return {p.name: getattr(self, p.name) for p in self.parameters()}

    @property
    def key(self) -> str:
        """Canonical text: the name and the parameters that differ from their defaults.

        >>> from wetdry.effects import effect
        >>> effect("reverb( wet_level=0.33, room_size = .25)").key
        'reverb(room_size=0.25)'
        """
        shown = [
            f"{p.name}={format_value(getattr(self, p.name))}"
            for p in self.parameters()
            if getattr(self, p.name) != p.default
        ]
        return f"{self.name}({', '.join(shown)})" if shown else self.name

    @property
    def revision(self) -> str:
        """Changes whenever the same key would give other samples."""
        return str(self.version)

    def __str__(self) -> str:
        return self.key

    def __call__(self, dry: Clip) -> Clip:
        if dry.frames == 0:
            return dry
        return dry.with_samples(checked(self.render(dry), self.key))

    def render(self, dry: Clip) -> Samples:
        """The wet samples, shape (channels, n). Override only if channels must be seen together."""
        return np.stack([self.process(channel, dry.sample_rate) for channel in dry.samples])

    def with_params(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


class WholeClipEffect(Effect):
    """An effect that has to see all channels of a clip together: it overrides `render`."""

    @abstractmethod
    def render(self, dry: Clip) -> Samples:
        """The wet samples, shape (channels, n)."""

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        wet: Samples = self.render(Clip(channel, sample_rate))[0]
        return wet


def checked(samples: Samples, key: str) -> Samples:
    """Return `samples` if all are finite, else raise."""
    if not np.isfinite(samples).all():
        raise EffectError(f"{key} gave NaN or infinite samples; choose milder parameters.")
    return samples


def format_value(value: Any) -> str:
    """A parameter value as it stands in a key: shortest exact number, or quoted text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _check_type(effect: str, p: Parameter, value: Any) -> None:
    if type(value) is not type(p.default):
        kind = "true or false" if isinstance(p.default, bool) else "text in quotes"
        raise EffectError(f"{effect}: {p.name} takes {kind}, not {value!r}.")


def _check_range(effect: str, p: Parameter, value: Any) -> None:
    unit = f" {p.unit}" if p.unit else ""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    if not number or (isinstance(p.default, int) and value != int(value)):
        kind = "whole number" if isinstance(p.default, int) else "number"
        raise EffectError(f"{effect}: {p.name} takes a {kind}, not {value!r}.")
    if (p.low is not None and value < p.low) or (p.high is not None and value > p.high):
        low = "-inf" if p.low is None else f"{p.low:g}"
        high = "inf" if p.high is None else f"{p.high:g}"
        raise EffectError(f"{effect}: {p.name} must lie in {low} to {high}{unit}, not {value:g}.")


def create(name: str, params: Mapping[str, Any]) -> Effect:
    """Build the effect registered under `name`, with a helpful error for an unknown parameter."""
    cls = effects.get(name)
    known = [p.name for p in cls.parameters()]
    for given in params:
        if given not in known:
            hint = did_you_mean(given, known) if known else "it takes none"
            raise EffectError(f'{name} has no parameter "{given}": {hint}')
    return cls(**params)
