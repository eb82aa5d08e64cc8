"""Tables of shifts and correlations: what counts once, what is compared with what."""

import numpy as np
import pandas as pd
import pytest

from wetdry.analysis.agreement import agreement
from wetdry.listening.ratings import paired
from wetdry.listening.tables import correlations, effects, words


def moved(rows: list[tuple[str, str, str, float | None, str, float]]) -> pd.DataFrame:
    """Shifts of valence by (rater, clip, group, level, purpose); arousal moves the other way."""
    table = pd.DataFrame(rows, columns=["rater", "clip", "group", "level", "purpose", "valence"])
    table = table.assign(
        family="delay", sound=table["clip"], arousal=-table["valence"], level=table["level"].astype(float)
    )
    for scale in ("valence", "arousal"):
        table[f"{scale}_dry"] = 0.1
        table[f"{scale}_wet"] = table[scale] + 0.1
    return table


def test_clips_of_one_group_count_once():
    rows = [
        (rater, clip, group, 4.0, "pair", shift)
        for rater in ("A", "B", "C")
        for clip, group, shift in (("a1", "a", 0.3), ("a2", "a", 0.3), ("a3", "a", 0.3), ("b", "b", -0.1))
    ]
    found = effects(moved(rows)).set_index("target")
    assert found.loc["valence", "shift"] == pytest.approx(0.1)
    assert found.loc["arousal", "shift"] == pytest.approx(-0.1)
    assert found.loc["valence", "wet"] - found.loc["valence", "dry"] == pytest.approx(0.1)
    assert (found["clips"] == 2).all()


def test_words_gain_and_lose_what_answers_moved():
    rows = [(rater, clip, clip, 4.0, "pair", 0.0) for rater in ("A", "B") for clip in ("a", "b")]
    table = moved(rows).assign(
        quadrant_dry=["Calmness", "Calmness", "Sadness", "Calmness"],
        quadrant_wet=["Anger", "Anger", "Anger", "Calmness"],
    )
    found = words(table).set_index("target")
    assert found["shift"].to_dict() == {"Excitement": 0.0, "Anger": 0.75, "Sadness": -0.25, "Calmness": -0.5}
    assert found["dry"].to_dict() == {"Excitement": 0.0, "Anger": 0.0, "Sadness": 0.25, "Calmness": 0.75}
    assert found.loc["Excitement", ["low", "high"]].tolist() == [0.0, 0.0]
    assert found.loc["Anger", "low"] < 0.75 < found.loc["Anger", "high"] <= 1.0
    assert found["low"].min() >= -1.0


def test_controls_stay_apart_from_an_effect_of_the_same_name():
    rows = [("A", "a", "a", None, "pair", 0.2), ("A", "a", "a", None, "degraded", -0.8)]
    table = moved(rows).assign(family="degraded")
    found = effects(table).query("target == 'valence'")
    assert found["shift"].tolist() == pytest.approx([0.2, -0.8])


def test_a_wet_sound_is_compared_with_the_dry_one_of_its_rater_and_clip():
    table = pd.DataFrame(
        [
            ("A", "a", False, "pair", 0.5),
            ("A", "a", True, "pair", 0.1),
            ("A", "a", False, "repeat", 9.0),
            ("B", "a", True, "pair", 0.4),
            ("B", "a", False, "pair", 0.6),
            ("A", "b", True, "identity", 0.3),
            ("A", "b", False, "pair", 0.2),
        ],
        columns=["rater", "clip", "wet", "purpose", "valence"],
    )
    found = paired(table, ["valence"]).set_index(["rater", "clip"])["valence"]
    assert found.to_dict() == pytest.approx({("A", "a"): -0.4, ("B", "a"): -0.2, ("A", "b"): 0.1})


@pytest.fixture
def pairs(rng) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "family": ["delay", "chorus"] * 6,
            "group": [f"song {k // 2}" for k in range(12)],
            "valence": rng.normal(size=12),
            "arousal": rng.normal(size=12),
            "model_arousal": np.nan,
        }
    )
    return table.assign(model_valence=table["valence"] + rng.normal(size=12))


def test_correlations_are_over_pairs_with_intervals_over_groups(pairs):
    found = correlations(pairs).set_index("family")
    assert list(found.index) == ["all", "delay", "chorus"]
    assert set(found["target"]) == {"valence"}
    for family, rows in (("all", pairs), ("delay", pairs[pairs["family"] == "delay"])):
        expected = agreement(rows["model_valence"], rows["valence"], rows["group"]).pearson
        assert found.loc[family, "r"] == pytest.approx(np.corrcoef(rows["valence"], rows["model_valence"])[0, 1])
        assert found.loc[family, ["low", "high"]].tolist() == pytest.approx([expected.low, expected.high])
        assert (found.loc[family, "pairs"], found.loc[family, "clips"]) == (len(rows), 6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda pairs: pairs.head(1), "fewer than 3 pairs"),
        (lambda pairs: pairs.head(2), "fewer than 3 pairs"),
        (lambda pairs: pairs.head(6), "3 clips are too few for an interval"),
        (lambda pairs: pairs.assign(valence=0.0), "the shifts of the listeners are all the same"),
        (lambda pairs: pairs.assign(model_valence=0.0), "the shifts of the model are all the same"),
        (
            lambda pairs: pairs.assign(model_valence=np.where(pairs["group"] == "song 0", 1.0, 0.0)),
            "no interval, since without one of the clips nothing varies",
        ),
    ],
)
def test_where_there_is_no_correlation_or_interval_the_reason_is_given(pairs, change, said):
    found = correlations(change(pairs)).iloc[0]
    assert found["remark"] == said
    assert np.isnan(found["low"])


def test_two_pairs_always_lie_on_a_line_and_have_no_correlation(pairs):
    found = correlations(pairs.head(2)).iloc[0]
    assert np.isnan(found["r"])
    assert np.isnan(found["rho"])
    assert np.isfinite(correlations(pairs.head(3)).iloc[0]["r"])
