"""`wetdry listen make`: draw pairs, render them, and write a page that anyone can be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wetdry.audio import Clip, to_flac
from wetdry.datasets import Dataset, Item
from wetdry.effects import Step
from wetdry.errors import DataError
from wetdry.extract import Progress, Silent
from wetdry.extract.threads import default_workers, import_libraries
from wetdry.listening.config import USUAL_EFFECTS, ListeningConfig
from wetdry.listening.design import Planned, plan
from wetdry.listening.form import render_page
from wetdry.listening.key import KEY_FILE, PRACTICE, SOUND_FOLDER, Key, Sound, id_of, read_key
from wetdry.listening.render import LOUDNESS_LUFS, Source, attenuation, render, sources
from wetdry.report.files import check_folder, one_sentence_errors, replace_file
from wetdry.studies.selection import select_audio, select_steps
from wetdry.studies.settings import checked_settings

SECONDS_TO_ANSWER = 12.0
"""Besides listening once: two sliders and a choice."""


@dataclass(frozen=True, eq=False)
class ListeningTest:
    """A listening test as it was written.

    Attributes
    ----------
    page
        What listeners open; the folder `sounds` must lie beside it.
    key
        What the sounds are; also in `key.json`, which listeners should not get.
    bytes
        Size of page and sounds.
    failures
        Audio that could not be used: path and reason.
    """

    page: Path
    key: Key
    bytes: int
    failures: pd.DataFrame

    @property
    def folder(self) -> Path:
        return self.page.parent

    @property
    def minutes(self) -> float:
        """About how long a listener takes."""
        return len(self.key.sounds) * (self.key.config.seconds + SECONDS_TO_ANSWER) / 60.0


def make_listening_test(
    audio: str | Path | Sequence[str | Path],
    folder: str | Path,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> ListeningTest:
    """Write a listening test of wet/dry pairs into `folder`: `index.html`, `sounds/` and `key.json`.

    Parameters
    ----------
    audio
        A file, or several files, folders and data sets (`folder:PATH`, `csv:FILE`, `etudes`).
    folder
        Made if missing. A folder that holds another test is left alone, since results refer to its key.
    settings
        Fields of `ListeningConfig`, such as `effects="distortion,reverb"`, `levels="5"`, `pairs=20`, `seconds=6`.

    Raises
    ------
    WetdryError
        Where no clip can be used, an effect fails, or the settings fit no test.
    """
    given = [audio] if isinstance(audio, (str, Path)) else list(audio)
    config = checked_settings(ListeningConfig, "listening test", {**settings, "audio": tuple(map(str, given))})
    return make(config, Path(folder), workers=workers, progress=progress)


def make(
    config: ListeningConfig, folder: Path, *, workers: int | None = None, progress: Progress | None = None
) -> ListeningTest:
    """The same from a configuration."""
    check_folder(folder)
    _earlier(folder)
    rng = np.random.default_rng(config.seed)
    data, steps = select_audio(config.audio), _steps(config)
    wanted = min(config.clips or config.pairs, config.pairs)
    clips, failures = sources(_in_random_order(data, rng), wanted + 1, config.seconds)
    # Practice is on a clip that is in no pair, if there is one.
    practice = clips.pop() if len(clips) > wanted else clips[0]
    planned = plan(len(clips), steps, pairs=config.pairs, repeats=config.repeats, anchors=config.anchors, rng=rng)
    files = _rendered(clips, planned, practice, workers or default_workers(), progress or Silent())
    sounds = _sounds(clips, planned, files, rng)
    key = Key(
        test=id_of(sounds),
        wetdry=version("wetdry"),
        config=config,
        loudness_lufs=round(LOUDNESS_LUFS + files.gain_db, 2),
        practice=practice.item.id,
        sounds=sounds,
    )
    page = _write(key, files, folder)
    size = page.stat().st_size + sum(map(len, files.sounds)) + len(files.practice)
    return ListeningTest(page, key, size, pd.DataFrame(failures, columns=["path", "reason"]))


def _steps(config: ListeningConfig) -> list[Step]:
    """The effects under study: without neutral levels, and each setting once."""
    effects = USUAL_EFFECTS if config.effects is None and config.chains is None else config.effects
    steps = select_steps(effects, config.chains, config.levels)
    distinct = {step.effect.key: step for step in reversed(steps) if step.effect.key != "identity"}
    if not distinct:
        raise DataError("Every effect is neutral: give a level above 0, or other effects.")
    return list(reversed(distinct.values()))


def _in_random_order(data: Dataset, rng: np.random.Generator) -> list[Item]:
    """Items in random order, such that no group comes a second time before each has come once."""
    shuffled = [data.items[k] for k in rng.permutation(len(data))]
    seen: dict[str, int] = {}
    turns = []
    for item in shuffled:
        seen[item.group] = seen.get(item.group, 0) + 1
        turns.append(seen[item.group])
    return [shuffled[k] for k in np.argsort(turns, kind="stable")]


@dataclass(frozen=True, eq=False)
class _Files:
    """Bytes of every presentation, in order of the plan; of the practice sound; and the gain all were given."""

    sounds: list[bytes]
    practice: bytes
    gain_db: float


def _rendered(
    clips: Sequence[Source], planned: Sequence[Planned], practice: Source, workers: int, progress: Progress
) -> _Files:
    import_libraries()

    def rendered(one: Planned) -> Clip:
        return render(clips[one.clip], one.step)

    first_heard = [one for one in planned if one.repeats is None]
    progress.start(len(first_heard), "sounds")
    with ThreadPoolExecutor(workers) as pool:
        heard = []
        for sound in pool.map(rendered, first_heard):
            heard.append(sound)
            progress.advance(1, sound.seconds)
        progress.close()
        heard.append(render(practice, planned[0].step))
        gain_db = attenuation(heard)
        # FLAC, as a lossy codec would be an effect of its own.
        encoded = list(pool.map(lambda sound: to_flac(sound.scaled(gain_db)), heard))
    # Repeats come last in a plan.
    again = [encoded[one.repeats] for one in planned if one.repeats is not None]
    return _Files([*encoded[:-1], *again], encoded[-1], gain_db)


def _sounds(
    clips: Sequence[Source], planned: Sequence[Planned], files: _Files, rng: np.random.Generator
) -> tuple[Sound, ...]:
    """The plan with names that say nothing, in the order of these names, so that neither does their order."""
    names: list[str] = []
    while len(names) < len(planned):
        name = rng.bytes(6).hex()
        if name not in names:
            names.append(name)
    sounds = [
        Sound(
            id=name,
            clip=clips[one.clip].item.id,
            group=clips[one.clip].item.group,
            wet=one.wet,
            family=one.step.family,
            level=one.step.level,
            effect=one.step.effect.key,
            revision=one.step.effect.revision,
            purpose=one.purpose,
            repeats=None if one.repeats is None else names[one.repeats],
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, one, content in zip(names, planned, files.sounds, strict=True)
    ]
    return tuple(sorted(sounds, key=lambda sound: sound.id))


def _earlier(folder: Path) -> Key | None:
    """The key of the test that the folder holds already, if any; raises where that cannot be read."""
    return read_key(folder) if (folder / KEY_FILE).exists() else None


def _write(key: Key, files: _Files, folder: Path) -> Path:
    """The page comes last, so that a page that is there is whole."""
    earlier = _earlier(folder)
    if earlier is not None and earlier.test != key.test:
        raise DataError(f'"{folder}" holds another listening test, whose results need its key: choose another folder.')
    by_digest = {hashlib.sha256(content).hexdigest(): content for content in files.sounds}
    with one_sentence_errors(folder):
        for sound in key.sounds:
            replace_file(folder / sound.file, by_digest[sound.sha256])
        replace_file(folder / SOUND_FOLDER / f"{PRACTICE}.flac", files.practice)
        replace_file(folder / KEY_FILE, key.json_text().encode())
        replace_file(folder / "index.html", render_page(key).encode())
    return folder / "index.html"
