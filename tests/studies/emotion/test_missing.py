"""Effects that failed: on every clip, or on some."""

from dataclasses import replace

import numpy as np
import pandas as pd
import planted_emotion
import pytest

from wetdry.analysis.statistics import cluster_means
from wetdry.studies.emotion.agreement import agreement
from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.parts import analyse_family, analyse_space

CONFIG = EmotionConfig(data="csv:planted.csv", probes=("linear",), refits=0, shuffles=0, resamples=100)


def analysed(task, lost):
    """Tables of material in which level 10 of `real` failed on the clips `lost`, and what is at that level and at 9."""
    material = planted_emotion.material(task=task, train=80, clips=24, dim=8)
    wet = material.wet.copy()
    at = {level: material.variants.query(f"family == 'real' and level == {level}").index for level in (9, 10)}
    wet[np.ix_(lost, at[10])] = np.nan
    material = replace(material, wet=wet)
    return material, analyse_family(material, CONFIG, "linear", {}) | analyse_space(material, CONFIG)


@pytest.mark.parametrize("task", [planted_emotion.REGRESSION, planted_emotion.QUADRANTS])
def test_a_level_that_failed_on_every_clip_has_no_figure_and_the_others_keep_theirs(task):
    _, found = analysed(task, np.arange(24))
    for name, column in (("shifts", "shift"), ("performance", "value"), ("displacements", "displacement")):
        rows = found[name].query("effect == 'real' and control == 'raw'")
        rows = rows[rows["metric"] != "kappa"] if name == "performance" else rows
        assert rows.query("level == 10")[column].isna().all()
        assert rows.query("level == 9")[column].notna().all()
    robust = found["robustness"].query("metric in ('ccc', 'accuracy')").set_index("effect")["value"]
    assert robust["real"].isna().all()
    assert robust["nothing"].notna().all()
    over = found["overall"].query("control == 'raw'").set_index("effect")["shift"]
    assert over["real"].isna().all()
    assert over["nothing"].notna().all()
    if task.classes:
        assert found["class_tests"].query("effect == 'real' and level == 10")["changed"].isna().all()
        assert found["flow"].query("effect == 'real' and level == 10")["share"].isna().all()


def test_a_clip_on_which_a_level_failed_has_no_shift_over_the_levels_in_any_table():
    material, found = analysed(planted_emotion.REGRESSION, np.arange(0, 24, 4))
    estimates = found["estimates"].query("control == 'raw'").set_index("item")
    dry = estimates.query("effect == 'dry'")["valence"]
    levels = estimates.query("effect == 'real' and level > 0").groupby("item")["valence"]
    each = (levels.mean() - dry)[material.clips["item"]].to_numpy(copy=True)
    each[::4] = np.nan
    expected = np.nanmean(cluster_means(each, material.groups)[0])
    of_shift = "effect == 'real' and target == 'valence' and control == 'raw'"
    assert found["overall"].query(of_shift)["shift"].item() == pytest.approx(expected, abs=1e-12)
    assert found["profiles"].query(of_shift)["shift"].item() == pytest.approx(expected, abs=1e-12)
    assert found["overall"].query(of_shift)["units"].item() == 12


def test_families_are_compared_over_clips_that_have_every_level():
    _, found = analysed(planted_emotion.REGRESSION, np.arange(24))
    both = [found["estimates"].assign(probe=probe) for probe in ("linear", "kernel")]
    rows = agreement(pd.concat(both), ("valence", "arousal"), seed=0, resamples=100)
    # Of four effects and two emotions, those of the effect with a level that failed are left out.
    assert set(rows["cells"]) == {6}


def test_level_0_of_quadrants_is_the_dry_clip_to_the_last_digit():
    _, found = analysed(planted_emotion.QUADRANTS, np.arange(2))
    sham = found["shifts"].query("level == 0")
    assert (sham["shift"] == 0).all()
    assert (sham["p"] == 1).all()
