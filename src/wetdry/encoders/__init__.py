"""What turns clips into vectors: one folder a model family, one protocol for all.

>>> encoders.names()[:2]
['vibenet', 'handcrafted']
"""

from wetdry.encoders import catalogue
from wetdry.encoders.base import (
    Embeddings,
    Encoder,
    EncoderSpec,
    Layer,
    Vectors,
    complete,
    encoder,
    encoders,
    names_in,
)

__all__ = [
    "Embeddings",
    "Encoder",
    "EncoderSpec",
    "Layer",
    "Vectors",
    "catalogue",
    "complete",
    "encoder",
    "encoders",
    "names_in",
]
