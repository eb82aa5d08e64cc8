"""`hf:ID` and `hf:/folder`: any encoder of audio that transformers defines itself.

Models that this package knows by their own families are read by those; others in one way for all. A checkpoint that
brings code of its own is refused: it would run with the user's rights, and could be other code tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wetdry.audio import Samples
from wetdry.encoders.base import Encoder, EncoderSpec, Prepared, Vectors, encoders
from wetdry.encoders.hf.files import fetch_configuration, fetch_parameters
from wetdry.encoders.weights.configuration import read_config
from wetdry.encoders.weights.sources import existing, local_revision
from wetdry.errors import EncoderError
from wetdry.extras import require

FAMILIES = {
    "wav2vec2": "wav2vec2-base",
    "hubert": "hubert-base",
    "mert_model": "mert-95m",
    "music_hubert": "mert-95m",
    "whisper": "whisper-tiny",
    "clap": "clap-htsat",
    "qwen2_audio": "qwen2-audio",
}
"""`model_type` of a configuration → the encoder that reads such folders; its own published size does not matter."""

HUB_ID = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?", re.ASCII)


class Known(Encoder):
    """An encoder under the name of the checkpoint that `reader` reads, which need not be its family’s published one."""

    def __init__(self, reader: Encoder, spec: EncoderSpec) -> None:
        self.reader = reader
        self._spec = spec

    @property
    def spec(self) -> EncoderSpec:
        return self._spec

    @property
    def batch(self) -> int:  # type: ignore[override]
        """The reader's, which it makes smaller when memory runs out."""
        return self.reader.batch

    def ready(self) -> None:
        self.reader.ready()

    def prepare(self, windows: Samples) -> Prepared:
        return self.reader.prepare(windows)

    def forward(self, prepared: Prepared, layers: Sequence[str]) -> dict[str, Vectors]:
        return self.reader.forward(prepared, layers)


def hugging_face(where: str, device: str = "auto", dtype: str = "fp32") -> Encoder:
    """Any encoder of audio on the Hugging Face hub, `hf:owner/name` or `hf:owner/name@revision`, or in a folder.

    What an id names is fetched at once, since only the files tell which layers there are.
    """
    if not Path(where).expanduser().exists() and (found := HUB_ID.fullmatch(where)):
        repository = found["repository"]
        folder = fetch_configuration(repository, found["revision"] or "main")
        family = _family(folder, repository)
        fetch_parameters(repository, folder.name)
        revision = folder.name[:12]
    else:
        if "/" not in where and not Path(where).exists():
            raise EncoderError(f"hf:{where}: is neither a folder here nor an id of the hub; write hf:owner/name.")
        folder = existing(where)
        repository, family, revision = folder.resolve().name, _family(folder, str(folder)), local_revision(folder)
    reader: Encoder
    if family in FAMILIES:
        reader = encoders.get(FAMILIES[family])(where=str(folder), device=device, dtype=dtype)
    else:
        from wetdry.encoders.hf.audio import HuggingFaceAudio

        reader = HuggingFaceAudio(folder, device=device, dtype=dtype)
    rounded = reader.spec.revision.partition("+")[1:]
    identity = replace(
        reader.spec,
        name=f"hf:{repository}",
        revision="".join((revision, *rounded)),
        licence="as its publisher says",
        about=f"{repository}, a model of type {family}",
    )
    return Known(reader, identity)


def _family(folder: Path, named: str) -> str:
    """The `model_type` of a checkpoint that this package can read without running code from it."""
    config = read_config(folder)
    family = config.get("model_type")
    if not isinstance(family, str):
        raise EncoderError(f"{named}: its config.json names no model_type; choose a model that transformers can load.")
    if family not in FAMILIES and family not in require("transformers").CONFIG_MAPPING:
        code = "its publisher's own code" if "auto_map" in config else "a newer transformers, or code of its publisher"
        raise EncoderError(
            f'{named}: a model of type "{family}" needs {code}, and no code of a checkpoint is run here; '
            "choose a model that the installed transformers defines."
        )
    return family
