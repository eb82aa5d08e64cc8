"""Which clips are drawn, and that each point bears the name and the strength that it was made of."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from wetdry.errors import DataError
from wetdry.studies.deformations import Deformation
from wetdry.studies.grids import select_grids
from wetdry.studies.sensitivity import maps
from wetdry.studies.sensitivity.config import SensitivityConfig

(GRID,) = select_grids("reverb", "2,5,8")
CONFIG = SensitivityConfig(data="planted", map_clips=3, scale="none", seed=5)


@pytest.fixture
def found(rng: np.random.Generator) -> Deformation:
    names = [f"{k}.wav" for k in range(9)]
    table = pd.DataFrame({"item": names, "clip": [f"h{8 - k}" for k in range(9)], "label": list("ababbabab")})
    dry = rng.standard_normal((9, 4))
    return Deformation("e", "l", GRID, table, dry, dry[:, np.newaxis] + rng.standard_normal((9, 3, 4)))


def test_points_bear_the_names_and_strengths_of_their_vectors(
    found: Deformation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def first_two_axes(wet: Any, dry: Any, *, fit_on: str, background: Any, seed: int) -> SimpleNamespace:
        asked.append((fit_on, None if background is None else len(background), seed))
        return SimpleNamespace(wet=wet[..., :2], dry=dry[:, :2], trustworthiness=0.5)

    monkeypatch.setattr(maps, "trajectory_map", first_two_axes)
    drawn = maps.drawn_clips(found.clips, CONFIG)
    rows = pd.DataFrame(maps.map_rows(found, drawn, CONFIG))
    # Fitted on dry vectors, the map is of all of them.
    assert asked == [("wet", None, 5), ("dry", 9, 5)]
    assert set(rows["label"]) == {"b"}
    assert rows["item"].nunique() == 3
    centre = found.dry.mean(axis=0)
    for row in rows.to_dict("records"):
        clip = found.clips["item"].tolist().index(row["item"])
        vector = found.dry[clip] if row["dry"] else found.wet[clip, row["position"]]
        assert [row["x"], row["y"]] == pytest.approx(list((vector - centre)[:2]))
        if row["dry"]:
            assert (row["position"], row["setting"]) == (-1, "dry")
        else:
            assert row["strength"] == GRID.strengths[row["position"]]
            assert row["setting"] == f"level {row['strength']:g}"
    assert len(rows) == 2 * 3 * 4


def test_clips_are_drawn_of_the_class_asked_for_or_the_largest_with_the_seed(found: Deformation) -> None:
    label = found.clips.set_index("clip")["label"]
    assert set(label[maps.drawn_clips(found.clips, CONFIG)]) == {"b"}
    of_a = CONFIG.model_copy(update={"map_class": "a", "map_clips": 9})
    assert maps.drawn_clips(found.clips, of_a) == sorted(label.index[label == "a"])
    seeds = {tuple(maps.drawn_clips(found.clips, CONFIG.model_copy(update={"seed": seed}))) for seed in range(20)}
    assert len(seeds) > 3
    with pytest.raises(DataError, match='no class "c" to draw'):
        maps.drawn_class(found.clips["label"], "c")
