"""The labels that a study is about: ratings of a known scale from −1 to 1, others as they are."""

from pathlib import Path

from wetdry.datasets import Dataset, Item
from wetdry.datasets.scales import NINE_POINTS
from wetdry.studies.labelled import PLANE_UNIT, RATING, labelled_items


def test_ratings_on_a_known_scale_run_from_minus_1_to_1():
    rated = tuple(
        Item(f"{number}", Path("x.wav"), {"valence": value, "arousal": 10 - value})
        for number, value in enumerate((1.0, 5.0, 9.0))
    )
    known = Dataset("known", rated, scales=dict.fromkeys(("valence", "arousal"), NINE_POINTS))
    found = labelled_items(known, None)
    assert found.unit == PLANE_UNIT
    assert found.targets.wanted == "valence,arousal"
    assert found.targets.labels == {"0": (-1.0, 1.0), "1": (0.0, 0.0), "2": (1.0, -1.0)}
    plain = labelled_items(Dataset("plain", rated), None)
    assert plain.unit == RATING
    assert plain.targets.labels["0"] == (1.0, 9.0)
