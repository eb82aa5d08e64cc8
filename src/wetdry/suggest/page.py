"""The report of a search: the answer, the front, the plane, the candidates to hear, and how it was done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wetdry.effects import Step
from wetdry.extract import Progress
from wetdry.extract.threads import default_workers
from wetdry.report import Figure, Note, PlayerGroup, Section, StudyResult, Table, charts
from wetdry.report.charts.plane_geometry import Axes
from wetdry.studies.estimators import ProbeEstimator
from wetdry.studies.players import player_group
from wetdry.studies.provenance import provenance
from wetdry.studies.shift import of_probe, trust
from wetdry.suggest import tables, words
from wetdry.suggest.charts import front_chart, widest
from wetdry.suggest.goal import AXES
from wetdry.suggest.run import Suggestion

TARGET = "target"
"""What the nearest point of the goal is called in the plane."""


def study_result(found: Suggestion, *, workers: int | None = None, progress: Progress | None = None) -> StudyResult:
    """The suggestion as a report, with players for the candidates."""
    players = [_players(found, workers, progress)] if found.candidates else []
    candidates = tables.candidates(found)
    plane = plane_points(found)
    return StudyResult(
        "suggest",
        words.title(found),
        words.lead(found),
        [
            _answer(found),
            _front(found, candidates),
            *([_plane(plane, found)] if plane is not None else []),
            *([Section("Listen", "The candidates, best first.", players)] if players else []),
            _method(found),
        ],
        {
            "candidates": candidates,
            "trials": tables.trials(found),
            "windows": tables.windows(found),
            "failures": tables.failures(found),
        },
        provenance(
            found.config.model_dump(mode="json"),
            seeds={"bootstrap": found.config.seed},
            encoder=found.estimator.encoder.spec.key,
            windows=found.part.windows.key,
            data={found.name: found.part.dry.id},
            goal=str(found.goal),
            evaluations=found.stages,
            complete=found.complete,
            search_seconds=round(found.search_seconds, 2),
        ),
    )


def plane_points(found: Suggestion) -> pd.DataFrame | None:
    """Dry song, candidates and nearest point of the goal as `report.charts.plane` takes them, on scales of 0 to 1.

    None where the estimator lacks one of the axes.
    """
    columns = [next((found.goal.targets.index(n) for n in AXES[a] if n in found.goal.targets), -1) for a in AXES]
    if min(columns) < 0:
        return None
    low, high = np.array(found.estimator.scales, dtype=np.float64).T
    means = {"dry": found.dry_mean, TARGET: found.dry_mean + found.goal.nearest}
    means |= {
        label: found.dry_mean + candidate.change.estimate
        for label, candidate in zip(labels(found), found.candidates, strict=True)
    }
    rows = []
    for family, mean in means.items():
        valence, energy = ((mean - low) / (high - low))[columns]
        level = 0.0 if family == "dry" else np.nan
        rows.append({"family": family, "level": level, "valence": float(valence), "energy": float(energy)})
    return pd.DataFrame(rows).assign(clip=found.name, control="raw")


def labels(found: Suggestion) -> list[str]:
    """What each candidate is called in figures and players."""
    return [f"{rank} {candidate.name}" for rank, candidate in enumerate(found.candidates, 1)]


def _answer(found: Suggestion) -> Section:
    table = Table(
        "summary",
        "Candidates",
        tables.summary(found),
        "Searched and held out: share of the way to the goal, on the windows that the search looked at (less one "
        "standard error) and on those that it did not. Δ: change over all windows with its 95 % interval. The keys "
        "can be given to other commands.",
        rows=None,
    )
    notes = [Note("trust", "Estimated, not felt", _trust(found))]
    if found.dry_novelty == found.dry_novelty:
        notes.append(Note("info", "Novelty", [_novelty_in_words(found)]))
    blocks: list[Note | Table] = [*notes, *([table] if found.candidates else [])]
    return Section("The answer", f"Goal: {found.goal}. {_dry_in_words(found)}", blocks)


def _front(found: Suggestion, candidates: pd.DataFrame) -> Section:
    trials = tables.trials(found)
    best = found.front
    steps = "; ".join(f"{words.percent(t.share)} at {t.cost:.2f} with {t.effect.key}" for t in best[-8:])
    chart = front_chart(trials, candidates.assign(sound=_sounds(found)), found.cost.about)
    left_out = int((trials["cost"] > widest(trials, candidates)).sum())
    beyond = f" {left_out} that cost more than fits are not drawn." if left_out else ""
    return Section(
        "What it takes",
        f"Each dot is one of {words.tried(found)}. The staircase is the front: to the left of it and above, nothing "
        "was found.",
        [
            Figure(
                "front",
                "Share of the goal against cost",
                "Numbered: the candidates, which can be pressed to be heard. Rings: the same on the windows held out. "
                f"What moves the other way is drawn at zero.{beyond}",
                f"The front, up to its most expensive steps: {steps}." if best else "No setting moves toward the goal.",
                chart,
            )
        ],
    )


def _plane(points: pd.DataFrame, found: Suggestion) -> Section:
    energy = next(name for name in AXES["energy"] if name in found.goal.targets)
    places = "; ".join(f"{row.family} at {row.valence:.2f}, {row.energy:.2f}" for row in points.itertuples())
    return Section(
        f"In the valence–{energy} plane",
        "From the dry song to each candidate, over all windows.",
        [
            Figure(
                "plane",
                "Where the candidates take it",
                f"Both axes as shares of the estimator’s scale, zoomed to the data. “{TARGET}” is the nearest point "
                "that fulfils the goal.",
                f"Valence and {energy}: {places}.",
                charts.plane(points, axes=Axes(y_title=f"{energy} →")),
            )
        ],
    )


def _method(found: Suggestion) -> Section:
    part, config = found.part, found.config
    counts = ", ".join(f"{name} {count}" for name, count in found.stages.items())
    matched = (
        "Effects are judged as loud as they come"
        if config.any_loudness
        else "Effects are judged at the loudness of the dry song (integrated, BS.1770), so that a gain gains nothing"
    )
    held_out = f"{len(part.held_out)} of them held out" if part.held_out.size else "none of them held out"
    text = [
        f"{part.dry.seconds:g} s of the song in {part.count} windows of {part.windows.seconds:g} s, {held_out}. "
        f"{matched}. Evaluations: {counts}, in {found.search_seconds:.0f} s. {words.unfinished(found)}".strip(),
        "Single effects are tried at a few levels, the stretches between them are halved where they begin to reach the "
        "goal, chains are tried in the order in which the sum of their parts’ measured changes promises most, and of "
        "the best three the parameters are moved one at a time. "
        f"Cost is in {found.cost.about}.",
        "Only what a change exceeds its standard error by counts toward the goal in the search. Neighbouring windows "
        "of a song are alike, so the check guards against the luck of single windows and says nothing of other songs.",
    ]
    failures = tables.failures(found)
    blocks: list[str | Table] = list(text)
    if len(failures):
        blocks.append(Table("failures", "Could not be judged", failures, columns={"effect": "effect", "reason": "why"}))
    return Section("How it was searched", "Every trial is in the tables folder.", blocks)


def _players(found: Suggestion, workers: int | None, progress: Progress | None) -> PlayerGroup:
    steps = [
        Step(label, None, candidate.trial.effect)
        for label, candidate in zip(labels(found), found.candidates, strict=True)
    ]
    return player_group(
        found.name,
        found.part.dry,
        steps,
        match=not found.config.any_loudness,
        workers=workers or default_workers(),
        progress=progress,
        sounds=dict(zip(steps, _sounds(found), strict=True)),
    )


def _sounds(found: Suggestion) -> list[str]:
    return [f"candidate-{rank}" for rank in range(1, len(found.candidates) + 1)]


def _dry_in_words(found: Suggestion) -> str:
    known = dict(zip(found.goal.targets, found.dry_mean, strict=True))
    return f"Unprocessed, {found.estimator.name} estimates " + ", ".join(f"{t} {known[t]:.2f}" for t in known) + "."


def _trust(found: Suggestion) -> list[str]:
    if isinstance(found.estimator, ProbeEstimator):
        return of_probe.trust(found.estimator.trained.card)
    return trust.wording(found.estimator.name)


def _novelty_in_words(found: Suggestion) -> str:
    wet = "; ".join(f"{label}: {c.novelty:.2f}" for label, c in zip(labels(found), found.candidates, strict=True))
    return (
        "Share of unprocessed clips that are less strange to the probe than the song: "
        f"{found.dry_novelty:.2f} dry; {wet}. Near 1, an estimate says little."
    )
