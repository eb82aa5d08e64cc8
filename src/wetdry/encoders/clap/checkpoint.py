"""What a folder of a CLAP checkpoint says: the shape of its audio tower, its front end, its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from wetdry.audio import Samples
from wetdry.encoders.mel import Mel
from wetdry.encoders.weights.configuration import described_by, read_config
from wetdry.encoders.weights.tensors import Tensors, parameters_file, read_tensors
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    pass

Filling = Literal["repeatpad", "repeat", "pad"]
FLOOR = np.float32(1e-10)
MEL = Mel(48_000, n_fft=1024, hop=480, bands=64, fmin=50.0, fmax=14_000.0)


@dataclass(frozen=True)
class AudioTower:
    """Shape of HTSAT, a Swin transformer; the defaults are those that a config.json leaves out."""

    depths: tuple[int, ...] = (2, 2, 6, 2)
    """Blocks of each stage."""
    width: int = 96
    """Channels of the first stage; each further one has twice as many."""
    projected: int = 512

    @property
    def stages(self) -> list[tuple[int, int, int]]:
        """Stage, number in the stage, and channels of every block, in order; stages and numbers count from 1."""
        return [
            (stage + 1, number + 1, self.width * 2**stage)
            for stage, depth in enumerate(self.depths)
            for number in range(depth)
        ]

    @property
    def pooled(self) -> int:
        """Channels of the last stage."""
        return self.stages[-1][2]


@dataclass(frozen=True)
class FrontEnd:
    """Log-mel spectrograms of windows brought to the one length that the network takes."""

    mel: Mel = MEL
    seconds: float = 10.0
    filling: Filling = "repeatpad"
    """How a shorter window becomes full: whole repeats then zeros, repeats to the end, or zeros only."""

    @property
    def samples(self) -> int:
        """Samples of a full window."""
        return round(self.seconds * self.mel.sample_rate)

    def filled(self, windows: Samples) -> Samples:
        """Windows (window, `samples`) from windows (window, n), n up to `samples`.

        >>> FrontEnd(seconds=7 / 48_000).filled(np.array([[1, 2, 3]], dtype=np.float32)).tolist()
        [[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 0.0]]
        """
        n = windows.shape[1]
        if self.filling == "repeat":
            return np.tile(windows, (1, -(-self.samples // n)))[:, : self.samples]
        repeats = self.samples // n if self.filling == "repeatpad" else 1
        return np.pad(np.tile(windows, (1, repeats)), ((0, 0), (0, self.samples - repeats * n)))

    def __call__(self, windows: Samples) -> Samples:
        """Spectrograms (window, 1, frame, band) in dB relative to 1, floor −100 dB, of windows (window, n)."""
        power = self.mel(self.filled(windows)).transpose(0, 2, 1)[:, np.newaxis]
        decibels: Samples = np.float32(10.0) * np.log10(np.maximum(FLOOR, power))
        return decibels


def read_audio_tower(folder: Path) -> AudioTower:
    """The shape in `config.json`; raises for another model, or for CLAP with fusion."""
    config = read_config(folder)
    path = folder / "config.json"
    if config.get("model_type") != "clap":
        raise EncoderError(f'{path}: describes a model of type "{config.get("model_type")}", not clap; choose another.')
    audio = config.get("audio_config") or {}
    if not isinstance(audio, dict):
        raise EncoderError(f"{path}: describes no audio tower of CLAP; fetch it again.")
    if audio.get("enable_fusion", False):
        # Upstream, a clip of 10 s or less goes through the fusion layers or not depending on the implementation
        # and on what else is in the batch, so there is no vector of a clip to be equal to.
        raise EncoderError(
            f"{path}: is CLAP with feature fusion, whose vectors depend on the other clips of a batch; "
            "choose an unfused one, such as laion/clap-htsat-unfused."
        )
    try:
        tower = AudioTower(
            depths=tuple(int(depth) for depth in audio.get("depths", AudioTower.depths)),
            width=int(audio.get("patch_embeds_hidden_size", AudioTower.width)),
            projected=int(config.get("projection_dim", AudioTower.projected)),
        )
    except (TypeError, ValueError, OverflowError):
        raise EncoderError(f"{path}: describes no audio tower of CLAP; fetch it again.") from None
    if not tower.stages:
        raise EncoderError(f"{path}: describes an audio tower without blocks; fetch it again.")
    return tower


def read_front_end(folder: Path) -> FrontEnd:
    """The front end in `preprocessor_config.json`.

    Its `truncation` is not asked: without fusion only one kind of filters fits the network, and windows are
    never longer than the model takes.
    """
    name = "preprocessor_config.json"
    said = read_config(folder, name)
    default = FrontEnd()
    filling = said.get("padding", default.filling)
    if filling not in get_args(Filling):
        known = ", ".join(get_args(Filling))
        raise EncoderError(f'{folder / name}: fills short clips by "{filling}"; known: {known}')
    try:
        mel = Mel(
            sample_rate=int(said["sampling_rate"]),
            n_fft=int(said["fft_window_size"]),
            hop=int(said["hop_length"]),
            bands=int(said["feature_size"]),
            fmin=float(said["frequency_min"]),
            fmax=float(said["frequency_max"]),
        )
        front_end = FrontEnd(mel, float(said["max_length_s"]), filling)
    except KeyError as error:
        raise EncoderError(f"{folder / name}: lacks {error}; fetch it again.") from None
    except (TypeError, ValueError, OverflowError):
        raise EncoderError(f"{folder / name}: describes no front end of CLAP; fetch it again.") from None
    if front_end.samples < 1:
        raise EncoderError(f"{folder / name}: a max_length_s of {front_end.seconds:g} is no window; fetch it again.")
    return front_end


def read_model_config(folder: Path) -> Any:
    """The configuration of both towers as transformers sees it."""
    from transformers import ClapConfig

    with described_by(folder / "config.json", "CLAP"):
        return ClapConfig.from_pretrained(folder, local_files_only=True)


def read_parameters(folder: Path) -> tuple[Path, Tensors]:
    """The file of parameters in the folder, and its tensors."""
    path = parameters_file(folder)
    return path, read_tensors(path)
