"""`irmas:PATH` — IRMAS, excerpts of music labelled with their predominant instrument (training part).

PATH is the unpacked folder `IRMAS-TrainingData`, with a folder for each instrument, or the folder that
`IRMAS-TrainingData` lies in. `wetdry datasets fetch irmas --to PATH` brings it there.

=========== =====================================================================================
items       6705 excerpts of 3 s, stereo, 44.1 kHz, of eleven instruments; fewer if some are missing
id          path below the folder of the instruments: `pia/[pia][jaz_blu]1469__2.wav`
group       source id, the four digits of the file name: excerpts of one recording share it
labels      `instrument`; `genre`; `drums`, `yes` or `no`, where it is annotated: as the file name
            says
split       none; with `irmas:PATH,preset=deng2025`, that of Deng et al. [2]_: see
            `wetdry.datasets.splits.deng2025`
licence     CC BY-NC-SA 3.0: non-commercial use only, not to be redistributed; cite [1]_
=========== =====================================================================================

References
----------
.. [1] J. J. Bosch, J. Janer, F. Fuhrmann and P. Herrera, "A comparison of sound segregation techniques for
   predominant instrument recognition in musical audio signals", ISMIR 2012; doi:10.5281/zenodo.1290750.
.. [2] V. Deng, C. Wang, G. Richard and B. McFee, "Investigating the sensitivity of pre-trained audio
   embeddings to common effects", ICASSP 2025, arXiv:2501.15900.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.publishing.publication import Publication, publications
from wetdry.datasets.reading.choices import path_and_choices
from wetdry.datasets.reading.place import place, shown
from wetdry.datasets.sets.folder import audio_below
from wetdry.errors import DataError
from wetdry.remote.files import RemoteFile
from wetdry.remote.object_path import AnyPath

INSTRUMENTS = {
    "cel": "cello",
    "cla": "clarinet",
    "flu": "flute",
    "gac": "acoustic guitar",
    "gel": "electric guitar",
    "org": "organ",
    "pia": "piano",
    "sax": "saxophone",
    "tru": "trumpet",
    "vio": "violin",
    "voi": "voice",
}
GENRES = {
    "cla": "classical",
    "cou_fol": "country-folk",
    "jaz_blu": "jazz-blues",
    "lat_sou": "latin-soul",
    "pop_roc": "pop-rock",
}
# `[---]` is written on a few files, none is on most.
DRUMS = {"dru": "yes", "nod": "no", "---": "", None: ""}

PRESETS = ("deng2025",)
PARENT_OF_INSTRUMENTS = "IRMAS-TrainingData"

LICENCE = "CC BY-NC-SA 3.0: non-commercial use only, not to be redistributed"
TRAINING_ARCHIVE = RemoteFile(
    "IRMAS-TrainingData.zip",
    "md5:4fd9f5ed5a18d8e2687e6360b5f60afe",
    url="https://zenodo.org/records/1290750/files/IRMAS-TrainingData.zip?download=1",
)
publications.register("irmas")(
    Publication(
        files=(TRAINING_ARCHIVE,),
        licence=LICENCE,
        licence_url="https://creativecommons.org/licenses/by-nc-sa/3.0/",
        citation=(
            'J. J. Bosch, J. Janer, F. Fuhrmann and P. Herrera, "A comparison of sound segregation techniques for'
            ' predominant instrument recognition in musical audio signals", ISMIR 2012; doi:10.5281/zenodo.1290750'
        ),
        homepage="https://zenodo.org/records/1290750",
        unpacked=PARENT_OF_INSTRUMENTS,
    )
)

# A third of the names begin with a number and two underscores, of which the publishers say nothing.
NAME = re.compile(
    rf"(?:\d+__)?\[(?P<instrument>{'|'.join(INSTRUMENTS)})\](?:\[(?P<drums>dru|nod|---)\])?"
    rf"\[(?P<genre>{'|'.join(GENRES)})\](?P<source>\d{{4}})__(?P<number>\d+)"
)


@dataclass(frozen=True)
class Excerpt:
    """What the name of a file says; `drums` is `yes`, `no`, or empty where it is not annotated.

    Source and number do not identify an excerpt: some thirty pairs occur twice, under different tags.
    """

    instrument: str
    genre: str
    drums: str
    source: str
    number: int


def parse_name(stem: str) -> Excerpt | None:
    """Read a file name without its ending; None if it is no name of IRMAS.

    >>> parse_name("[pia][jaz_blu]1469__2")
    Excerpt(instrument='piano', genre='jazz-blues', drums='', source='1469', number=2)
    >>> parse_name("008__[cel][nod][cla]0058__1").drums
    'no'
    """
    match = NAME.fullmatch(stem)
    if match is None:
        return None
    return Excerpt(
        instrument=INSTRUMENTS[match["instrument"]],
        genre=GENRES[match["genre"]],
        drums=DRUMS[match["drums"]],
        source=match["source"],
        number=int(match["number"]),
    )


@datasets.register("irmas")
def open_irmas(where: str) -> Dataset:
    """Predominant instruments, from the published training archive: `irmas:PATH`, `irmas:PATH,preset=deng2025`."""
    path, chosen = path_and_choices("irmas", where, {"preset": PRESETS})
    preset = chosen.get("preset", "")
    root = place("irmas", path)
    _check_there(root)
    if (root / PARENT_OF_INSTRUMENTS).is_dir():
        root /= PARENT_OF_INSTRUMENTS
    items = [_item(found, root) for found in audio_below(root) if _code(found) in INSTRUMENTS]
    if not items:
        raise DataError(
            f"{root}: has no audio file in the instrument folders of IRMAS ({', '.join(INSTRUMENTS)});"
            f" give the folder {PARENT_OF_INSTRUMENTS} of the unpacked archive."
        )
    if preset:
        items = _deng2025(items, root)
    return Dataset(
        name=f"irmas:{shown(where)}",
        items=tuple(items),
        licence=LICENCE,
        about=(
            f"{len(items)} excerpts of IRMAS labelled with their predominant instrument"
            f"{f', split as {preset}' if preset else ''}; cite Bosch, Janer, Fuhrmann and Herrera, ISMIR 2012"
            " (doi:10.5281/zenodo.1290750)"
        ),
    )


def _check_there(root: AnyPath) -> None:
    try:
        if root.exists():
            return
    except OSError as error:
        raise DataError(f"{root}: cannot be opened ({error.strerror}); check its permissions.") from None
    raise DataError(
        f"{root}: no such folder; check the path, or fetch the data set with"
        f" `wetdry datasets fetch irmas --to {shlex.quote(str(root))}`."
    )


def _code(item: Item) -> str:
    """Name of the instrument's folder."""
    return item.id.partition("/")[0]


def _item(found: Item, root: AnyPath) -> Item:
    """The item of `folder:` with what its name says."""
    folder = INSTRUMENTS[_code(found)]
    excerpt = parse_name(found.id.rpartition("/")[2].rpartition(".")[0])
    if excerpt is None:
        raise DataError(
            f"{root}: {found.id} is not named as in IRMAS ([pia][jaz_blu]1469__2.wav);"
            " remove it, or open the folder as one of your own with classes:PATH"
        )
    if excerpt.instrument != folder:
        raise DataError(
            f"{root}: {found.id} is {excerpt.instrument} by name and {folder} by folder; unpack the archive anew."
        )
    labels = {"instrument": excerpt.instrument, "genre": excerpt.genre, "drums": excerpt.drums}
    return Item(
        id=found.id,
        path=found.path,
        labels={name: value for name, value in labels.items() if value},
        group=excerpt.source,
    )


def _deng2025(items: Sequence[Item], root: AnyPath) -> list[Item]:
    from wetdry.datasets.splits.deng2025 import split

    kept = [item for item in items if item.labels["genre"] != "latin-soul"]
    try:
        sides = split([_code(item) for item in kept], [item.group for item in kept])
    except DataError as error:
        raise DataError(f"{root}: {error}") from None
    return [replace(item, split=side) for item, side in zip(kept, sides, strict=True) if side]
