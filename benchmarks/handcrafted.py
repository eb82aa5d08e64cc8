"""The `handcrafted` encoder against the same features by straightforward calls to librosa.

Run: python benchmarks/handcrafted.py [AUDIO ...]

Both sides get the same mono samples at 22,050 Hz, are warmed up, and take turns in one process. Without
files, three synthetic clips of 10 s are used. The last column is the largest difference of a mean or
standard deviation, relative to the root mean square of its feature over the frames.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import librosa
import numpy as np

from wetdry.audio import Samples, load, resample
from wetdry.encoders.handcrafted.encoder import summary

RATE = 22_050
SECONDS = 10.0
ROUNDS = 9
DIMS = (40, 12, 128, 7, 6)


def straightforward(signal: Samples) -> Samples:
    features = librosa.feature
    groups = (
        features.mfcc(y=signal, sr=RATE, n_mfcc=40),
        features.chroma_stft(y=signal, sr=RATE),
        features.melspectrogram(y=signal, sr=RATE),
        features.spectral_contrast(y=signal, sr=RATE),
        features.tonnetz(y=signal, sr=RATE),
    )
    return np.concatenate([statistic(group, axis=1) for group in groups for statistic in (np.mean, np.std)])


def synthetic() -> Iterator[tuple[str, Samples]]:
    rng = np.random.default_rng(440)
    clock = np.arange(int(SECONDS * RATE)) / RATE
    for name, detune in (("in tune", 0.0), ("+20 cents", 0.2), ("-35 cents", -0.35)):
        pitch = 220.0 * 2 ** ((np.array([0, 4, 7, 12, 7, 5, 2, -5])[(clock * 2).astype(int) % 8] + detune) / 12)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        tones = sum(np.sin(k * phase) / k for k in range(1, 9)) * np.exp(-3 * (clock % 0.5))
        yield f"synthetic, {name}", (0.2 * tones + 0.01 * rng.standard_normal(clock.size)).astype(np.float32)


def recorded(paths: list[str]) -> Iterator[tuple[str, Samples]]:
    for path in paths:
        clip = load(path, seconds=SECONDS)
        yield Path(path).name, resample(clip.mono, clip.sample_rate, RATE)


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def largest_difference(ours: Samples, theirs: Samples) -> float:
    worst, first = 0.0, 0
    for dim in DIMS:
        mean, sd = theirs[first : first + dim], theirs[first + dim : first + 2 * dim]
        scale = np.tile(np.hypot(mean, sd), 2)
        worst = max(worst, float(np.max(np.abs(ours - theirs)[first : first + 2 * dim] / scale)))
        first += 2 * dim
    return worst


def main() -> None:
    ratios = []
    print(f"{'clip':<24}{'librosa':>12}{'wetdry':>12}{'ratio':>8}{'difference':>14}")
    for name, signal in recorded(sys.argv[1:]) if sys.argv[1:] else synthetic():
        theirs, ours = straightforward(signal), summary(signal)
        turns = [
            (milliseconds(lambda y=signal: straightforward(y)), milliseconds(lambda y=signal: summary(y)))
            for _ in range(ROUNDS)
        ]
        slow, fast = (statistics.median(side) for side in zip(*turns, strict=True))
        ratios.append(slow / fast)
        difference = largest_difference(ours, theirs)
        print(f"{name:<24}{slow:>9.1f} ms{fast:>9.1f} ms{slow / fast:>8.1f}{difference:>14.1e}")
    print(f"median ratio {statistics.median(ratios):.1f}")


if __name__ == "__main__":
    main()
