"""Makes mert.npz: hidden states of MERT's own definition, for parameters and signals that tests make again.

Runs where its definition does: Python 3.11, transformers 4.46.3, torch, numpy. The definition (MusicHubert.py and
configuration_musichubert.py, as MARBLE keeps them) is not part of this repository; give the folder that holds it:

    python tests/encoders/golden/make_mert.py FOLDER
"""

import importlib
import sys
import types
import zlib
from pathlib import Path

import numpy as np

RATE = 24_000
SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "conv_dim": [24] * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
VARIANTS = {
    "group": {"feat_extract_norm": "group", "do_stable_layer_norm": False, "conv_bias": False},
    "layer": {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True},
}
"""As MERT-v1-95M is built (normalised after each block) and as MERT-v1-330M is (before)."""


def values(name, shape):
    """The parameter called `name` in a checkpoint: the same everywhere, of a size that keeps signals alive."""
    noise = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape).astype(np.float32)
    if "norm" in name or name.endswith("weight_g"):
        return noise * np.float32(0.1) + np.float32(name.endswith(("weight", "weight_g")))
    return noise / np.float32(np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 10.0))


def published_name(name):
    """What a checkpoint calls a parameter: weight norm had other names when MERT was published."""
    weight = "conv.parametrizations.weight.original"
    return name.replace(f"{weight}0", "conv.weight_g").replace(f"{weight}1", "conv.weight_v")


def windows():
    """Two windows (2, 12 000) of half a second: a chord that decays, and noise that swells."""
    time = np.arange(RATE // 2) / RATE
    chord = sum(np.sin(2 * np.pi * f * time) for f in (110.0, 277.2, 1318.5)) * np.exp(-3 * time)
    noise = np.random.default_rng(1).standard_normal(time.size) * time
    return (np.stack([chord, noise]) * 0.1 + 0.01).astype(np.float32)


def definition(folder):
    """MERT's classes of model and configuration, imported from the folder as a package."""
    package = types.ModuleType("mert_definition")
    package.__path__ = [str(folder)]
    sys.modules[package.__name__] = package
    model = importlib.import_module("mert_definition.MusicHubert").MusicHubertModel
    return model, importlib.import_module("mert_definition.configuration_musichubert").MusicHubertConfig


def hidden_states(folder, options, signals):
    import torch

    model_class, config_class = definition(folder)
    model = model_class(config_class(**SMALL, **options)).eval()
    model.load_state_dict(
        {name: torch.from_numpy(values(published_name(name), p.shape)) for name, p in model.state_dict().items()}
    )
    with torch.no_grad():
        states = model(torch.from_numpy(signals), output_hidden_states=True).hidden_states
    return np.stack([state.numpy() for state in states], axis=1)


def main(folder):
    from transformers import Wav2Vec2FeatureExtractor

    extractor = Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=True)
    signals = extractor(list(windows()), sampling_rate=RATE, return_tensors="np").input_values
    states = {name: hidden_states(folder, options, signals) for name, options in VARIANTS.items()}
    np.savez_compressed(Path(__file__).with_name("mert.npz"), input_values=signals, **states)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
