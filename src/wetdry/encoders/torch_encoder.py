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
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
FREQUENCIES = "inv_freq"
"""How transformers' names of buffers end that hold the frequencies of rotary positions."""


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
        """The network with its parameters, on the CPU in fp32, or in `dtype` already if it is large."""

    @abstractmethod
    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        """Vectors (window, dim) of each named layer for one prepared batch, on the module's device."""

    def ready(self) -> None:
        _ = self.module  # First: what is missing, torch or the weights, is said before anything else is loaded.
        self.prepare(np.zeros((1, self.spec.sample_rate // 10), dtype=np.float32))

    @property
    def dtype(self) -> torch.dtype:
        """What the network computes in."""
        import torch

        dtype: torch.dtype = getattr(torch, DTYPES[self._dtype_name])
        return dtype

    @property
    def module(self) -> torch.nn.Module:
        """The network, in evaluation mode on its device: no dropout, no layer drop, no gradients."""
        with self._loading:
            if self._module is None:
                require("torch", self.spec.name)
                device = choose_device(self._device_name)
                module = self.load().eval().requires_grad_(False)
                self._module = in_precision(module, self.dtype).to(device)
                self._move(device)
            return self._module

    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        module = self.module
        # The copy to a GPU is made before the turn is taken, so that it runs beside another thread's kernels.
        batch = self._on_device(prepared)
        with self._turn:
            if self._device is not None and batch.device.type != self._device.type:
                batch = self._on_device(prepared)  # Meanwhile another thread has moved the network to the CPU.
            vectors = self._infer(module, batch, layers)
            if vectors is not None:
                return vectors
            del batch
            return self._infer_piecewise(module, prepared, layers)

    def _infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> dict[str, Vectors] | None:
        """Vectors of one batch, or None where memory does not suffice."""
        import torch

        try:
            with torch.inference_mode():
                values = self.infer(module, batch, layers)
                return {layer: values[layer].float().cpu().numpy() for layer in layers}
        except torch.OutOfMemoryError:
            # The caller tries again: here the traceback still keeps the tensors of the batch alive.
            return None
        except RuntimeError as error:
            reason = str(error).partition("\n")[0]
            shape = tuple(batch.shape)
            raise EncoderError(f"{self.spec.name} failed on a batch of shape {shape}: {reason}") from error

    def _infer_piecewise(
        self, module: torch.nn.Module, prepared: Prepared, layers: Sequence[str]
    ) -> dict[str, Vectors]:
        """Halves of a batch that was too large, then single windows on the CPU."""
        import torch

        torch.cuda.empty_cache()
        device = self._device or torch.device("cpu")
        if len(prepared) > 1:
            # Remembered, so that the next batches are small enough at once.
            self.batch = (len(prepared) + 1) // 2
            warn(
                f"{self.spec.name}: {len(prepared)} windows do not fit into the memory of {device}; "
                f"going on with batches of {self.batch}."
            )
            halves = np.array_split(prepared, 2)
        elif device.type != "cpu":
            warn(f"{self.spec.name}: one window does not fit into the memory of {device}; going on with the CPU.")
            self._move(torch.device("cpu"))
            halves = [prepared]
        else:
            raise EncoderError(f"{self.spec.name}: one window does not fit into memory; choose shorter windows.")
        parts = []
        for half in halves:
            vectors = self._infer(module, self._on_device(half), layers)
            parts.append(self._infer_piecewise(module, half, layers) if vectors is None else vectors)
        return {layer: np.concatenate([part[layer] for part in parts]) for layer in layers}

    def _on_device(self, prepared: Prepared) -> torch.Tensor:
        import torch

        batch = torch.from_numpy(np.ascontiguousarray(prepared))
        if batch.is_floating_point():
            batch = batch.to(self.dtype)
        if self._device is None or self._device.type == "cpu":
            return batch
        side = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        with torch.cuda.stream(side):
            moved = batch.pin_memory().to(self._device, non_blocking=True)
        current = torch.cuda.current_stream(self._device)
        current.wait_stream(side)
        moved.record_stream(current)
        return moved

    def _move(self, device: torch.device) -> None:
        if self._module is not None:
            self._module.to(device)
        self._device = device
        # One forward pass at a time on a GPU: its memory is bounded, and worker threads prepare meanwhile.
        self._turn = nullcontext() if device.type == "cpu" else Lock()
        if device.type == "cuda":
            exact_convolutions()


def in_precision(module: torch.nn.Module, dtype: torch.dtype) -> torch.nn.Module:
    """The network in that precision, but for the frequencies of rotary positions, which stay as they are.

    With three digits of a frequency, the position of a frame some hundred frames into a window is off by one or more.
    """
    frequencies = [(name, buffer) for name, buffer in module.named_buffers() if name.endswith(FREQUENCIES)]
    module.to(dtype)
    for name, exact in frequencies:
        owner, _, own = name.rpartition(".")
        setattr(module.get_submodule(owner), own, exact)
    return module


def exact_convolutions() -> None:
    """Have convolutions on a GPU compute with all digits of fp32: torch's default there keeps three of them."""
    import torch

    torch.backends.cudnn.allow_tf32 = False


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
    if device.type == "cuda" and not 0 <= (device.index or 0) < torch.cuda.device_count():
        raise EncoderError(f'Device "{name}": torch sees {torch.cuda.device_count()} GPUs; choose another, or cpu.')
    return device


def warn(message: str) -> None:
    """Tell the user without stopping a run."""
    warnings.warn(message, UserWarning, stacklevel=3)
