"""Makes panns.npz: what the original Cnn14 of PANNs computes from drawn parameters.

    python tests/encoders/golden/make_panns.py PATH/TO/panns_inference PATH/TO/torchlibrosa tests/encoders/golden

The arguments are the unpacked packages panns_inference 0.1.1 and torchlibrosa 0.1.0, and the folder to write to;
torch and librosa must be installed. The original's own code runs; its six blocks are replaced by narrower ones of its
own class, so that the parameters are few.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

RATE, EMBEDDING, CLASSES = 32_000, 20, 11
SAMPLES = {"second": 33_333, "shortest": 9_920}


def original_module(package: Path) -> ModuleType:
    """`panns_inference.models`, without the package's `__init__`, which runs a download."""
    parent = ModuleType("panns_inference")
    parent.__path__ = [str(package)]
    sys.modules["panns_inference"] = parent
    # Imported by the module and used nowhere in it.
    sys.modules["matplotlib"] = sys.modules["matplotlib.pyplot"] = ModuleType("matplotlib")
    return import_module("panns_inference.models")


def block_means(network: torch.nn.Module, into: dict[str, np.ndarray]) -> None:
    """Keep the means over bands and frames of what each block gives."""
    for index in range(1, 7):
        network.get_submodule(f"conv_block{index}").register_forward_hook(
            lambda _module, _inputs, maps, name=f"block{index}": into.__setitem__(name, maps.mean((2, 3))[0].numpy())
        )


def fails(network: torch.nn.Module, samples: int) -> bool:
    """Whether the original gives nothing for a signal of that length."""
    try:
        network(torch.zeros(1, samples))
    except RuntimeError:
        return True
    return False


def main(panns_inference: str, torchlibrosa: str, target: str) -> None:
    sys.path[:0] = [str(Path(torchlibrosa).parent), str(Path(__file__).parents[2] / "support")]
    from torchlibrosa_checkpoint import NARROW, cnn14, drawn, front_end, signal

    models = original_module(Path(panns_inference))
    settings = {"sample_rate": RATE, "window_size": 1024, "hop_size": 320, "mel_bins": 64, "fmin": 50, "fmax": 14000}
    full = models.Cnn14(**settings, classes_num=527).state_dict()
    golden = {"shapes": np.array(json.dumps({name: list(value.shape) for name, value in full.items()}))}

    network = models.Cnn14(**settings, classes_num=CLASSES).eval()
    for index, (width_in, width_out) in enumerate(zip((1, *NARROW), NARROW, strict=False), start=1):
        setattr(network, f"conv_block{index}", models.ConvBlock(width_in, width_out))
    network.fc1 = torch.nn.Linear(NARROW[-1], EMBEDDING)
    network.fc_audioset = torch.nn.Linear(EMBEDDING, CLASSES)
    tables = {name: value for name, value in network.state_dict().items() if name in front_end(RATE, 14_000)}
    drawn_state = {name: torch.from_numpy(np.array(v)) for name, v in drawn(cnn14(NARROW, EMBEDDING, CLASSES)).items()}
    network.load_state_dict({**tables, **drawn_state})
    network.eval()

    with torch.no_grad():
        for name, samples in SAMPLES.items():
            heard = torch.from_numpy(signal(samples, RATE))[None]
            values: dict[str, np.ndarray] = {}
            block_means(network, values)
            outputs = network(heard)
            values["embedding"] = outputs["embedding"][0].numpy()
            values["audioset"] = outputs["clipwise_output"][0].numpy()
            values["log_mel"] = network.logmel_extractor(network.spectrogram_extractor(heard))[0, 0].numpy()
            golden |= {f"{name}/{layer}": value for layer, value in values.items()}
        golden["too_short"] = np.array([samples for samples in (9_600, 9_919, 9_920) if fails(network, samples)])
    golden["filters"] = full["logmel_extractor.melW"].numpy()
    for part in ("real", "imag"):
        golden[f"conv_{part}"] = full[f"spectrogram_extractor.stft.conv_{part}.weight"][::64, 0].numpy()
    np.savez_compressed(Path(target) / "panns.npz", **golden)


if __name__ == "__main__":
    main(*sys.argv[1:])
