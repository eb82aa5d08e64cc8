"""An encoder that is made on the spot, clips that it hears, and a direction fitted to planted vectors."""

from functools import partial

import numpy as np
import pytest
import soundfile
from planted_direction import VIEW, planted

from wetdry.audio import Windows
from wetdry.encoders import Encoder, EncoderSpec, Layer, base, encoders
from wetdry.studies.direction.fit import direction_of

RATE = 8000
BANDS = 6


class Bands(Encoder):
    """Hears the level of six bands, in decibels."""

    revision = "1"

    @property
    def spec(self):
        return EncoderSpec(
            name="bands",
            revision=self.revision,
            sample_rate=RATE,
            windows=Windows(0.5),
            layers=(Layer("levels", BANDS), Layer("halves", BANDS)),
            default_layer="levels",
            licence="CC0-1.0",
            about="levels of bands",
        )

    def forward(self, prepared, layers):
        spectra = np.abs(np.fft.rfft(prepared, axis=1))[:, 1:]
        bands = np.stack([part.mean(axis=1) for part in np.array_split(spectra, BANDS, axis=1)], axis=1)
        levels = (20 * np.log10(bands + 1e-6)).astype(np.float32)
        return {layer: levels if layer == "levels" else levels / 2 for layer in layers}


@pytest.fixture
def bands(monkeypatch):
    """The encoder `bands`, for as long as the test takes."""
    monkeypatch.setitem(encoders._things, "bands", Bands)
    monkeypatch.setattr(base, "_made", {})
    return Bands


@pytest.fixture
def music_of(tmp_path):
    """Write noise of two colours, at levels that differ by a few decibels, as `classes:FOLDER`."""

    def write(name, clips, seed):
        rng = np.random.default_rng(seed)
        for index in range(clips):
            colour = ("dark", "bright")[index % 2]
            noise = rng.standard_normal(RATE)
            shaped = np.convolve(noise, np.ones(4) / 4 if colour == "dark" else [1.0, -0.5], mode="same")
            folder = tmp_path / name / colour
            folder.mkdir(parents=True, exist_ok=True)
            level = 10 ** (rng.normal(-30, 2) / 20)
            soundfile.write(folder / f"{index}.wav", level * shaped, RATE, subtype="FLOAT")
        return f"classes:{tmp_path / name}"

    return write


@pytest.fixture
def wetdry(run_wetdry, monkeypatch, tmp_path):
    """`wetdry direction` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return partial(run_wetdry, "direction")


@pytest.fixture
def direction():
    """A direction of gain, fitted to planted vectors."""
    return direction_of(planted(), VIEW, "planted")
