"""Adapting an encoder to what labelled clips ask of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.adapt.adapted import Adapted
from wetdry.adapt.bank import FeatureBank
from wetdry.adapt.material import Material
from wetdry.adapt.methods import Method
from wetdry.adapt.progress import Progress
from wetdry.adapt.settings import AdaptSettings
from wetdry.audio import Clip, Windows
from wetdry.encoders import Encoder
from wetdry.errors import DataError
from wetdry.extras import require

if TYPE_CHECKING:
    from wetdry.adapt.features import Computed, Shelf, Source
    from wetdry.adapt.network import AdaptedNetwork


def adapt(
    encoder: Encoder,
    clips: Sequence[Clip],
    labels: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    method: Method,
    validation: Sequence[object] | None = None,
    names: Sequence[str] | None = None,
    windows: Windows | None = None,
    settings: AdaptSettings | None = None,
    start_from: Adapted | None = None,
    keep_head: bool = True,
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    bank: FeatureBank | None = None,
) -> Adapted:
    """Train what a method trains, and a linear head, until validation gets no better; go back to the best epoch.

    A clip is heard as by `encoder.embed`: the mean of its channels at the encoder's rate, cut into windows, none of
    them padded beyond what the encoder asks for. Its vector is the mean over its windows. On a CPU, the same seed and
    number of threads give the same weights to the last bit, however often training was broken off.

    Parameters
    ----------
    encoder
        Wav2vec 2.0, HuBERT, MERT, Whisper, or a model of their kind by `hf:`; it never changes itself.
    clips
        Any sequence; each is asked for by its place, so one that decodes when asked keeps little in memory.
    labels
        Text (clip,) for classes, numbers (clip,) or (clip, target) otherwise.
    groups
        Label (clip,) of what must not be on both sides, such as the speaker.
    method
        One of `METHODS`, as `Lora(r=4)`.
    validation
        Groups to stop by; a fifth of all, drawn by the seed, if None.
    names
        Of the classes, in order, or of the targets.
    windows
        Window grid; the encoder's own if None. Windows of one length make for larger steps, as nothing is padded.
    start_from
        An adaptation of the same encoder by the same method, to go on from.
    keep_head
        Whether to go on with its head too, if the task is the same; otherwise the head starts anew.
    checkpoint
        A file that is replaced after each epoch, and from which training goes on if it is there.
    progress
        Told how far it is, and what it may still take.
    bank
        Where to look for what does not change in training, and to leave it for the next adaptation; not used where
        settings say that nothing is kept. Clips with `ids` (see `features.Named`) that are in it are not decoded again.

    Raises
    ------
    DataError
        For one group, classes without training clips, labels that are no labels, a loss that is not finite, modules
        that LoRA does not find, and a checkpoint of another training.
    EncoderError
        For an encoder that is no transformer of a known kind.
    MissingPackageError
        Without torch, or without peft for `Lora`.
    """
    chosen = settings or AdaptSettings()
    if len(clips) != len(np.asarray(labels)):
        raise DataError(f"{len(clips)} clips do not fit {len(np.asarray(labels))} labels: give one for each clip.")
    _check_start(encoder, method, start_from)
    before = (start_from.task, start_from.scaling) if start_from is not None and keep_head else None
    material = Material.of(labels, groups, validation=validation, names=names, seed=chosen.seed, before=before)
    require("torch", needed_by="Adapting an encoder")
    from wetdry.adapt.features import Computed, ids_of
    from wetdry.adapt.loop import Training, device_of, fill, network_of

    network = network_of(encoder, method, len(material.task.names), device_of(chosen), chosen.seed)
    goes_on = before is not None and before[0] == material.task
    if start_from is not None:
        fill(network, start_from.tensors(), "The adaptation to start from", head=goes_on)
    computed = Computed(network, encoder, clips, windows)
    if chosen.keep_features:
        banked = FeatureBank() if bank is None else bank
        source, ids = _kept(banked.shelf(network, encoder, windows), computed, clips, progress)
    else:
        source, ids = computed, ids_of(clips)
    if not goes_on:
        _standardise(network, source, material)
    recipe = {
        "encoder": encoder.spec.key,
        "method": [method.name, method.options()],
        "settings": chosen.decisive,
        "windows": None if windows is None else windows.key,
        "start": None if start_from is None else [_fingerprint(start_from), goes_on],
    }
    rate = chosen.body_rate or method.rate
    training = Training(network, material, source, chosen, rate, material.digest(recipe, ids))
    training.run(checkpoint, progress)
    fill(network, training.best, "The best epoch")
    curve = pd.DataFrame(training.curve)
    curve.insert(0, "epoch", np.arange(len(curve)))
    curve["kept"] = np.arange(len(curve)) == training.kept
    return Adapted(
        encoder=encoder,
        method=method,
        settings=chosen,
        task=material.task,
        windows=windows,
        scaling=material.scaling,
        curve=curve,
        seconds=training.seconds,
        clips=len(material.train),
        held_out=material.held_out,
        network=network,
        stages=() if start_from is None else (*start_from.stages, _stage(start_from)),
    )


def _check_start(encoder: Encoder, method: Method, start: Adapted | None) -> None:
    if start is None:
        return
    if start.encoder.spec.key != encoder.spec.key:
        raise DataError(
            f"The adaptation to start from is of {start.encoder.spec.key}, not {encoder.spec.key}: give one of that."
        )
    if start.method != method:
        raise DataError(
            f"The adaptation to start from was made by {start.method}, not {method}: go on by the same method."
        )


def _kept(
    shelf: Shelf, computed: Computed, clips: Sequence[Clip], progress: Callable[[Progress], None] | None
) -> tuple[Source, list[str]]:
    """The features of all clips, those that are not on the shelf computed, and the ids of all."""
    begun = time.perf_counter()

    def told(done: int) -> None:
        if progress is not None:
            spent = time.perf_counter() - begun
            progress(Progress("features", done, len(clips), spent, spent / done * (len(clips) - done)))

    return shelf.filled(computed, clips, told)


def _standardise(network: AdaptedNetwork, source: Source, material: Material) -> None:
    """Have the head read what the training clips have at the start in standard deviations from their mean."""
    import torch

    with torch.no_grad():
        rows = [network.layers(source.of([place])) for place in material.train.tolist()]
        network.standardise(torch.cat(rows))


def _fingerprint(adapted: Adapted) -> str:
    told = sha256()
    for name, each in sorted(adapted.tensors().items()):
        told.update(name.encode() + each.tobytes())
    return told.hexdigest()


def _stage(adapted: Adapted) -> dict[str, object]:
    known = adapted.description()
    return {name: known[name] for name in ("task", "settings", "clips", "held_out", "parameters")} | {
        "fingerprint": _fingerprint(adapted)
    }
