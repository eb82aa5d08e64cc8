"""How fast a sweep is embedded: wetdry's engine, a straightforward loop, and the limit of the kernels.

    python -m benchmarks.sweep [--clips 2] [--seconds 30] [--rounds 5]

All sides do the same job in this one run, in turn, on generated music: six published effects at ten
levels, stereo 44.1 kHz, through the embedded model in 10 s windows. The best round of each side counts,
since whatever else the machine does can only slow it down.

- The straightforward loop decodes once; each variant is a pedalboard call on all channels, a downmix, a
  soxr call, librosa's mel spectrogram, and the unmodified model in a default session, window by window.
- The limit is the sum of the bare kernels (effect, resampling, mel spectrogram, model), each timed alone
  on one thread, divided by the cores. Decoding, controls, hand-over and the store come on top of it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.music import generated
from wetdry.audio import Samples, load, resample
from wetdry.datasets.base import Dataset
from wetdry.effects import Eq, Step, sweep
from wetdry.effects.board import BoardEffect
from wetdry.encoders import encoder
from wetdry.encoders.vibenet.graph import model_path
from wetdry.extract import Plan, run
from wetdry.extract.threads import default_workers, single_threaded_kernels
from wetdry.store import Store, stacked

EFFECTS = ("reverb", "delay", "distortion", "eq", "chorus", "phaser")
RATE, WINDOW = 16_000, 160_000
LAYER = "logits"
FASTER_THAN_THE_LOOP, OF_THE_LIMIT = 1.8, 0.75


def boards(step: Step, sample_rate: int) -> Any:
    """The same effect as a pedalboard, as one would write it down."""
    from pedalboard import HighpassFilter, LowpassFilter, Pedalboard

    if isinstance(step.effect, Eq):
        low, high = step.effect.edges(sample_rate)
        return Pedalboard([HighpassFilter(low), LowpassFilter(high)])
    assert isinstance(step.effect, BoardEffect)
    return Pedalboard([step.effect.plugin(sample_rate)])


def straightforward(dataset: Dataset, steps: list[Step], session: Any) -> Samples:
    """Logits (clip · step · window, 7) by the loop that one would write first."""
    import librosa
    import soundfile
    import soxr

    rows = []
    for item in dataset:
        audio, sample_rate = soundfile.read(item.path, dtype="float32")
        for step in steps:
            wet = boards(step, sample_rate)(audio.T, sample_rate)
            if isinstance(step.effect, Eq):
                wet = wet / np.abs(wet).max()
            mono = soxr.resample(wet.mean(axis=0), sample_rate, RATE)
            for start in range(0, len(mono) - WINDOW + 1, WINDOW):
                mel = librosa.feature.melspectrogram(
                    y=mono[start : start + WINDOW],
                    sr=RATE,
                    n_fft=1024,
                    win_length=640,
                    hop_length=320,
                    center=False,
                    n_mels=128,
                )
                rows.append(session.run(None, {"x": librosa.power_to_db(mel)[np.newaxis]})[0][0])
    return np.stack(rows)


def engine(dataset: Dataset, steps: list[Step], root: Path) -> Samples:
    """The same logits by `wetdry.extract.run`."""
    store, model = Store(root), encoder("vibenet")
    run(Plan(dataset, steps, [model], {"vibenet": [LAYER]}), store)
    return stacked(store.table("vibenet", LAYER, steps=steps))


def kernels(dataset: Dataset, steps: list[Step]) -> dict[str, float]:
    """Seconds on one thread of each kernel, called by itself on what it is given in a run."""
    model = encoder("vibenet")
    spent = dict.fromkeys(("effects", "resampling", "mel spectrogram", "model"), 0.0)

    def timed(kernel: str, call: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        given = call()
        spent[kernel] += time.perf_counter() - began
        return given

    with single_threaded_kernels():
        for item in dataset:
            dry = load(item.path)
            for step in steps:
                samples = timed("effects", lambda s=step, d=dry: s.effect.render(d))
                mono = samples.mean(axis=0)
                signal = timed("resampling", lambda m=mono, d=dry: resample(m, d.sample_rate, RATE))
                windows = model.spec.windows.cut(signal, RATE)
                prepared = timed("mel spectrogram", lambda w=windows: model.prepare(w))
                timed("model", lambda p=prepared: model.forward(p, [LAYER]))
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    import onnxruntime

    steps = [step for name in EFFECTS for step in sweep(name)]
    session = onnxruntime.InferenceSession(model_path())
    cores = default_workers()
    loops, engines, bare = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        dataset = generated(Path(folder) / "music", options.clips, options.seconds)
        warm = Dataset("warm", dataset.items[:1])
        straightforward(warm, steps[::10], session)
        engine(warm, steps[::10], Path(folder) / "warm")
        kernels(warm, steps[::10])
        for index in range(options.rounds):
            began = time.perf_counter()
            plain = straightforward(dataset, steps, session)
            loops.append(time.perf_counter() - began)
            began = time.perf_counter()
            ours = engine(dataset, steps, Path(folder) / f"store{index}")
            engines.append(time.perf_counter() - began)
            bare.append(kernels(dataset, steps))
    correlation = float(np.corrcoef(plain.ravel(), ours.ravel())[0, 1])
    assert plain.shape == ours.shape, "the two sides did not do the same job"
    assert correlation > 0.98, f"the two sides disagree: r = {correlation:.3f}"
    best = {kernel: min(each[kernel] for each in bare) for kernel in bare[0]}
    ratios = min(loops) / min(engines), sum(best.values()) / cores / min(engines)
    show(best, cores, ratios, f"{options.clips} clips of {options.seconds:g} s, {len(steps)} variants each")
    print(f"agreement of the two sides' {ours.shape[0]} × {ours.shape[1]} logits: r = {correlation:.4f}")
    if ratios[0] < FASTER_THAN_THE_LOOP or ratios[1] < OF_THE_LIMIT:
        raise SystemExit("a target is missed")


def show(best: dict[str, float], cores: int, ratios: tuple[float, float], job: str) -> None:
    loop_ratio, limit_ratio = ratios
    table = Table(title=f"Sweep and embed: {job}, {cores} cores of {os.cpu_count()}")
    table.add_column("")
    table.add_column("speed, engine = 1", justify="right")
    table.add_column("target", justify="right")
    table.add_row("straightforward loop", f"{1 / loop_ratio:.2f}", "")
    table.add_row("engine", "1", f"≥ {FASTER_THAN_THE_LOOP} × loop: {loop_ratio:.2f}")
    table.add_row("limit of the kernels", f"{1 / limit_ratio:.2f}", f"engine ≥ {OF_THE_LIMIT} of it: {limit_ratio:.2f}")
    for kernel, seconds in best.items():
        table.add_row(f"  share of {kernel}", f"{seconds / sum(best.values()):.0%}", "")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
