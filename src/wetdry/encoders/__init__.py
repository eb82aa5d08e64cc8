"""What turns clips into vectors: one file a model family, one protocol for all.

>>> encoders.names()[:2]
['vibenet', 'handcrafted']
"""

from importlib import import_module

from wetdry.encoders.base import Embeddings, Encoder, EncoderSpec, Layer, Vectors, complete, encoder, encoders

__all__ = ["Embeddings", "Encoder", "EncoderSpec", "Layer", "Vectors", "complete", "encoder", "encoders"]


@encoders.register("vibenet")
def _vibenet() -> Encoder:
    """Seven attributes of music, valence and energy among them, from a small network that ships with the install."""
    from wetdry.encoders.vibenet import VibeNet

    return VibeNet()


@encoders.register("handcrafted")
def _handcrafted() -> Encoder:
    """Means and standard deviations of 193 classic features: MFCC, chroma, mel, contrast, tonnetz."""
    from wetdry.encoders.handcrafted import Handcrafted

    return Handcrafted()


FAMILIES: tuple[str, ...] = ("waveform", "hf", "clap", "whisper", "panns", "msclap", "openl3", "qwen2_audio")
"""Modules that register the encoders of one family each; none imports torch before an encoder is used."""

for _family in FAMILIES:
    import_module(f"wetdry.encoders.{_family}")
