"""What the torch encoders share: devices, precision, lazy loading, and memory that runs out."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from wetdry.encoders.base import Encoder, EncoderSpec, Prepared, Vectors
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    import torch

DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


class TorchEncoder(Encoder):
    """A network in torch. A family gives `load` (the network) and `infer` (its layers for one batch).

    Parameters are loaded once, by `ready` or the first forward pass; until then torch is not imported.
    """

    def __init__(self, spec: EncoderSpec, *, device: str = "auto", dtype: str = "fp32") -> None:
        if dtype not in DTYPES:
            raise EncoderError(f'Unknown precision "{dtype}": known: {", ".join(DTYPES)}')
        # Rounded activations are other numbers, so they get another name in the store.
        self._spec = spec if dtype == "fp32" else replace(spec, revision=f"{spec.revision}+{dtype}")
        self._device_name = device
        self._dtype_name = dtype
        self._loading = Lock()
        self._turn: AbstractContextManager[object] = nullcontext()
        self._module: torch.nn.Module | None = None
        self._device: torch.device | None = None

    @property
    def spec(self) -> EncoderSpec:
        return self._spec

    @abstractmethod
    def load(self) -> torch.nn.Module:
        """The network with its parameters, on the CPU in fp32."""

    @abstractmethod
    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        """Vectors (window, dim) of each named layer for one prepared batch, on the module's device."""

    def ready(self) -> None:
        self.prepare(np.zeros((1, self.spec.sample_rate // 10), dtype=np.float32))
        _ = self.module

    @property
    def module(self) -> torch.nn.Module:
        """The network, in evaluation mode on its device: no dropout, no layer drop, no gradients."""
        with self._loading:
            if self._module is None:
                torch = import_torch()
                device = choose_device(self._device_name)
                module = self.load().eval().requires_grad_(False)
                self._module = module.to(device=device, dtype=getattr(torch, DTYPES[self._dtype_name]))
                self._move(device)
            return self._module

    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        module = self.module
        with self._turn:
            return self._forward(module, prepared, layers)

    def _forward(self, module: torch.nn.Module, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        import torch

        try:
            with torch.inference_mode():
                values = self.infer(module, self._on_device(prepared), layers)
                return {layer: values[layer].float().cpu().numpy() for layer in layers}
        except torch.OutOfMemoryError:
            pass  # Leave the handler first: the traceback keeps the batch's tensors alive.
        torch.cuda.empty_cache()
        half = len(prepared) // 2
        if half:
            warn(f"{self.spec.name}: the GPU's memory does not hold {len(prepared)} windows; halving the batch.")
            parts = [self._forward(module, part, layers) for part in (prepared[:half], prepared[half:])]
            return {layer: np.concatenate([part[layer] for part in parts]) for layer in layers}
        warn(f"{self.spec.name}: the GPU's memory does not hold one window; going on with the CPU.")
        self._move(torch.device("cpu"))
        return self._forward(module, prepared, layers)

    def _on_device(self, prepared: Prepared) -> torch.Tensor:
        import torch

        batch = torch.from_numpy(np.ascontiguousarray(prepared))
        device = self._device or torch.device("cpu")
        if device.type == "cuda":
            # From pinned memory the copy runs beside the previous batch's kernels.
            batch = batch.pin_memory().to(device, non_blocking=True)
        return batch.to(getattr(torch, DTYPES[self._dtype_name])) if batch.is_floating_point() else batch

    def _move(self, device: torch.device) -> None:
        if self._module is not None:
            self._module.to(device)
        self._device = device
        # One forward pass at a time on a GPU: its memory is bounded, and worker threads prepare meanwhile.
        self._turn = Lock() if device.type == "cuda" else nullcontext()


def import_torch() -> object:
    """Torch, or one sentence that says how to get it."""
    try:
        import torch
    except ImportError as error:
        raise EncoderError(
            f'This encoder needs {error.name or "torch"}; install it with pip install "wetdry[models]".'
        ) from None
    return torch


def choose_device(name: str) -> torch.device:
    """The device called `name`; `auto` is a GPU if torch sees one, else the CPU."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise EncoderError(f'Unknown device "{name}": known: auto, cpu, cuda, cuda:0, …') from None
    if device.type not in ("cpu", "cuda"):
        raise EncoderError(f'Device "{name}" is not supported: known: auto, cpu, cuda, cuda:0, …')
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise EncoderError(f'Device "{name}": torch sees {torch.cuda.device_count()} GPUs; choose another, or cpu.')
    return device


def warn(message: str) -> None:
    """Tell the user without stopping a run."""
    warnings.warn(message, UserWarning, stacklevel=3)
