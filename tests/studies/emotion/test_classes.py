"""Tables of classes, on clips whose classes are known."""

from dataclasses import replace

import numpy as np
import planted_emotion
import pytest
from scipy.stats import chi2_contingency

from wetdry.studies.emotion.answers import Answers
from wetdry.studies.emotion.classes import tables

NAMES = ("Excitement", "Anger", "Sadness", "Calmness")
DRY = np.repeat([0, 1, 2, 3], [10, 6, 4, 4])


@pytest.fixture(scope="module")
def found():
    """24 clips, of which at level n of `real` n of the first class are taken for the second; none under the others."""
    material = planted_emotion.material(task=planted_emotion.QUADRANTS, train=20, clips=24)
    material = replace(material, clips=material.clips.assign(group=material.clips["item"]))
    classes = np.repeat(DRY[:, np.newaxis], len(material.variants), axis=1)
    for place, row in enumerate(material.variants.to_dict("records")):
        if row["family"] == "real":
            classes[: int(row["level"]), place] = 1
    one_hot = np.eye(4)
    return tables(Answers(material, one_hot[DRY], one_hot[classes]), seed=0)


def test_shares_follow_the_clips(found):
    rows = found["flow"].query("effect == 'real' and control == 'raw' and level == 5").set_index("class")
    assert rows["count"].to_dict() == dict(zip(NAMES, (5, 11, 4, 4), strict=True))
    assert rows["share"].to_dict() == pytest.approx(dict(zip(NAMES, np.array([5, 11, 4, 4]) / 24, strict=True)))


def test_transitions_are_shares_of_the_dry_class(found):
    rows = found["transitions"].query("effect == 'real' and control == 'raw' and level == 4")
    moved = rows.set_index(["from", "to"])
    assert moved.loc[("Excitement", "Anger"), "count"] == 4
    assert moved.loc[("Excitement", "Anger"), "share"] == pytest.approx(0.4)
    assert moved.loc[("Anger", "Anger"), "share"] == 1.0


def test_changes_are_tested_but_for_the_sham(found):
    rows = found["class_tests"].query("effect == 'real' and control == 'raw'").set_index("level")
    assert rows["changed"].tolist() == pytest.approx([level / 24 for level in range(11)])
    assert rows.loc[10, "mcnemar_p_Excitement"] == pytest.approx(2 * 0.5**10)
    assert rows.loc[10, "stuart_maxwell"] == pytest.approx(10.0)
    assert rows["q"].isna().tolist() == [level == 0 for level in range(11)]
    # Two of the exchanges of ten clips that change alike.
    assert rows.loc[10, "p"] == pytest.approx(2 * 0.5**10, abs=0.002)
    assert (rows["q"] >= rows["p"])[1:].all()


def test_the_published_test_leaves_level_0_out(found):
    row = found["published_tests"].query("effect == 'real' and control == 'raw'").iloc[0]
    counts = np.array([[10 - level, 6 + level, 4, 4] for level in range(1, 11)])
    assert row["chi_square"] == pytest.approx(chi2_contingency(counts, correction=False)[0])
    assert row["freedom"] == 27
