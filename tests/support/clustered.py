"""An effect and an encoder for runs of many processes: quick, or slow enough to be struck, and deadly if asked."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from wetdry.audio import Clip, Windows, write_flac
from wetdry.datasets.base import Dataset, Item
from wetdry.effects import Effect, Matched, Step, parameter
from wetdry.encoders.base import Encoder, EncoderSpec, Layer
from wetdry.errors import EffectError, EncoderError
from wetdry.extract import Plan
from wetdry.store import Store, stacked
from wetdry.store.media import bucket

RATE = 8000

# A worker imports this to load `Peaks`, and so can be told how patient to be with a bucket.
bucket.ATTEMPTS = int(os.environ.get("STRUCK_ATTEMPTS", bucket.ATTEMPTS))


@dataclass(frozen=True)
class Fold(Effect):
    """A sine of the samples; refuses negative drives."""

    name: ClassVar[str] = "fold"
    drive: float = parameter(1.0, "gain before folding")

    def process(self, channel, sample_rate):  # noqa: ARG002
        if self.drive < 0:
            raise EffectError(f"{self.key}: will not.")
        return np.sin(np.float32(self.drive) * channel)


class Peaks(Encoder):
    """Extremes of 40 cells of each window, which is all of the samples that a test compares.

    It waits `rest` seconds at each window, refuses clips above `refuse`, and kills its process above `kill`.
    """

    layers = (Layer("high", 40), Layer("low", 40))
    spec = EncoderSpec("peaks", "1", RATE, Windows(0.5), layers, "high", "GPL-3.0-or-later", "for a test")

    def __init__(self, rest: float = 0.0, refuse: float = np.inf, kill: float = np.inf, missing: str = "") -> None:
        self.rest, self.refuse, self.kill, self.missing = rest, refuse, kill, missing

    def ready(self) -> None:
        if self.missing:
            raise EncoderError(self.missing)

    def forward(self, prepared, layers):
        time.sleep(self.rest)
        loudest = np.abs(prepared).max()
        if loudest > self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if loudest > self.refuse:
            raise EncoderError("too loud for me.")
        cells = prepared[:, :4000].reshape(len(prepared), 40, -1)
        values = {"high": cells.max(axis=2), "low": cells.min(axis=2)}
        return {layer: values[layer] for layer in layers}


def steps(levels: int) -> list[Step]:
    """Fold at so many levels, and each at equal loudness."""
    folds = [Fold(drive=float(level)) for level in range(1, levels + 1)]
    return [Step("fold", f.drive, f) for f in folds] + [Step("matched(fold)", f.drive, Matched(f)) for f in folds]


def songs(folder: Path, clips: int, seconds: float = 1.5, seed: int = 440) -> Dataset:
    """Noise, quiet enough that no clip comes near 0.9."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(clips):
        noise = np.clip(0.15 * rng.standard_normal((2, int(seconds * RATE))), -0.8, 0.8).astype(np.float32)
        write_flac(folder / f"{index:03}.flac", Clip(noise, RATE))
    return opened(folder)


def opened(folder: Path) -> Dataset:
    """The clips of a folder that `songs` filled, three to an album."""
    paths = sorted(folder.glob("*.flac"))
    return Dataset("songs", tuple(Item(p.stem, p, {"n": float(i)}, f"album{i // 3}") for i, p in enumerate(paths)))


def plan(data: Dataset, levels: int = 2, encoder: Peaks | None = None) -> Plan:
    """Both layers of `Peaks` under every step."""
    return Plan(data, steps(levels), [encoder or Peaks()], {"peaks": ["high", "low"]})


def assert_same_rows(store: Store, reference: Store) -> None:
    """Vectors equal byte by byte, and all that stands beside them; items equal but for when they were recorded."""
    for encoder, layer in reference.layers():
        table, expected = store.table(encoder, layer), reference.table(encoder, layer)
        assert stacked(table).tobytes() == stacked(expected).tobytes()
        assert table.equals(expected)
    assert store.layers() == reference.layers()
    items, expected = (each.items().drop_columns(["recorded"]) for each in (store, reference))
    assert items.equals(expected)
    assert store.failures().equals(reference.failures())


class Told:
    """Remembers what a run told about its progress; interrupts it after so many variants."""

    def __init__(self, stop_after: float = np.inf) -> None:
        self.total = self.done = 0
        self.audio = 0.0
        self.closed = False
        self.words: list[str] = []
        self.stop_after = stop_after

    def start(self, total: int) -> None:
        self.total = total

    def tell(self, words: str) -> None:
        self.words.append(words)

    def advance(self, n: int, seconds_of_audio: float) -> None:
        self.done += n
        self.audio += seconds_of_audio
        if self.done > self.stop_after:
            self.stop_after = np.inf
            raise KeyboardInterrupt

    def close(self) -> None:
        self.closed = True
