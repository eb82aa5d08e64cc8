"""`wetdry listen score`: what listeners heard, how far they agree, and whether a model's estimates go with it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wetdry.errors import DataError
from wetdry.extract import Progress
from wetdry.listening import tables
from wetdry.listening.agreement import agreement
from wetdry.listening.config import ScoringConfig
from wetdry.listening.consistency import RULE, raters, twice
from wetdry.listening.key import Key, read_key
from wetdry.listening.model import model_shifts, scales_of
from wetdry.listening.ratings import ratings, shifts
from wetdry.listening.results import read_results
from wetdry.studies.estimators import Estimator, estimator
from wetdry.studies.settings import checked_settings


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that a scored test came to.

    Attributes
    ----------
    config, key, model
        What was asked; the test; what estimates emotion, whose `scales` are those of the listeners that it has.
    ratings, twice, raters
        Of every listener, the unreliable ones too.
    shifts, effects, words, agreement, pairs, correlations
        Of the listeners that count.
    failures
        Files of results that could not be used: path and reason.
    seconds
        Wall time.
    """

    config: ScoringConfig
    key: Key
    model: Estimator
    scales: dict[str, str]
    ratings: pd.DataFrame
    twice: pd.DataFrame
    raters: pd.DataFrame
    shifts: pd.DataFrame
    effects: pd.DataFrame
    words: pd.DataFrame
    agreement: pd.DataFrame
    pairs: pd.DataFrame
    correlations: pd.DataFrame
    failures: pd.DataFrame
    seconds: float

    @property
    def listeners(self) -> int:
        """How many count."""
        return int(self.shifts["rater"].nunique())

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name, those without rows left out except for the failures."""
        names = ("effects", "words", "correlations", "pairs", "agreement", "raters", "shifts", "twice", "ratings")
        found = {name: getattr(self, name) for name in names}
        return {name: table for name, table in found.items() if len(table)} | {"failures": self.failures}


def score_listening_test(
    results: str | Path | Sequence[str | Path], test: str | Path, **settings: Any
) -> dict[str, pd.DataFrame]:
    """Score what listeners sent back, and hold it against a model's estimates of the same sounds.

    Parameters
    ----------
    results
        Files of listeners, or folders of them.
    test
        The folder that `make_listening_test` wrote.
    settings
        Fields of `ScoringConfig`, such as `encoder="vibenet"`, `probe="mert.safetensors"`, `exclude=True`.

    Returns
    -------
    dict of DataFrame
        `effects` (listeners' shift by effect and level), `words` (which they chose), `correlations` (with the model's,
        by effect), `pairs`, `agreement`, `raters`, `shifts`, `twice`, `ratings` and `failures`.

    Raises
    ------
    WetdryError
        Where no result can be used, or the test is not whole.
    """
    given = [results] if isinstance(results, (str, Path)) else list(results)
    paths = {"results": tuple(map(str, given)), "test": str(test)}
    config = checked_settings(ScoringConfig, "listening test", {**_text(settings), **paths})
    return score(config).tables()


def score(config: ScoringConfig, progress: Progress | None = None) -> Findings:
    """The same from a configuration, with all that a report needs."""
    began = time.monotonic()
    folder = Path(config.test)
    key = read_key(folder)
    results, failures = read_results([Path(path) for path in config.results], key)
    model = estimator(config.encoder, Path(config.probe) if config.probe else None)
    scales = scales_of(model)
    everyone = ratings(results, key)
    moved = shifts(everyone)
    both = twice(everyone)
    found = raters(everyone, moved, both)
    counted = _counted(found, exclude=config.exclude)
    moved = moved[moved["rater"].isin(counted)].reset_index(drop=True)
    heard = everyone[everyone["rater"].isin(counted)]
    pairs = tables.pairs(moved, model_shifts(key, folder, model, progress))
    return Findings(
        config=config,
        key=key,
        model=model,
        scales=scales,
        ratings=everyone,
        twice=both,
        raters=found.assign(counted=found["rater"].isin(counted)),
        shifts=moved,
        effects=tables.effects(moved),
        words=tables.words(moved),
        agreement=agreement(
            heard, moved, both[both["rater"].isin(counted)], resamples=config.resamples, seed=config.seed
        ),
        pairs=pairs,
        correlations=tables.correlations(pairs),
        failures=failures,
        seconds=time.monotonic() - began,
    )


def _counted(found: pd.DataFrame, *, exclude: bool) -> list[str]:
    """The listeners that count: all, unless unreliable ones are to be left out."""
    kept = found[found["unreliable"] == ""] if exclude else found
    if kept.empty:
        raise DataError(f"No listener is left, as all are unreliable: score without leaving any out. {RULE}")
    return [str(rater) for rater in kept["rater"]]


def _text(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with a probe given as a path turned to text."""
    probe = settings.get("probe")
    return settings | ({"probe": str(probe)} if isinstance(probe, Path) else {})
