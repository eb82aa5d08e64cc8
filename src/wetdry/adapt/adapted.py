"""What an adaptation leaves: an encoder that was taught something, and its head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.adapt.bank import FeatureBank
from wetdry.adapt.methods import Method
from wetdry.adapt.settings import AdaptSettings
from wetdry.analysis.statistics.units import Float64
from wetdry.audio import Clip, Windows
from wetdry.encoders import Encoder
from wetdry.errors import DataError
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task

if TYPE_CHECKING:
    import torch

    from wetdry.adapt.network import AdaptedNetwork


@dataclass(frozen=True, eq=False)
class Adapted:
    """An adapted encoder after its best epoch.

    Attributes
    ----------
    encoder
        The base, which is as it was.
    method, settings
        What was trained, and how.
    task
        What the head tells.
    windows
        The grid on which clips were seen; the encoder's own if None.
    scaling
        Of the numbers that the head tells; none of classes.
    curve
        One row an epoch: `epoch` from 1 on, `loss` over its steps, `validation_loss`, `score` (mean recall of the
        classes there, or mean R²) of the validation clips, and `kept`, true of the best epoch alone. Epoch 0 is the
        state before the first step.
    seconds
        Spent on training and validation.
    stages
        What was known of each adaptation that this one started from, the first first.
    """

    encoder: Encoder
    method: Method
    settings: AdaptSettings
    task: Task
    windows: Windows | None
    scaling: Scaling
    curve: pd.DataFrame
    seconds: float
    clips: int
    held_out: tuple[str, ...]
    network: AdaptedNetwork = field(repr=False)
    stages: tuple[Mapping[str, Any], ...] = ()

    def estimate(self, clips: Clip | Sequence[Clip], *, bank: FeatureBank | None = None) -> Float64:
        """Probabilities (clip, class), or values (clip, target) in their own units; what a bank has is not computed."""
        import torch

        with torch.inference_mode():
            outputs = torch.cat([self.network.head(self.network.mixture(each)) for each in self._layers(clips, bank)])
            if not outputs.isfinite().all():
                raise DataError("The adaptation estimates what is no number: its weights are damaged; save it again.")
            if self.task.classes:
                probabilities: Float64 = outputs.double().softmax(dim=1).cpu().numpy()
                return probabilities
            return self.scaling.undone(outputs.double().cpu().numpy())

    def vectors(self, clips: Clip | Sequence[Clip], *, bank: FeatureBank | None = None) -> npt.NDArray[np.float32]:
        """The adapted embedding (clip, dim): the mean of the last layer, or the weighted sum of standardised layers."""
        import torch

        with torch.inference_mode():
            mixes = self.network.mixes
            rows = [self.network.mixture(each) if mixes else each[:, 0] for each in self._layers(clips, bank)]
            found: npt.NDArray[np.float32] = torch.cat(rows).cpu().numpy()
            return found

    @property
    def layer_weights(self) -> Float64 | None:
        """What each layer weighs (layer,), adding to 1; None where the head reads the last one alone."""
        logits = self.network.layer_logits
        return None if logits is None else logits.detach().double().softmax(dim=0).cpu().numpy()

    @property
    def gates(self) -> Float64 | None:
        """How far each gate is open (block,), 0…1, from the first trained block on; None without gates."""
        logits = None if self.network.inserted is None else self.network.inserted.gates
        return None if logits is None else logits.detach().double().sigmoid().cpu().numpy()

    @property
    def parameters(self) -> int:
        """Numbers learnt by descent, those of the head included."""
        return sum(each.numel() for _, each in self.network.trained())

    @property
    def head_parameters(self) -> int:
        return sum(each.numel() for each in self.network.head.parameters())

    def tensors(self) -> dict[str, npt.NDArray[np.float32]]:
        """What was trained, and how the head's inputs are standardised, by name."""
        return {name: each.detach().cpu().numpy().copy() for name, each in self.network.kept().items()}

    def description(self) -> dict[str, Any]:
        """All else that is known of it, as JSON takes it."""
        return {
            "encoder": self.encoder.spec.key,
            "method": self.method.name,
            "options": self.method.options(),
            "settings": self.settings.decisive,
            "task": {"names": list(self.task.names), "classes": self.task.classes},
            "windows": None if self.windows is None else [self.windows.seconds, self.windows.hop],
            "scaling": {"mean": self.scaling.mean.tolist(), "factor": self.scaling.factor.tolist()},
            # Epoch 0 has no loss, and JSON no NaN.
            "curve": self.curve.astype(object).where(self.curve.notna(), None).to_dict(orient="list"),
            "seconds": self.seconds,
            "parameters": self.parameters,
            "clips": self.clips,
            "held_out": list(self.held_out),
            "stages": [dict(each) for each in self.stages],
        }

    def save(self, path: Path) -> None:
        """Write what was learnt to a safetensors file, with a card of JSON in it; the base is not in it."""
        from wetdry.adapt.stored import save

        save(self, path)

    @classmethod
    def load(cls, path: Path, base: Encoder, *, device: str = "auto") -> Adapted:
        """What `save` wrote, upon its base, which has to be of the same revision."""
        from wetdry.adapt.stored import load

        return load(path, base, device)

    def _layers(self, clips: Clip | Sequence[Clip], bank: FeatureBank | None) -> Iterator[torch.Tensor]:
        """What the head reads (1, layer, dim) of each clip, one by one: none depends on what it is given with."""
        from wetdry.adapt.features import Computed, Source

        given = [clips] if isinstance(clips, Clip) else clips
        if not len(given):
            raise DataError("There is no clip to estimate: give at least one.")
        computed = Computed(self.network, self.encoder, given, self.windows)
        source: Source = computed
        if bank is not None:
            source, _ = bank.shelf(self.network, self.encoder, self.windows).filled(computed, given)
        return (self.network.layers(source.of([place])) for place in range(len(given)))
