"""`untrained:NAME`: the twin of an encoder that learned nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from wetdry.encoders.base import Encoder, encoders
from wetdry.encoders.clap.laion import PUBLISHED_TOWERS
from wetdry.encoders.openl3.encoder import VARIANTS
from wetdry.encoders.qwen2_audio.encoder import TOWER, WHOLE
from wetdry.encoders.untrained.torch_twins import (
    Untrained,
    UntrainedClap,
    UntrainedMsClap2022,
    UntrainedMsClap2023,
    UntrainedOpenL3,
    UntrainedPanns,
    UntrainedQwen2Audio,
    UntrainedWaveform,
    UntrainedWhisper,
)
from wetdry.encoders.untrained.vibenet import UntrainedVibeNet
from wetdry.encoders.waveform.encoder import MODELS
from wetdry.encoders.whisper.encoder import SHAPES, UNPADDED
from wetdry.errors import EncoderError

TWINS: dict[str, Callable[..., Untrained]] = {
    name: partial(family, name)
    for family, names in (
        (UntrainedWaveform, MODELS),
        (UntrainedClap, PUBLISHED_TOWERS),
        (UntrainedMsClap2022, ["msclap-2022"]),
        (UntrainedMsClap2023, ["msclap-2023"]),
        (UntrainedPanns, ["panns-cnn14"]),
        (UntrainedOpenL3, VARIANTS),
        (UntrainedQwen2Audio, [WHOLE, TOWER]),
        (UntrainedWhisper, [size + twin for size in SHAPES for twin in ("", UNPADDED)]),
    )
    for name in names
}
"""Name of an encoder in torch → its twin."""
SEED = re.compile(r"(?P<of>[^,]*)(,\s*seed\s*=\s*(?P<seed>\d{1,9}))?", re.ASCII)


def untrained(where: str, device: str = "auto", dtype: str = "fp32") -> Encoder:
    """Any encoder of this list that has learned, with random parameters: `untrained:NAME` or `untrained:NAME,seed=N`.

    The architecture and the front end are those of the encoder, so that what a probe reads from it owes nothing to
    training. A path behind the name, as in `untrained:mert-95m:/models/mert`, is one to take the shapes from.
    """
    said = SEED.fullmatch(where)
    if said is None:
        raise EncoderError(f"untrained:{where}: is no encoder and seed; write untrained:NAME or untrained:NAME,seed=7.")
    name, colon, path = said["of"].strip().partition(":")
    seed = int(said["seed"] or 0)
    if name == "vibenet":
        if colon or dtype != "fp32":
            raise EncoderError(f"untrained:{where}: vibenet takes no path and computes in fp32 only; leave both out.")
        return UntrainedVibeNet(seed)
    if name not in TWINS:
        encoders.get(name)
        raise EncoderError(f"untrained:{where}: {name} has no untrained twin; choose a network, such as vibenet.")
    if colon and not path:
        raise EncoderError(f"untrained:{where}: names no file or folder behind its last colon; leave it out.")
    return TWINS[name](**({"where": path} if path else {}), device=device, dtype=dtype).seeded(seed)
