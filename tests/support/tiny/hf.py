"""A WavLM and an Audio Spectrogram Transformer of a few narrow blocks, as transformers saves them."""

from __future__ import annotations

from pathlib import Path

NAMES = ["hf"]
WAVLM = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "conv_dim": [24] * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "num_buckets": 32,
    "initializer_range": 0.2,
}
AST = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_length": 128,
    "num_mel_bins": 32,
    "initializer_range": 0.2,
}


def make(name: str, folder: Path) -> Path:  # noqa: ARG001 (there is one)
    return wavlm(folder)


def wavlm(folder, **front_end):
    import transformers

    save("WavLM", WAVLM, folder)
    transformers.Wav2Vec2FeatureExtractor(**{"do_normalize": True, **front_end}).save_pretrained(folder)
    return folder


def spectrogram_transformer(folder):
    import transformers

    save("AST", AST, folder)
    transformers.ASTFeatureExtractor(max_length=AST["max_length"], num_mel_bins=AST["num_mel_bins"]).save_pretrained(
        folder
    )
    return folder


def save(kind, options, folder):
    """Write a model with random parameters; without the library's bar, which would be the only output of a test."""
    import torch
    import transformers
    from safetensors.torch import save_file

    config = getattr(transformers, f"{kind}Config")(**options)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = getattr(transformers, f"{kind}Model")(config)
    config.save_pretrained(folder)
    save_file(network.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
