"""Fixtures shared by all tests."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from wetdry.audio import Clip

# librosa, against which features are checked, compiles functions into a cache beside its own files. Test workers that
# fill one cache at once have been seen to crash on half-written entries, so each has a cache of its own.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).parents[1] / ".pytest_cache" / f"numba-{worker}")

collect_ignore_glob = ["encoders/golden/*"]
"""Scripts that run the original implementations, in environments of their own."""

DATA_BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def run_wetdry(capsys, monkeypatch):
    """Run `wetdry` in this process, in the current folder: (exit code, standard output, standard error)."""
    from wetdry import cli
    from wetdry.cli import printing

    def run(*arguments: object, width: int = 160) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["wetdry", *map(str, arguments)])
        monkeypatch.setattr(printing.out, "width", width, raising=False)
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(440)


@pytest.fixture(scope="session")
def music() -> Clip:
    """Four seconds of stereo 44.1 kHz: a beating chord, an arpeggio with decay, and noise bursts; about -20 LUFS."""
    rate, seconds = 44_100, 4.0
    rng = np.random.default_rng(440)
    time = np.arange(int(rate * seconds)) / rate
    chord = sum(np.sin(2 * np.pi * f * time) for f in (220.0, 277.18, 329.63)) / 3
    beat = time % 0.5
    pitch = 440.0 * 2 ** (np.array([0, 4, 7, 12, 7, 4, 0, -5])[(time // 0.5).astype(int)] / 12)
    arpeggio = np.sin(2 * np.pi * pitch * beat) * np.exp(-6 * beat)
    bursts = rng.standard_normal(time.size) * np.exp(-40 * ((time + 0.25) % 0.5))
    left = 0.10 * chord + 0.15 * arpeggio + 0.05 * bursts
    right = 0.12 * chord + 0.08 * arpeggio + 0.05 * np.roll(bursts, 300)
    return Clip(np.stack([left, right]).astype(np.float32), rate)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real data sets: `$WETDRY_DATA`, else `../shared/data`."""
    folder = Path(os.environ.get("WETDRY_DATA", DATA_BESIDE_THE_CHECKOUT))
    if not folder.is_dir():
        pytest.skip(f"real data are missing: set WETDRY_DATA to their folder (looked in {folder})")
    return folder
