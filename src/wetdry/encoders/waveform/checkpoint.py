"""Checkpoints of wav2vec 2.0 and its kin: what their configuration says, and the network with its parameters.

A checkpoint is a folder as the hub has it: `config.json`, `preprocessor_config.json` and a file of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wetdry.encoders.weights.configuration import described_by, read_config
from wetdry.encoders.weights.fill import fill
from wetdry.encoders.weights.tensors import Tensors, parameters_file, read_tensors
from wetdry.errors import EncoderError
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

NETWORKS = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert", "mert_model": "Hubert", "music_hubert": "Hubert"}
"""`model_type` of a configuration → the classes of transformers that compute it, `…Config` and `…Model`.

MERT comes with a definition of its own, which would have to be run from the hub. Where it does not use what it
adds to HuBERT, and no published MERT-v1 does, it is HuBERT.
"""
MERT = ("mert_model", "music_hubert")

INFERENCE = {
    "layerdrop": 0.0,
    "apply_spec_augment": False,
    "mask_time_prob": 0.0,
    "mask_feature_prob": 0.0,
    "add_adapter": False,
}
"""Options that only training or another task needs; so that nothing random is left even in the definition."""

NOT_OPTIONS = ("model_type", "auto_map", "architectures", "transformers_version", "torch_dtype", "dtype")
"""What a configuration says that is about the file, not about the network."""

ANCHOR = "feature_projection.projection.weight"
"""A parameter that every one of these networks has; what stands before it in a file is a prefix of them all."""

WEIGHT_NORM = {"conv.weight_g": "original0", "conv.weight_v": "original1"}
"""Names in files written before torch 2.0 → names now."""


@dataclass(frozen=True)
class Architecture:
    """What a user's numbers depend on, read from the two configurations; the defaults are those of transformers."""

    family: str = "wav2vec2"
    sample_rate: int = 16_000
    normalises: bool = True
    """Whether each window is brought to zero mean and unit variance."""
    width: int = 768
    blocks: int = 12
    kernels: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    strides: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    group_norm: bool = True
    """Whether the first convolution is normalised over time, channel by channel; otherwise frame by frame."""
    conv_bias: bool = False

    @property
    def shortest(self) -> int:
        """Samples from which the convolutions make one frame."""
        return receptive_field(self.kernels, self.strides)

    @property
    def music(self) -> bool:
        return self.family in MERT

    @property
    def levelling(self) -> str:
        """How the first convolution takes the level away; empty if it does not."""
        return levelling("group" if self.group_norm else "layer", self.conv_bias)

    @property
    def hears_level(self) -> bool:
        return not self.normalises and not self.levelling

    def expect(self, found: Architecture, folder: Path) -> None:
        """Raise where the files of `folder` would give other numbers than this architecture promises."""
        for field in ("sample_rate", "normalises", "width", "blocks", "kernels", "strides"):
            promised, read = getattr(self, field), getattr(found, field)
            if promised != read:
                raise EncoderError(f"{folder}: its {field} is {read}, not {promised}; fetch the pinned revision again.")


def receptive_field(kernels: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Samples that one frame of a stack of convolutions sees.

    >>> receptive_field(Architecture.kernels, Architecture.strides)
    400
    """
    samples = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        samples = (samples - 1) * stride + kernel
    return samples


def levelling(norm: str, conv_bias: bool) -> str:
    """How a first convolution takes away the level of what it hears; empty if it does not.

    Either norm divides by a spread that grows with the level. What does not grow with it is a bias: the norm over
    time subtracts that with the mean of its channel, the norm over channels leaves it to be compared with.
    """
    if norm == "group":
        return "each channel of the first convolution is normalised over the window"
    if not conv_bias:
        return "each frame of the first convolution, which has no bias, is normalised over its channels"
    return ""


def read_architecture(folder: Path) -> Architecture:
    """What `config.json` and `preprocessor_config.json` say; raises where the network is another one."""
    config, front_end = read_config(folder), read_config(folder, "preprocessor_config.json")
    path = folder / "config.json"
    family = config.get("model_type")
    if not isinstance(family, str) or family not in NETWORKS:
        raise EncoderError(f'{path}: describes a model of type "{family}", not {", ".join(NETWORKS)}; choose another.')
    if family in MERT:
        _refuse_beyond_hubert(config, path)
    default = Architecture()
    try:
        found = Architecture(
            family=family,
            sample_rate=int(front_end["sampling_rate"]),
            normalises=bool(front_end.get("do_normalize", default.normalises)),
            width=int(config.get("hidden_size", default.width)),
            blocks=int(config.get("num_hidden_layers", default.blocks)),
            kernels=tuple(int(size) for size in config.get("conv_kernel", default.kernels)),
            strides=tuple(int(size) for size in config.get("conv_stride", default.strides)),
            group_norm=config.get("feat_extract_norm", "group") == "group",
            conv_bias=bool(config.get("conv_bias", default.conv_bias)),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise EncoderError(f"{folder}: its configurations describe no encoder of audio; fetch them again.") from None
    if len(found.kernels) != len(found.strides):
        raise EncoderError(f"{path}: has {len(found.kernels)} conv_kernel for {len(found.strides)} conv_stride.")
    return found


def _refuse_beyond_hubert(config: dict[str, Any], path: Path) -> None:
    """Raise where MERT's definition would compute something that HuBERT does not.

    `attention_relax` alone is no such thing: the definition heeds it in the scaled residuals of `deepnorm` only.
    """
    for option, about in {"feature_extractor_cqt": "a constant-Q front end", "deepnorm": "scaled residuals"}.items():
        if config.get(option):
            raise EncoderError(
                f"{path}: asks for {about} ({option}), which only the publisher's own code has, and no code of a "
                "checkpoint is run here; choose a MERT without it, such as m-a-p/MERT-v1-95M."
            )


def load_network(folder: Path) -> torch.nn.Module:
    """The network that `config.json` describes, with every parameter from the folder's file."""
    torch, transformers = require("torch"), require("transformers")
    path = parameters_file(folder)
    tensors = named_as_now(read_tensors(path), path)
    config = read_config(folder)
    options = {name: value for name, value in config.items() if name not in NOT_OPTIONS} | INFERENCE
    if config["model_type"] in MERT:
        # An option of HuBERT's that MERT's definition turns off, whatever a configuration says.
        options["conv_pos_batch_norm"] = False
    name = NETWORKS[config["model_type"]]
    # Without memory of its own: every parameter comes from the file, or the file is refused.
    with described_by(folder / "config.json", "network"), torch.device("meta"):
        network = getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(**options))
    fill(network, tensors, path)
    return network  # type: ignore[no-any-return]


def named_as_now(tensors: Tensors, path: Path) -> Tensors:
    """The encoder's parameters in a file, without the prefix of a larger model, named as torch names them now."""
    prefixes = [name.removesuffix(ANCHOR) for name in tensors if name.endswith(ANCHOR)]
    if len(prefixes) != 1:
        raise EncoderError(f"{path}: holds not what its config.json describes; give files that belong together.")
    named = {name.removeprefix(prefixes[0]): tensor for name, tensor in tensors.items() if name.startswith(prefixes[0])}
    for old, new in WEIGHT_NORM.items():
        for name in [name for name in named if name.endswith(old)]:
            named[f"{name.removesuffix(old)}conv.parametrizations.weight.{new}"] = named.pop(name)
    return named
