"""The paths of embeddings from the dry clip to the strongest level, where they are known."""

from dataclasses import replace

import numpy as np
import planted_emotion
import pytest

from wetdry.analysis.displacement import spread
from wetdry.studies.emotion.space import paths


def material(**how):
    return planted_emotion.material(train=40, clips=24, dim=8, **how)


def shapes(found, effect):
    return paths(found, seed=0, resamples=100).set_index("effect").loc[effect].set_index("measure")


def test_a_path_straight_away_from_the_dry_clip_is_as_long_as_its_end_is_far():
    found = material(noise=0.0)
    real = shapes(found, "real")["estimate"]
    assert real[["straightness", "forward", "monotonicity", "agreement"]].tolist() == pytest.approx([1.0] * 4, abs=1e-5)
    assert real["turning"] == pytest.approx(0.0, abs=1e-2)
    far = 10 * planted_emotion.PER_LEVEL / float(spread(found.dry.astype(np.float64)))
    assert real["length"] == pytest.approx(far, rel=1e-5)


def test_an_effect_that_only_adds_noise_goes_no_way_in_common():
    nothing = shapes(material(), "nothing")
    assert nothing["estimate"]["agreement"] < 0.2
    assert nothing["estimate"]["straightness"] < 0.3
    # Eleven independent stations: 1 / 10.
    assert nothing["noise"]["straightness"] == pytest.approx(0.1, abs=0.03)


def test_clips_on_which_a_level_failed_are_left_out_and_an_effect_that_always_failed_has_no_path():
    found = material()
    wet = found.wet.copy()
    at = {name: found.variants.query(f"family == '{name}' and level == 7").index for name in ("real", "loud")}
    wet[np.ix_(np.arange(4), at["real"])] = np.nan
    wet[:, at["loud"]] = np.nan
    table = paths(replace(found, wet=wet), seed=0, resamples=100)
    assert set(table["effect"]) == {"real", "sideways", "nothing"}
    assert set(table.query("effect == 'real'")["clips"]) == {20}


def test_one_level_is_no_path():
    found = material()
    few = found.variants[found.variants["level"].isin([0, 10])].index
    one = replace(found, variants=found.variants.loc[few].reset_index(drop=True), wet=found.wet[:, few])
    assert paths(one, seed=0, resamples=100).empty
