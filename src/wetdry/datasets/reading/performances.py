"""MIDI files of a solo instrument as sound: played once into the cache, several at a time, and then reused."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wetdry.cache import cache_folder, locked, settle
from wetdry.datasets.sets.etudes.instruments import Instrument
from wetdry.datasets.sets.etudes.notes import Note
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

VERSION = 1
"""Part of the folder's name; to be raised where the same file would sound different."""

WORTH_A_PROCESS = 16
"""Performances for which starting another process pays."""
MOST_SECONDS = 1800
MOST_BYTES = 8 << 20
"""Of a MIDI file; a piece of an hour has a few hundred kilobytes."""
RELEASE_SECONDS = 1.5
PEDAL, PEDAL_DOWN_FROM = 64, 64

PROGRAMS_AND_GAINS_DB = {
    "acoustic-grand-piano": (0, 12.0),
    "bright-acoustic-piano": (1, 12.3),
    "electric-grand-piano": (2, 10.5),
    "honky-tonk-piano": (3, 13.6),
    "electric-piano-1": (4, 4.0),
    "electric-piano-2": (5, 7.5),
    "harpsichord": (6, 11.5),
    "vibraphone": (11, -0.6),
    "church-organ": (19, 4.0),
    "acoustic-guitar-nylon": (24, 2.3),
    "string-ensemble-1": (48, 2.5),
}
"""By their General MIDI names; the gains make them about equally loud in piano music."""
TIMBRES = {
    name: Instrument(name, program, 0, 127, program, gain) for name, (program, gain) in PROGRAMS_AND_GAINS_DB.items()
}
PIANO = "acoustic-grand-piano"


def performances(midi: Sequence[AnyPath], timbre: str) -> dict[AnyPath, Path]:
    """The FLAC file of each MIDI file, made where the cache lacks it; an interrupted call is continued by the next.

    Raises
    ------
    DataError
        Where a MIDI file cannot be read, or the cache not be written.
    """
    folder = cache_folder() / f"performances-{VERSION}-{timbre}"
    try:
        wanted = {file: folder / f"{file.stem}-{_digest(file)}.flac" for file in midi}
        if any(not made.exists() for made in wanted.values()):
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder / ".lock"):
                for left in folder.glob(".*.part"):  # by a process that was killed
                    left.unlink()
                # Another process may have made them while this one waited.
                _make({file: made for file, made in wanted.items() if not made.exists()}, timbre)
    except OSError as error:
        raise DataError(
            f"{error.filename or folder}: cannot be read or written ({error.strerror or error}); check the MIDI files,"
            " or set WETDRY_CACHE to a folder that has room and can be written."
        ) from None
    return wanted


def _digest(file: AnyPath) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _make(missing: Mapping[AnyPath, Path], timbre: str) -> None:
    import joblib
    from rich.console import Console
    from rich.progress import track

    workers = max(1, min(joblib.cpu_count(), len(missing) // WORTH_A_PROCESS))
    pool = joblib.Parallel(workers, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    console = Console(stderr=True)
    made = pool(joblib.delayed(_perform)(file, target, timbre) for file, target in missing.items())
    title = f"Playing {len(missing)} MIDI files"
    for _ in track(made, title, len(missing), console=console, disable=not console.is_terminal, transient=True):
        pass


def _perform(file: AnyPath, target: Path, timbre: str) -> None:
    from wetdry.audio import write_flac
    from wetdry.datasets.sets.etudes.render import render

    notes = read_notes(file)
    seconds = max(note.start + note.length for note in notes) + RELEASE_SECONDS
    unfinished = target.with_name(f".{target.stem}-{os.getpid()}.part")
    try:
        write_flac(unfinished, render(notes, TIMBRES[timbre], seconds))
        settle(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def read_notes(file: AnyPath) -> list[Note]:
    """The notes of a MIDI file, each as long as its key or the pedal holds it; drums are left out.

    Raises
    ------
    DataError
        Where the file cannot be read, holds no note, or would last longer than half an hour.
    """
    import mido  # type: ignore[import-untyped]
    import pretty_midi

    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES >> 20} MB")
        # From memory, where no length that the file states makes room for more than there is.
        with warnings.catch_warnings():
            # Tempo is that of the first track, as the format has it; key signatures in others are no reason to warn.
            warnings.simplefilter("ignore")
            parts = [part for part in pretty_midi.PrettyMIDI(io.BytesIO(content)).instruments if not part.is_drum]
    except (ArithmeticError, EOFError, LookupError, OSError, ValueError, mido.KeySignatureError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".") or "it ends too early"
        raise DataError(f"{file}: cannot be read as MIDI ({reason}); get the file anew, or remove it.") from None
    notes = [note for part in parts for note in _held(part.notes, _pedal(part.control_changes))]
    if not notes:
        raise DataError(f"{file}: has no note to play; get the file anew, or remove it.")
    if (last := max(note.start + note.length for note in notes)) > MOST_SECONDS:
        raise DataError(f"{file}: would last {last / 60:,.0f} minutes; get the file anew, or remove it.")
    return sorted(notes)


def _pedal(changes: Sequence[Any]) -> list[tuple[float, float]]:
    """The times, in order, from which to which the sustain pedal is down; one that is never released does not count."""
    spans: list[tuple[float, float]] = []
    down: float | None = None
    for change in sorted((change for change in changes if change.number == PEDAL), key=lambda change: change.time):
        if change.value >= PEDAL_DOWN_FROM:
            down = float(change.time) if down is None else down
        elif down is not None:
            spans.append((down, float(change.time)))
            down = None
    return spans


def _held(notes: Sequence[Any], pedal: Sequence[tuple[float, float]]) -> list[Note]:
    presses = [down for down, _ in pedal]
    held = []
    for note in notes:
        start, end = float(note.start), float(note.end)
        pressed_last = bisect_right(presses, end) - 1
        released = pedal[pressed_last][1] if pressed_last >= 0 else end
        held.append(Note(start, max(end, released) - start, int(note.pitch), float(note.velocity), "solo"))
    return held
