"""`wetdry demo`: the main job on generated pieces, and one page that links the reports."""

from __future__ import annotations

from pathlib import Path

from wetdry import report
from wetdry.datasets import dataset
from wetdry.extract import Progress
from wetdry.studies.shift import ShiftConfig
from wetdry.studies.shift import run as run_shift

LEAD = (
    "Two measurements on music that was composed by rules and rendered, so that nothing had to be downloaded. "
    "Try it on your own: wetdry shift song.mp3"
)


def configurations() -> dict[str, ShiftConfig]:
    """What the demo measures: one piece under every effect, and 24 under a few."""
    alone = str(dataset("etudes:count=1").items[0].path)
    return {
        "one-piece": ShiftConfig(audio=(alone,)),
        "many-pieces": ShiftConfig(
            audio=("etudes:count=24",),
            effects="reverb,delay,distortion,eq,chorus,phaser",
            chains="builtin",
            levels="2,4,6,8,10",
        ),
    }


def run_demo(folder: Path, *, workers: int | None = None, progress: Progress | None = None) -> Path:
    """Write a report for each configuration, and the index page whose path is returned."""
    entries = []
    for name, config in configurations().items():
        place = folder / name
        result = run_shift(config, place, workers=workers, progress=progress)
        entries.append(report.IndexEntry.of(result, report.write(result, place)))
    return report.write_index(folder, entries, "wetdry on generated music", LEAD)
