"""How long adaptations take at most, from a few steps of each method on real clips: to be said before they begin."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from wetdry.adapt import Progress, adapt
from wetdry.extract.threads import default_workers, single_threaded_kernels
from wetdry.studies.transfer.adaptation.course import STOP, TEST, TRAIN, Course
from wetdry.studies.transfer.adaptation.heard import drawn
from wetdry.studies.transfer.adaptation.stages import trainings

LEARNING = 3.0
"""Time of learning from a clip in those of estimating it: there and back."""

MINUTE, HOUR = 60.0, 3600.0


class Pace(NamedTuple):
    """Seconds of one process.

    Attributes
    ----------
    once
        To decode a clip, and compute what does not change in training.
    estimate
        To estimate a clip from there.
    start
        To put a network together.
    """

    once: float
    estimate: float
    start: float


def of_courses(courses: Sequence[Course]) -> float:
    """Seconds of courses of one encoder and method in one process, if no training stops early.

    Two epochs on a few clips are timed, the second of them after the first has warmed all up. Other clips may be
    longer or shorter, and another process have less of the machine, so this is about right at best.
    """
    pace, first = timed(courses[0]), courses[0]
    clips, seeds = len(first.clips), len({course.settings.seed for course in courses})
    # Dry clips once for all, wet ones of training once a seed, wet ones of tests in each course.
    once = float(clips + (clips * seeds if first.heard else 0) + sum(map(_wet_tests, courses)))
    seconds = pace.once * once
    for course in courses:
        plans = trainings(course.domains, control=course.control, augmented=bool(course.heard))
        passes = sum(_passes(course, learnt[-1]) for _, learnt in plans) + 2.0 * _wet_tests(course)
        seconds += pace.start * len(plans) + pace.estimate * passes
    return seconds


def timed(course: Course) -> Pace:
    """How fast two steps and a validation of a method are here."""
    chosen = np.random.default_rng(0).permutation(len(course.clips))[: 3 * course.settings.batch]
    aside = max(1, len(chosen) // 3)
    effects = drawn(course.heard, list(course.clips["clip"].iloc[chosen]), 0) if course.heard else None
    told: list[Progress] = []
    begun = time.perf_counter()
    with single_threaded_kernels():
        done = adapt(
            course.base,
            course.heard_as(chosen, effects),
            # What is learnt has no part in how long it takes.
            np.where(np.arange(len(chosen)) % 2, "odd", "even"),
            np.where(np.arange(len(chosen)) < aside, "stop", "learn"),
            method=course.method,
            validation=["stop"],
            windows=course.windows,
            settings=replace(course.settings, epochs=2, patience=2),
            progress=told.append,
        )
    whole = time.perf_counter() - begun
    once = max(each.spent for each in told if each.stage == "features")
    one, two = (next(each.spent for each in told if each.stage == "training" and each.done == n) for n in (1, 2))
    estimate = (two - one) / (LEARNING * (len(chosen) - aside) + aside)
    # Before the first epoch every clip is looked at once, to be standardised or for the validation to start from.
    start = whole - once - done.seconds - estimate * len(chosen)
    return Pace(once / len(chosen), estimate, max(0.0, start))


def in_words(seconds: Mapping[str, float], workers: int | None = None) -> str:
    """A sentence of what each method takes; empty where none does.

    >>> in_words({"frozen": 40.0, "lora": 7200.0}, 2)
    'Adapting may take up to about 2.0 h of computing (frozen 40 s, lora 2.0 h), 1.0 h in 2 processes, and less where \
training stops early; leave out what is too long with --methods, or all with --methods none.'
    """
    if not seconds:
        return ""
    total, processes = sum(seconds.values()), workers or default_workers()
    each = ", ".join(f"{name} {_span(spent)}" for name, spent in seconds.items())
    shared = f", {_span(total / processes)} in {processes} processes" if processes > 1 else ""
    return (
        f"Adapting may take up to about {_span(total)} of computing ({each}){shared}, and less where training stops "
        "early; leave out what is too long with --methods, or all with --methods none."
    )


def _passes(course: Course, domain: str) -> float:
    """Estimates of a clip that a training takes the time of: to be standardised, learnt, stopped by and tested."""
    learnt, stop = (course.repeats * len(course.of(side, domain)) for side in (TRAIN, STOP))
    tested = sum(len(course.of(TEST, each)) for each in course.domains)
    return learnt + stop + course.settings.epochs * (LEARNING * learnt + stop) + tested


def _wet_tests(course: Course) -> int:
    """Clips, each through an effect, that two adaptations are tested on."""
    return len(course.sides[TEST]) * (len(course.heard) + len(course.unseen))


def _span(seconds: float) -> str:
    if seconds >= HOUR:
        return f"{seconds / HOUR:.1f} h"
    return f"{seconds / MINUTE:.0f} min" if seconds >= MINUTE else f"{max(1.0, seconds):.0f} s"
