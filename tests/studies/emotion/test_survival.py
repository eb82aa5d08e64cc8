"""Verdicts: what is asked of a shift, of which tables, and in which words."""

import numpy as np
import pandas as pd
import pytest

from wetdry.studies.emotion.survival import REQUIRED, survival, survives

ALL_YES = dict.fromkeys(REQUIRED, "yes")
PLACE = {"encoder": "heard", "layer": "pooled", "effect": "reverb", "target": "anger"}


def tables(**given):
    """Tables of one shift that survives, but for what is given: `raw`, `matched` and `other` are (shift, q)."""
    told = {"units": 20, "raw": (0.2, 0.001), "matched": (0.1, 0.001), "other": (0.3, 0.001), "rho": (0.9, 0.001)}
    told |= {"shuffled": [0.01] * 19, "shuffled_spread": 0.1, "refits": [0.1, 0.2], "baselines": {}} | given
    common = {**PLACE, "low": 0.0, "high": 1.0, "unit": "rating", "units": told["units"]}
    overall = [
        {**common, "probe": probe, "control": control, "shift": shift, "q": q}
        for probe, control, (shift, q) in (
            ("linear", "raw", told["raw"]),
            ("linear", "matched", told["matched"]),
            ("kernel", "matched", told["other"]),
        )
    ]
    overall += [
        {**common, "encoder": name, "probe": "linear", "control": "raw", "shift": shift, "q": 0.001}
        for name, shift in told["baselines"].items()
    ]
    profiles = [
        {**PLACE, "probe": "linear", "control": control, "kind": kind, "shift": shift, "spread": spread}
        for kind, control, shifts, spread in (
            ("main", "raw", [told["raw"][0]], 0.1),
            ("refit", "matched", told["refits"], 0.1),
            ("shuffled", "raw", told["shuffled"], told["shuffled_spread"]),
        )
        for shift in shifts
    ]
    rho, q = told["rho"]
    trends = pd.DataFrame([{**PLACE, "probe": "linear", "control": "matched", "rho": rho, "q": q}])
    return {"overall": pd.DataFrame(overall), "profiles": pd.DataFrame(profiles), "trends": trends}


def verdicts(**given):
    found = survival(tables(**given), "linear", list(given.get("baselines", ()))).query("encoder == 'heard'")
    return found.set_index("check")["verdict"]


def test_what_holds_everywhere_survives():
    found = survival(tables(), "linear", []).set_index("check")
    assert set(found["verdict"].drop("not in baselines")) == {"yes"}
    assert found.loc["survives", "detail"] == "holds in every check that was made"
    assert found.loc["survives", "matched"] == 0.1


@pytest.mark.parametrize(
    ("check", "given"),
    [
        ("moves", {"raw": (0.2, 0.05)}),
        ("equal loudness", {"matched": (0.1, 0.05)}),
        ("equal loudness", {"matched": (-0.1, 0.001)}),
        ("dose", {"rho": (0.9, 0.05)}),
        ("dose", {"rho": (-0.9, 0.001)}),
        ("all probes", {"other": (0.3, 0.05)}),
        ("all probes", {"other": (-0.3, 0.001)}),
        ("refits", {"refits": [0.1, -0.1]}),
    ],
)
def test_each_check_alone_keeps_a_shift_from_surviving(check, given):
    found = survival(tables(**given), "linear", []).set_index("check")
    assert found.loc[check, "verdict"] == "no"
    assert found.loc["survives", "verdict"] == "no"
    assert found.loc["survives", "detail"] == f"not fully: {check}"


def test_most_refits_are_part_of_all():
    found = verdicts(refits=[0.1, 0.1, -0.1])
    assert found["refits"] == found["survives"] == "partly"


def test_small_shifts_of_probes_that_hardly_say_anything_are_no_small_shifts():
    assert verdicts(shuffled_spread=0.1)["specific"] == "yes"
    found = verdicts(shuffled_spread=0.004)
    assert found["specific"] == "no"
    assert found["survives"] == "yes"


def test_two_in_39_shuffles_may_shift_as_far_less_one_for_the_probe_itself():
    assert verdicts(shuffled=[0.01] * 38 + [0.5])["specific"] == "yes"
    assert verdicts(shuffled=[0.01] * 37 + [0.5, 0.5])["specific"] == "no"
    assert verdicts(shuffled=[0.01] * 18)["specific"] == "not tested"


@pytest.mark.parametrize("given", [{"units": 5}, {"raw": (np.nan, np.nan)}])
def test_what_no_test_can_tell_is_not_said_to_fail(given):
    found = verdicts(**given)
    assert found["moves"] == found["survives"] == "not tested"


def test_a_shift_that_was_not_measured_at_equal_loudness_does_not_survive():
    found = survival(tables(matched=(np.nan, np.nan)), "linear", []).set_index("check")
    assert found.loc["survives", "verdict"] == "not tested"
    assert "not tested: equal loudness" in found.loc["survives", "detail"]


def test_checks_that_were_not_made_are_named():
    found = survival(tables(refits=[], shuffled=[]), "linear", []).set_index("check")
    assert found.loc["survives", "verdict"] == "yes"
    assert found.loc["survives", "detail"] == "holds in every check that was made; not tested: refits"


def test_a_baseline_is_held_against_its_own_encoder():
    assert verdicts(baselines={"untrained-heard": 0.2})["not in baselines"] == "no"
    assert verdicts(baselines={"untrained-other": 0.2})["not in baselines"] == "not tested"
    assert verdicts(baselines={"melstats": 0.2})["not in baselines"] == "no"
    assert verdicts(baselines={"melstats": -0.2})["not in baselines"] == "yes"
    assert verdicts(baselines={"melstats": 0.2})["survives"] == "yes"


def test_one_failure_is_enough_and_part_is_part():
    assert survives(ALL_YES) == "yes"
    assert survives({**ALL_YES, "refits": "partly"}) == "partly"
    assert survives({**ALL_YES, "refits": "partly", "dose": "no"}) == "no"
    assert survives({**ALL_YES, "equal loudness": "not tested", "dose": "no"}) == "no"


def test_a_dose_that_no_clip_tells_is_not_tested():
    found = survival(tables(rho=(np.nan, np.nan)), "linear", []).set_index("check")
    assert found.loc["dose", "verdict"] == "not tested"
    assert found.loc["dose", "detail"] == "not measured"
    without = tables()
    without["trends"] = pd.DataFrame()
    assert survival(without, "linear", []).set_index("check").loc["dose", "detail"] == "has no levels"
