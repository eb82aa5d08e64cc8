"""Epochs of training, each of which can be the last one that this process sees.

All that is drawn at random comes from one generator of this training's own, on the CPU: the order of chunks, and which
dense units dropout keeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from wetdry.analysis.statistics.units import Counts, Float64
from wetdry.errors import DataError
from wetdry.probes.networks import checkpoint as file
from wetdry.probes.networks.architectures import DENSE, DROPPED, started
from wetdry.probes.networks.checkpoint import MOMENTS, Checkpoint, moments, under
from wetdry.probes.networks.family import Weights, fill
from wetdry.probes.networks.feeding import Feeder
from wetdry.probes.networks.material import Material, Side
from wetdry.probes.networks.settings import NetworkSettings

Record = dict[str, float]
EVALUATED = 128
"""Chunks of a batch when nothing is learnt."""


class Training:
    """A network on its way.

    Attributes
    ----------
    curve
        One record an epoch: `loss`, the mean over its steps of the standardised squared error; `r2` of the validation
        songs, the mean over targets; `watched_TARGET`, the R² of songs looked on at.
    best
        Weights after the epoch of the best `r2`.
    seconds
        Spent so far, also by processes before this one.
    """

    def __init__(self, name: str, material: Material, settings: NetworkSettings, seed: int) -> None:
        self.curve: list[Record] = []
        self.best: Weights = {}
        self.seconds = 0.0
        self._material = material
        self._settings = settings
        self._digest = material.digest({"network": name, "seed": seed, **settings.decisive})
        self._device = device_called(settings.device)
        self._network = started(name, len(material.task.names), seed).to(self._device)
        self._adam = torch.optim.Adam(
            self._network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        self._draws = torch.Generator().manual_seed(seed)
        self._feeder = Feeder(material.chunks, material.scaling, self._device, max(settings.batch, EVALUATED))
        answers = material.answer_scaling.applied(material.train.answers)[material.train.song]
        self._answers = answers.astype(np.float32)

    def run(self, path: Path | None, progress: Callable[[int], None] | None) -> None:
        """Train to the end, from where the checkpoint at `path` left off; tell each epoch when it is safe there."""
        self.resume(path)
        while not self._finished():
            begun = time.perf_counter()
            record = {"loss": self.epoch(), **self._scores()}
            self._check(record)
            if not self.curve or record["r2"] > max(each["r2"] for each in self.curve):
                self.best = _arrays(self._network.state_dict())
            self.curve.append(record)
            self.seconds += time.perf_counter() - begun
            if path is not None:
                file.write(path, self._checkpoint())
            if progress is not None:
                progress(len(self.curve))

    def epoch(self) -> float:
        """Learn from all training chunks once, in an order of its own; the mean loss."""
        self._network.train()
        rows, sums = self._material.train.rows, 0.0
        order = torch.randperm(len(rows), generator=self._draws).numpy()
        for first in range(0, len(rows), self._settings.batch):
            batch = order[first : first + self._settings.batch]
            sums += self._step(rows[batch], torch.from_numpy(self._answers[batch]).to(self._device)) * len(batch)
        return sums / len(rows)

    @property
    def kept(self) -> int:
        """Place in the curve of the epoch of the best `r2`, the first of several."""
        return int(np.argmax([each["r2"] for each in self.curve]))

    def _finished(self) -> bool:
        epochs = len(self.curve)
        return epochs > 0 and (epochs >= self._settings.epochs or epochs - 1 - self.kept >= self._settings.patience)

    def _check(self, record: Record) -> None:
        if not np.isfinite(list(record.values())).all():
            raise DataError(
                f"The network's numbers are not finite after epoch {len(self.curve) + 1}: give a lower learning rate."
            )

    def _step(self, rows: Counts, answers: torch.Tensor) -> float:
        half = self._settings.dtype == "bf16"
        kept = torch.empty(len(rows), DENSE).bernoulli_(1.0 - DROPPED, generator=self._draws).div_(1.0 - DROPPED)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half):
            found = self._network(self._feeder.batch(rows), kept.to(self._device))
        loss = functional.mse_loss(found.to(answers.dtype), answers)
        self._adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        return float(loss.detach())

    def _scores(self) -> Record:
        """R² of the validation songs, and of those looked on at."""
        names, watched = self._watched, self._material.watched
        record = {"r2": float(self._r_squared(self._material.validation).mean())}
        if watched is not None:
            found = self._r_squared(watched)
            record |= {f"watched_{name}": float(each) for name, each in zip(names, found, strict=True)}
        return record

    @property
    def _watched(self) -> tuple[str, ...]:
        """Names of the scores of songs that are looked on at."""
        return () if self._material.watched is None else self._material.task.names

    def _r_squared(self, side: Side) -> Float64:
        self._network.eval()
        found = []
        with torch.inference_mode():
            for first in range(0, len(side.rows), EVALUATED):
                outputs = self._network(self._feeder.batch(side.rows[first : first + EVALUATED]))
                found.append(outputs.cpu().numpy().astype(np.float64))
        return side.r_squared(self._material.answer_scaling.undone(np.concatenate(found)))

    def _checkpoint(self) -> Checkpoint:
        parameters = enumerate(self._network.parameters())
        return Checkpoint(
            {
                **_named("now", _arrays(self._network.state_dict())),
                **_named("best", self.best),
                **{
                    f"adam.{i}.{moment}": self._adam.state[each][moment].cpu().numpy()
                    for i, each in parameters
                    for moment in MOMENTS
                },
                "generator": self._draws.get_state().numpy(),
            },
            {"digest": self._digest, "curve": self.curve, "seconds": self.seconds},
        )

    def resume(self, path: Path | None) -> None:
        """Be where the checkpoint at `path` left off, if there is one."""
        if path is not None and (found := file.read(path, self._digest)) is not None:
            with file.taken_up(path):
                self._take_up(found)

    def _take_up(self, found: Checkpoint) -> None:
        scores = {"loss", "r2", *(f"watched_{name}" for name in self._watched)}
        self.curve = [{name: float(value) for name, value in each.items()} for each in found.state["curve"]]
        self.seconds = float(found.state["seconds"])
        if not self.curve or any(set(each) != scores for each in self.curve):
            raise ValueError("the curve is of other scores")
        shapes = {name: tuple(each.shape) for name, each in self._network.state_dict().items()}
        fill(self._network, under("now", found.arrays, shapes))
        self.best = under("best", found.arrays, shapes)
        self._draws.set_state(torch.from_numpy(found.arrays["generator"].copy()))
        for i, each in enumerate(self._network.parameters()):
            known = moments(f"adam.{i}", found.arrays, tuple(each.shape))
            self._adam.state[each] = {moment: _alike(values, each) for moment, values in known.items()}


def device_called(name: str) -> torch.device:
    """The device of that name; `auto` is a GPU if torch sees one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DataError(f'Unknown device "{name}": known: auto, cpu, cuda, cuda:0, …') from None
    if device.type != "cpu" and not (device.type == "cuda" and (device.index or 0) < torch.cuda.device_count()):
        raise DataError(
            f'Device "{name}" is not to be had here: torch sees {torch.cuda.device_count()} GPUs; take cpu.'
        )
    return device


def _arrays(tensors: dict[str, torch.Tensor]) -> dict[str, npt.NDArray[np.float32]]:
    return {name: each.detach().cpu().numpy().copy() for name, each in tensors.items()}


def _named(prefix: str, arrays: Weights) -> dict[str, npt.NDArray[Any]]:
    return {f"{prefix}.{name}": each for name, each in arrays.items()}


def _alike(values: npt.NDArray[Any], parameter: torch.Tensor) -> torch.Tensor:
    """Values in the order of memory that the parameter has, as the fused Adam takes both to be."""
    given = torch.from_numpy(values.copy())
    return torch.empty_like(parameter.detach()).copy_(given) if given.ndim else given.to(parameter.device)
