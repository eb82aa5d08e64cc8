"""Short pieces, and a listening test made of them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from wetdry.listening import ListeningTest, make_listening_test

RATE = 16_000
PIECES = 8


@pytest.fixture(scope="session")
def pieces(tmp_path_factory) -> Path:
    """Eight pieces of a second and a half, of two notes each, at loudnesses 20 dB apart."""
    folder = tmp_path_factory.mktemp("pieces")
    time = np.arange(int(1.5 * RATE)) / RATE
    for k in range(PIECES):
        pitch = 220.0 * 2 ** (k / 12) * np.where(time < 0.75, 1.0, 1.5)
        sound = np.sign(np.sin(2 * np.pi * pitch * time)) * np.exp(-3 * (time % 0.75))
        soundfile.write(folder / f"piece{k}.wav", sound * 10 ** (-(5 + 20 * (k % 2)) / 20), RATE)
    return folder


@pytest.fixture(scope="session")
def test(pieces, tmp_path_factory) -> ListeningTest:
    """Fourteen pairs of distortion and low-pass at two levels, two repeats and both anchors."""
    return make_listening_test(
        pieces,
        tmp_path_factory.mktemp("test"),
        effects="distortion,lowpass",
        levels="4,8",
        pairs=14,
        seconds=0.5,
        seed=3,
    )
