"""From a song and a goal to suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.audio import Clip, load
from wetdry.extract import Progress, Silent
from wetdry.extract.threads import default_workers
from wetdry.remote.object_path import located
from wetdry.studies.estimators import Estimator, estimator
from wetdry.studies.settings import checked_settings
from wetdry.suggest.bench import Bench, Trial
from wetdry.suggest.budget import Budget
from wetdry.suggest.candidates import Candidate, checked, mean_novelty
from wetdry.suggest.config import SuggestConfig
from wetdry.suggest.cost import Cost, EmbeddingCost, SpectralCost
from wetdry.suggest.front import best_of_each, front
from wetdry.suggest.goal import Goal, goal_of
from wetdry.suggest.part import Heard, Part, hear, part_of
from wetdry.suggest.recipes import pantry
from wetdry.suggest.search import Search
from wetdry.suggest.trials import Failure, Trials


@dataclass(frozen=True, eq=False)
class Suggestion:
    """What a search found.

    Attributes
    ----------
    name
        Of the song.
    dry
        What the estimator makes of its windows.
    dry_novelty
        Mean novelty of its windows; NaN where the estimator cannot tell.
    trials
        Every effect that was judged, in order.
    failures
        Effects that could not be judged.
    candidates
        The best of each set of effects, best first; empty where nothing moves the song toward the goal.
    stages
        Evaluations by stage of the search; `complete` tells whether all were gone through.
    budget, search_seconds
        The limit in words, and how long the search took.
    """

    name: str
    config: SuggestConfig
    part: Part
    estimator: Estimator
    goal: Goal
    cost: Cost
    dry: Heard
    dry_novelty: float
    trials: tuple[Trial, ...]
    failures: tuple[Failure, ...]
    candidates: tuple[Candidate, ...]
    stages: dict[str, int]
    complete: bool
    budget: str
    search_seconds: float

    @property
    def winner(self) -> Candidate | None:
        """What reaches the goal at the least cost, or else comes closest to it."""
        return self.candidates[0] if self.candidates else None

    @property
    def reached(self) -> bool:
        """Whether the winner reaches the goal on the windows that were searched."""
        return self.winner is not None and self.winner.trial.reached

    @property
    def front(self) -> list[Trial]:
        """The trials that none other beats in both cost and distance, cheapest first."""
        return front(self.trials)

    @property
    def dry_mean(self) -> npt.NDArray[np.float64]:
        """Estimates (target,) of the unprocessed song: means over all its windows."""
        mean: npt.NDArray[np.float64] = self.dry.estimates.mean(axis=0)
        return mean


def suggest_effects(
    song: str | Path | Clip,
    *,
    estimator: Estimator | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Suggestion:
    """The least audible effects that move a song's estimated emotion to a goal.

    Parameters
    ----------
    song
        A file, or a clip that is used whole.
    estimator
        Any estimator; by default the one that the settings `encoder` and `probe` name.
    settings
        Fields of `SuggestConfig`, such as `toward="calm"`, or `valence=0.1, energy=-0.2`; `effects="reverb,eq"`,
        `evaluations=200`.

    Returns
    -------
    Suggestion
        Its `candidates` have an effect each (`candidate.trial.effect`), the wet clip, and what was estimated.

    Raises
    ------
    WetdryError
        Where the song is silent, too short or cannot be read, or the settings make no sense.
    """
    return find(song, checked_config(**settings), judge=estimator, workers=workers, progress=progress)


def checked_config(**settings: Any) -> SuggestConfig:
    """The settings as one object; raises `DataError` for one that is unknown or out of range."""
    return checked_settings(SuggestConfig, "suggest", settings)


def find(
    song: str | Path | Clip,
    config: SuggestConfig,
    *,
    judge: Estimator | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Suggestion:
    """`suggest_effects` with its settings in one object; `judge` is the estimator."""
    ingredients = pantry(config.effects, match=not config.any_loudness)
    judge = judge or estimator(config.encoder, config.probe)
    name, clip = _opened(song, config)
    part = part_of(clip, judge, name)
    dry = hear(part.dry, part.windows, judge, _layers(config, judge))
    goal = goal_of(
        judge.targets,
        judge.scales,
        dry.estimates.mean(axis=0),
        toward=config.toward,
        by=config.by,
        valence=config.valence,
        energy=config.energy,
    )
    bench = Bench(part, dry, judge, goal, _cost(config, part, dry, judge), match=not config.any_loudness)
    budget = Budget(config.budget, config.evaluations)
    threads = workers or default_workers()
    with Trials(bench, budget, workers=threads, progress=progress or Silent()) as trials:
        search = Search(trials, ingredients, config.longest)
        search.run()
        took = budget.elapsed
    return Suggestion(
        name=name,
        config=config,
        part=part,
        estimator=judge,
        goal=goal,
        cost=bench.cost,
        dry=dry,
        dry_novelty=mean_novelty(dry, bench),
        trials=tuple(trials.made),
        failures=tuple(trials.failures),
        candidates=_candidates(trials.made, bench, config),
        stages=search.stages,
        complete=search.complete,
        budget=str(budget),
        search_seconds=took,
    )


def _opened(song: str | Path | Clip, config: SuggestConfig) -> tuple[str, Clip]:
    if isinstance(song, Clip):
        return "clip", song
    file = located(str(song))
    return file.name, load(file, start=config.start, seconds=config.seconds)


def _layers(config: SuggestConfig, judge: Estimator) -> tuple[str, ...]:
    return (judge.encoder.spec.default_layer,) if config.cost == "embedding" else ()


def _cost(config: SuggestConfig, part: Part, dry: Heard, judge: Estimator) -> Cost:
    if config.cost == "embedding":
        layer = judge.encoder.spec.default_layer
        return EmbeddingCost(dry.vectors[layer][part.searched], layer)
    return SpectralCost(part.dry)


def _candidates(trials: Sequence[Trial], bench: Bench, config: SuggestConfig) -> tuple[Candidate, ...]:
    return tuple(checked(trial, bench, seed=config.seed) for trial in best_of_each(trials, config.candidates))
