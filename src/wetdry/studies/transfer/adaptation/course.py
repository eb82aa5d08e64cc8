"""What one encoder is to be taught by one method, and asked about, where one part of the groups is held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from wetdry.adapt import AdaptSettings, FeatureBank, Frozen, Method, WeightedSum
from wetdry.audio import Windows
from wetdry.effects import Effect
from wetdry.encoders import Encoder, encoder
from wetdry.remote.object_path import AnyPath
from wetdry.studies.transfer.adaptation.heard import Heard
from wetdry.studies.transfer.folds import Counts

TRAIN, STOP, TEST = range(3)


@dataclass(frozen=True, eq=False)
class Course:
    """All that a process needs; the encoder is opened, and clips are decoded, where they are used.

    Attributes
    ----------
    encoder, name
        What the user called it, and its name.
    method, settings
        The same for every stage; the seed is that of the settings.
    domains, classes
        Names.
    clips
        A row a clip of both domains: domain, item, path, clip, group, label.
    split, sides
        The part that is tested, and the places of clips to learn from, to stop by and to test on.
    windows, start, seconds
        How each clip is cut, and the part of its file that is used.
    control
        Whether each domain is also learnt twice.
    heard, unseen
        Effects that augmented training hears, and those that it is only tested on.
    training
        Where trainings are kept between epochs, each under this name with an ending of its own; None to keep nothing.
    elsewhere
        Path → file, of clips that are not on this machine.
    """

    encoder: str
    name: str
    method: Method
    settings: AdaptSettings
    domains: tuple[str, str]
    classes: tuple[str, ...]
    clips: pd.DataFrame
    split: int
    sides: tuple[Counts, Counts, Counts]
    windows: Windows | None = None
    start: float | None = None
    seconds: float | None = None
    control: bool = True
    heard: tuple[Effect, ...] = ()
    unseen: tuple[Effect, ...] = ()
    training: Path | None = None
    elsewhere: Mapping[str, AnyPath] = field(default_factory=dict)

    @cached_property
    def base(self) -> Encoder:
        """In full precision, as adapting needs it."""
        return encoder(self.encoder, device=self.settings.device)

    @property
    def bank(self) -> FeatureBank:
        """What is kept of clips for all trainings and tests of this process that can share it."""
        return shared_bank(self.encoder, self.settings.device, self.method.layers, self.keeps_vectors)

    @property
    def keeps_vectors(self) -> bool:
        """Whether nothing is trained within the network, so that of a clip a vector a layer is kept, and no states."""
        return isinstance(self.method, (Frozen, WeightedSum))

    @property
    def repeats(self) -> int:
        """How often a stage is given each clip: twice where one of both may be wet, so that all plans learn as long."""
        return 2 if self.heard else 1

    def other(self, domain: str) -> str:
        return next(name for name in self.domains if name != domain)

    def of(self, side: int, domain: str) -> Counts:
        """Places of one side's clips of one domain."""
        places = self.sides[side]
        found: Counts = places[self.clips["domain"].to_numpy(str)[places] == domain]
        return found

    def heard_as(self, places: Counts, effects: Sequence[Effect | None] | None = None) -> Heard:
        """Clips by their places (n,), each through its effect (n,); all dry if None."""
        rows = self.clips.iloc[places]
        wet = [None] * len(places) if effects is None else effects
        files = tuple(self.elsewhere.get(path) or Path(path) for path in rows["path"])
        return Heard(files, tuple(rows["clip"]), tuple(wet), self.start, self.seconds)


@lru_cache(maxsize=1)
def shared_bank(encoder: str, device: str, layers: bool, keeps_vectors: bool) -> FeatureBank:
    """The one bank of a process: states of all clips are large, so it is let go when another kind is asked for."""
    del encoder, device, layers, keeps_vectors
    return FeatureBank()
