"""`wetdry direction read`: how strong an effect seems to be in audio files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from wetdry.audio import Elsewhere, load
from wetdry.encoders import Encoder, Vectors
from wetdry.errors import AudioError, WetdryError
from wetdry.studies.cards import View
from wetdry.studies.direction.direction import Direction
from wetdry.studies.selection import select_audio


@dataclass(frozen=True, eq=False)
class ClipReadings:
    """What a direction reads off clips.

    Attributes
    ----------
    clips
        One row a clip: item, path, strength with low and high in the unit of the effect, strangeness (above 1:
        unlike the training clips) and unlike.
    failures
        One row a file that could not be used: path and reason.
    """

    clips: pd.DataFrame
    failures: pd.DataFrame


def read_audio(
    direction: Direction,
    audio: Sequence[str],
    *,
    encoder: str | None = None,
    device: str = "auto",
    dtype: str = "fp32",
) -> ClipReadings:
    """Read the effect off audio files, folders and data sets, each clip seen as the training clips were.

    Parameters
    ----------
    direction
        Fitted on the same revision of the encoder.
    audio
        Files, folders and data sets such as `classes:PATH`.
    encoder
        The encoder with weights of your own, such as `mert-95m:/models/mert`; by its name if None.

    Raises
    ------
    WetdryError
        Where no clip can be used. One among others that cannot is left out and listed.
    """
    model = direction.encoder(encoder, device=device, dtype=dtype)
    rows, vectors, failures = [], [], []
    for item in select_audio(audio):
        try:
            vectors.append(_vector(item.path, model, direction.card.view))
        except WetdryError as error:
            failures.append({"path": str(item.path), "reason": str(error)})
        else:
            rows.append({"item": item.id, "path": str(item.path)})
    if not rows:
        raise AudioError(failures[0]["reason"])
    reading = direction.read(np.concatenate(vectors))
    clips = pd.DataFrame(rows).assign(
        strength=reading.strength,
        low=reading.low,
        high=reading.high,
        strangeness=reading.strangeness,
        unlike=reading.is_strange,
    )
    return ClipReadings(clips, pd.DataFrame(failures, columns=["path", "reason"]))


def _vector(path: Path | Elsewhere, model: Encoder, view: View) -> Vectors:
    """The vector (1, dim) of a file."""
    clip = load(path, start=view.start, seconds=view.seconds)
    return model.embed(clip, [view.layer], windows=view.windows, pool=view.pool)[view.layer]
