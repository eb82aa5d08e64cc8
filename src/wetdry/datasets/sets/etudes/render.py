"""From notes to sound, with tinysoundfont and the small General MIDI soundfont that comes with pretty_midi."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wetdry.audio import Clip, Samples
from wetdry.datasets.sets.etudes.instruments import Instrument
from wetdry.datasets.sets.etudes.notes import Note
from wetdry.errors import DataError

if TYPE_CHECKING:
    import tinysoundfont

RATE = 44_100
SOUNDFONT = "TimGM6mb.sf2"
HEADROOM_DB = -4.0
"""The same for every piece, since loudness is part of the emotion."""
CEILING = 0.98
FADE_SECONDS = 0.25

CHANNELS = {"melody": 0, "harmony": 1, "bass": 2, "solo": 3, "percussion": 9}
# Of 128, 64 in the middle.
PAN = {"melody": 72, "harmony": 50, "bass": 64, "solo": 64, "percussion": 64}
CONTROL_PAN = 10


def render(notes: Sequence[Note], instrument: Instrument, seconds: float) -> Clip:
    """Play `notes` (in seconds) on `instrument`: a stereo clip of `seconds` at 44.1 kHz.

    A piece that would exceed full scale in spite of the headroom is scaled down as a whole.
    """
    synth = _synth(instrument)
    frames = round(seconds * RATE)
    buffer = bytearray(frames * 2 * np.dtype(np.float32).itemsize)
    view = memoryview(buffer)
    done = 0
    for frame, velocity, channel, pitch in _events(notes, frames):
        if frame > done:
            synth.generate_simple(frame - done, view[done * 8 : frame * 8])
            done = frame
        if velocity:
            synth.noteon(channel, pitch, velocity)
        else:
            synth.noteoff(channel, pitch)
    synth.generate_simple(frames - done, view[done * 8 :])
    samples: Samples = np.frombuffer(buffer, dtype=np.float32).reshape(frames, 2).T.copy()
    fade = min(frames, round(FADE_SECONDS * RATE))
    samples[:, frames - fade :] *= np.cos(np.linspace(0.0, np.pi / 2, fade, dtype=np.float32)) ** 2
    samples *= min(1.0, CEILING / max(CEILING, float(np.abs(samples).max())))
    return Clip(samples, RATE)


def _synth(instrument: Instrument) -> tinysoundfont.Synth:
    """A synthesiser of its own for each piece, so that nothing of one is heard in the next."""
    try:
        import tinysoundfont
    except ImportError:
        # Its wheel declares PyAudio, for live playback, which needs PortAudio and is never used here.
        raise DataError(
            "Turning notes into sound needs tinysoundfont; install it with: pip install --no-deps tinysoundfont"
        ) from None
    synth = tinysoundfont.Synth(gain=HEADROOM_DB, samplerate=RATE)
    # Loaded twice, since the gain belongs to the loaded font, and the backing is not to follow the instrument's.
    own, backing = synth.sfload(_soundfont(), gain=instrument.gain_db), synth.sfload(_soundfont())
    for part, channel in CHANNELS.items():
        program = {"bass": instrument.bass_program, "percussion": 0}.get(part, instrument.program)
        font = own if program == instrument.program and part != "percussion" else backing
        synth.program_select(channel, font, 0, program, part == "percussion")
        synth.control_change(channel, CONTROL_PAN, PAN[part])
    return synth


@lru_cache(maxsize=1)
def _soundfont() -> bytes:
    """The soundfont's bytes; found beside pretty_midi, which is not imported."""
    package = importlib.util.find_spec("pretty_midi")
    if package is None or package.origin is None:
        raise DataError("Turning notes into sound needs a soundfont; install it with: pip install pretty_midi")
    file = Path(package.origin).with_name(SOUNDFONT)
    try:
        return file.read_bytes()
    except OSError:
        raise DataError(f"{file}: the soundfont is missing; install pretty_midi again.") from None


def _events(notes: Iterable[Note], frames: int) -> list[tuple[int, int, int, int]]:
    """(frame, velocity, channel, key) in order of time; velocity 0 ends a note, and ends come first.

    A key struck again before it was released is released first: its later release would cut the new note.
    """
    events: list[tuple[int, int, int, int]] = []
    struck_next: dict[tuple[int, int], int] = {}
    for note in sorted(notes, reverse=True):
        channel = CHANNELS[note.part]
        start = round(note.start * RATE)
        end = min(start + max(1, round(note.length * RATE)), struck_next.get((channel, note.pitch), frames))
        struck_next[channel, note.pitch] = start
        if start < end <= frames:
            events += [(start, _strength(note.velocity), channel, note.pitch), (end, 0, channel, note.pitch)]
    return sorted(events)


def _strength(velocity: float) -> int:
    """The velocity to ask of tinysoundfont, which makes amplitude its multiple; General MIDI means the square."""
    return max(1, round(velocity**2 / 127.0))
