"""The lists of songs for training, validation and test that Music2Emo publishes [1]_ with DEAM, emoMusic and PMEmo.

They lie in the folder `meta` of each data set there. Copied into the folder of the data set, as `meta` or as
`music2emotion_meta`, they are used with `split=music2emo`.

References
----------
.. [1] J. Kang and D. Herremans, "Towards unified music emotion recognition across dimensional and categorical
   models", 2025, arXiv:2502.03979; https://github.com/AMAAI-Lab/Music2Emotion.
"""

from __future__ import annotations

from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

NAME = "music2emo"
FOLDERS = ("meta", "music2emotion_meta")
SPLITS = ("train", "validation", "test")


def music2emo_split(root: AnyPath) -> dict[str, str]:
    """The split of each song by its id; raises `DataError` where the lists are missing or contradict each other."""
    folder = next((root / name / "split" for name in FOLDERS if (root / name / "split").is_dir()), None)
    if folder is None:
        raise DataError(
            f"{root}: split={NAME} needs the lists of Music2Emo, {FOLDERS[0]}/split/train.txt and so on;"
            f" copy its folder {FOLDERS[0]} here, or leave the split out."
        )
    sides: dict[str, str] = {}
    for split in SPLITS:
        file = folder / f"{split}.txt"
        try:
            songs = file.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            raise DataError(f"{file}: cannot be read ({reason}); copy it anew, or leave the split out.") from None
        for song in songs:
            if sides.setdefault(song, split) != split:
                raise DataError(f"{file}: song {song} is on the list {sides[song]}.txt too; copy the lists anew.")
    return sides
