"""The candidates as files to listen to and to use: FLAC at the song's own rate, equally loud, none clipped."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from wetdry.audio import to_flac, true_peak
from wetdry.report.files import one_sentence_errors, replace_file
from wetdry.suggest.run import Suggestion

CEILING = 0.99
"""Linear true peak of the loudest file."""


def write_audio(found: Suggestion, folder: Path) -> list[Path]:
    """Write the dry part and each candidate into `folder`; all are turned down alike if one would clip.

    Returns the files, the dry one first.
    """
    clips = {"0-dry": found.part.dry}
    clips |= {f"{rank}-{_slug(c.name)}": c.wet for rank, c in enumerate(found.candidates, 1)}
    loudest = max(true_peak(clip) for clip in clips.values())
    turned_down = min(0.0, 20.0 * float(np.log10(CEILING / loudest)))
    paths = [folder / f"{name}.flac" for name in clips]
    with one_sentence_errors(folder):
        for path, clip in zip(paths, clips.values(), strict=True):
            replace_file(path, to_flac(clip.scaled(turned_down)))
    return paths


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:60]
