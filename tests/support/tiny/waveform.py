"""A wav2vec 2.0 and a MERT of three narrow blocks, in the folders and with the names of the published ones."""

from __future__ import annotations

import json
from pathlib import Path

NAMES = ["wav2vec2-base", "mert-330m"]
SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "conv_dim": [24] * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    # Ten times the usual, so that what is heard reaches the last layer of so narrow a network.
    "initializer_range": 0.2,
}
STABLE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
CQT = {"feature_extractor_cqt": False, "feature_extractor_cqt_bins": 336, "deepnorm": False, "attention_relax": 32.0}
MERT_CODE = {"AutoConfig": "configuration_MERT.MERTConfig", "AutoModel": "modeling_MERT.MERTModel"}


def make(name: str, folder: Path) -> Path:
    if name == "mert-330m":
        return write(folder, "hubert", sampling_rate=24_000, published_as="mert_model", **STABLE, **CQT)
    return write(folder, "wav2vec2", prefix="wav2vec2.")


def write(folder, kind, *, published_as=None, sampling_rate=16_000, do_normalize=True, prefix="", seed=0, **options):
    """Write a checkpoint as transformers 4 wrote it: a pickle of tensors, with the old names of weight norm."""
    import torch

    network = build(kind, seed, **options)
    tensors = {prefix + old_name(name): tensor for name, tensor in network.state_dict().items()}
    torch.save(tensors, folder / "pytorch_model.bin")
    config = {**SMALL, **options, "model_type": published_as or kind, "torch_dtype": "float32"}
    if published_as:
        config |= {"auto_map": MERT_CODE, "architectures": ["MERTModel"]}
    (folder / "config.json").write_text(json.dumps(config))
    front_end = {
        "feature_extractor_type": "Wav2Vec2FeatureExtractor",
        "sampling_rate": sampling_rate,
        "do_normalize": do_normalize,
        "feature_size": 1,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(front_end))
    return folder


def build(kind, seed=0, **options):
    """The network as transformers makes it, with random parameters."""
    import torch
    import transformers

    title = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert"}[kind]
    options = SMALL | {name: value for name, value in options.items() if name not in CQT}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return getattr(transformers, f"{title}Model")(getattr(transformers, f"{title}Config")(**options)).eval()


def old_name(name):
    weight = "conv.parametrizations.weight.original"
    return name.replace(f"{weight}0", "conv.weight_g").replace(f"{weight}1", "conv.weight_v")
