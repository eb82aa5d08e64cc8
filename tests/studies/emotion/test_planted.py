"""The whole analysis on vectors whose truth is known: what was planted is found, and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import planted_emotion
import pytest

from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.parts import analyse_family, analyse_space
from wetdry.studies.emotion.survival import survival

CONFIG = EmotionConfig(data="csv:planted.csv", probes=("linear", "kernel"), refits=2, resamples=300)


@pytest.fixture(scope="module")
def tables():
    material = planted_emotion.material()
    found = [analyse_family(material, CONFIG, family, {}) for family in CONFIG.families]
    joined = {name: _joined([each[name] for each in found if name in each]) for each in found for name in each}
    joined |= analyse_space(material, CONFIG)
    return joined | {"survival": survival(joined, "linear", [])}


def _joined(several):
    return pd.concat(several, ignore_index=True)


def _row(table, **where):
    kept = np.logical_and.reduce([table[name] == value for name, value in where.items()])
    assert kept.sum() == 1
    return table[kept].iloc[0]


@pytest.mark.parametrize("level", [3.0, 10.0])
def test_a_planted_shift_is_recovered_within_its_interval(tables, level):
    row = _row(tables["shifts"], effect="real", level=level, control="raw", target="valence")
    assert row["low"] <= planted_emotion.PER_LEVEL * level <= row["high"]
    assert row["high"] - row["low"] < 0.1
    assert row["q"] < 0.01


def test_the_shift_over_levels_is_the_mean_of_its_levels(tables):
    row = _row(tables["overall"], probe="linear", effect="real", control="raw", target="valence")
    assert row["shift"] == pytest.approx(5.5 * planted_emotion.PER_LEVEL, abs=0.02)


@pytest.mark.parametrize("effect", ["sideways", "nothing"])
@pytest.mark.parametrize("target", ["valence", "arousal"])
def test_none_is_found_where_none_was_planted(tables, effect, target):
    row = _row(tables["overall"], probe="linear", effect=effect, control="raw", target=target)
    assert abs(row["shift"]) < 0.03
    assert _row(tables["survival"], effect=effect, target=target, check="survives")["verdict"] == "no"


def test_only_the_real_shift_survives_and_loudness_is_what_the_other_fails_at(tables):
    last = tables["survival"][tables["survival"]["check"] == "survives"]
    assert [(row.effect, row.target) for row in last.itertuples() if row.verdict != "no"] == [("real", "valence")]
    verdicts = tables["survival"].query("effect == 'loud' and target == 'valence'").set_index("check")["verdict"]
    assert verdicts["moves"] == "yes"
    assert verdicts["equal loudness"] == "no"


def test_what_a_gain_does_is_no_part_of_what_is_beyond_it(tables):
    loud = _row(tables["overall"], probe="linear", effect="loud", control="beyond gain", target="valence")
    real = _row(tables["overall"], probe="linear", effect="real", control="beyond gain", target="valence")
    assert loud["low"] < 0 < loud["high"]
    assert real["low"] > 0.2


def test_probes_of_shuffled_labels_do_not_shift_as_far(tables):
    profiles = tables["profiles"].query("effect == 'real' and target == 'valence' and control == 'raw'")
    profiles = profiles[profiles["probe"] == "linear"]
    main = profiles[profiles["kind"] == "main"]["shift"].iloc[0]
    shuffled = profiles[profiles["kind"] == "shuffled"]["shift"]
    refits = profiles[profiles["kind"] == "refit"]["shift"]
    assert len(refits) == CONFIG.refits
    assert refits.to_numpy() == pytest.approx(main, rel=0.1)
    assert len(shuffled) == CONFIG.shuffles
    assert shuffled.abs().max() < main / 2
    dry = tables["estimates"].query("probe == 'linear' and effect == 'dry'")["valence"]
    assert profiles[profiles["kind"] == "main"]["spread"].iloc[0] == pytest.approx(dry.std())


def test_scores_are_high_dry_and_fall_only_where_clips_move_away(tables):
    scores = tables["performance"].query(
        "control == 'raw' and target == 'valence' and metric == 'r2' and probe == 'linear'"
    )
    dry = scores[scores["effect"] == "dry"]["value"].iloc[0]
    assert dry > 0.95
    real = scores.query("effect == 'real' and level == 10").iloc[0]
    assert real["change_high"] < 0
    nothing = scores.query("effect == 'nothing' and level == 10").iloc[0]
    assert abs(nothing["change"]) < 0.02


def test_level_0_is_the_dry_clip_and_so_moves_nothing(tables):
    sham = tables["shifts"].query("level == 0")
    assert (sham["shift"] == 0).all()
    assert sham["q"].isna().all()


def test_the_displacement_of_a_real_effect_is_emotional_and_that_of_a_sideways_one_is_not(tables):
    rows = tables["alignment"].set_index("effect")
    assert rows.loc["real", "share"] > 0.5
    assert rows.loc["real", "low"] > rows.loc["real", "chance_high"]
    assert rows.loc["sideways", "share"] < 0.05


def test_random_labels_score_at_chance_and_held_out_groups_do_not(tables):
    splits = tables["splits"].query("metric == 'r2' and target == 'valence'").set_index("split")["value"]
    assert splits["groups held out"] > 0.95
    assert splits["shuffled labels, groups held out"] < 0.1


def test_an_effect_that_moves_everything_moves_no_emotion_in_particular():
    """As far along every direction as `real` moves along valence; probes of classes that know nothing say little."""
    given = planted_emotion.material(task=planted_emotion.QUADRANTS, train=160, clips=40)
    kept = given.variants["family"].isin(["real", "sideways"]).to_numpy() & (given.variants["level"] != 1).to_numpy()
    wet = given.wet.copy()
    for place in np.flatnonzero(given.variants["family"] == "sideways"):
        real = np.flatnonzero((given.variants["family"] == "real") & (given.variants["level"] == 10))[0]
        one_way = (given.wet[:, real] - given.dry).mean(axis=0)
        level = given.variants["level"][place] / 10
        everywhere = np.random.default_rng(1).standard_normal(given.dry.shape[1]) * np.linalg.norm(one_way)
        wet[:, place] = given.dry + level * (one_way + everywhere)
    variants = given.variants[kept].reset_index(drop=True)
    given = replace(given, variants=variants, wet=wet[:, kept], gain_db=given.gain_db[:, kept])
    found = analyse_family(given, CONFIG.model_copy(update={"refits": 0, "shuffles": 19}), "linear", {})
    verdict = survival(found, "linear", []).query("target == 'valence'").set_index(["effect", "check"])["verdict"]
    assert verdict["real", "specific"] == "yes"
    assert verdict["sideways", "moves"] == "yes"
    assert verdict["sideways", "specific"] == "no"
    profiles = found["profiles"].query("effect == 'sideways' and target == 'valence' and control == 'raw'")
    sizes = profiles.set_index("kind")["shift"].abs()
    assert sizes["shuffled"].max() < sizes["main"]
