"""What one probe says of every evaluated clip, dry and under everything that was done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.probes import Probe
from wetdry.studies.emotion.emotions import emotions, read_emotions
from wetdry.studies.emotion.material import Floats, Material
from wetdry.studies.responses import Responses


@dataclass(frozen=True, eq=False)
class Answers:
    """Emotions that a probe reads; NaN where an effect failed.

    Attributes
    ----------
    dry
        Shape (clip, emotion).
    wet
        Shape (clip, variant, emotion).
    """

    material: Material
    dry: Floats
    wet: Floats

    @classmethod
    def of(cls, probe: Probe, material: Material) -> Answers:
        """Ask a probe about the evaluated clips of a layer."""
        return cls(material, _read(probe, material.dry[:, np.newaxis])[:, 0], _read(probe, material.wet))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the emotions."""
        return emotions(self.material.task)

    def responses(self) -> Responses:
        """The same as rows that pair up, one a clip, for the tables of shifts."""
        material = self.material
        count, variants = self.wet.shape[:2]
        units = pd.DataFrame(
            {"clip": material.clips["item"], "group": material.groups, "segment": 0, "start": 0.0}, copy=True
        )
        unknown = np.full((count, variants), np.nan)
        return Responses(
            self.names, material.variants, units, self.dry, self.wet, unknown, material.gain_db, each_clip=False
        )

    def over_levels(self, control: str) -> tuple[list[str], Floats]:
        """Names of sweeps and chains, and each clip's shift under them (clip, name, emotion).

        That of a sweep is its mean over the levels above 0: one number for an effect, whatever level was chosen.
        """
        variants = self.material.variants
        shift = self.wet - self.dry[:, np.newaxis]
        of_control = variants[(variants["control"] == control) & (variants["level"] != 0.0)]
        names = list(dict.fromkeys(of_control["family"]))
        means = [shift[:, of_control.index[of_control["family"] == name]].mean(axis=1) for name in names]
        return names, np.stack(means, axis=1)

    def parts(self, probe: Probe) -> Floats:
        """Shift of the parts of chains, each by itself (clip, part, emotion)."""
        shift: Floats = _read(probe, self.material.parts) - self.dry[:, np.newaxis]
        return shift


def novelty(probe: Probe, material: Material) -> tuple[Floats, Floats]:
    """How strange clips are to a probe, 0 to 1: dry (clip,) and wet (clip, variant); NaN where an effect failed."""
    dry = probe.novelty(material.dry.astype(np.float64))
    wet = [_known(material.wet[:, column], probe.novelty) for column in range(material.wet.shape[1])]
    return np.asarray(dry), np.stack(wet, axis=1)


def _read(probe: Probe, vectors: npt.NDArray[np.float32]) -> Floats:
    """Emotions (clip, variant, emotion), one variant at a time, for in float64 all would take much memory."""
    columns = [_known(vectors[:, column], probe.estimate) for column in range(vectors.shape[1])]
    estimates = np.stack(columns, axis=1) if columns else np.empty((len(vectors), 0, len(probe.task.names)))
    return read_emotions(probe.task, estimates)


def _known(vectors: npt.NDArray[np.float32], ask: Callable[[Floats], Floats]) -> Floats:
    """What `ask` says of vectors (clip, dim), NaN for those that are not there."""
    there = ~np.isnan(vectors).any(axis=1)
    # A stand-in where nothing is there tells the shape of an answer.
    known = ask((vectors[there] if there.any() else np.zeros_like(vectors[:1])).astype(np.float64))
    said = np.full((len(vectors), *known.shape[1:]), np.nan)
    said[there] = known[: there.sum()]
    return said
