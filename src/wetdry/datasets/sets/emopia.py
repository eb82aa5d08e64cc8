"""`emopia:PATH` — EMOPIA, clips of pop piano music labelled with their emotion, as MIDI that is played here.

PATH is the unpacked folder with `midis`, `label.csv` and `split`, or the one that holds it as `EMOPIA_1.0` or
`EMOPIA_2.2`. Opening it for the first time plays the clips into the cache; interrupted, it continues the next time.

=========== =====================================================================================
items       1078 clips of some 35 s on average, stereo FLAC, 44.1 kHz, played with the sounds of
            TimGM6mb; fewer if some are missing
id          name of the clip, its quadrant, song and number: `Q1_0vLPYiPN7qY_0`
group       the song, by its id on YouTube
labels      `quadrant`: `Q1` (+V +A), `Q2` (-V +A), `Q3` (-V -A), `Q4` (+V -A), as name and label.csv
            say
split       the published one by songs (`train`, `validation`, `test`); with `split=random` one by
            clips, as Katsis et al. [2]_ draw it, which leaks: clips of one song are on several sides
licence     CC BY-NC-SA 4.0 or CC BY 4.0, stated differently with its versions;
            cite Hung et al. 2021 [1]_
=========== =====================================================================================

`timbre=` plays the clips on another instrument of General MIDI than the grand piano, by its name there:
`bright-acoustic-piano`, `electric-grand-piano`, `honky-tonk-piano`, `electric-piano-1`, `electric-piano-2`,
`harpsichord`, `vibraphone`, `church-organ`, `acoustic-guitar-nylon`, `string-ensemble-1`. They are about equally loud.
Notes last as long as their key or the sustain pedal is down.

References
----------
.. [1] H.-T. Hung, J. Ching, S. Doh, N. Kim, J. Nam and Y.-H. Yang, "EMOPIA: a multi-modal pop piano dataset for
   emotion recognition and emotion-based music generation", ISMIR 2021; doi:10.5281/zenodo.5090631.
.. [2] S. Katsis et al., "Exploring how audio effects alter emotion with foundation models", 2025,
   arXiv:2509.15151.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.choices import path_and_choices, with_choices
from wetdry.datasets.reading.layout import laid_out
from wetdry.datasets.reading.performances import PIANO, TIMBRES, performances
from wetdry.datasets.reading.place import place
from wetdry.datasets.reading.tables import named_rows
from wetdry.datasets.splits.emopia_splits import official_split, random_split, songs_on_several_sides
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

OFFICIAL, RANDOM = "official", "random"
CHOICES = {"timbre": tuple(TIMBRES), "split": (OFFICIAL, RANDOM)}

FOLDERS = ("", "EMOPIA_1.0/", "EMOPIA_2.2/")
NAME = re.compile(r"Q(?P<quadrant>[1-4])_(?P<song>.{11})_\d+")


@datasets.register("emopia")
def open_emopia(where: str) -> Dataset:
    """Pop piano music in four emotions, played from MIDI: `emopia:PATH`, `emopia:PATH,timbre=harpsichord`."""
    path, chosen = path_and_choices("emopia", where, CHOICES)
    chosen = {"timbre": PIANO, "split": OFFICIAL} | chosen
    needed = ["midis", "label.csv", *(["split"] if chosen["split"] == OFFICIAL else [])]
    root = place("emopia", path)
    midis, table, *published = laid_out("EMOPIA", root, *([f"{folder}{name}" for name in needed] for folder in FOLDERS))
    files = sorted(file for file in midis.glob("*.mid") if not file.name.startswith("."))
    clips = {file.stem: file for file in files}
    labels = _quadrants(table)
    _check_names(table, labels, clips)
    songs = {clip: clip[len("Q1_") :].rpartition("_")[0] for clip in clips}
    sides = official_split(published[0]) if published else random_split(clips)
    played = performances(list(clips.values()), chosen["timbre"])
    return Dataset(
        name=with_choices("emopia", path, chosen),
        items=tuple(
            Item(
                id=clip,
                path=played[file],
                labels={"quadrant": labels[clip]},
                group=songs[clip],
                split=sides.get(clip, ""),
            )
            for clip, file in clips.items()
        ),
        licence="CC BY-NC-SA 4.0 or CC BY 4.0, stated differently with its versions; sounds of TimGM6mb (GPL-2.0)",
        about=_about(chosen, len(clips), {clip: sides[clip] for clip in clips if clip in sides}, songs),
    )


def _quadrants(table: AnyPath) -> dict[str, str]:
    """`Q1` to `Q4` of each clip, as the table of labels says."""
    quadrants: dict[str, str] = {}
    for line, row in named_rows(table, ["ID", "4Q"]):
        if row["4Q"] not in ("1", "2", "3", "4"):
            raise DataError(f'{table}, line {line}: 4Q is "{row["4Q"]}", not 1, 2, 3 or 4; correct this row.')
        quadrants[row["ID"]] = f"Q{row['4Q']}"
    return quadrants


def _check_names(table: AnyPath, labels: Mapping[str, str], clips: Collection[str]) -> None:
    """Raise `DataError` unless each clip has a label and its name says the same."""
    if not clips:
        raise DataError(f"{table.parent / 'midis'}: holds no MIDI file, such as Q1_0vLPYiPN7qY_0.mid; put them there.")
    for clip in clips:
        said = NAME.fullmatch(clip)
        if said is None:
            raise DataError(f"{clip}.mid is not named as in EMOPIA (Q1_0vLPYiPN7qY_0.mid); remove it from midis.")
        if clip not in labels:
            raise DataError(f"{table}: has no row for {clip}.mid; unpack the archive anew, or remove the clip.")
        if labels[clip] != f"Q{said['quadrant']}":
            raise DataError(f"{table}: {clip} is {labels[clip]} here and Q{said['quadrant']} by name; correct one.")


def _about(chosen: Mapping[str, str], clips: int, sides: Mapping[str, str], songs: Mapping[str, str]) -> str:
    torn = len(songs_on_several_sides(sides, songs))
    split = "split by songs as published"
    if chosen["split"] == RANDOM:
        split = (
            f"split at random over clips, which leaks: {torn} of {len(set(songs.values()))} songs are on several sides"
        )
    return (
        f"{clips} clips of EMOPIA labelled with their quadrant, played on {chosen['timbre']}; {split}"
        "; cite Hung, Ching, Doh, Kim, Nam and Yang, ISMIR 2021 (doi:10.5281/zenodo.5090631)"
    )
