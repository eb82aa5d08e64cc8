"""How every figure came about."""

from __future__ import annotations

import numpy as np

from wetdry.report import Section
from wetdry.studies.phrases import counted
from wetdry.studies.transfer.domains import FEWEST_GROUPS
from wetdry.studies.transfer.findings import Findings

EFFECTS = (
    "Effects: a change is of the same clips wet and dry, and its interval leaves out or draws the same groups in both. "
    "Probes under effects learnt from dry clips of other groups."
)


def method(found: Findings) -> list[Section]:
    """The protocol in words, a paragraph for each part that has tables."""
    paragraphs = [
        _clips(found),
        _probes(found) if len(found.within) else "",
        _adaptation(found) if len(found.adapted) else "",
        _distances(found) if len(found.table("ranking")) else "",
        EFFECTS if len(found.table("effect_distances")) or len(found.table("effect_scores")) else "",
        _statistics(found),
    ]
    return [Section("Method", "Every row and more is in the tables folder.", [text for text in paragraphs if text])]


def _clips(found: Findings) -> str:
    config = found.config
    part = "from the middle" if config.start is None else f"from {config.start:g} s on"
    return (
        f"At most {config.seconds:g} s of each clip, {part}. A clip’s vector in a layer is the mean over its windows "
        "of means over frames. Only emotions that both domains have of "
        f"{FEWEST_GROUPS} groups or more are asked for."
    )


def _probes(found: Findings) -> str:
    folds = int(np.max(found.measured.folds.probes)) + 1
    return (
        f"Probes: {', '.join(found.config.probes)}; groups are dealt to {counted(folds, 'part')}, the same for both "
        "domains, and a part is tested by probes that learnt from the others. Settings of a probe are chosen within "
        "what it learns from. Across domains the same parts hold, so that a voice of one domain is not known from the "
        "other. Mean recall is the mean over emotions of the share of clips that is told."
    )


def _adaptation(found: Findings) -> str:
    config = found.config
    splits = found.measured.folds.split_count
    runs = (
        "One run of each."
        if config.seeds == 1
        else f"{config.seeds} runs of each, from other starts; scores are means."
    )
    return (
        f"Adaptation: groups are dealt to {counted(splits, 'part')}; one is tested on, the next one says when to stop, "
        "and the others are learnt from, in both domains alike. Stages have the same budget: at most "
        f"{counted(config.epochs, 'epoch')} in batches of {config.batch}, ended after {config.patience} without a "
        f"better mean recall of the groups that stop it; the best epoch is kept. {_unequal(found)}{runs}"
    )


def _unequal(found: Findings) -> str:
    """Where the control is trained for longer than two stages, and where not as long; empty where all is even."""
    clips = {name: int((found.measured.domain == name).sum()) for name in found.domains}
    larger, smaller = sorted(clips, key=lambda name: -clips[name])
    if not found.config.control or clips[larger] == clips[smaller]:
        return ""
    return (
        "An epoch is all clips of a domain that are learnt from, so that the control has more steps than two stages "
        f"on {larger}, and fewer on {smaller}. "
    )


def _distances(found: Findings) -> str:
    kept = "" if found.config.project is None else f" along the first {found.config.project} principal components,"
    return (
        f"Distances: the squared Fréchet distance between Gaussians of both domains’ means and covariances,{kept} "
        "exact and never negative, of equally many clips. Ranks come from "
        f"{found.config.halves} halves of the groups, the same for all emotions."
    )


def _statistics(found: Findings) -> str:
    return (
        f"Intervals of scores are bootstraps of whole groups, {found.config.resamples} resamples; a group that is in "
        f"both domains is drawn with both. Seed {found.config.seed}."
    )
