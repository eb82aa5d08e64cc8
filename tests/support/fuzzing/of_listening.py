"""Keys and results of listening tests, archives of data sets, and notes in the cache."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from listeners import answered
from mutated_files import rewritten_archive
from mutations import damaged, rewritten_json

from fuzzing.reader import Reader
from wetdry.datasets.publishing.archive import unpack
from wetdry.errors import DataError
from wetdry.listening.config import ListeningConfig
from wetdry.listening.key import KEY_FILE, Key, Sound, id_of, read_key
from wetdry.listening.results import Result, read_result
from wetdry.remote import digests
from wetdry.remote.digests import digest_of

ARCHIVE = "set.zip"


def key() -> Key:
    """Of a test of two pairs."""
    sounds = tuple(
        Sound(
            id=f"{k:012x}",
            clip=f"clip{k // 2}",
            group="g",
            wet=bool(k % 2),
            family="reverb" if k % 2 else "",
            level=4.0 if k % 2 else None,
            effect="reverb@4" if k % 2 else "",
            revision="1",
            purpose="pair",
            sha256="0" * 64,
        )
        for k in range(4)
    )
    return Key(
        test=id_of(sounds),
        wetdry="0.1.0",
        config=ListeningConfig(audio=("a.wav",)),
        loudness_lufs=-23.0,
        practice="clip0",
        sounds=sounds,
    )


def result(folder: Path) -> list[bytes]:
    (folder / KEY_FILE).write_text(key().json_text())
    truth = [
        answered(key(), name, lambda _: (0.5, -0.5), np.random.default_rng(k)) for k, name in enumerate(("ann", "bob"))
    ]
    return [json.dumps(each).encode() for each in truth]


def is_complete(found: Result) -> bool:
    return len(found.answers) == 4 and all(
        -1 <= rating <= 1 for answer in found.answers for rating in (answer.valence, answer.arousal)
    )


def archive(_: Path) -> list[bytes]:
    contents = []
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        made = BytesIO()
        with zipfile.ZipFile(made, "w", packing) as written:
            written.writestr("set/", "")
            written.writestr("set/labels.csv", "path,valence\na.wav,1\n" * 20)
            written.writestr("set/audio/a.wav", bytes(200))
        contents.append(made.getvalue())
    return contents


def unpacked(folder: Path) -> list[Path]:
    """What an archive gives; nothing may lie outside the folder that it is unpacked into."""
    target, beside = folder / "inner" / "target", {folder / ARCHIVE, folder / "inner"}
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    try:
        unpack(folder / ARCHIVE, target)
    finally:
        strange = set(folder.iterdir()) - beside | set((folder / "inner").iterdir()) - {target}
        if strange or any(path.is_symlink() for path in target.rglob("*")):
            raise AssertionError(f"unpacked outside its folder: {strange}")
    return list(target.rglob("*"))


def note(folder: Path) -> list[bytes]:
    """The note of the digest of a large file that holds nothing but zeros."""
    os.environ["WETDRY_CACHE"] = str(folder)
    digests.WORTH_REMEMBERING = 1_000
    with (folder / "large").open("wb") as file:
        file.truncate(2_000)
    digest_of(folder / "large", "sha256")
    written = next((folder / ".digests").iterdir())
    written.rename(folder / "note")
    written.symlink_to(folder / "note")
    return [(folder / "note").read_bytes()]


def is_a_digest(digest: str) -> bool:
    kind, _, digits = digest.partition(":")
    return kind == "sha256" and len(digits) == 64 and set(digits) <= set("0123456789abcdef")


PRELOADED = ()

READERS = [
    Reader(
        "listening: key",
        lambda _: [key().json_text().encode()],
        KEY_FILE,
        read_key,
        rewritten_json,
        lambda found: isinstance(found, Key),
        DataError,
    ),
    Reader(
        "listening: result",
        result,
        "ann.json",
        lambda folder: read_result(folder / "ann.json", key()),
        rewritten_json,
        is_complete,
        DataError,
    ),
    Reader("archive", archive, ARCHIVE, unpacked, rewritten_archive, lambda found: len(found) < 50, DataError),
    Reader(
        "note of a digest", note, "note", lambda folder: digest_of(folder / "large", "sha256"), damaged, is_a_digest
    ),
]
