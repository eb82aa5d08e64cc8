"""Tables that follow from estimates alone, of which the truth is planted."""

import itertools

import numpy as np
import pandas as pd
import pytest

from wetdry.analysis.paired_recall import recall_gain
from wetdry.analysis.statistics.multiplicity import benjamini_hochberg
from wetdry.studies.transfer.adaptation.adapted_scores import scores
from wetdry.studies.transfer.adaptation.gains import augmentation, gains

CLASSES = ("calm", "happy", "sad")
GROUPS, EACH, SEEDS = 16, 2, 3
ITEMS = [
    (f"{group}-{name}-{take}", f"actor {group}", name)
    for group, name, take in itertools.product(range(GROUPS), CLASSES, range(EACH))
]


def rows_of(rng, method, plan, tested, chance, effect="", **by_class):
    """Estimates that are right by chance, of each class by its own, from each seed."""
    found = []
    for seed in range(SEEDS):
        for item, group, truth in ITEMS:
            right = rng.random() < by_class.get(truth, chance)
            other = CLASSES[(CLASSES.index(truth) + 1 + int(rng.integers(2))) % 3]
            found.append((method, plan, tested, effect, seed, item, group, truth, truth if right else other))
    columns = ["method", "plan", "tested", "effect", "seed", "item", "group", "truth", "estimate"]
    return pd.DataFrame(found, columns=columns).assign(encoder="ear", learnt=tested, split=0)


@pytest.fixture(scope="module")
def estimates():
    rng = np.random.default_rng(1)
    return pd.concat(
        [
            rows_of(rng, "frozen", "direct", "song", 0.4),
            rows_of(rng, "lora", "direct", "song", 0.5),
            rows_of(rng, "lora", "control", "song", 0.5),
            rows_of(rng, "lora", "two stages", "song", 0.5, sad=0.95),
            rows_of(rng, "lora", "two stages", "speech", 0.7),
            rows_of(rng, "lora", "direct", "speech", 0.7),
            rows_of(rng, "lora", "zero-shot", "speech", 0.3),
            rows_of(rng, "lora", "direct", "song", 0.1, effect="gsm"),
        ],
        ignore_index=True,
    )


def test_each_plan_is_held_against_what_it_is_to_beat(estimates):
    found = gains(estimates, CLASSES)
    compared = found[found["emotion"] == "all"][["method", "tested", "of"]].apply(tuple, axis=1)
    assert set(compared) == {
        ("lora", "song", "two stages − direct"),
        ("lora", "song", "two stages − control"),
        ("lora", "song", "lora − frozen"),
        ("lora", "speech", "two stages − direct"),
    }
    assert len(found) == 4 * (1 + len(CLASSES))
    for name, of in found.groupby("emotion"):
        assert (of["clips"] == GROUPS * EACH * (len(CLASSES) if name == "all" else 1)).all()
    assert set(zip(found["groups"], found["seeds"], strict=True)) == {(GROUPS, SEEDS)}


def test_a_gain_is_that_of_the_class_it_was_planted_in(estimates):
    found = gains(estimates, CLASSES).set_index(["of", "tested", "emotion"]).sort_index()
    of = found.loc[("two stages − control", "song")]
    assert of.loc["sad", "low"] < 0.45 < of.loc["sad", "high"]
    assert of["survives"].to_dict() == {"all": True, "calm": False, "happy": False, "sad": True}
    assert of.loc["all", "gain"] == pytest.approx(of.loc[list(CLASSES), "gain"].mean())
    assert not found.loc[("two stages − direct", "speech")]["survives"].any()


def test_a_gain_pairs_clips_and_seeds_whatever_their_order(estimates):
    shuffled = estimates.sample(frac=1.0, random_state=0)
    key = ["of", "tested", "emotion"]
    one, other = (gains(each, CLASSES).set_index(key).sort_index() for each in (estimates, shuffled))
    pd.testing.assert_frame_equal(one, other)
    better, base = (
        estimates[(estimates["plan"] == plan) & (estimates["tested"] == "song") & (estimates["effect"] == "")]
        .query("method == 'lora'")
        .assign(right=lambda rows: rows["truth"] == rows["estimate"])
        .pivot(index=["item", "group", "truth"], columns="seed", values="right")
        for plan in ("two stages", "direct")
    )
    by_hand = recall_gain(better.index.get_level_values("truth"), better, base, better.index.get_level_values("group"))
    row = one.loc[("two stages − direct", "song", "all")]
    assert (row["gain"], row["low"], row["p"]) == pytest.approx((by_hand.gain, by_hand.low, by_hand.p))


def test_what_survives_does_so_within_its_comparison_classes_apart(estimates):
    found = gains(estimates, CLASSES)
    for (_, whole), of in found.groupby(["of", found["emotion"] == "all"]):
        assert (of["survives"] == (benjamini_hochberg(of["p"]) <= 0.05)).all(), whole


def test_methods_are_held_against_a_frozen_encoder_in_one_family():
    """One method that is better by a little must stand among all that were tried, not by itself."""
    rng = np.random.default_rng(4)
    chances = {"frozen": 0.4, "lora": 0.52, "bottleneck": 0.4, "gated": 0.4, "weighted-sum": 0.4}
    tried = pd.concat([rows_of(rng, method, "direct", "song", chance) for method, chance in chances.items()])
    found = gains(tried, CLASSES)
    for _, of in found.groupby(found["emotion"] == "all"):
        assert (of["survives"] == (benjamini_hochberg(of["p"]) <= 0.05)).all()
    lora = found[(found["method"] == "lora") & (found["emotion"] == "all")].iloc[0]
    assert lora["p"] < 0.05
    assert not lora["survives"]


def test_clips_that_all_tell_alike_have_a_gain_without_limits_that_does_not_survive(estimates):
    alike = estimates[(estimates["plan"] == "direct") & (estimates["method"] == "lora") & (estimates["effect"] == "")]
    both = pd.concat([alike, alike.assign(plan="two stages")])
    found = gains(both, CLASSES)
    assert (found["gain"] == 0.0).all()
    assert found[["low", "high", "p"]].isna().all(axis=None)
    assert not found["survives"].any()
    assert gains(alike, CLASSES).empty


def test_augmentation_is_held_against_as_much_dry_training_under_the_same_effect():
    rng = np.random.default_rng(2)
    chances = {"": (0.8, 0.8), "reverb": (0.3, 0.75), "gsm": (0.4, 0.6)}
    parts = [
        rows_of(rng, "lora", plan, "song", chance, effect)
        for effect, pair in chances.items()
        for plan, chance in zip(("direct", "augmented"), pair, strict=True)
    ]
    alone = rows_of(rng, "lora", "two stages", "song", 0.9)
    found = augmentation(pd.concat([*parts, alone], ignore_index=True), ["reverb"]).set_index("effect")
    assert found["heard"].to_dict() == {"": "dry", "reverb": "in training", "gsm": "unseen"}
    for (effect, (plain, augmented)), row in zip(chances.items(), found.itertuples(), strict=True):
        assert row.Index == effect
        assert row.plain == pytest.approx(plain, abs=0.1)
        assert row.augmented == pytest.approx(augmented, abs=0.1)
        assert row.gain == pytest.approx(row.augmented - row.plain)
        assert row.low < augmented - plain < row.high
    assert found.loc["reverb", "low"] > 0.0
    # A clip that an effect failed on in one of both is left out of both.
    less = parts[2][parts[2]["item"] != ITEMS[0][0]]
    paired = augmentation(pd.concat([parts[0], parts[1], less, parts[3]], ignore_index=True), ["reverb"])
    assert paired["clips"].tolist() == [len(ITEMS), len(ITEMS) - 1]
    assert paired["gain"].tolist() == pytest.approx((paired["augmented"] - paired["plain"]).tolist())


def test_a_score_speaks_of_groups_and_its_spread_of_seeds(estimates):
    head = ["encoder", "method", "plan", "learnt", "tested", "seed", "split"]
    adaptations = estimates.drop_duplicates(head)[head].assign(parameters=7)
    found = scores(estimates, adaptations, CLASSES, resamples=200)
    row = found[(found["plan"] == "two stages") & (found["tested"] == "song") & (found["metric"] == "recall")].iloc[0]
    assert row["low"] < (0.5 + 0.5 + 0.95) / 3 < row["high"]
    assert (row["clips"], row["groups"], row["seeds"], row["splits"]) == (len(ITEMS), GROUPS, SEEDS, 1)
    assert row["parameters"] == 7
    assert found["plan"].drop_duplicates().tolist() == ["direct", "two stages", "control", "zero-shot"]
    one = scores(estimates[estimates["seed"] == 0], adaptations[adaptations["seed"] == 0], CLASSES, resamples=200)
    assert one["seed_sd"].isna().all()
    assert len(found) == len(one) == 3 * 7
