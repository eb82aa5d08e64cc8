"""The encoders that come with wetdry: which names there are, and the class that answers to each."""

from __future__ import annotations

from functools import partial

from wetdry.encoders.base import encoders
from wetdry.encoders.clap.laion import PUBLISHED_TOWERS, Clap
from wetdry.encoders.clap.microsoft import MsClap2022, MsClap2023
from wetdry.encoders.handcrafted.encoder import Handcrafted
from wetdry.encoders.hf.encoder import hugging_face
from wetdry.encoders.logmel.encoder import LogMel
from wetdry.encoders.melstats.encoder import MelStats
from wetdry.encoders.openl3.encoder import VARIANTS, OpenL3
from wetdry.encoders.panns.encoder import Panns
from wetdry.encoders.qwen2_audio.encoder import TOWER, WHOLE, Qwen2Audio
from wetdry.encoders.untrained.encoder import untrained
from wetdry.encoders.vibenet.encoder import VibeNet
from wetdry.encoders.waveform.encoder import MODELS, Waveform
from wetdry.encoders.whisper.encoder import SHAPES, UNPADDED, Whisper

encoders.register("vibenet")(VibeNet)
encoders.register("handcrafted")(Handcrafted)
encoders.register("melstats")(MelStats)
encoders.register("logmel")(LogMel)

PRETRAINED = (
    (Waveform, MODELS),
    (Clap, PUBLISHED_TOWERS),
    (MsClap2022, ["msclap-2022"]),
    (MsClap2023, ["msclap-2023"]),
    (Panns, ["panns-cnn14"]),
    (OpenL3, VARIANTS),
    (Qwen2Audio, [WHOLE, TOWER]),
    (Whisper, [size + twin for size in SHAPES for twin in ("", UNPADDED)]),
)
for _family, _names in PRETRAINED:
    for _name in _names:
        encoders.register(_name)(partial(_family, _name))

encoders.register("hf")(hugging_face)
encoders.register("untrained")(untrained)
