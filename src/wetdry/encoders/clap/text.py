"""The text tower of CLAP: prompts as vectors beside those of sounds, and how near each clip is to each prompt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wetdry.encoders.base import Vectors
from wetdry.encoders.clap.checkpoint import read_model_config, read_parameters
from wetdry.encoders.weights.configuration import described_by
from wetdry.encoders.weights.fill import check_size, fill
from wetdry.errors import EncoderError
from wetdry.extras import require

LONGEST_PROMPT = 77
"""Tokens, begin and end among them: where captions were cut in training."""


class TextTower:
    """RoBERTa and its projection, on the CPU in fp32: prompts are few and short."""

    def __init__(self, folder: Path) -> None:
        transformers = require("transformers")
        torch = require("torch")
        config = read_model_config(folder)
        path, tensors = read_parameters(folder)
        check_size(lambda: transformers.ClapTextModelWithProjection(config.text_config), tensors, path)
        with described_by(folder / "config.json", "CLAP"):
            self._network: Any = transformers.ClapTextModelWithProjection(config.text_config)
        fill(self._network, tensors, path)
        self._network.eval().requires_grad_(False)
        if "logit_scale_a" not in tensors:
            raise EncoderError(f"{path}: lacks logit_scale_a, so it is not a whole CLAP; fetch it again.")
        self.logit_scale = float(torch.exp(tensors["logit_scale_a"].float()))
        """What training multiplied similarities of a clip by before the softmax over prompts."""
        self._tokenizer = _tokenizer(folder)
        self._known = int(config.text_config.vocab_size)

    def __call__(self, prompts: Sequence[str]) -> Vectors:
        """Projections (prompt, dim), before the division by their length."""
        import torch

        # One at a time: a prompt's vector then does not hang, even in its last bits, on how long its neighbours are.
        with torch.inference_mode():
            rows = [self._network(torch.tensor([self._tokens(prompt)])).text_embeds for prompt in prompts]
        vectors: Vectors = torch.cat(rows).numpy()
        return vectors

    def _tokens(self, prompt: str) -> list[int]:
        tokens: list[int] = self._tokenizer(prompt)["input_ids"]
        if any(not 0 <= token < self._known for token in tokens):
            raise EncoderError(
                f'The tokenizer makes of "{prompt[:40]}" what the network has no place for; fetch both from one place.'
            )
        if len(tokens) > LONGEST_PROMPT:
            raise EncoderError(
                f'The prompt "{prompt[:40]}…" has {len(tokens)} tokens; CLAP takes {LONGEST_PROMPT}: shorten it.'
            )
        return tokens


def _tokenizer(folder: Path) -> Any:
    """The folder's own; looked for first, since transformers makes an empty one where there is none."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise EncoderError(f"{path}: no such file; prompts need it, so fetch it from where the weights came from.")
    try:
        return require("transformers").RobertaTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # Its library has no class of errors of its own for what it cannot read.
        reason = " ".join(str(error).split())[:160]
        raise EncoderError(f"{path}: is no tokenizer that can be read ({reason}); fetch it again.") from None


def cosines(sounds: Vectors, prompts: Vectors) -> Vectors:
    """Cosine similarity (sound, prompt) of vectors (sound, dim) and (prompt, dim).

    >>> cosines(np.array([[3.0, 4.0]]), np.array([[2.0, 0.0], [0.0, -1.0]])).tolist()
    [[0.6, -0.8]]
    """
    return unit(sounds) @ unit(prompts).T


def unit(vectors: Vectors) -> Vectors:
    """Vectors of length 1."""
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def softmax(logits: Vectors) -> Vectors:
    """Shares (row, prompt) that sum to 1 in each row.

    >>> softmax(np.array([[0.0, np.log(3.0)]])).round(6).tolist()
    [[0.25, 0.75]]
    """
    powers: Vectors = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Vectors = powers / powers.sum(axis=1, keepdims=True)
    return shares
