"""What a sensitivity study refuses before hours of work."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer import BadParameter

from wetdry.cli.options import a_seed
from wetdry.errors import DataError, EncoderError, ReportError
from wetdry.studies.sensitivity import configured, run

SETTINGS = {"encoders": "handcrafted", "effects": "gain", "levels": "2-10:4", "maps": False, "downstream": False}


@pytest.fixture
def folder(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Two classes, one of which cannot be decoded."""
    for label in ("broken", "noise"):
        (tmp_path / "music" / label).mkdir(parents=True)
        for k in range(3):
            file = tmp_path / "music" / label / f"{k}.wav"
            soundfile.write(file, 0.1 * rng.standard_normal(8000), 16_000)
            if label == "broken":
                file.write_bytes(b"no audio")
    return tmp_path / "music"


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_generator_takes(seed: int) -> None:
    with pytest.raises(DataError, match="seed"):
        configured(data="folder:.", seed=seed)
    with pytest.raises(BadParameter, match="is no seed"):
        a_seed(seed)


def test_no_encoder_at_all() -> None:
    with pytest.raises(EncoderError, match="No encoder was given"):
        configured(data="folder:.", encoders=[])


def test_a_place_that_cannot_be_written(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").touch()
    config = configured(data=f"classes:{folder}", **SETTINGS)
    with pytest.raises(ReportError, match="Not a directory"):
        run(config, tmp_path / "file" / "out", store=tmp_path / "store")
    assert not (tmp_path / "store" / "vectors").exists()


def test_drawing_a_class_of_which_no_clip_is_left(tmp_path: Path, folder: Path) -> None:
    config = configured(data=f"classes:{folder}", map_class="broken", **SETTINGS)
    with pytest.raises(DataError, match='no class "broken" to draw'):
        run(config, tmp_path / "out", workers=1)
    assert not (tmp_path / "out" / "parts").exists()
