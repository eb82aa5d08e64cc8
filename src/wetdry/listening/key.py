"""The key of a listening test: what each sound is. It stays with whoever runs the test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wetdry.errors import DataError
from wetdry.listening.config import ListeningConfig

KEY_FILE: Final = "key.json"
SOUND_FOLDER: Final = "sounds"
PRACTICE: Final = "practice"
LARGEST_KEY = 5_000_000
"""Bytes; a test of 200 pairs has a key of 0.2 MB."""

SoundId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
Purpose = Literal["pair", "repeat", "identity", "degraded"]


class Sound(BaseModel):
    """One presentation of a sound. What is heard twice is two of them, and nothing on the page links the two.

    Attributes
    ----------
    purpose
        `pair`: of a wet/dry pair under study. `repeat`: the sound `repeats` once more. `identity`: the dry sound once
        more in the place of a wet one. `degraded`: the dry sound spoilt beyond doubt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: SoundId
    clip: str
    group: str
    wet: bool
    family: str
    level: float | None
    effect: str
    revision: str
    purpose: Purpose
    repeats: SoundId | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @property
    def file(self) -> str:
        return f"{SOUND_FOLDER}/{self.id}.flac"


class Key(BaseModel):
    """What a listening test is made of; the page knows no more of it than the ids of its sounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal["wetdry listening test 1"] = "wetdry listening test 1"
    test: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$", description="Follows from the sounds and what they are")]
    wetdry: str
    config: ListeningConfig
    loudness_lufs: float = Field(description="Of every sound")
    practice: str = Field(description="Clip of the sound for setting the volume and for practice")
    sounds: tuple[Sound, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _consistent(self) -> Key:
        ids = {sound.id for sound in self.sounds}
        dry = {sound.clip for sound in self.sounds if not sound.wet and sound.purpose == "pair"}
        if len(ids) < len(self.sounds):
            raise ValueError("two sounds have one id")
        for sound in self.sounds:
            if sound.clip not in dry:
                raise ValueError(f"sound {sound.id} has no dry partner")
            if (sound.purpose == "repeat") != (sound.repeats is not None) or (sound.repeats or sound.id) not in ids:
                raise ValueError(f"sound {sound.id} repeats none of the sounds")
        return self

    def json_text(self) -> str:
        return self.model_dump_json(indent=1) + "\n"


def id_of(sounds: Sequence[Sound]) -> str:
    """Twelve hex digits that other sounds, or the same ones under other names, would not have."""
    content = json.dumps([sound.model_dump(mode="json") for sound in sounds], sort_keys=True)
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()


def read_key(folder: Path) -> Key:
    """The key of the test in `folder`.

    Raises
    ------
    DataError
        Where there is none, or it is not what `wetdry listen make` wrote.
    """
    path = folder / KEY_FILE
    try:
        if path.stat().st_size > LARGEST_KEY:
            raise DataError(f"{path}: is no key of a listening test (larger than {LARGEST_KEY // 1_000_000} MB).")
        key = Key.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}); give the folder that `wetdry listen make` wrote."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{path}: is no key of a listening test ({place or 'the file'}: {first['msg']}).") from None
    if id_of(key.sounds) != key.test:
        raise DataError(f"{path}: has been changed since the test was made; take the key that was written with it.")
    return key
