"""An adaptation as a file: safetensors of what was learnt, and a card of JSON in its header."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open

from wetdry.adapt.adapted import Adapted
from wetdry.adapt.methods import method_called
from wetdry.adapt.settings import AdaptSettings
from wetdry.audio import Windows
from wetdry.encoders import Encoder
from wetdry.errors import DataError, WetdryError
from wetdry.probes.networks.checkpoint import NONSENSE, STATE, Checkpoint, write
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task

FORMAT = "wetdry adaptation 1"
LEAST_SECONDS = 0.01
"""Of a window and of the step to the next: of shorter ones a clip has millions."""

_Span = Annotated[float, Field(ge=LEAST_SECONDS, allow_inf_nan=False)]


class _Task(BaseModel):
    names: tuple[str, ...]
    classes: bool


class _Scaling(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)

    mean: list[float]
    factor: list[float]


class Card(BaseModel):
    """What `Adapted.description` gives, read back."""

    model_config = ConfigDict(extra="ignore")

    encoder: str
    method: str
    options: dict[str, Any]
    settings: dict[str, Any]
    task: _Task
    windows: tuple[_Span | None, _Span | None] | None
    scaling: _Scaling
    curve: dict[str, list[Any]]
    seconds: float
    clips: int
    held_out: tuple[str, ...]
    stages: list[dict[str, Any]]


def save(adapted: Adapted, path: Path) -> None:
    """Write it whole, in place of an earlier one."""
    write(path, Checkpoint(adapted.tensors(), {"digest": FORMAT, **adapted.description()}))


def load(path: Path, base: Encoder, device: str) -> Adapted:
    """What `save` wrote, upon its base."""
    from wetdry.adapt.loop import device_of, fill, network_of

    arrays, state = _read(path)
    try:
        card = Card.model_validate(state)
        method = method_called(card.method, card.options)
        settings = AdaptSettings(**card.settings, device=device)
        task = Task(card.task.names, card.task.classes)
        windows = None if card.windows is None else Windows(*card.windows)
        scaling = Scaling(np.array(card.scaling.mean), np.array(card.scaling.factor))
        if not task.classes and not len(scaling.mean) == len(scaling.factor) == len(task.names):
            raise ValueError("its scaling is not of its targets")
        curve = pd.DataFrame(card.curve).astype({"loss": float})
    except (ValidationError, WetdryError, KeyError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"{path}: its card describes no adaptation ({reason}); save it again.") from None
    if base.spec.key != card.encoder:
        raise DataError(f"{path}: was learnt upon {card.encoder}, not {base.spec.key}; give that encoder.")
    try:
        network = network_of(base, method, len(task.names), device_of(settings), settings.seed)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    fill(network, arrays, str(path))
    return Adapted(
        encoder=base,
        method=method,
        settings=settings,
        task=task,
        windows=windows,
        scaling=scaling,
        curve=curve,
        seconds=card.seconds,
        clips=card.clips,
        held_out=card.held_out,
        network=network,
        stages=tuple(card.stages),
    )


def _read(path: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """The tensors of a file and its card."""
    try:
        with safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            state = json.loads((file.metadata() or {}).get(STATE, "null"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); name a saved adaptation.") from None
    except (SafetensorError, *NONSENSE):
        state = None
    if not isinstance(state, dict) or state.get("digest") != FORMAT:
        raise DataError(f"{path}: is no adaptation that was saved whole; name another file, or save it again.")
    return arrays, state
