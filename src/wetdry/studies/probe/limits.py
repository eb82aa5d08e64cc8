"""What a probe is for, and what it is no good for, in words."""

from __future__ import annotations

from wetdry.studies.phrases import METRICS
from wetdry.studies.probe.card import LEFT_OUT, Evaluation, Training

INTENDED_USE = (
    "To ask which way an effect moves an estimate of emotion, beside controls and other probes; not to judge a "
    "listener or a single piece of music."
)

OF_MEANS = "It learnt from means over the windows of a clip; of a single window it is less certain."
"""Of what learns from one vector a clip."""

FEW_GROUPS = 30
"""Of fewer, intervals are wide and folds differ much."""

HEADLINE = {True: ("accuracy",), False: ("r2",)}
"""The score by which a task with and without classes is first judged."""


def limits(training: Training, evaluation: Evaluation, *, classes: bool, blindness: str) -> tuple[str, ...]:
    """Sentences for the card; `blindness` is what the encoder cannot hear by construction, empty if nothing."""
    return tuple(
        sentence
        for sentence in (
            "It is estimated, not felt: what it says is what the labels of clips like these would be, and no more.",
            "It learnt from unprocessed clips alone; strong effects take a clip to where it has not been tested, and "
            "its novelty says how far off.",
            OF_MEANS,
            *_failures(evaluation, classes=classes),
            _leak(evaluation),
            _few(training),
            _chosen_on_validation(training, evaluation),
            blindness,
        )
        if sentence
    )


def _failures(evaluation: Evaluation, *, classes: bool) -> list[str]:
    """What it does not tell better than one who knows the training labels alone."""
    usual = "the commonest class" if classes else "the mean"
    return [
        f"It is not shown to do better than always saying {usual}{of} ({METRICS[score.metric]} "
        f"{round(score.probe.estimate, 2) + 0.0:.2f}): its estimates{of} are no evidence.".replace("-", "−")
        for score in evaluation.scores
        if score.metric in HEADLINE[classes] and (score.gain is None or score.gain.low is None or score.gain.low <= 0)
        for of in [f" of {score.target}" if score.target else ""]
    ]


def _leak(evaluation: Evaluation) -> str:
    if not evaluation.shared_groups:
        return ""
    return (
        f"{evaluation.shared_groups} of the {evaluation.groups} groups that it was tested on are in the training part "
        "too, so its scores are too good."
    )


def _few(training: Training) -> str:
    if training.groups >= FEW_GROUPS:
        return ""
    return f"It learnt from {training.groups} groups of clips only: take its scores as rough."


def _chosen_on_validation(training: Training, evaluation: Evaluation) -> str:
    extra = [part for part in training.parts if part != "train"]
    if not extra or evaluation.on == LEFT_OUT:
        return ""
    return f"The {' and '.join(extra)} part of the published split counts as training here."
