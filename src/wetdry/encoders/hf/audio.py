"""One way to read every other encoder of audio that transformers defines: its feature extractor and its model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from textwrap import shorten
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from wetdry.audio import Samples, Windows
from wetdry.encoders.base import EncoderSpec, Layer, Prepared
from wetdry.encoders.hf.patches import MODEL_TYPE, patches_of_sound
from wetdry.encoders.torch_encoder import TorchEncoder
from wetdry.encoders.waveform.checkpoint import levelling, receptive_field
from wetdry.encoders.weights.configuration import NONSENSE, described_by, read_config
from wetdry.encoders.weights.fill import check_size
from wetdry.encoders.weights.tensors import parameters_file, read_tensors
from wetdry.errors import EncoderError
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

WINDOW = 10.0
SHORTEST_SECONDS = 0.05
"""A shorter window is followed by zeros: front ends need a few frames, and fail in ways of their own below that."""
BLOCKS = ("encoder_layers", "encoder_num_hidden_layers", "num_hidden_layers")
"""Where configurations say how many blocks the encoder has; the first that there is."""
FRONT_ENDS = ("preprocessor_config.json", "processor_config.json")
FRAME, HOP = 0.025, 0.010
"""Seconds of Kaldi's filter banks, in which some front ends state their `max_length`."""
UNUSED = ("masked_spec_embed",)
"""Parameters of training, which a checkpoint may lack."""


class HuggingFaceAudio(TorchEncoder):
    """All hidden states of a model that takes what its feature extractor makes of a waveform."""

    def __init__(self, folder: Path, device: str = "auto", dtype: str = "fp32") -> None:
        self._folder = folder
        self._config, self._extractor = _read(folder)
        self._alone: AbstractContextManager[object] = nullcontext()
        with described_by(folder / FRONT_ENDS[0], "front end of an encoder of audio"):
            self._rate = int(self._extractor.sampling_rate)
            self._shortest = _shortest(self._config, self._rate)
            # The front end is tried for it.
            specification = self._specification()
        super().__init__(specification, device=device, dtype=dtype)

    def _specification(self) -> EncoderSpec:
        width, blocks = self._config.hidden_size, _blocks(self._config)
        deaf = self._deafness()
        longest = self._longest()
        about = "mean over positions"
        if self._config.model_type == MODEL_TYPE:
            about = "mean over patches of sound"
        elif longest is not None:
            about += ", among them those of the zeros that fill a short window up"
        inner = [f"output of block {index}" for index in range(1, blocks)]
        return EncoderSpec(
            name="hf",
            revision="local",
            sample_rate=self._rate,
            windows=Windows(min(WINDOW, longest or WINDOW)),
            layers=tuple(
                Layer(f"hidden{index}", width, f"{what}, {about}")
                for index, what in enumerate(["input to the first block", *inner, "the model's output"])
            ),
            default_layer=f"hidden{blocks}",
            licence="",
            about="",
            normalisation=deaf or "none that takes the level away",
            hears_level=not deaf,
            longest_window=longest,
        )

    def _deafness(self) -> str:
        """What takes the level away before the first block; empty if nothing does. The front end is tried."""
        noise = np.random.default_rng(0).standard_normal((1, self._rate)).astype(np.float32)
        loud, quiet = self.prepare(0.2 * noise), self.prepare(0.1 * noise)
        if np.abs(loud - quiet).max() < 1e-3 * np.abs(loud).max():
            return f"{type(self._extractor).__name__} brings each window to the same level"
        # Without a choice of norms it is the one over channels; without such convolutions, neither is there.
        norm = getattr(self._config, "feat_extract_norm", "layer")
        return levelling(norm, getattr(self._config, "conv_bias", True))

    def _longest(self) -> float | None:
        """Seconds behind which the front end would silently leave out the rest; None if there is no such limit."""
        one, two = (self.prepare(np.zeros((1, seconds * self._rate), np.float32)).shape for seconds in (1, 2))
        if one != two:
            return None
        if samples := getattr(self._extractor, "n_samples", None):
            return float(samples) / self._rate
        if frames := getattr(self._extractor, "max_length", None):
            return (int(frames) - 1) * HOP + FRAME
        raise EncoderError(f"{self._folder}: does not say how long a window it takes; choose another model.")

    def prepare(self, windows: Samples) -> Prepared:
        """What the feature extractor makes of windows (window, n), without what it pads them with behind its mask."""
        lacking = max(0, self._shortest - windows.shape[1])
        windows = np.pad(windows, ((0, 0), (0, lacking))) if lacking else windows
        features = self._extractor(list(windows), sampling_rate=self._rate, return_tensors="np")
        values: Prepared = features[self._extractor.model_input_names[0]]
        mask = features.get("attention_mask")
        if mask is not None and mask.shape == values.shape[:2]:
            # Windows of one call are equally long, so their masks are the same.
            values = values[:, : int(mask[0].sum())]
        return np.ascontiguousarray(values, dtype=np.float32)

    def load(self) -> torch.nn.Module:
        network = _network(self._config, self._folder)
        untried = _attributes(network)
        reason = self._unfit(network)
        if reason:
            raise EncoderError(
                f"{self._folder}: gives no hidden states of a waveform ({reason}); choose a model that is an encoder."
            )
        for part, own in self._remembered(network):
            # Threads would find it half changed. What the trials left is of their precision and on their device.
            self._alone = Lock()
            vars(network.get_submodule(part))[own] = untried.get((part, own))
        return network

    def _unfit(self, network: torch.nn.Module) -> str:
        """Why the network does not do what the specification says; tried on a tenth of a second."""
        import torch

        try:
            with torch.inference_mode():
                states = _states(network.eval(), self._trial(0.1))
        except NONSENSE as error:
            return _first_line(error)
        shapes = {(state.ndim, state.shape[-1]) for state in states}
        expected = {(3, self.spec.layers[0].dim)}
        if len(states) != len(self.spec.layers) or shapes != expected:
            return f"{len(states)} states, and not of {self.spec.layers[0].dim} numbers a frame"
        return ""

    def _remembered(self, network: torch.nn.Module) -> list[tuple[str, str]]:
        """Parts and attributes that a forward pass changes, as where the positions of the last length are kept.

        Tried on a length other than the one before.
        """
        import torch

        before = _attributes(network)
        with torch.inference_mode():
            _states(network, self._trial(0.2))
        return [name for name, value in _attributes(network).items() if before.get(name) is not value]

    def _trial(self, seconds: float) -> torch.Tensor:
        """What the network is given of so much silence."""
        import torch

        return torch.from_numpy(self.prepare(np.zeros((1, round(seconds * self._rate)), np.float32)))

    def infer(self, module: torch.nn.Module, batch: torch.Tensor, layers: Sequence[str]) -> Mapping[str, torch.Tensor]:
        import torch

        with self._alone:
            named = {f"hidden{index}": state for index, state in enumerate(_states(module, batch))}
        if self._config.model_type == MODEL_TYPE:
            heard = patches_of_sound(self._config, self._extractor, batch).unsqueeze(-1)
            return {layer: (named[layer].float() * heard).sum(dim=1) / heard.sum(dim=1) for layer in layers}
        return {layer: named[layer].mean(dim=1, dtype=torch.float32) for layer in layers}


def _attributes(network: torch.nn.Module) -> dict[tuple[str, str], object]:
    """Everything that the parts of a network hold, by the names of the part and of the attribute."""
    return {(name, own): value for name, part in network.named_modules() for own, value in vars(part).items()}


def _states(module: torch.nn.Module, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Input to the first block, outputs of the inner ones, and the model's own output, (window, position, dim) each."""
    output = module(batch, output_hidden_states=True)
    # The last state has gone through the final norm in some releases and models and not in others; the output always.
    return (*output.hidden_states[:-1], output.last_hidden_state)


def _read(folder: Path) -> tuple[Any, Any]:
    """The configuration and the feature extractor, both of classes that transformers itself defines."""
    transformers = require("transformers")
    strict = require("huggingface_hub.errors").StrictDataclassError
    safely = {"local_files_only": True, "trust_remote_code": False}
    if not _has_front_end(folder):
        raise EncoderError(f"{folder}: no front end for audio is among its files; choose an encoder of audio.")
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **safely)
        with warnings.catch_warnings():
            # Some published filter banks have empty bands, which is how the model was trained.
            warnings.simplefilter("ignore", UserWarning)
            extractor = transformers.AutoFeatureExtractor.from_pretrained(folder, **safely)
    except (OSError, *NONSENSE, strict) as error:
        raise EncoderError(
            f"{folder}: is no encoder of audio that transformers can read ({_first_line(error)}); choose another."
        ) from None
    if not hasattr(extractor, "sampling_rate") or not hasattr(config, "hidden_size") or not _blocks(config):
        raise EncoderError(f"{folder}: its config.json states no width, blocks or sample rate; choose another model.")
    if getattr(config, "quantization_config", None):
        raise EncoderError(f"{folder}: its parameters are quantised; choose the model in float32, bfloat16 or float16.")
    if hasattr(config, "add_adapter"):
        config.add_adapter = False
    return config, extractor


def _has_front_end(folder: Path) -> bool:
    """Whether a file describes what turns audio into the model's input, on its own or within a processor."""
    for name in FRONT_ENDS:
        if (folder / name).is_file():
            described = read_config(folder, name)
            if {"sampling_rate", "feature_extractor_type", "feature_extractor"} & described.keys():
                return True
    return False


def _first_line(error: Exception) -> str:
    return shorten(str(error).strip().partition("\n")[0], 160, placeholder=" …")


def _blocks(config: Any) -> int:
    return next((int(getattr(config, name)) for name in BLOCKS if getattr(config, name, None)), 0)


def _shortest(config: Any, rate: int) -> int:
    """Samples from which there is a frame."""
    kernels, strides = getattr(config, "conv_kernel", ()), getattr(config, "conv_stride", ())
    return max(receptive_field(tuple(kernels), tuple(strides)), round(SHORTEST_SECONDS * rate))


def _network(config: Any, folder: Path) -> torch.nn.Module:
    """The model with its parameters, or its encoder where it has a decoder too."""
    transformers = require("transformers")
    path = parameters_file(folder)
    tensors = read_tensors(path)
    try:
        model = transformers.MODEL_MAPPING[type(config)]
    except KeyError:
        raise EncoderError(f"{folder}: transformers has no model of type {config.model_type} alone.") from None
    check_size(lambda: model(config), tensors, path)
    try:
        with _quietly():
            network, report = model.from_pretrained(
                None, config=config, state_dict=tensors, output_loading_info=True, ignore_mismatched_sizes=True
            )
    except NONSENSE as error:
        raise EncoderError(
            f"{path}: does not fit its config.json ({_first_line(error)}); give files that belong together."
        ) from None
    if lacking := sorted(name for name in report["missing_keys"] if not name.endswith(UNUSED)):
        raise EncoderError(
            f"{path}: lacks {lacking[0]}, so it is not what its config.json describes; fetch both again."
        )
    if report["mismatched_keys"]:
        name = min(report["mismatched_keys"])[0]
        raise EncoderError(f"{path}: {name} is not as large as its config.json says; give files that belong together.")
    return network.get_encoder() if config.is_encoder_decoder else network  # type: ignore[no-any-return]


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the bars and tables of transformers; what they tell is told in one sentence."""
    logging = require("transformers").utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
