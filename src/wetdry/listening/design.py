"""Which sounds a listening test is made of, before any of them is rendered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from wetdry.effects import Step, effect
from wetdry.errors import DataError
from wetdry.listening.key import Purpose

DRY = Step("dry", None, effect("identity"))
IDENTITY = Step("identity", None, effect("identity"))
DEGRADED = Step("degraded", None, effect("distortion(drive_db=40) | bitcrush(bits=3) | lowpass(cutoff_hz=2000)"))
"""Anyone hears that something is wrong with it, whatever the music and however soft its recording."""


@dataclass(frozen=True)
class Planned:
    """One presentation: the clip with this number, by this step, or the sound `repeats` of the plan once more."""

    clip: int
    step: Step
    purpose: Purpose = "pair"
    repeats: int | None = None

    @property
    def wet(self) -> bool:
        return self.step is not DRY


def draw_pairs(clips: int, families: Sequence[str], wanted: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Different pairs (clip, step), at most `wanted`, in rounds of all steps; `families` (step,) says what each is of.

    Each takes a clip that has been taken least, of these one that its family has taken least, of these one at random:
    every step is heard as often as any other, or once more, and an effect is heard on as many clips as may be.

    >>> pairs = draw_pairs(4, ["gain", "gain"], 4, np.random.default_rng(0))
    >>> sorted(clip for clip, _ in pairs), sorted(step for _, step in pairs)
    ([0, 1, 2, 3], [0, 0, 1, 1])
    """
    pairs: list[tuple[int, int]] = []
    taken, by_family = Counter[int](), Counter[tuple[str, int]]()
    order = rng.permutation(len(families))
    for turn in range(min(wanted, clips * len(families))):
        step = int(order[turn % len(families)])
        free = [clip for clip in range(clips) if (clip, step) not in pairs]
        luck = rng.permutation(clips)
        clip = min(free, key=lambda c: (taken[c], by_family[families[step], c], luck[c]))
        pairs.append((clip, step))
        taken[clip] += 1
        by_family[families[step], clip] += 1
    return pairs


def plan(
    clips: int, steps: Sequence[Step], *, pairs: int, repeats: int, anchors: bool, rng: np.random.Generator
) -> list[Planned]:
    """Every presentation of a test on `clips` clips: each clip of a pair dry once, its wet versions, and the controls.

    Raises
    ------
    DataError
        Where an effect would be in no pair, or more sounds are to be repeated than there are.
    """
    if pairs < len(steps):
        raise DataError(
            f"{pairs} pairs are too few for {len(steps)} effects and levels: "
            f"ask for at least {len(steps)} pairs, or for fewer effects or levels."
        )
    drawn = draw_pairs(clips, [step.family for step in steps], pairs, rng)
    heard = sorted({clip for clip, _ in drawn})
    sounds = [Planned(clip, DRY) for clip in heard]
    sounds += [Planned(clip, steps[step]) for clip, step in drawn]
    if repeats > len(sounds):
        raise DataError(f"{repeats} sounds cannot be repeated where there are {len(sounds)}: ask for fewer repeats.")
    again = [replace(sounds[k], purpose="repeat", repeats=int(k)) for k in rng.choice(len(sounds), repeats, False)]
    if anchors:
        same, spoilt = rng.choice(heard, 2, replace=len(heard) < 2)
        sounds += [Planned(int(same), IDENTITY, "identity"), Planned(int(spoilt), DEGRADED, "degraded")]
    return sounds + again
