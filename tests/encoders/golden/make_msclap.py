"""Makes msclap.npz: what the audio towers of msclap itself compute from drawn parameters.

    python tests/encoders/golden/make_msclap.py PATH/TO/msclap PATH/TO/torchlibrosa tests/encoders/golden

The arguments are the unpacked packages msclap 1.3.4 and torchlibrosa 0.1.0, and the folder to write to; torch,
transformers, PyYAML and librosa must be installed. The original's own code runs, also that which fills a short clip;
the networks are made narrower, of the original's own classes, so that the parameters are few.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
import yaml

EMBEDDING, CLASSES, PROJECTED = 20, 527, 24
WIDTH, DEPTHS, HEADS = 16, (2, 2, 2, 2), (2, 2, 4, 4)
RATE = 44_100
SAMPLES = {"full": {"2022": 220_500, "2023": 308_700}, "short": {"2022": 50_001, "2023": 50_001}}


def wrapper_class(transformers: ModuleType) -> Any:
    """The original's class that fills a short clip, without torchaudio, which reads and resamples files for it."""
    _ = transformers.AutoModel, transformers.AutoTokenizer  # looked up before torchaudio seems to be there
    transforms = ModuleType("torchaudio.transforms")
    torchaudio = ModuleType("torchaudio")
    torchaudio.__dict__["transforms"] = transforms
    sys.modules |= {"torchaudio": torchaudio, "torchaudio.transforms": transforms}
    return import_module("msclap.CLAPWrapper").CLAPWrapper


def narrow_cnn14(tower: Any, module: ModuleType, widths: tuple[int, ...]) -> None:
    """Six narrower blocks and what follows them."""
    for index, (width_in, width_out) in enumerate(zip((1, *widths), widths, strict=False), start=1):
        setattr(tower.base, f"conv_block{index}", module.ConvBlock(width_in, width_out))
    tower.base.fc1 = torch.nn.Linear(widths[-1], EMBEDDING)
    tower.base.fc_audioset = torch.nn.Linear(EMBEDDING, CLASSES)


def blocks_of(tower: Any) -> list[torch.nn.Module]:
    """Every block of either network, in order."""
    if hasattr(tower.base, "htsat"):
        return [block for stage in tower.base.htsat.layers for block in stage.blocks]
    return [tower.base.get_submodule(f"conv_block{index}") for index in range(1, 7)]


def keep_means(tower: Any, into: dict[str, np.ndarray]) -> None:
    """Keep the mean over bands and frames, or over patches, of what each block gives."""

    def keep(name: str, value: Any) -> None:
        patches = value[0].mean(1) if isinstance(value, tuple) else value.mean((2, 3))
        into[name] = patches[0].numpy()

    for index, block in enumerate(blocks_of(tower), start=1):
        block.register_forward_hook(lambda _block, _inputs, value, name=f"block{index}": keep(name, value))


def main(msclap: str, torchlibrosa: str, target: str) -> None:
    folder = Path(msclap)
    sys.path[:0] = [str(folder.parent), str(Path(torchlibrosa).parent), str(Path(__file__).parents[2] / "support")]
    from torchlibrosa_checkpoint import NARROW, audio_tower, cnn14, drawn, htsat, signal

    wrapper = wrapper_class(import_module("transformers"))
    clap, audio, swin = (import_module(f"msclap.models.{name}") for name in ("clap", "audio", "htsat"))

    golden = {}
    for year in ("2022", "2023"):
        settings = yaml.safe_load((folder / "configs" / f"config_{year}.yml").read_text())
        arguments = {
            "audioenc_name": settings["audioenc_name"],
            "d_in": settings["out_emb"],
            "sample_rate": settings["sampling_rate"],
            "classes_num": settings["num_classes"],
            **{name: settings[name] for name in ("window_size", "hop_size", "mel_bins", "fmin", "fmax")},
        }
        tower = clap.AudioEncoder(d_out=settings["d_proj"], **arguments)
        full = {f"audio_encoder.{name}": list(value.shape) for name, value in tower.state_dict().items()}
        golden[f"{year}/shapes"] = np.array(json.dumps(full))

        if year == "2022":
            narrow_cnn14(tower, audio, NARROW)
            shapes, width = audio_tower(cnn14(NARROW, EMBEDDING, CLASSES), EMBEDDING, width_out=PROJECTED), EMBEDDING
            heard_by = tower.base
        else:
            tower.base.htsat = swin.HTSAT_Swin_Transformer(
                embed_dim=WIDTH, depths=list(DEPTHS), num_heads=list(HEADS), config=swin.config
            )
            width = WIDTH * 8
            shapes = audio_tower(htsat(WIDTH, DEPTHS, HEADS, CLASSES), width, "htsat.", width_out=PROJECTED)
            heard_by = tower.base.htsat
        tower.projection = clap.Projection(width, PROJECTED)
        state = tower.state_dict()
        for name, value in drawn(shapes).items():
            key = name.removeprefix("audio_encoder.")
            assert state[key].shape == value.shape, key
            state[key] = torch.from_numpy(np.array(value))
        tower.load_state_dict(state)
        tower.eval()

        with torch.no_grad():
            for name, samples in SAMPLES.items():
                clip = torch.from_numpy(signal(samples[year], RATE))[None]
                reader = SimpleNamespace(read_audio=lambda _path, resample, clip=clip: (clip, RATE))  # noqa: ARG005
                heard = wrapper.load_audio_into_tensor(reader, None, settings["duration"], True)[None]
                values: dict[str, np.ndarray] = {}
                keep_means(tower, values)
                values["projection"] = tower(heard)[0][0].numpy()
                values["embedding"] = tower.base(heard)["embedding"][0].numpy()
                log_mel = heard_by.logmel_extractor(heard_by.spectrogram_extractor(heard))[0, 0]
                values["log_mel"] = log_mel[::8].numpy()
                golden |= {f"{year}/{name}/{layer}": value for layer, value in values.items()}
        golden[f"{year}/filters"] = heard_by.logmel_extractor.melW.numpy()
        if year == "2023":
            stored = "layers.0.blocks.0.attn.relative_position_index"
            golden["2023/relative_position_index"] = heard_by.state_dict()[stored].numpy().astype(np.uint8)
    np.savez_compressed(Path(target) / "msclap.npz", **golden)


if __name__ == "__main__":
    main(*sys.argv[1:])
