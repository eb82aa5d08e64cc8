"""Whisper with two blocks that takes 4 s, as its publisher stores it."""

from __future__ import annotations

from pathlib import Path

from drawn import draw

NAMES = ("whisper-tiny.en", "whisper-base-unpadded")
POSITIONS = 200
SECONDS = 4


def network():
    """Transformers' whole model."""
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    config = WhisperConfig(
        d_model=24,
        encoder_layers=2,
        decoder_layers=1,
        encoder_attention_heads=3,
        decoder_attention_heads=1,
        encoder_ffn_dim=40,
        decoder_ffn_dim=8,
        vocab_size=30,
        max_source_positions=POSITIONS,
        max_target_positions=4,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    return draw(WhisperForConditionalGeneration(config)).eval()


def make(name: str, folder: Path) -> Path:  # noqa: ARG001 - one network for all names
    """Write config and parameters to `folder`."""
    network().save_pretrained(folder)
    return folder
