"""`wetdry demo`: the main job on generated pieces, and one page that links the reports."""

from __future__ import annotations

from pathlib import Path

from wetdry import report
from wetdry.datasets import dataset
from wetdry.extract import Progress
from wetdry.studies.shift import ShiftConfig
from wetdry.studies.shift import run as run_shift

MANY = "etudes:count=24,seed=0"
ALONE = "etudes:count=1,seed=0"


def run_demo(folder: Path, *, workers: int | None = None, progress: Progress | None = None) -> Path:
    """Measure one generated piece under every effect, and 24 pieces under a few; returns the index page."""
    song = str(dataset(ALONE).items[0].path)
    studies = {
        "one-piece": ShiftConfig(audio=(song,), window=1.0),
        "many-pieces": ShiftConfig(
            audio=(MANY,), effects="reverb,delay,distortion,eq,chorus,phaser", chains="builtin", levels="2,4,6,8,10"
        ),
    }
    entries = []
    for name, config in studies.items():
        place = folder / name
        result = run_shift(config, place, workers=workers, progress=progress)
        entries.append(report.IndexEntry.of(result, report.write(result, place)))
    return report.write_index(folder, entries)
