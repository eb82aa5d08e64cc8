"""Agreement of families of probes, on shifts that are known."""

import numpy as np
import pandas as pd
import pytest

from wetdry.studies.emotion.agreement import agreement

EFFECTS = {"reverb": (0.1, -0.2), "delay": (0.3, 0.1), "eq": (-0.1, 0.4)}


def estimates(probe, factor, offset):
    """Two emotions of 8 clips, each of its own dry value; both levels of each effect move all of them alike."""
    dry = np.arange(8.0)
    common = {"encoder": "heard", "layer": "pooled", "probe": probe, "control": "raw"}
    rows = [
        {**common, "item": f"{i}", "group": f"g{i}", "effect": "dry", "level": 0.0, "joy": dry[i], "calm": -dry[i]}
        for i in range(8)
    ]
    for effect, (joy, calm) in EFFECTS.items():
        for level, share in ((0.0, 50.0), (4.0, 0.5), (8.0, 1.5)):
            rows += [
                {**rows[i], "effect": effect, "level": level}
                | {"joy": dry[i] + share * factor * joy + offset, "calm": share * factor * calm + offset - dry[i]}
                for i in range(8)
            ]
    return pd.DataFrame(rows)


def test_families_agree_as_their_mean_shifts_do():
    both = pd.concat([estimates("linear", 1.0, 0.0), estimates("kernel", -2.0, 0.25)])
    rows = agreement(both, ("joy", "calm"), seed=0, resamples=100).set_index(["who", "other"])
    pair = rows.loc[("linear", "kernel")]
    assert pair["value"] == pytest.approx(-1.0)
    assert pair["cells"] == 6
    one = np.array(list(EFFECTS.values())).ravel()
    other = 0.25 - 2.0 * one
    bottom = one.var() + other.var() + (one.mean() - other.mean()) ** 2
    assert pair["concordance"] == pytest.approx(2.0 * np.cov(one, other, bias=True)[0, 1] / bottom)
    assert pair["same_sign"] == pytest.approx((np.sign(one) == np.sign(other)).mean())


def test_one_family_has_nothing_to_agree_with():
    assert agreement(estimates("linear", 1.0, 0.0), ("joy", "calm"), seed=0, resamples=100).empty
