"""What is learnt on one data set, held against another: the weak point of the field, set out as a table.

Each of the study's data sets in turn is learnt from as a whole and each other one estimated, without the clips that are
in both, known by their samples: a song that was encoded anew is not recognised. Beside them stands what a model reaches
within the set, on groups held out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from wetdry.datasets import dataset
from wetdry.errors import DataError
from wetdry.extract import run
from wetdry.extract.plan import View
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.deformations import DRY
from wetdry.studies.jobs import Job
from wetdry.studies.labelled import Labelled, labelled_items
from wetdry.studies.matrix import matrix
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.measure import Measured, plans
from wetdry.studies.recognition.remarks import remarked
from wetdry.studies.recognition.transfer import Rated, said_of, transferred
from wetdry.studies.resumable import resumable
from wetdry.studies.usable import usable


def count(config: RecognitionConfig, measured: Measured) -> int:
    """How many parts there are: one an encoder and data set that is learnt from, and one of remarks.

    Raises
    ------
    DataError
        Where another data set cannot be opened or is not rated for what this study is about.
    """
    opened = _others(config, measured)
    return 1 + len(measured.views) * (1 + len(opened)) if opened else 0


def jobs(config: RecognitionConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give parts of `cross`, and `remarks`; the other data sets are embedded before the first."""
    opened = _others(config, measured)
    if not opened:
        return
    names = short_names([measured.data.name, *(each.dataset.name for each in opened)])
    heard = [_of_study(measured, names[0])]
    said: list[str] = []
    for name, labelled in zip(names[1:], opened, strict=True):
        each, sentences = _embedded(config, measured, labelled, name)
        heard.append(each)
        said += sentences
    yield remarked("cross", *said, *said_of([next(iter(each.values())) for each in heard]))
    for view in measured.views:
        encoder, layer = view.encoder.spec.name, view.layers[0]
        sets = [each[encoder] for each in heard]
        for learnt in range(len(sets)):
            follows_from = {
                "part": "cross",
                "encoder": view.key,
                "layer": layer,
                "recipe": view.recipe,
                "excerpt": [config.start, config.seconds],
                "draws": [config.seed, config.resamples],
                "targets": measured.names,
                "learnt": learnt,
                "sets": [
                    [each.name, each.unit, each.clips.tolist(), each.groups.tolist(), each.answers.tolist()]
                    for each in sets
                ],
            }
            yield resumable(checkpoints, follows_from, partial(_prepared, config, measured, view, sets, learnt))


def _prepared(config: RecognitionConfig, measured: Measured, view: View, sets: Sequence[Rated], learnt: int) -> Job:
    about = {"encoder": view.encoder.spec.name, "layer": view.layers[0]}
    draws = {"seed": config.seed, "resamples": config.resamples}
    return partial(transferred, sets, learnt, measured.names, about, **draws)


def _others(config: RecognitionConfig, measured: Measured) -> list[Labelled]:
    """The other data sets, of the items that are rated for every target."""
    if not measured.views:
        return []
    opened = [labelled_items(dataset(text), ",".join(measured.names)) for text in config.also]
    names = [measured.data.name, *(each.dataset.name for each in opened)]
    for each in opened:
        if names.count(each.dataset.name) > 1:
            raise DataError(f"{each.dataset.name}: is given twice; name another data set with --also.")
        if each.targets.task != measured.targets.task:
            raise DataError(
                f"{each.dataset.name}: its {', '.join(measured.names)} are no numbers to be estimated; leave it out of "
                "--also."
            )
    return opened


def _of_study(measured: Measured, name: str) -> dict[str, Rated]:
    clips = measured.clips["clip"].to_numpy(str)
    return {
        view.encoder.spec.name: Rated(
            name,
            measured.unit,
            measured.vectors(view.encoder.spec.name, view.layers[0]),
            measured.answers,
            measured.groups,
            clips,
        )
        for view in measured.views
    }


def _embedded(
    config: RecognitionConfig, measured: Measured, labelled: Labelled, name: str
) -> tuple[dict[str, Rated], list[str]]:
    """Another data set as each encoder of the study hears it, and what was left out of it."""
    found: dict[str, Rated] = {}
    failed = 0
    for plan in plans(config, labelled.dataset):
        run(plan, measured.store)
        heard = usable(plan, measured.store, DRY.effect.key)
        items = sorted(heard.items, key=lambda item: item.id)
        clips = [heard.clips[item.id] for item in items]
        answers = np.asarray(labelled.targets.of([item.id for item in items]), dtype=np.float64)
        groups = np.array([item.group for item in items], dtype=str)
        for view in plan.views:
            layer = measured.view(view.encoder.spec.name).layers[0]
            vectors = matrix(measured.store, view, layer, clips, [DRY]).vectors[:, 0]
            known = np.isfinite(vectors).all(axis=1)
            failed = max(failed, len(labelled.dataset) - int(known.sum()))
            found[view.encoder.spec.name] = Rated(
                name, labelled.unit, vectors[known], answers[known], groups[known], np.array(clips, dtype=str)[known]
            )
    sentences = [f"{name}: {failed} of {len(labelled.dataset)} rated clips could not be used, or repeat another."]
    return found, sentences if failed else []


def short_names(names: Sequence[str]) -> list[str]:
    """Data sets by the last part of their paths, or by their whole names where these would be the same.

    >>> short_names(["deam:/data/deam", "emomusic:/data/emomusic,split=music2emo", "etudes"])
    ['deam', 'emomusic', 'etudes']
    >>> short_names(["csv:/a/songs.csv", "csv:/b/songs.csv"])
    ['csv:/a/songs.csv', 'csv:/b/songs.csv']
    """
    short = [Path(name.partition(":")[2].partition(",")[0]).name or name for name in names]
    return [each if short.count(each) == 1 else name for each, name in zip(short, names, strict=True)]
