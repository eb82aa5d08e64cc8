"""Recordings, impulse responses and scores."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import rated_sets
import soundfile
from mutations import damaged

from fuzzing.reader import Reader
from wetdry.audio import Clip, load, stated_length
from wetdry.audio.decode import MAX_CHANNELS, MAX_RATE, MIN_RATE
from wetdry.audio.elsewhere import AtHand
from wetdry.datasets.reading.performances import MOST_SECONDS, read_notes
from wetdry.datasets.sets.etudes.notes import Note
from wetdry.effects.convolution import Convolution
from wetdry.errors import AudioError, DataError, EffectError

RATE = 8_000
WRITTEN = {
    "wav": (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_24"), ("RF64", "PCM_U8")),
    "flac": (("FLAC", "PCM_16"), ("FLAC", "PCM_24")),
    "ogg": (("OGG", "VORBIS"), ("OGG", "OPUS")),
    "mp3": (("MP3", "MPEG_LAYER_III"),),
    "aiff": (("AIFF", "PCM_16"), ("AIFF", "DOUBLE")),
}


def encoded(kind: str, _: Path) -> list[bytes]:
    """A twentieth of a second in each of the ways that files of this kind hold it."""
    time = np.arange(RATE // 20) / RATE
    sound = 0.5 * np.stack([np.sin(2 * np.pi * 440 * time), np.cos(2 * np.pi * 660 * time)], axis=1)
    contents = []
    for container, subtype in WRITTEN[kind]:
        written = io.BytesIO()
        soundfile.write(written, sound, RATE, format=container, subtype=subtype)
        contents.append(written.getvalue())
    return contents


def is_sound(clip: Clip) -> bool:
    """What every reader of a clip relies on."""
    return (
        clip.samples.dtype == np.float32
        and 1 <= clip.channels <= MAX_CHANNELS
        and MIN_RATE <= clip.sample_rate <= MAX_RATE
        and clip.samples.shape[1] > 0
        and bool(np.isfinite(clip.samples).all())
    )


def decoding(kind: str) -> Reader:
    name = f"clip.{kind}"
    return Reader(f"audio {kind}", partial(encoded, kind), name, _loaded(name), holds=is_sound, refuses=AudioError)


def _loaded(name: str) -> Callable[[Path], Clip]:
    return lambda folder: load(folder / name)


def rewritten_wav(rng: Random, valid: Sequence[bytes]) -> bytes:
    """A WAV file whose format, sizes and chunks say something else, as no flip of bits would have them."""
    if rng.random() < 0.3:
        return damaged(rng, valid)
    channels, rate, bits = (
        rng.choice([0, 1, 2, 8, 9, 65_535]),
        rng.choice([0, 1, 8_000, 2**31, 2**32 - 1]),
        rng.choice([0, 8, 16, 32, 64, 7]),
    )
    kind = rng.choice([1, 3, 2, 6, 17, 49, 85, 0xFFFE, 0])
    layout = struct.pack("<HHIIHH", kind, channels, rate, rate, rng.choice([0, 1, 4, 65_535]), bits)
    chunks = [
        (b"fmt ", layout + rng.randbytes(rng.choice([0, 2, 24]))),
        (b"data", rng.randbytes(rng.choice([0, 1, 800]))),
    ]
    for name in rng.sample([b"fact", b"LIST", b"cue ", b"smpl", b"bext", b"PEAK", b"id3 ", b"ds64"], 2):
        chunks.insert(rng.randint(0, len(chunks)), (name, rng.randbytes(rng.choice([0, 4, 28, 600]))))
    body = b"".join(
        name + struct.pack("<I", rng.choice([len(held)] * 6 + [0, 2**31, 2**32 - 1])) + held for name, held in chunks
    )
    return rng.choice([b"RIFF", b"RIFF", b"RIFX", b"RF64"]) + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def is_length(said: tuple[int, int]) -> bool:
    return all(type(number) is int for number in said)


def convolved(folder: Path) -> Clip:
    return Convolution(ir=str(folder / "hall.wav"))(Clip(np.ones((1, 64), np.float32), 44_100))


def finite_or_none(clip: Clip) -> bool:
    return clip.samples.shape == (1, 64) and bool(np.isfinite(clip.samples).all())


def scores(folder: Path) -> list[bytes]:
    """Two short pieces, one with its pedal down and with drums."""
    plain = rated_sets.midi(folder / "a.mid", [(0.1, 0.5, 60), (0.4, 0.9, 64)])
    held = rated_sets.midi(folder / "b.mid", [(0.0, 0.2, 48)], pedal=[(0.1, 100), (0.8, 0)])
    return [plain.read_bytes(), held.read_bytes()]


def are_notes(notes: list[Note]) -> bool:
    return bool(notes) and all(
        note.start >= 0 and note.length >= 0 and note.start + note.length <= MOST_SECONDS and 0 <= note.pitch <= 127
        for note in notes
    )


PRELOADED = ("pretty_midi", "mido", "scipy.signal")

READERS = [
    *(decoding(kind) for kind in WRITTEN),
    Reader(
        "audio wav, header",
        partial(encoded, "wav"),
        "clip.wav",
        _loaded("clip.wav"),
        rewritten_wav,
        is_sound,
        AudioError,
    ),
    Reader(
        "audio in memory",
        lambda _: [content for kind in WRITTEN for content in encoded(kind, _)],
        "clip.any",
        lambda folder: load(AtHand("clip.any", (folder / "clip.any").read_bytes())),
        holds=is_sound,
        refuses=AudioError,
    ),
    Reader(
        "audio, part",
        partial(encoded, "ogg"),
        "clip.ogg",
        lambda folder: load(folder / "clip.ogg", start=None, seconds=0.02),
        holds=is_sound,
        refuses=AudioError,
    ),
    Reader(
        "audio, length",
        partial(encoded, "mp3"),
        "clip.mp3",
        lambda folder: stated_length(folder / "clip.mp3"),
        holds=is_length,
        refuses=AudioError,
    ),
    Reader(
        "impulse response",
        partial(encoded, "wav"),
        "hall.wav",
        convolved,
        holds=finite_or_none,
        refuses=(EffectError, AudioError),
    ),
    Reader(
        "MIDI", scores, "piece.mid", lambda folder: read_notes(folder / "piece.mid"), holds=are_notes, refuses=DataError
    ),
]
