"""`ravdess:PATH` — RAVDESS, two sentences spoken and sung by 24 actors in eight emotions.

PATH holds the audio-only recordings at any depth, as in the unpacked archives `Audio_Speech_Actors_01-24` and
`Audio_Song_Actors_01-24`; every file is told by its name, such as `03-01-05-02-01-01-12.wav`.

=========== =====================================================================================
items       1440 spoken and 1012 sung recordings of 3 to 6 s (actor 18 does not sing); with
            `channel=speech` or `channel=song` those alone, with `emotions=shared` those of the six
            emotions that are both spoken and sung
id          the name of the file without its ending
group       the actor, `actor 12`: the same voice is in nearly all of what is easily learnt
labels      `emotion`: neutral, calm, happy, sad, angry, fearful, disgust, surprised (the last two
            are spoken only); `intensity`: normal or strong; `statement`: kids or dogs, the sentence;
            `channel`: speech or song; `actor`, the number as text; `sex`: female or male;
            `repetition`: first or second
split       none
licence     CC BY-NC-SA 4.0; cite Livingstone and Russo 2018 [1]_
=========== =====================================================================================

Video files and recordings that are not audio-only (`01-…`, `02-…`) are left out. The two recordings
03-01-03-01-02-01-07 and 03-01-03-01-02-02-07 are the same, as published.

Copies are handed around in which every recording is cut after 114,688 samples, 2.4 s, by which most lose their end.

References
----------
.. [1] S. R. Livingstone and F. A. Russo, "The Ryerson Audio-Visual Database of Emotional Speech and Song",
   PLoS ONE 13(5), 2018; doi:10.1371/journal.pone.0196391.
"""

from __future__ import annotations

import re
from collections import Counter

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.choices import path_and_choices, with_choices
from wetdry.datasets.reading.place import place
from wetdry.datasets.sets.folder import audio_below
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

SPEECH, SONG = "speech", "song"
SHARED = ("neutral", "calm", "happy", "sad", "angry", "fearful")
CHOICES = {"channel": (SPEECH, SONG), "emotions": ("shared",)}

NAME = re.compile(
    r"(?P<modality>0[1-3])-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])-(?P<statement>0[12])"
    r"-(?P<repetition>0[12])-(?P<actor>[01]\d|2[0-4])"
)
AUDIO_ONLY = "03"
EMOTIONS = (*SHARED, "disgust", "surprised")
VALUES = {
    "emotion": EMOTIONS,
    "intensity": ("normal", "strong"),
    "statement": ("kids", "dogs"),
    "channel": (SPEECH, SONG),
    "repetition": ("first", "second"),
}
"""What each part of a name says, from 01 on."""
SEXES = ("female", "male")
"""Of actors with even and with odd numbers."""


@datasets.register("ravdess")
def open_ravdess(where: str) -> Dataset:
    """Two sentences spoken and sung in eight emotions: `ravdess:PATH`, `ravdess:PATH,channel=song,emotions=shared`."""
    path, chosen = path_and_choices("ravdess", where, CHOICES)
    root = place("ravdess", path)
    items = _once(_recordings(root, chosen), root)
    if not items:
        raise DataError(
            f"{root}: holds no recording{_of(chosen)} of RAVDESS, such as 03-01-05-02-01-01-12.wav; give the folder "
            "with the actors' folders."
        )
    counts = Counter(str(item.labels["channel"]) for item in items)
    heard = " and ".join(f"{counts[channel]} {word}" for channel, word in ((SPEECH, "spoken"), (SONG, "sung")))
    return Dataset(
        name=with_choices("ravdess", path, chosen),
        items=tuple(items),
        licence="CC BY-NC-SA 4.0",
        about=(
            f"{heard} recordings of {len({item.group for item in items})} actors in "
            f"{len({item.labels['emotion'] for item in items})} emotions; cite Livingstone and Russo, PLoS ONE 2018 "
            "(doi:10.1371/journal.pone.0196391)"
        ),
    )


def _recordings(root: AnyPath, chosen: dict[str, str]) -> list[Item]:
    found = []
    for file in audio_below(root):
        said = NAME.fullmatch(file.path.stem)
        if said is None or said["modality"] != AUDIO_ONLY:
            continue
        labels = _labels(said)
        if labels["channel"] != chosen.get("channel", labels["channel"]):
            continue
        if "emotions" in chosen and labels["emotion"] not in SHARED:
            continue
        found.append(Item(id=file.path.stem, path=file.path, labels=labels, group=f"actor {said['actor']}"))
    return sorted(found, key=lambda item: item.id)


def _labels(said: re.Match[str]) -> dict[str, float | str]:
    labels: dict[str, float | str] = {name: values[int(said[name]) - 1] for name, values in VALUES.items()}
    return labels | {"actor": said["actor"], "sex": SEXES[int(said["actor"]) % 2]}


def _once(items: list[Item], root: AnyPath) -> list[Item]:
    """The items; raises where two files have one name, as where an archive was unpacked twice."""
    paths: dict[str, AnyPath] = {}
    for item in items:
        if (other := paths.setdefault(item.id, item.path)) is not item.path:
            raise DataError(f"{root}: holds {item.id} twice, as {other} and {item.path}; remove one of them.")
    return items


def _of(chosen: dict[str, str]) -> str:
    return f" with {', '.join(f'{name}={value}' for name, value in chosen.items())}" if chosen else ""
