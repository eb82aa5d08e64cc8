"""`vgmidi:PATH` — VGMIDI, phrases of game music arranged for piano and labelled with emotion, as MIDI played here.

PATH is the unpacked folder with `vgmidi_labelled.csv` and `labelled/phrases`. Opening it for the first time plays the
phrases into the cache; interrupted, it continues the next time.

=========== =====================================================================================
items       204 phrases, stereo FLAC, 44.1 kHz, played with the sounds of TimGM6mb; fewer if some
            are missing
id          name of the MIDI file: console, game and piece, and the number of the phrase
group       the piece, with its console and game; 200 of them
labels      `valence`, `arousal`, each -1 or 1 and nothing between; `quadrant`: `Q1` (+V +A),
            `Q2` (-V +A), `Q3` (-V -A), `Q4` (+V -A), which follows from them
split       none
licence     none stated; the pieces are their composers'; cite Ferreira and Whitehead 2019 [1]_
=========== =====================================================================================

`timbre=` plays the phrases on another instrument than the grand piano, as in `wetdry.datasets.sets.emopia`.

References
----------
.. [1] L. N. Ferreira and J. Whitehead, "Learning to generate music with sentiment", ISMIR 2019.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.choices import path_and_choices, with_choices
from wetdry.datasets.reading.layout import laid_out, without_audio
from wetdry.datasets.reading.performances import PIANO, TIMBRES, performances
from wetdry.datasets.reading.place import place
from wetdry.datasets.reading.ratings import AXES
from wetdry.datasets.reading.tables import named_rows
from wetdry.datasets.scales import CENTRED
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

CHOICES = {"timbre": tuple(TIMBRES)}
TABLE, PHRASES = "vgmidi_labelled.csv", "labelled/phrases"
NAME = ("console", "game", "piece")
SIGNS = {"-1": -1.0, "1": 1.0}
QUADRANTS = {(1.0, 1.0): "Q1", (-1.0, 1.0): "Q2", (-1.0, -1.0): "Q3", (1.0, -1.0): "Q4"}
"""By valence and arousal."""


@datasets.register("vgmidi")
def open_vgmidi(where: str) -> Dataset:
    """Phrases of game music labelled in valence and arousal, played from MIDI: `vgmidi:PATH,timbre=harpsichord`."""
    path, chosen = path_and_choices("vgmidi", where, CHOICES)
    chosen = {"timbre": PIANO} | chosen
    table, folder = laid_out("VGMIDI", place("vgmidi", path), (TABLE, PHRASES))
    rows = _rows(table)
    # Looked up among the files, since what the table says may be no name of a file.
    files = {file.name for file in folder.glob("*.mid") if file.is_file()}
    there = {midi: row for midi, row in rows.items() if midi in files}
    if not there:
        raise DataError(f"{folder}: holds none of the {len(rows)} phrases of {TABLE}; unpack phrases.zip there.")
    played = performances([folder / midi for midi in there], chosen["timbre"])
    return Dataset(
        name=with_choices("vgmidi", path, chosen),
        items=tuple(
            Item(
                PurePosixPath(midi).stem,
                played[folder / midi],
                _labels(table, line, row),
                "_".join(row[key] for key in NAME),
            )
            for midi, (line, row) in there.items()
        ),
        licence="none stated, the pieces are their composers'; sounds of TimGM6mb (GPL-2.0)",
        about=(
            f"{len(there)} phrases of VGMIDI with valence and arousal, each -1 or 1, played on {chosen['timbre']}"
            f"{without_audio(len(rows) - len(there), 'phrase')}; cite Ferreira and Whitehead, ISMIR 2019"
        ),
        scales=dict.fromkeys(AXES, CENTRED),
    )


def _rows(table: AnyPath) -> dict[str, tuple[int, dict[str, str]]]:
    """Line and cells of each phrase, by the name of its MIDI file, in the order of the table."""
    rows: dict[str, tuple[int, dict[str, str]]] = {}
    for line, row in named_rows(table, [*NAME, "midi", *AXES]):
        midi = PurePosixPath(row["midi"]).name
        if not midi.endswith(".mid"):
            raise DataError(f'{table}, line {line}: midi is "{row["midi"]}", no name of a MIDI file; correct this row.')
        if midi in rows:
            raise DataError(f"{table}, line {line}: {midi} stands here twice; remove one of its rows.")
        rows[midi] = line, row
    return rows


def _labels(table: AnyPath, line: int, row: dict[str, str]) -> dict[str, float | str]:
    for axis in AXES:
        if row[axis] not in SIGNS:
            raise DataError(f'{table}, line {line}: {axis} is "{row[axis]}", not -1 or 1; correct this row.')
    valence, arousal = (SIGNS[row[axis]] for axis in AXES)
    return {"valence": valence, "arousal": arousal, "quadrant": QUADRANTS[valence, arousal]}
