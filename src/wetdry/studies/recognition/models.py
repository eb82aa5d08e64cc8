"""The rows of the leaderboard: which models a study compares, under which names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wetdry.studies.recognition.config import EMBEDDINGS, FEATURES, LAYER_SUM, NETWORKS, RecognitionConfig

HANDCRAFTED, ALL_FEATURES = "handcrafted", "features"
"""The encoder of phase 1, and its layer that has all features."""

LOGMEL, SPECTROGRAM = "logmel", "spectrogram"
"""The encoder whose vectors are what networks hear, and its layer."""

MEAN, ENSEMBLE = "mean of the training labels", "ensemble"
CHOSEN_WITH, KERNEL, CHEAP = "xgboost", "kernel", "linear"
"""Families of probes: on chosen features, of combinations, and of the row that shows what random splits leak."""

CHOSEN_OUTSIDE = "features chosen on all clips, the tested ones too"
RANDOM_SPLIT = "clips of one group on both sides of the split"
EPOCH_OF_TEST = "epoch chosen on the tested songs"

BASELINE, COMBINATIONS = 0, 4
"""Phases beside those that can be asked for."""

IN_ENSEMBLE = "se-gru-attention"
"""The network that takes part in the ensemble."""

Kind = Literal["mean", "probe", "chosen outside", "random split", "layer sum", "network", "fusion", "ensemble"]


@dataclass(frozen=True)
class Model:
    """One row of the leaderboard.

    Attributes
    ----------
    name
        As tables and figures call it; unique in a study.
    phase
        0 what all others are held against, 1 to 3 as asked for, 4 combinations.
    kind
        How it is made.
    encoder, layer
        What it hears with; empty for what hears nothing or several.
    selection, head
        Of a probe: how features are chosen (empty: all are taken), and its family.
    leaks
        Why its scores are too good, in words; empty for an honest row.
    members
        Of an ensemble: names of the models whose estimates are averaged.
    savable
        Whether it can be written as a probe that other commands read.
    """

    name: str
    phase: int
    kind: Kind
    encoder: str = ""
    layer: str = ""
    selection: str = ""
    head: str = ""
    leaks: str = ""
    members: tuple[str, ...] = ()
    savable: bool = False

    @property
    def family(self) -> str:
        """Of the probe, with the selection before it, as `fit_probe` takes it."""
        return f"{self.selection}+{self.head}" if self.selection else self.head


def models(
    config: RecognitionConfig, layers: Mapping[str, Sequence[str]], stacks: Mapping[str, Sequence[str]], *, random: bool
) -> tuple[Model, ...]:
    """All models of a study in order of their phases.

    Parameters
    ----------
    layers
        Encoder of phase 3 → its layers that heads are put on, the one that stands for it first.
    stacks
        Encoder → its layers of one width, where it has several.
    random
        Whether a random split would leak, as some groups have several clips.
    """
    found = [Model(MEAN, BASELINE, "mean", head="mean")]
    if FEATURES in config.phases:
        found += _on_features(config, random=random)
    if NETWORKS in config.phases:
        found += [network(name, savable=not config.separate_targets) for name in config.networks]
    if EMBEDDINGS in config.phases:
        found += _on_embeddings(config, layers, stacks)
        found += [
            Model(f"{HANDCRAFTED} + {encoder} · {KERNEL}", COMBINATIONS, "fusion", encoder, of[0], head=KERNEL)
            for encoder, of in layers.items()
        ]
    if members := tuple(_members(found, layers)):
        found.append(Model(ENSEMBLE, COMBINATIONS, "ensemble", head="mean of estimates", members=members))
    return tuple(found)


def network(name: str, *, savable: bool = True) -> Model:
    """The row of a network of phase 2; one that is several, each of a target, cannot be saved as a probe."""
    return Model(name, NETWORKS, "network", LOGMEL, SPECTROGRAM, head=name, savable=savable)


def network_as_published(name: str) -> Model:
    """The row of a network whose epoch is chosen on the songs that it is scored on."""
    return Model(f"{name}, as the report scores it", NETWORKS, "network", head=name, leaks=EPOCH_OF_TEST)


def _on_features(config: RecognitionConfig, *, random: bool) -> Iterator[Model]:
    place = (HANDCRAFTED, ALL_FEATURES)
    for head in config.regressors:
        yield Model(f"{HANDCRAFTED} · {head}", FEATURES, "probe", *place, head=head, savable=True)
    for selection in config.selections:
        name = f"{HANDCRAFTED} · {selection} + {CHOSEN_WITH}"
        yield Model(name, FEATURES, "probe", *place, selection, CHOSEN_WITH, savable=True)
    if "pearson" in config.selections and config.k > 1:
        # A probe takes two dimensions or more; a selection within a probe may leave it one.
        name = f"{HANDCRAFTED} · pearson + {CHOSEN_WITH}, chosen on all clips"
        yield Model(name, FEATURES, "chosen outside", *place, "pearson", CHOSEN_WITH, CHOSEN_OUTSIDE)
    if random and config.regressors:
        # Beside an honest row of the same family, for else there is nothing to see what leaks by.
        head = CHEAP if CHEAP in config.regressors else config.regressors[0]
        name = f"{HANDCRAFTED} · {head}, random split"
        yield Model(name, FEATURES, "random split", *place, head=head, leaks=RANDOM_SPLIT)


def _on_embeddings(
    config: RecognitionConfig, layers: Mapping[str, Sequence[str]], stacks: Mapping[str, Sequence[str]]
) -> Iterator[Model]:
    heads = [head for head in config.heads if head != LAYER_SUM]
    for encoder, of_encoder in layers.items():
        for layer in of_encoder:
            for head in heads:
                yield Model(f"{encoder} {layer} · {head}", EMBEDDINGS, "probe", encoder, layer, head=head, savable=True)
        if LAYER_SUM in config.heads and encoder in stacks:
            yield Model(f"{encoder} · layer sum", EMBEDDINGS, "layer sum", encoder, "all", head="layer sum")


def _members(found: Sequence[Model], layers: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """One model of each generation, where there are two or more to average."""
    wanted = [
        (HANDCRAFTED, ALL_FEATURES, CHOSEN_WITH),
        *((encoder, of[0], KERNEL) for encoder, of in layers.items()),
        (LOGMEL, SPECTROGRAM, IN_ENSEMBLE),
    ]
    members = [
        model.name
        for model in found
        if model.kind in ("probe", "network") and (model.encoder, model.layer, model.family) in wanted
    ]
    if len(members) > 1:
        yield from members
