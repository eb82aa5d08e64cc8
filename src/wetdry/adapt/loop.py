"""Epochs of an adaptation, each of which can be the last one that this process sees.

What is drawn at random depends on the seed and the number of the epoch or step alone, so going on after a break needs
nothing of the draws before it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from wetdry.adapt.features import Source
from wetdry.adapt.material import Material
from wetdry.adapt.methods import Method
from wetdry.adapt.network import MIXED, AdaptedNetwork
from wetdry.adapt.progress import Progress
from wetdry.adapt.settings import AdaptSettings
from wetdry.analysis.statistics.units import Counts
from wetdry.encoders import Encoder
from wetdry.encoders.torch_encoder import DTYPES, choose_device
from wetdry.encoders.untrained.torch_twins import drawing_from
from wetdry.errors import DataError
from wetdry.probes.networks import checkpoint as file
from wetdry.probes.networks.checkpoint import MOMENTS, Checkpoint, moments, under

Record = dict[str, float]
Arrays = Mapping[str, npt.NDArray[Any]]
MIXING = 10.0
"""Rate of gates and weights of layers, in rates of the head."""
LONGEST_GRADIENT = 1.0
"""Norm to which gradients are cut."""
FIRST_STEPS = 3
"""After so many it is told how long all will take; the first of them alone would be too slow to go by."""
BACKWARD = 2.0
"""Time of a backward pass in those of a forward pass, for that estimate."""
SCORES = ("loss", "validation_loss", "score")
"""What is known of each epoch."""


class Training:
    """A network on its way.

    Attributes
    ----------
    curve
        One record an epoch, the first of them of epoch 0, before anything was learnt.
    best
        What is kept of the network after the epoch of the best score; of equal ones, of the least loss.
    seconds
        Spent so far, also by processes before this one.
    """

    def __init__(
        self,
        network: AdaptedNetwork,
        material: Material,
        source: Source,
        settings: AdaptSettings,
        rate: float,
        digest: str,
    ) -> None:
        self.curve: list[Record] = []
        self.best: dict[str, npt.NDArray[Any]] = {}
        self.seconds = 0.0
        self._network = network
        self._material = material
        self._source = source
        self._settings = settings
        self._digest = digest
        self._parameters = dict(network.trained())
        self._adam, self._rates = _optimiser(self._parameters, settings, rate)
        self._scaler = torch.amp.GradScaler(network.device.type, enabled=settings.dtype == "fp16")
        classes = material.task.classes
        answers = material.answers if classes else material.scaling.applied(material.answers)
        self._answers = torch.from_numpy(answers.astype(np.float32)).to(network.device)
        weights = material.class_weights() if classes and settings.class_weights else None
        self._weights = None if weights is None else torch.from_numpy(weights).float().to(network.device)

    def run(self, path: Path | None, progress: Callable[[Progress], None] | None) -> None:
        """Train to the end, from where the checkpoint at `path` left off; tell each epoch when it is safe there."""
        self.resume(path)
        if not self.curve:
            self._record(math.nan)
        told = progress or _nobody
        while not self._finished():
            begun = time.perf_counter()
            self._record(self._epoch(told))
            self.seconds += time.perf_counter() - begun
            if path is not None:
                file.write(path, self._checkpoint())
            told(self._progress(self.seconds / self._done * (self._settings.epochs - self._done)))

    @property
    def kept(self) -> int:
        """Place in the curve of the best epoch, the first of several."""
        return max(range(len(self.curve)), key=lambda i: (self.curve[i]["score"], -self.curve[i]["validation_loss"]))

    @property
    def _done(self) -> int:
        return len(self.curve) - 1

    @property
    def _steps(self) -> int:
        """Of an epoch."""
        return math.ceil(len(self._material.train) / self._settings.batch)

    def _finished(self) -> bool:
        return self._done >= self._settings.epochs or self._done - self.kept >= self._settings.patience

    def _progress(self, left: float) -> Progress:
        return Progress("training", self._done, self._settings.epochs, self.seconds, left)

    def _record(self, loss: float) -> None:
        validation_loss, score = self._validate()
        if self.curve and not np.isfinite([loss, validation_loss]).all():
            raise DataError(
                f"The adaptation's numbers are not finite after epoch {len(self.curve)}: give lower learning rates."
            )
        self.curve.append(dict(zip(SCORES, (loss, validation_loss, score), strict=True)))
        if self.kept == self._done:
            self.best = _arrays(self._network.kept())

    def _epoch(self, told: Callable[[Progress], None]) -> float:
        """Learn from all training clips once, in an order of its own; the mean loss."""
        epoch, size, begun, sums = self._done, self._settings.batch, time.perf_counter(), 0.0
        order = np.random.default_rng([self._settings.seed, epoch]).permutation(self._material.train)
        for step in range(self._steps):
            places, before = order[step * size : (step + 1) * size], epoch * self._steps + step
            # Anew in each step: whoever is told something in between may draw too.
            with drawing(_seed(self._settings.seed, before), self._network.device):
                sums += self._step(places, before) * len(places)
            if step + 1 == FIRST_STEPS and not self.seconds:
                told(self._progress(self._expected((time.perf_counter() - begun) / FIRST_STEPS)))
        return sums / len(order)

    def _expected(self, step: float) -> float:
        """Seconds of all epochs to come, of those of a step."""
        validation = len(self._material.validation) / self._settings.batch / (1.0 + BACKWARD)
        return step * (self._steps + validation) * (self._settings.epochs - self._done)

    def _step(self, places: Counts, step: int) -> float:
        rising = self._settings.warm_up * self._steps * self._settings.epochs
        for group, rate in zip(self._adam.param_groups, self._rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / rising if rising else 1.0)
        half = self._settings.dtype != "fp32"
        kind: torch.dtype = getattr(torch, DTYPES[self._settings.dtype])
        features = self._source.of(places.tolist())
        self._network.learning(True)
        with torch.autocast(self._network.device.type, kind if half else torch.bfloat16, enabled=half):
            outputs = self._network(features)
        self._network.learning(False)
        loss = self._loss(outputs.float(), places)
        self._adam.zero_grad()
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._adam)
        nn.utils.clip_grad_norm_(self._parameters.values(), LONGEST_GRADIENT)
        self._scaler.step(self._adam)
        self._scaler.update()
        return float(loss.detach())

    def _loss(self, outputs: torch.Tensor, places: Counts, weights: bool = True) -> torch.Tensor:
        answers = self._answers[torch.from_numpy(places).to(self._answers.device)]
        if self._material.task.classes:
            return functional.cross_entropy(outputs, answers.argmax(dim=1), self._weights if weights else None)
        return functional.mse_loss(outputs, answers)

    def _validate(self) -> tuple[float, float]:
        """Loss and score of the validation clips."""
        places = self._material.validation
        with torch.no_grad():
            parts = [self._network(self._source.of(part)) for part in _batches(places, self._settings.batch)]
            outputs = torch.cat(parts).float()
            loss = float(self._loss(outputs, places, weights=False))
        return loss, self._material.score(outputs.double().cpu().numpy())

    def _checkpoint(self) -> Checkpoint:
        moments = {
            f"adam.{name}.{moment}": self._adam.state[each][moment]
            for name, each in self._parameters.items()
            for moment in MOMENTS
            if each in self._adam.state
        }
        arrays = {**_prefixed("now", _arrays(self._network.kept())), **_prefixed("best", self.best), **_arrays(moments)}
        # Epoch 0 has no loss, and JSON no NaN.
        curve = [{name: None if math.isnan(value) else value for name, value in each.items()} for each in self.curve]
        scaler = self._scaler.state_dict()
        return Checkpoint(arrays, {"digest": self._digest, "curve": curve, "seconds": self.seconds, "scaler": scaler})

    def resume(self, path: Path | None) -> None:
        """Be where the checkpoint at `path` left off, if there is one."""
        if path is not None and (found := file.read(path, self._digest)) is not None:
            with file.taken_up(path):
                self._take_up(found)

    def _take_up(self, found: Checkpoint) -> None:
        self.curve = [
            {name: math.nan if each[name] is None else float(each[name]) for name in SCORES}
            for each in found.state["curve"]
        ]
        self.seconds = float(found.state["seconds"])
        if not self.curve:
            raise ValueError("no epoch is known")
        shapes = {name: tuple(each.shape) for name, each in self._network.kept().items()}
        fill(self._network, under("now", found.arrays, shapes), "the checkpoint")
        self.best = under("best", found.arrays, shapes)
        if found.state["scaler"]:
            self._scaler.load_state_dict(found.state["scaler"])
        for name, each in self._parameters.items():
            if f"adam.{name}.step" in found.arrays:
                known = moments(f"adam.{name}", found.arrays, tuple(each.shape))
                state = {moment: torch.from_numpy(values.copy()) for moment, values in known.items()}
                self._adam.state[each] = {
                    moment: value if moment == "step" else value.to(each.device) for moment, value in state.items()
                }


def network_of(encoder: Encoder, method: Method, outputs: int, device: torch.device, seed: int) -> AdaptedNetwork:
    """The network of a method before training, drawn from that seed."""
    encoder.ready()  # An untrained twin draws while it is loaded, and one draws at a time.
    with drawing_from(seed):
        return AdaptedNetwork(encoder, method, outputs, device)


def device_of(settings: AdaptSettings) -> torch.device:
    """Where to train; half precision is for GPUs alone."""
    device = choose_device(settings.device)
    if settings.dtype != "fp32" and device.type != "cuda":
        raise DataError(f"{settings.dtype} saves no time on the {device.type}: train in fp32, or on a GPU.")
    return device


@contextmanager
def drawing(seed: int, device: torch.device) -> Iterator[None]:
    """Within, torch draws from that seed, on the device too; afterwards it goes on as if nothing had been drawn."""
    with drawing_from(seed), torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


def fill(network: AdaptedNetwork, arrays: Arrays, where: str, *, head: bool = True) -> None:
    """Put what was kept of a like network into this one; without `head`, leave that and its standardisation as is."""
    wanted = {name: each for name, each in network.kept().items() if head or not of_head(name)}
    given = {name for name in arrays if head or not of_head(name)}
    misfit = sorted(given ^ wanted.keys()) or [n for n, each in wanted.items() if arrays[n].shape != tuple(each.shape)]
    if misfit:
        raise DataError(
            f"{where}: its {misfit[0]} does not fit this encoder and method; give those it was learnt with."
        )
    if broken := [name for name in wanted if not np.isfinite(arrays[name]).all()]:
        raise DataError(f"{where}: its {broken[0]} is not finite; train it again, or take it from where it was made.")
    with torch.no_grad():
        for name, each in wanted.items():
            each.copy_(torch.from_numpy(np.array(arrays[name])))


def of_head(name: str) -> bool:
    """Whether what is kept under that name belongs to the head."""
    return name.startswith("head.") or name in ("centre", "factor")


def _optimiser(
    parameters: Mapping[str, nn.Parameter], settings: AdaptSettings, body_rate: float
) -> tuple[torch.optim.AdamW, list[float]]:
    rates = {"body": body_rate, "head": settings.head_rate, "mixing": MIXING * settings.head_rate}
    sorts: dict[str, list[nn.Parameter]] = {sort: [] for sort in rates}
    for name, each in parameters.items():
        sorts["mixing" if name in MIXED else "head" if of_head(name) else "body"].append(each)
    groups = [
        {"params": sorts[sort], "lr": rate, "weight_decay": 0.0 if sort == "mixing" else settings.weight_decay}
        for sort, rate in rates.items()
        if sorts[sort]
    ]
    return torch.optim.AdamW(groups), [rates[sort] for sort in rates if sorts[sort]]


def _seed(seed: int, step: int) -> int:
    """What a step draws from."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1)[0])


def _batches(places: Counts, size: int) -> Iterator[Sequence[int]]:
    return (places[first : first + size].tolist() for first in range(0, len(places), size))


def _arrays(tensors: Mapping[str, torch.Tensor]) -> dict[str, npt.NDArray[Any]]:
    return {name: each.detach().cpu().numpy().copy() for name, each in tensors.items()}


def _prefixed(prefix: str, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    return {f"{prefix}.{name}": each for name, each in arrays.items()}


def _nobody(progress: Progress) -> None:
    """Tell nobody."""
