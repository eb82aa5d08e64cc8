"""Makes clap.npz: what the audio tower of laion_clap itself computes from one clip of music.

    python tests/encoders/golden/make_clap.py PATH/TO/laion_clap PATH/TO/torchlibrosa tests/encoders/golden/clap.npz

The arguments are the unpacked packages laion_clap 1.1.7 and torchlibrosa 0.1.0; torch and librosa must be installed.
Parameters are drawn by the names that transformers gives them, then renamed and joined as its conversion did.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import torch

TESTS = Path(__file__).parents[2]
RENAMED = (
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"\.attention\.output\.dense\.", ".attn.proj."),
    (r"\.attention\.self\.relative", ".attn.relative"),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"(?<!attn)\.output\.dense\.", ".mlp.fc2."),
    (r"^batch_norm\.", "bn0."),
)
LEFT_OUT = ("tscam_conv.", "head.", "spectrogram_extractor.", "logmel_extractor.")
"""The classifier and the tables of the front end, which transformers keeps elsewhere or not at all."""


def original_name(name: str) -> str:
    """What laion_clap calls a parameter of the audio encoder of transformers."""
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def original_module(package: Path) -> ModuleType:
    """`laion_clap.clap_module.htsat`, without the packages that import torchvision and the training code."""
    for name, folder in (("laion_clap", package), ("laion_clap.clap_module", package / "clap_module")):
        module = ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module
    utils = ModuleType("laion_clap.clap_module.utils")
    utils.do_mixup = None  # used in training only
    utils.interpolate = lambda x, ratio: x.repeat_interleave(ratio, dim=1)  # of an output that is not looked at
    sys.modules[utils.__name__] = utils
    return import_module("laion_clap.clap_module.htsat")


def main(laion_clap: str, torchlibrosa: str, target: str) -> None:
    sys.path[:0] = [str(Path(torchlibrosa).parent), str(TESTS / "support")]
    from tiny.clap import GOLDEN, PROJECTED, RATE, network, plucks

    converted = network(**GOLDEN).state_dict()
    htsat = original_module(Path(laion_clap))
    settings = {"mel_bins": 64, "window_size": 1024, "hop_size": 480, "sample_rate": RATE, "fmin": 50, "fmax": 14000}
    tower = htsat.HTSAT_Swin_Transformer(
        embed_dim=GOLDEN["width"],
        depths=list(GOLDEN["depths"]),
        num_heads=list(GOLDEN["heads"]),
        config=SimpleNamespace(**settings),
    ).eval()
    prefix = "audio_model.audio_encoder."
    encoder = {name.removeprefix(prefix): value for name, value in converted.items() if name.startswith(prefix)}
    state = {}
    for name, value in encoder.items():
        if match := re.fullmatch(r"(.*\.attention\.self\.)query\.(weight|bias)", name):
            stem, kind = match.groups()
            joined = torch.cat([encoder[f"{stem}{part}.{kind}"] for part in ("query", "key", "value")])
            state[f"{stem.removesuffix('attention.self.')}attn.qkv.{kind}"] = joined
        elif not re.search(r"\.self\.(key|value)\.", name):
            state[original_name(name)] = value
    absent, unknown = tower.load_state_dict(state, strict=False)
    absent = [name for name in absent if not name.startswith(LEFT_OUT) and not name.endswith("attn_mask")]
    if absent or unknown:
        sys.exit(f"names do not match: absent {absent}, unknown {unknown}")

    projection = torch.nn.Sequential(
        torch.nn.Linear(GOLDEN["width"] * 8, PROJECTED), torch.nn.ReLU(), torch.nn.Linear(PROJECTED, PROJECTED)
    )
    for position, layer in ((0, "linear1"), (2, "linear2")):
        projection[position].load_state_dict(
            {kind: converted[f"audio_projection.{layer}.{kind}"] for kind in ("weight", "bias")}
        )

    found = {}
    blocks = [block for layer in tower.layers for block in layer.blocks]
    for number, block in enumerate(blocks, start=1):
        block.register_forward_hook(
            lambda _, __, output, name=f"block{number}": found.update({name: output[0].mean(1)})
        )
    wave = torch.from_numpy(plucks())[None]
    with torch.no_grad():
        found["log_mel"] = tower.logmel_extractor(tower.spectrogram_extractor(wave))[:, 0, ::50]
        found["pooled"] = tower({"waveform": wave})["embedding"]
        found["projection"] = projection(found["pooled"])
    np.savez_compressed(target, **{name: value.numpy()[0] for name, value in found.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
