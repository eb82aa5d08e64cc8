"""Decoding: the only place in wetdry that opens an audio file."""

from __future__ import annotations

import io
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wetdry.audio.clip import Clip, Samples
from wetdry.audio.elsewhere import AtHand, Elsewhere, at_hand
from wetdry.errors import AudioError

if TYPE_CHECKING:
    import soundfile

MAX_CHANNELS = 8
MIN_RATE, MAX_RATE = 8_000, 192_000
READ_FRAMES = 1 << 20
MOST_SAMPLES = 350_000_000
"""Over all channels, unless a length is asked for: an hour of stereo at 48 kHz, 1.4 GB."""


def load(path: str | Path | Elsewhere, *, start: float | None = 0.0, seconds: float | None = None) -> Clip:
    """Decode an audio file (wav, flac, ogg, mp3, aiff) at its own rate, all channels.

    Parameters
    ----------
    path
        File of 1 to 8 channels at 8 to 192 kHz; one that is not on this machine is read whole.
    start, seconds
        Decode only the part from `start` on, at most `seconds` long; `start=None` takes it from the
        middle of the file. Only that part is held in memory. Without `seconds` a file must be shorter
        than about 20 minutes, so that no file can fill the memory unasked.

    Raises
    ------
    AudioError
        One sentence that names the file, for anything that is not usable audio: a missing file, a
        directory, an empty or damaged file, no samples, or NaN or infinite samples.
    """
    import soundfile

    path = _readable(path)
    if not (start is None or 0 <= start < math.inf) or not (seconds is None or 0 < seconds < math.inf):
        raise AudioError(f"{path}: start must be 0 or more and seconds more than 0.")
    try:
        with _opened(path) as file:
            _check_format(path, file)
            if start is None:
                start = max(0.0, (file.frames / file.samplerate - seconds) / 2) if seconds else 0.0
            rate = file.samplerate
            samples = _read(file, start, seconds)
            if seconds is None and samples.size > MOST_SAMPLES:
                longest = MOST_SAMPLES / rate / file.channels
                raise AudioError(f"{path}: is longer than {longest / 60:.0f} min; give the seconds of it to be used.")
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: not a readable wav, flac, ogg, mp3 or aiff file ({_reason(error)}); convert it or replace it."
        ) from None
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror or error}).") from None
    if samples.shape[1] == 0:
        raise AudioError(f"{path}: holds no samples from {start:g} s on; choose an earlier start or another file.")
    if not np.isfinite(samples).all():
        raise AudioError(f"{path}: holds NaN or infinite samples; export it again.")
    return Clip(samples, rate)


def stated_length(path: str | Path | Elsewhere) -> tuple[int, int]:
    """Samples a channel and sample rate, as the header of an audio file states them; nothing is decoded.

    Raises
    ------
    AudioError
        Where it is no readable audio file.
    """
    import soundfile

    path = _readable(path)
    try:
        with _opened(path) as file:
            return int(file.frames), int(file.samplerate)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"{path}: not a readable audio file ({_reason(error)}); convert it or replace it.") from None
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror or error}).") from None


def _readable(path: str | Path | Elsewhere) -> Path | AtHand:
    """What can be opened; raises `AudioError` where nothing can."""
    if isinstance(path, str):
        if "://" in path:
            raise AudioError(f"{path}: is a URL, and no file; open it as a data set, such as folder:{path}")
        path = Path(path)
    file = at_hand(path)
    if isinstance(file, Path):
        _check_readable(file)
    return file


def _opened(file: Path | AtHand) -> soundfile.SoundFile:
    import soundfile

    if isinstance(file, Path):
        return soundfile.SoundFile(file)
    try:
        return soundfile.SoundFile(io.BytesIO(file.content))
    except soundfile.LibsndfileError:
        # Names count too: that an MP3 begins behind other bytes is found out of files called so only.
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix) as copy:
            copy.write(file.content)
            copy.flush()
            return soundfile.SoundFile(copy.name)


def _check_readable(path: Path) -> None:
    try:
        if path.is_dir():
            raise AudioError(f"{path}: is a directory, not an audio file; to use all files in it, give folder:{path}")
        if not path.exists():
            raise AudioError(f"{path}: no such file; check the path.")
        if path.stat().st_size == 0:
            raise AudioError(f"{path}: is an empty file (0 bytes); replace it.")
        with path.open("rb"):
            pass
    except PermissionError:
        raise AudioError(f"{path}: may not be read; check its permissions.") from None
    except (OSError, ValueError) as error:
        raise AudioError(f"{path}: cannot be opened ({getattr(error, 'strerror', None) or error}).") from None


def _check_format(path: Path | AtHand, file: soundfile.SoundFile) -> None:
    if file.channels > MAX_CHANNELS:
        raise AudioError(f"{path}: has {file.channels} channels; at most {MAX_CHANNELS} are supported.")
    if not MIN_RATE <= file.samplerate <= MAX_RATE:
        raise AudioError(f"{path}: is sampled at {file.samplerate} Hz; 8 to 192 kHz are supported.")


def _read(file: soundfile.SoundFile, start: float, seconds: float | None) -> Samples:
    """Read until the decoder gives no more: a header's length is a claim, not a fact."""
    first = round(start * file.samplerate)
    if first:
        if first >= file.frames:
            return np.empty((file.channels, 0), dtype=np.float32)
        file.seek(first)
    wanted = None if seconds is None else max(1, round(seconds * file.samplerate))
    parts: list[Samples] = []
    held = 0
    while wanted is None or wanted > 0:
        part = file.read(READ_FRAMES if wanted is None else min(READ_FRAMES, wanted), dtype="float32", always_2d=True)
        if not len(part):
            break
        parts.append(part)
        held += part.size
        if wanted is not None:
            wanted -= len(part)
        elif held > MOST_SAMPLES:
            break
    samples = np.empty((file.channels, sum(map(len, parts))), dtype=np.float32)
    end = samples.shape[1]
    while parts:
        # Each part is let go as soon as it is copied, so a long file is never held twice.
        part = parts.pop()
        samples[:, end - len(part) : end] = part.T
        end -= len(part)
    return samples


def _reason(error: soundfile.LibsndfileError) -> str:
    said = str(error.error_string).strip().rstrip(".")
    # What libsndfile says of a file that is there but is too short for any decoder.
    return "damaged" if "does not exist" in said else said
