"""What publishers offer: the files of every pretrained encoder, pinned to a revision and a digest."""

from __future__ import annotations

from wetdry.encoders.weights import RemoteFile, Weights

CONFIG = (RemoteFile("config.json"), RemoteFile("preprocessor_config.json"))


def _hub(repository: str, revision: str, *files: RemoteFile, package: str = "") -> Weights:
    return Weights(revision, files, repository, package)


PUBLISHED: dict[str, Weights] = {
    "wav2vec2-base": _hub(
        "facebook/wav2vec2-base",
        "0b5b8e868dd84f03fd87d01f9c4ff0f080fecfe8",
        *CONFIG,
        RemoteFile(
            "pytorch_model.bin",
            "sha256:3249fe98bfc62fcbc26067f724716a6ec49d12c4728a2af1df659013905dff21",
            380_267_417,
        ),
    ),
}
"""Encoder name → its weights."""
