"""What a model estimates of the very sounds that listeners heard."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from wetdry.audio import load
from wetdry.errors import DataError
from wetdry.extract import Progress, Silent
from wetdry.listening.key import Key, Sound
from wetdry.listening.ratings import paired, sound_table
from wetdry.listening.results import SCALES
from wetdry.studies.estimators import NAMES_OF_AROUSAL, Estimator

NAMES = {"valence": ("valence",), "arousal": NAMES_OF_AROUSAL}
"""What models call that which listeners rated on a scale, first choice first."""

MODEL = "model"


def scales_of(estimator: Estimator) -> dict[str, str]:
    """Scale → the estimator's name for it, of those that it estimates.

    Raises
    ------
    DataError
        Where it estimates neither valence nor arousal.
    """
    found = {
        scale: name
        for scale in SCALES
        if (name := next((name for name in NAMES[scale] if name in estimator.targets), None))
    }
    if not found:
        raise DataError(
            f"{estimator.name} estimates {', '.join(estimator.targets)}, and listeners rated valence and arousal: "
            "give an encoder or probe that estimates one of these."
        )
    return found


def model_shifts(key: Key, folder: Path, estimator: Estimator, progress: Progress | None = None) -> pd.DataFrame:
    """A row a wet sound: the model's valence and arousal, wet − dry in its own units; NaN for those it does not have.

    Raises
    ------
    DataError
        Where a sound is missing or is not the one that listeners heard.
    """
    names = scales_of(estimator)
    columns = [estimator.targets.index(name) for name in names.values()]
    progress = progress or Silent()
    heard = [sound for sound in key.sounds if sound.purpose != "repeat"]
    progress.start(len(heard), f"sounds heard by {estimator.name}")
    rows = []
    for sound in heard:
        clip = load(checked(folder, sound))
        rows.append([sound.id, *estimator.of_clip(clip)[columns]])
        progress.advance(1, clip.seconds)
    progress.close()
    estimates = pd.DataFrame(rows, columns=["sound", *names]).reindex(columns=["sound", *SCALES])
    estimates[list(SCALES)] = estimates[list(SCALES)].astype(np.float64)
    return paired(estimates.join(sound_table(key), on="sound").assign(rater=MODEL), SCALES).drop(columns="rater")


def checked(folder: Path, sound: Sound) -> Path:
    """The file of a sound; raises `DataError` where it is missing or has other content than the key says."""
    path = folder / sound.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}); the folder of sounds must lie beside the key."
        ) from None
    if hashlib.sha256(content).hexdigest() != sound.sha256:
        raise DataError(f"{path}: is not the sound that listeners heard; take the one that was made with the test.")
    return path
