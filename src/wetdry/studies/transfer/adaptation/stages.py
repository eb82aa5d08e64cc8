"""The trainings of a course, by plan.

Each domain is learnt directly. What was learnt of one goes on to the other (two stages), and to the same once more
(control), so that two stages are held against as many epochs. Every stage has the same budget. What is learnt
of one domain is asked about the other as well: zero-shot, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wetdry.adapt import Adapted, adapt
from wetdry.effects import Effect
from wetdry.studies.transfer.adaptation.course import STOP, TRAIN, Course
from wetdry.studies.transfer.adaptation.heard import drawn

DIRECT, TWO_STAGES, CONTROL, ZERO_SHOT, AUGMENTED = "direct", "two stages", "control", "zero-shot", "augmented"
PLANS = (DIRECT, TWO_STAGES, CONTROL, ZERO_SHOT, AUGMENTED)
"""In the order in which reports show them."""


class Taught(NamedTuple):
    """An adaptation that is to be tested.

    Attributes
    ----------
    plan
        One of `PLANS`.
    learnt
        Domains in order.
    stages
        The state after each; the last is tested.
    """

    plan: str
    learnt: tuple[str, ...]
    stages: tuple[Adapted, ...]

    @property
    def last(self) -> Adapted:
        return self.stages[-1]


def trainings(domains: tuple[str, str], *, control: bool, augmented: bool) -> list[tuple[str, tuple[str, ...]]]:
    """Plans and the domains that each learns in order, those first that others go on from.

    >>> trainings(("speech", "song"), control=False, augmented=False)[2:]
    [('two stages', ('song', 'speech')), ('two stages', ('speech', 'song'))]
    """
    first, second = domains
    return [
        (DIRECT, (first,)),
        (DIRECT, (second,)),
        (TWO_STAGES, (second, first)),
        (TWO_STAGES, (first, second)),
        *((CONTROL, (domain, domain)) for domain in domains if control),
        *((AUGMENTED, (domain,)) for domain in domains if augmented),
    ]


def taught(course: Course) -> Iterator[Taught]:
    """One adaptation after the other, each when it is ready, so that few networks are held at a time."""
    direct: dict[str, Adapted] = {}
    for plan, learnt in trainings(course.domains, control=course.control, augmented=bool(course.heard)):
        before = () if len(learnt) == 1 else (direct[learnt[0]],)
        stage = _trained(course, plan, learnt[-1], *before)
        if plan == DIRECT:
            direct[learnt[0]] = stage
        yield Taught(plan, learnt, (*before, stage))


def _trained(course: Course, plan: str, domain: str, before: Adapted | None = None) -> Adapted:
    """One stage."""
    stops = course.of(STOP, domain)
    once = np.concatenate([course.of(TRAIN, domain), stops])
    places, groups = np.tile(once, course.repeats), course.clips["group"].to_numpy(str)
    return adapt(
        course.base,
        course.heard_as(places, _effects(course, plan, list(course.clips["clip"].iloc[once]))),
        course.clips["label"].to_numpy(str)[places],
        groups[places],
        method=course.method,
        validation=list(np.unique(groups[stops])),
        names=course.classes,
        windows=course.windows,
        settings=course.settings,
        start_from=before,
        checkpoint=_checkpoint(course, plan, domain),
        bank=course.bank,
    )


def _effects(course: Course, plan: str, clips: list[str]) -> list[Effect | None]:
    """What each clip (n · repeats,) goes through: the second time a drawn effect in augmented training, else none."""
    dry: list[Effect | None] = [None] * len(clips)
    if plan != AUGMENTED:
        return dry * course.repeats
    return [*dry, *drawn(course.heard, clips, course.settings.seed)]


def _checkpoint(course: Course, plan: str, domain: str) -> Path | None:
    # A head alone is learnt anew in less time than it takes to be kept.
    if course.training is None or course.keeps_vectors:
        return None
    stage = f"{plan.replace(' ', '-')}-{course.domains.index(domain)}"
    return course.training.with_name(f"{course.training.name}-{stage}.part")
