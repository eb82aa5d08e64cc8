"""`grekow:PATH` — fragments of music rated in valence and arousal by musicians (J. Grekow).

PATH holds `All_annotations.csv` and `all_music_files`, as in the folder `musemodataset` of the repository [1]_.

=========== =====================================================================================
items       324 fragments of 6 s, of ten genres; fewer if audio is missing
id          the name of the fragment, genre and number in GTZAN: `out_blues.00002`
group       the id, but a copy (`out_blues.00032 - Kopia`) belongs to its original
labels      `valence`, `arousal` from -10 to 10; `quadrant`, `Q1` (+V +A), `Q2` (-V +A), `Q3`
            (-V -A), `Q4` (+V -A), called e1 to e4 in the file; `genre`, as the name says
split       none
licence     none stated; cite J. Grekow [1]_
=========== =====================================================================================

Three files are copies of others, byte for byte, and were rated a second time: up to 0.75 apart.

References
----------
.. [1] J. Grekow, "Music data set annotated by AV (arousal-valence) values",
   https://github.com/grekowj/musemodataset.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.layout import laid_out, rated_audio, without_audio
from wetdry.datasets.reading.place import place, shown
from wetdry.datasets.reading.ratings import AXES, rating
from wetdry.datasets.reading.tables import named_rows
from wetdry.datasets.scales import Scale
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

LAYOUT = ("All_annotations.csv", "all_music_files")
SCALE = Scale(-10.0, 10.0)
COLUMNS = {"valence": "Valence", "arousal": "Arousal"}
QUADRANTS = {"e1": "Q1", "e2": "Q2", "e3": "Q3", "e4": "Q4"}
COPY = " - Kopia"
NAME = re.compile(rf"out_(?P<genre>[a-z]+)\.\d+(?:{COPY})?")


@datasets.register("grekow")
def open_grekow(where: str) -> Dataset:
    """Fragments of 6 s rated in valence and arousal, and their quadrant: `grekow:PATH`."""
    table, audio_folder = laid_out("Grekow's set", place("grekow", where), LAYOUT)
    labels = _labels(table)
    audio = rated_audio(audio_folder, labels, "out_blues.00002.wav")
    return Dataset(
        name=f"grekow:{shown(where)}",
        items=tuple(
            Item(id=name, path=file, labels=labels[name], group=name.removesuffix(COPY)) for name, file in audio.items()
        ),
        licence="none stated",
        about=(
            f"{len(audio)} fragments with valence and arousal from -10 to 10, and their quadrant"
            f"{without_audio(len(labels) - len(audio), 'fragment')}"
            "; cite J. Grekow, https://github.com/grekowj/musemodataset"
        ),
        scales=dict.fromkeys(AXES, SCALE),
    )


def _labels(table: AnyPath) -> dict[str, dict[str, float | str]]:
    fragments: dict[str, dict[str, float | str]] = {}
    for line, row in named_rows(table, ["Name", "EmoCat", *COLUMNS.values()]):
        name = PurePosixPath(row["Name"]).stem
        said = NAME.fullmatch(name)
        if said is None or name in fragments:
            problem = "stands here twice" if said else "is no name like out_blues.00002.wav"
            raise DataError(f'{table}, line {line}: "{row["Name"]}" {problem}; get the file anew.')
        if row["EmoCat"] not in QUADRANTS:
            raise DataError(f'{table}, line {line}: EmoCat is "{row["EmoCat"]}", not e1, e2, e3 or e4; correct it.')
        fragments[name] = {
            **{label: rating(table, line, column, row[column], SCALE) for label, column in COLUMNS.items()},
            "quadrant": QUADRANTS[row["EmoCat"]],
            "genre": said["genre"],
        }
    return dict(sorted(fragments.items()))
