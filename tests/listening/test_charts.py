"""The scatter of listeners against a model: what lies where."""

import numpy as np
import pandas as pd
import pytest
from chart_specs import layer_with, rows_of, spec_of

from wetdry.listening.charts import listeners_against_model


@pytest.fixture
def pairs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "clip": ["a", "b"],
            "family": ["reverb", "distortion"],
            "setting": ["reverb, level 4", "distortion, level 8"],
            "valence": [-0.1, -0.3],
            "arousal": [0.0, 0.4],
            "model_valence": [0.02, -0.05],
            "model_arousal": [0.01, 0.2],
        }
    )


def test_the_model_lies_across_and_listeners_up_one_point_a_pair_and_scale(pairs):
    spec = spec_of(listeners_against_model(pairs, "vibenet"))
    (panels,) = spec["vconcat"]
    assert panels["facet"]["sort"] == ["valence", "arousal"]
    point = layer_with(panels["spec"], "point")["encoding"]
    assert (point["x"]["field"], point["y"]["field"], point["color"]["field"]) == ("model", "listeners", "family")
    assert point["x"]["title"] == "vibenet, wet − dry"
    drawn = pd.DataFrame(rows_of(spec, panels)).set_index(["clip", "target"])
    assert drawn.loc[("b", "arousal"), ["model", "listeners"]].tolist() == [0.2, 0.4]
    assert len(drawn) == 4


def test_a_scale_that_the_model_lacks_has_no_panel(pairs):
    spec = spec_of(listeners_against_model(pairs.assign(model_valence=np.nan), "model"))
    (panels,) = spec["vconcat"]
    assert panels["facet"]["sort"] == ["arousal"]
    assert {row["target"] for row in rows_of(spec, panels)} == {"arousal"}
