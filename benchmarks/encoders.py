"""Each torch encoder's whole pipeline against the bare network on tensors that are ready.

Run: python -m benchmarks.encoders [DEVICE [DTYPE]]

The pipeline is `Encoder.embed` on a stereo clip at 44.1 kHz: downmix, resampling, windows, front end, network, pooling.
The bare side runs the same network on the same windows in the same batches, prepared beforehand. On a CPU each side has
one thread, as each worker of the engine has. Both sides take turns in one process. Networks have their published sizes;
all but Whisper's have random parameters, on which the time does not depend.

Below that: Whisper on clips of their own length against clips padded to 30 s, and what that changes in its vectors.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from transformers.utils.logging import disable_progress_bar

from wetdry.audio import Clip, resample
from wetdry.encoders import encoder
from wetdry.encoders.torch_encoder import TorchEncoder

# The checkpoints that the tests make, here at their published sizes.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from tiny import clap, openl3, waveform
from torchlibrosa_checkpoint import audio_tower, cnn14, drawn, front_end, htsat, htsat_tables, save

RATE = 44_100
ROUNDS = 7

HUBERT_BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "conv_dim": [512] * 7,
    "num_conv_pos_embeddings": 128,
    "num_conv_pos_embedding_groups": 16,
}

Bare = Callable[[torch.nn.Module, torch.Tensor], object]


def make_hubert(folder: Path) -> Path:
    return waveform.write(folder, "hubert", **HUBERT_BASE)


def make_clap(folder: Path) -> Path:
    return clap.write(clap.network((2, 2, 6, 2), 96, 512, (4, 8, 16, 32)), folder)


def make_msclap(folder: Path) -> Path:
    stored = {**front_end(44_100, 14_000), **htsat_tables((2, 2, 6, 2))}
    arrays = {f"audio_encoder.base.htsat.{name}": values for name, values in stored.items()}
    return save(folder / "CLAP_weights_2023.pth", {**arrays, **drawn(audio_tower(htsat(), 768, "htsat."))})


def make_panns(folder: Path) -> Path:
    return save(folder / "Cnn14_mAP=0.431.pth", {**front_end(32_000, 14_000), **drawn(cnn14())})


def make_openl3(folder: Path) -> Path:
    return openl3.write(folder / "openl3_audio_mel128_music.h5", openl3.PUBLISHED_WIDTHS)


def padded_to_30_s(module: torch.nn.Module, batch: torch.Tensor) -> object:
    """Whisper's encoder as transformers runs it, on the 3000 columns it expects."""
    missing = 3000 - batch.shape[-1]
    return module(torch.cat([batch, batch[..., -1:].expand(-1, -1, max(0, missing))], dim=-1)[..., :3000])


CASES: dict[str, tuple[Callable[[Path], Path] | None, Bare, float]] = {
    "hubert-base": (make_hubert, lambda module, batch: module(batch), 20.0),
    "clap-htsat": (make_clap, lambda module, batch: module(input_features=batch), 30.0),
    "msclap-2023": (make_msclap, lambda module, batch: module(batch), 28.0),
    "panns-cnn14": (make_panns, lambda module, batch: module(batch), 30.0),
    "openl3-music-512": (make_openl3, lambda module, batch: module(batch, ["embedding"]), 4.0),
    "whisper-tiny.en": (None, padded_to_30_s, 30.0),
}
"""Encoder → (what writes its checkpoint, the bare network, seconds of the clip)."""


def stereo(seconds: float) -> Clip:
    rng = np.random.default_rng(440)
    clock = np.arange(int(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * 220 * k * clock) / k for k in range(1, 8)) * np.exp(-3 * (clock % 0.5))
    return Clip((0.2 * tones + 0.02 * rng.standard_normal((2, clock.size))).astype(np.float32), RATE)


def seconds_of(work: Callable[[], object]) -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def ready_batches(model: TorchEncoder, clip: Clip) -> list[torch.Tensor]:
    """What the network is given of a clip, on its device."""
    signal = resample(clip.mono, clip.sample_rate, model.spec.sample_rate)
    windows = model.spec.windows.batches(signal, model.spec.sample_rate, model.batch)
    parameter = next(model.module.parameters())
    return [torch.from_numpy(model.prepare(batch)).to(parameter.device, parameter.dtype) for batch in windows]


def overheads(device: str, dtype: str) -> None:
    print(f"torch encoders on {device}, {dtype}, {torch.get_num_threads()} thread, {ROUNDS} rounds")
    print(f"{'encoder':<18} {'bare s':>7} {'whole s':>8} {'overhead':>9} {'range over rounds':>20} {'x real time':>12}")
    for name, (make, bare, length) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            text = f"{name}:{make(Path(folder))}" if make else name
            model = encoder(text, device=device, dtype=dtype)
            assert isinstance(model, TorchEncoder)
            model.ready()
            clip = stereo(length)
            batches = ready_batches(model, clip)
            alone, whole = [], []
            for _ in range(ROUNDS + 1):
                with torch.inference_mode():
                    alone.append(seconds_of(lambda b=batches, m=model.module, run=bare: [run(m, x) for x in b]))
                whole.append(seconds_of(lambda m=model, c=clip: m.embed(c)))
        ratios = [w / a - 1 for w, a in zip(whole[1:], alone[1:], strict=True)]
        spread = f"{min(ratios):+.1%} … {max(ratios):+.1%}"
        print(
            f"{name:<18} {median(alone[1:]):7.3f} {median(whole[1:]):8.3f} {median(ratios):+9.1%} {spread:>20} "
            f"{length / median(whole[1:]):12.1f}"
        )


def own_length(lengths: Sequence[float] = (2.0, 4.0, 10.0)) -> None:
    padded, alone = encoder("whisper-tiny.en"), encoder("whisper-tiny.en-unpadded")
    layers = [layer.name for layer in padded.spec.layers]
    print(
        "\nwhisper-tiny.en-unpadded against whisper-tiny.en, padded to 30 s: speed-up, cosine of each layer's vectors"
    )
    print(f"{'clip s':>7} {'speed-up':>9} " + " ".join(f"{layer:>8}" for layer in layers))
    for length in lengths:
        clip = stereo(length)
        ratios = [
            seconds_of(lambda c=clip: padded.embed(c)) / seconds_of(lambda c=clip: alone.embed(c))
            for _ in range(ROUNDS + 1)
        ]
        first, second = padded.embed(clip, layers), alone.embed(clip, layers)
        cosines = [
            float((first[n] @ second[n].T).item() / np.linalg.norm(first[n]) / np.linalg.norm(second[n]))
            for n in layers
        ]
        print(f"{length:7.1f} {median(ratios[1:]):9.2f} " + " ".join(f"{cosine:8.4f}" for cosine in cosines))


def main() -> None:
    disable_progress_bar()
    torch.set_num_threads(1)
    device, dtype = (*sys.argv[1:3], *("cpu", "fp32")[len(sys.argv[1:3]) :])
    with threadpool_limits(limits=1):
        overheads(device, dtype)
        own_length()


if __name__ == "__main__":
    main()
