"""Encoders whose checkpoint carries its own front end, as torchlibrosa's layers make it do.

PANNs and Microsoft's CLAP store the analysis window and the mel filters among the parameters, and loading a
checkpoint replaces what the code had computed. So the filters used here are the checkpoint's: for CLAP 2023 the
published configuration and the published code name different ones.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wetdry.audio import Samples
from wetdry.encoders.base import EncoderSpec, Prepared
from wetdry.encoders.mel import Mel, band_powers, filter_bank, hann
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.weights.files import Weights
from wetdry.encoders.weights.published import PUBLISHED
from wetdry.encoders.weights.sources import local_revision, locate
from wetdry.encoders.weights.tensors import Tensors, read_tensors
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    import torch

FRAME = 1024
HOP = 320
FLOOR = np.float32(1e-10)
WINDOW = "spectrogram_extractor.stft.conv_real.weight"
FILTERS = "logmel_extractor.melW"
FRONT_END = (WINDOW, "spectrogram_extractor.stft.conv_imag.weight", FILTERS)


class LogMelEncoder(TorchEncoder):
    """A network on the log-mel spectrogram that its checkpoint defines."""

    mel: Mel | None = None
    """The filters that the checkpoint must hold; None where those it has are taken for the right ones."""

    def __init__(
        self, spec: EncoderSpec, published: str, where: str | None, *, device: str = "auto", dtype: str = "fp32"
    ) -> None:
        super().__init__(spec, device=device, dtype=dtype)
        self._published = published
        self._where = where
        self._filters: Any = None

    @property
    def weights(self) -> Weights:
        return PUBLISHED[self._published]

    def prepare(self, windows: Samples) -> Prepared:
        """Log-mel spectrograms (window, frame, band) in dB of mono windows (window, n)."""
        if self._filters is None:
            _ = self.module
        return np.stack([decibels(band_powers(window, self._filters, FRAME, HOP)) for window in self.fill(windows)])

    def load(self) -> torch.nn.Module:
        path = checkpoint(self.weights, self._where)
        tensors = self.select(read_tensors(path), path)
        front_end = {name: tensors.pop(name) for name in FRONT_END if name in tensors}
        module = self.build(tensors, path)
        self._filters = filters(front_end, path, self.mel)
        return module

    @abstractmethod
    def fill(self, windows: Samples) -> Samples:
        """Windows (window, m) of a length that the network takes, from windows (window, n) of any."""

    @abstractmethod
    def select(self, tensors: Tensors, path: Path) -> Tensors:
        """The tensors of the audio network and its front end, by the names they have there."""

    @abstractmethod
    def build(self, tensors: Tensors, path: Path) -> torch.nn.Module:
        """The network with its parameters."""


def decibels(bands: Samples) -> Samples:
    """Log-mel spectrogram (frame, band) in dB, not below -100, of band powers (band, frame).

    >>> decibels(np.array([[0.0, 1.0, 100.0]], dtype=np.float32)).T.round(3).tolist()
    [[-100.0, 0.0, 20.0]]
    """
    return np.float32(10.0) * np.log10(np.maximum(FLOOR, bands)).T


def checkpoint(weights: Weights, where: str | None) -> Path:
    """The file of the parameters."""
    path = locate(weights, where).path
    if path.is_dir():
        name = weights.files[0].name
        raise EncoderError(f"{path}: holds no {name}; fetch it from {weights.source}, or name the file itself.")
    return path


def given_checkpoint(where: str, published: str) -> tuple[Path, str, Tensors]:
    """File, revision and tensors of a checkpoint of the user's."""
    path = checkpoint(PUBLISHED[published], where)
    return path, local_revision(path), read_tensors(path)


def filters(front_end: Mapping[str, torch.Tensor], path: Path, mel: Mel | None) -> Any:
    """The sparse mel filters (band, 513) of a checkpoint, made for frames of 1024 samples under a Hann window."""
    from scipy.sparse import csr_array

    if WINDOW not in front_end or FILTERS not in front_end:
        raise not_this(path, "holds no front end of torchlibrosa")
    # The cosines of bin 0 are all 1: what is left of the first row is the window.
    window, bank = front_end[WINDOW].float().numpy(), front_end[FILTERS].float().numpy()
    if window.shape != (FRAME // 2 + 1, 1, FRAME) or not np.allclose(window[0, 0], hann(FRAME)[:, 0], atol=1e-5):
        raise not_this(path, f"has another front end than frames of {FRAME} samples under a Hann window")
    if bank.ndim != 2 or bank.shape[0] != FRAME // 2 + 1 or not np.isfinite(bank).all():
        raise not_this(path, f"has mel filters of shape {bank.shape}")
    if mel is not None:
        ours = filter_bank(mel).toarray().T
        # A network for another sample rate can have the same shape; its filters tell it apart.
        if bank.shape != ours.shape or not np.allclose(bank, ours, rtol=0, atol=1e-6):
            raise not_this(path, f"has other mel filters than those for {mel.sample_rate} Hz")
    return csr_array(np.ascontiguousarray(bank.T))


def not_this(path: Path, why: str) -> EncoderError:
    """The error for a file of another network."""
    return EncoderError(f"{path}: {why}; give the checkpoint that the encoder's publisher offers.")
