"""Estimates and embeddings of every window under every variant, paired with the dry window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

ALL_CLIPS = "all"


@dataclass(frozen=True, eq=False)
class Responses:
    """What the encoder answered, as arrays in which rows pair up: NaN where a variant failed.

    Attributes
    ----------
    targets
        Names of the estimates, such as valence and energy.
    variants
        A row a variant: family, level (NaN without levels), control (raw, matched or gain), effect (key).
    units
        A row a window: clip, group, segment, start (s).
    dry
        Estimates of the dry windows, shape (unit, target).
    wet
        Estimates of the wet windows, shape (unit, variant, target).
    distance
        Distance of wet from dry embedding in units of the clip's dry spread, shape (unit, variant).
    gain_db
        Gain that a loudness control applied, dB, shape (unit, variant); NaN for raw variants.
    each_clip
        Whether statements are also made about each clip by itself.
    """

    targets: tuple[str, ...]
    variants: pd.DataFrame
    units: pd.DataFrame
    dry: Floats
    wet: Floats
    distance: Floats
    gain_db: Floats
    each_clip: bool = True

    @property
    def clips(self) -> list[str]:
        return list(dict.fromkeys(self.units["clip"]))

    @property
    def shift(self) -> Floats:
        """Wet minus dry estimate, shape (unit, variant, target)."""
        return self.wet - self.dry[:, np.newaxis]

    def columns(self, control: str) -> npt.NDArray[np.intp]:
        """Which variants are of the named control."""
        return np.flatnonzero(self.variants["control"] == control)

    def scopes(self) -> Iterator[Scope]:
        """All clips together, if there are several, then each clip alone if it is spoken of."""
        if len(self.clips) > 1 or not self.each_clip:
            groups = pd.factorize(self.units["group"])[0]
            yield Scope(ALL_CLIPS, "clip", np.arange(len(self.units)), groups)
        for clip in self.clips if self.each_clip else ():
            yield Scope(clip, "window", np.flatnonzero(self.units["clip"] == clip), None)


@dataclass(frozen=True, eq=False)
class Scope:
    """Which rows a statement is about, and what its unit of inference is."""

    name: str
    unit: str
    rows: npt.NDArray[np.intp]
    clusters: npt.NDArray[np.intp] | None
    """Cluster of each row; None if each row is a unit of its own."""
