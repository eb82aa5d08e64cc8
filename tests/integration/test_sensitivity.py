"""The sensitivity study on recordings of eight instruments, with a real network and real effects."""

from pathlib import Path

import pandas as pd
import pytest

from wetdry.studies.sensitivity import sensitivity


@pytest.fixture(scope="module")
def found(data_dir: Path) -> dict[str, pd.DataFrame]:
    folder = data_dir / "instruments" / "medley-solos-db"
    if not folder.is_dir():
        pytest.skip(f"recordings of instruments are missing: looked in {folder}")
    return sensitivity(
        f"classes:{folder}",
        encoders=["handcrafted", "vibenet"],
        effects="gain,bitcrush",
        levels="1-10:1.5",
        clips=5,
        seconds=2.0,
        maps=False,
        downstream=False,
        resamples=200,
        permutations=19,
    )


def everyone(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["label"] == "all"].set_index(["encoder", "effect"])


def test_noise_is_told_from_an_effect_on_clips_left_out_alone(found: dict[str, pd.DataFrame]) -> None:
    single, together = everyone(found["samplewise"]), everyone(found["correlation"])
    # In-sample nothing tells them apart.
    assert (single["r2"] > 0.98).all()
    assert (single["noise_r2"] > 0.999999).all()
    assert (single["noise_held_out_r2"].abs() < 0.2).all()
    assert (single["shuffled_held_out_r2"].abs() < 0.2).all()
    assert (together["noise_held_out_r2"].abs() < 0.05).all()
    assert (together["p"] == 0.05).all()
    assert (together["low"] > 0.1).all()


def test_every_clip_moves_along_the_direction_of_the_others(found: dict[str, pd.DataFrame]) -> None:
    together = everyone(found["correlation"])
    assert (together["within"] > 0.6).all()
    assert together.loc[("handcrafted", "gain"), "within"] > 0.97
    assert everyone(found["samplewise"]).loc[("handcrafted", "gain"), "ridge_held_out_r2"] > 0.95


def test_directions_of_single_clips_do_not_agree(found: dict[str, pd.DataFrame]) -> None:
    # The published finding: there is a direction for each clip, and they span many dimensions.
    dimensions = found["dimensions"].set_index(["encoder", "effect", "kind"])["corrected"]
    for encoder in ("handcrafted", "vibenet"):
        assert dimensions[encoder, "bitcrush", "directions of single clips"] > 5
