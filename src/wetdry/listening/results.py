"""The files that listeners send back: read with suspicion, since anyone can have written them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wetdry.errors import DataError
from wetdry.listening.form import RESULTS_FORMAT
from wetdry.listening.key import KEY_FILE, Key, SoundId

LARGEST_RESULT = 1_000_000
"""Bytes; the answers to 200 sounds are 30 kB."""

SCALES = ("valence", "arousal")

Rating = Annotated[float, Field(ge=-1, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1e7)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class Answer(BaseModel):
    """What was said of one sound; None where nothing was."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    sound: SoundId
    valence: Rating | None
    arousal: Rating | None
    quadrant: Literal["Excitement", "Anger", "Sadness", "Calmness"] | None
    plays: Count
    heard_seconds: Seconds
    seconds: Seconds

    @property
    def complete(self) -> bool:
        return None not in (self.valence, self.arousal, self.quadrant)


class Result(BaseModel):
    """One listener's answers, in the order in which the sounds were heard."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    format: str
    test: str
    participant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,32}$")]
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    finished: bool
    resumed: Count
    seconds: Seconds
    answers: Annotated[tuple[Answer, ...], Field(max_length=1000, strict=False)]


def read_results(given: Sequence[Path], key: Key) -> tuple[list[Result], pd.DataFrame]:
    """The results that can be used, and a table (path, reason) of the files that cannot.

    Parameters
    ----------
    given
        Files, and folders whose JSON files are taken.
    key
        Of the test that was answered.

    Raises
    ------
    DataError
        Where not one file can be used.
    """
    results: dict[str, Result] = {}
    sources: dict[str, Path] = {}
    failures = []
    for path in _files(given):
        try:
            result = read_result(path, key)
            if result.participant in results:
                raise DataError(_second_file(path, result, sources[result.participant]))
            results[result.participant], sources[result.participant] = result, path
        except DataError as error:
            failures.append({"path": str(path), "reason": str(error)})
    if not results:
        raise DataError(failures[0]["reason"] if failures else "No result was given: name the files of the listeners.")
    return list(results.values()), pd.DataFrame(failures, columns=["path", "reason"])


def read_result(path: Path, key: Key) -> Result:
    """One listener's answers to the test of `key`; raises `DataError` where they are anything else."""
    try:
        if path.stat().st_size > LARGEST_RESULT:
            raise DataError(f"{path}: is no listener's result (larger than {LARGEST_RESULT // 1_000_000} MB).")
        result = Result.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None
    except ValidationError as error:
        raise DataError(f"{path}: is no listener's result ({_first(error)}).") from None
    if problem := _problem(result, key):
        raise DataError(f"{path}: {problem}.")
    return result


def _files(given: Sequence[Path]) -> list[Path]:
    files = []
    for path in given:
        inside = [file for file in sorted(path.glob("*.json")) if file.name != KEY_FILE] if path.is_dir() else [path]
        files.extend(inside)
    return list(dict.fromkeys(files))


def _problem(result: Result, key: Key) -> str:
    """Why a well-formed result cannot be used, or nothing."""
    if result.format != RESULTS_FORMAT:
        return f'is of format "{result.format[:60]}", not "{RESULTS_FORMAT}"'
    if result.test != key.test:
        return f"answers test {result.test[:60]}, not {key.test}; give the folder of that test"
    total, known = len(key.sounds), {sound.id for sound in key.sounds}
    heard = Counter(answer.sound for answer in result.answers)
    if strange := sorted(heard.keys() - known):
        return f"answers sound {strange[0]}, which the test does not have"
    if twice := [sound for sound, times in heard.items() if times > 1]:
        return f"answers sound {twice[0]} twice"
    if len(heard) < total or not result.finished:
        return f"{result.participant} stopped after {len(heard)} of {total} sounds; ask for the rest"
    open_answers = sum(not answer.complete for answer in result.answers)
    if open_answers:
        return f"{result.participant} left a slider or the word unanswered for {open_answers} of {total} sounds"
    unheard = sum(answer.plays == 0 for answer in result.answers)
    return f"{result.participant} answered {unheard} of {total} sounds without playing them" if unheard else ""


def _second_file(path: Path, result: Result, first: Path) -> str:
    same = "the same answers again" if path.read_bytes() == first.read_bytes() else "other answers"
    return (
        f"{path}: participant {result.participant} is already in {first}, and this has {same}; remove one of the two."
    )


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place or 'the file'}: {first['msg']}"
