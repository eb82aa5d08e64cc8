"""The best model that can be saved, learnt anew from all clips and written with its card: `wetdry shift --probe`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from wetdry.encoders import encoder
from wetdry.probes.description import Description
from wetdry.studies.cards import fingerprint, rounded
from wetdry.studies.checkpoints import Tables
from wetdry.studies.probe.card import FORMAT, LEFT_OUT, TEST_PART, Card, Evaluation, NumberLabels, Training
from wetdry.studies.probe.clips import view_of
from wetdry.studies.probe.limits import INTENDED_USE, OF_MEANS, limits
from wetdry.studies.probe.scores import scored
from wetdry.studies.probe.trained import TrainedProbe
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.recognition.models import HANDCRAFTED, MEAN, Model
from wetdry.studies.recognition.protocol import Floats
from wetdry.studies.recognition.refit import refitted
from wetdry.studies.recognition.scoring import R2

PROBE_FILE = "best-probe.safetensors"

LEARNT_FROM_ALL = (
    "The scores are of models like it that learnt without the clips that they were scored on; this one learnt from all."
)
OF_CHUNKS = "It learnt from single chunks of three seconds: ask it window by window, not of a mean over windows."


def best_model(scores: pd.DataFrame, models: Sequence[Model]) -> Model | None:
    """The model with the highest mean R² over targets among those that can be saved; None where there is none."""
    rows = scores[(scores["metric"] == R2) & scores["savable"]]
    mean = rows.groupby("model", sort=False)["value"].mean().dropna()
    return None if mean.empty else next(model for model in models if model.name == mean.idxmax())


def best_probe(config: RecognitionConfig, measured: Measured, tables: Tables) -> TrainedProbe | None:
    """The best model as a probe of all clips, of ratings on the scale of the data set; None where none can be saved.

    Its card has the scores of the leaderboard, of the first run, on groups of clips that it did not learn from.
    """
    model = best_model(tables["scores"], measured.models)
    if model is None:
        return None
    ratings = np.asarray(measured.targets_as_rated.of(list(measured.clips["item"])), dtype=np.float64)
    probe = refitted(config, measured, model, ratings)
    training = Training(
        data=measured.data.name,
        licence=measured.data.licence,
        parts=(),
        fingerprint=fingerprint(measured.clips["clip"]),
        clips=len(measured.clips),
        groups=len(np.unique(measured.groups)),
        left_out=len(measured.data) - len(measured.clips),
    )
    evaluation = _evaluation(config, measured, model, tables["estimates"], ratings)
    # As it was opened for the study: weights of one’s own are no others than those.
    heard = encoder(model.encoder) if model.kind == "network" else measured.view(model.encoder).encoder
    own_windows = model.encoder == HANDCRAFTED or model.kind == "network"
    view = view_of(
        heard,
        model.layer,
        window=None if own_windows else config.window,
        start=config.start,
        seconds=config.seconds,
    )
    card = Card(
        format=FORMAT,
        wetdry=version("wetdry"),
        view=view,
        label=measured.targets.wanted,
        outputs=_outputs(measured.names, ratings),
        training=training,
        evaluation=evaluation,
        probe=Description.model_validate(probe.description()),
        intended_use=INTENDED_USE,
        limits=(
            _picked(tables["scores"]),
            LEARNT_FROM_ALL,
            *_heard_of(model, limits(training, evaluation, classes=False, blindness=heard.spec.blindness)),
        ),
    )
    return TrainedProbe(probe, card, frozenset(measured.clips["clip"]))


def save_best(config: RecognitionConfig, measured: Measured, tables: Tables, folder: Path) -> Path | None:
    """Write the best probe and its card into a folder; where it is. None, and none is left there, if there is none."""
    place = folder / PROBE_FILE
    trained = best_probe(config, measured, tables)
    if trained is None:
        for leftover in (place, place.with_suffix(".json")):
            leftover.unlink(missing_ok=True)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    trained.save(place)
    return place


def _evaluation(
    config: RecognitionConfig, measured: Measured, model: Model, estimates: pd.DataFrame, ratings: Floats
) -> Evaluation:
    """The scores of the first run, on the scale of `ratings` (n, target)."""
    names = list(measured.names)
    first = estimates[estimates["seed"] == config.seed]
    found = {
        name: first[first["model"] == name].pivot(index="item", columns="target", values="estimate")[names].sort_index()
        for name in (model.name, MEAN)
    }
    tested = pd.Index(measured.clips["item"]).get_indexer(found[model.name].index)
    as_rated = _Scale.between(measured.answers, ratings)
    groups = measured.groups[tested]
    return Evaluation(
        on=_tested_on(measured),
        clips=len(tested),
        groups=len(np.unique(groups)),
        shared_groups=len(measured.protocol.torn),
        scores=scored(
            measured.targets.task,
            ratings[tested],
            as_rated.of(found[model.name].to_numpy(np.float64)),
            as_rated.of(found[MEAN].to_numpy(np.float64)),
            groups,
            seed=config.seed,
        ),
    )


def _tested_on(measured: Measured) -> str:
    if measured.protocol.published:
        return TEST_PART
    return LEFT_OUT if len(measured.protocol.folds) > 1 else measured.protocol.how


class _Scale(NamedTuple):
    """From the scale of a study to that of a data set, target by target: the same ratings in other units."""

    slope: Floats
    offset: Floats

    @classmethod
    def between(cls, ours: Floats, theirs: Floats) -> _Scale:
        """The scale by which ratings (n, target) of ours become theirs."""
        slope = np.ptp(theirs, axis=0) / np.ptp(ours, axis=0)
        return cls(slope, theirs.min(axis=0) - slope * ours.min(axis=0))

    def of(self, values: Floats) -> Floats:
        """Values (n, target) of ours on their scale."""
        return values * self.slope + self.offset


def _outputs(names: Sequence[str], ratings: Floats) -> tuple[NumberLabels, ...]:
    return tuple(
        NumberLabels(
            name=name, lowest=rounded(values.min()), mean=rounded(values.mean()), highest=rounded(values.max())
        )
        for name, values in zip(names, ratings.T, strict=True)
    )


def _heard_of(model: Model, sentences: Sequence[str]) -> list[str]:
    """The limits of any probe; a network has heard chunks and no means over them."""
    if model.kind != "network":
        return list(sentences)
    return [OF_CHUNKS if sentence == OF_MEANS else sentence for sentence in sentences]


def _picked(scores: pd.DataFrame) -> str:
    """That being the best of many flatters."""
    rows = scores[(scores["metric"] == R2) & scores["savable"]]
    count = rows["model"].nunique()
    if count == 1:
        return "It was the only model of its study that could be saved."
    return (
        f"It was picked as the best of {count} models by their scores on the clips that its card tells of, so these "
        "flatter it a little."
    )
