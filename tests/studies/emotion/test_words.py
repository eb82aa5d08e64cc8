"""Sentences of the report: true whatever was asked for and found."""

from types import SimpleNamespace

import pandas as pd
import pytest

from wetdry.studies.emotion import words
from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.findings import Findings
from wetdry.studies.emotion.steps import steps_of
from wetdry.studies.emotion.survival import REQUIRED


def verdicts(*shifts, layer="pooled"):
    """Survival of shifts, each given as its emotion, its size, and the verdicts that are not `yes`."""
    rows = []
    for target, size, said in shifts:
        every = dict.fromkeys([*REQUIRED, "survives"], "yes") | said
        place = {"encoder": "heard", "layer": layer, "effect": "reverb", "target": target, "unit": "rating"}
        bounds = {"low": size, "high": size, "matched": size, "matched_low": size, "matched_high": size}
        rows += [
            {**place, **bounds, "shift": size, "check": check, "verdict": verdict, "detail": "too few"}
            for check, verdict in every.items()
        ]
    return pd.DataFrame(rows)


def survivors(rows):
    return words.survivors(SimpleNamespace(main=lambda _: rows))


def test_survivors_are_counted_and_named_from_the_largest():
    said = survivors(verdicts(("calm", 0.1, {}), ("anger", -0.3, {}), ("joy", 0.2, {"moves": "no", "survives": "no"})))
    assert said.startswith("Of 3 shifts 2 differ from zero, and 2 survive every check that was made: reverb on anger")
    assert "reverb on calm in heard (+0.100, +0.100 at equal loudness)" in said


def test_nothing_survives_and_one_moves():
    assert survivors(verdicts(("anger", 0.3, {"dose": "no", "survives": "no"}))) == (
        "Of 1 shift 1 differs from zero, and 0 survive every check that was made."
    )


def test_checks_that_no_shift_was_put_to_are_said():
    said = survivors(verdicts(("anger", 0.3, {"refits": "not tested", "all probes": "not tested"})))
    assert "1 survives every check that was made (not made: all probes, refits): reverb" in said


def test_where_nothing_can_be_tested_nothing_is_said_to_fail():
    said = survivors(verdicts(("anger", 0.3, {"moves": "not tested", "survives": "not tested"})))
    assert said == "No shift could be tested: too few."


def test_the_terminal_tells_what_survives_in_part_what_does_not_and_what_is_not_known():
    partly = verdicts(("anger", 0.3, {"survives": "partly"}), ("joy", 0.1, {"survives": "no"}), ("calm", 0.2, {}))
    assert [row["survives"] for row in words.terminal_rows(partly)] == ["anger?, calm"]
    assert words.terminal_rows(partly)[0]["largest shift"].startswith("anger")
    unknown = verdicts(("anger", 0.3, {"survives": "not tested"}))
    assert [row["survives"] for row in words.terminal_rows(unknown)] == ["not tested"]
    none = verdicts(("anger", 0.3, {"survives": "no"}))
    assert [row["survives"] for row in words.terminal_rows(none)] == ["–"]


def test_the_terminal_keeps_layers_apart():
    both = pd.concat([verdicts(("joy", 0.1, {})), verdicts(("joy", 0.2, {"survives": "no"}), layer="last")])
    rows = words.terminal_rows(both)
    assert [(row["layer"], row["survives"]) for row in rows] == [("pooled", "joy"), ("last", "–")]
    assert "layer" not in words.terminal_rows(verdicts(("joy", 0.1, {})))[0]


@pytest.mark.parametrize(
    ("effects", "chains", "said"),
    [
        ("gain", "none", "under 1 effect,"),
        ("gain,gsm", "none", "under 2 effects,"),
        ("gain,reverb", "builtin", "under 2 effects and 7 chains,"),
    ],
)
def test_effects_and_chains_are_counted(effects, chains, said):
    steps = steps_of(EmotionConfig(data="x", effects=effects, chains=chains))
    measured = SimpleNamespace(steps=steps, test=["one clip"], train=["", ""])
    sentence = words.who(SimpleNamespace(measured=measured, encoders=["vibenet"]))
    count = len(steps_of(EmotionConfig(data="x", effects="", chains="builtin")).controlled) // 3
    assert said.replace("7", str(count)) in sentence
    assert sentence.startswith("1 clip that")


def test_a_family_agreeing_with_itself_is_no_agreement():
    rows = pd.DataFrame({"who": ["a", "a", "b", "b"], "other": ["a", "b", "a", "b"], "value": [1.0, 0.25, 0.25, 1.0]})
    assert words.agreeing(rows) == "A correlation of 0.25."
    three = pd.DataFrame({"who": ["a", "a", "b"], "other": ["b", "c", "c"], "value": [0.5, -0.1, 0.7]})
    assert words.agreeing(three) == "Correlations from −0.10 to 0.70."


def test_the_hardest_effect_is_told_with_what_is_scored():
    row = {"encoder": "heard", "effect": "reverb", "control": "raw", "low": 0.1, "high": 0.9, "value": 0.5}
    numbers = pd.DataFrame([{**row, "metric": "ccc", "target": "valence"}])
    assert "keeps 0.50 [0.10, 0.90] of its concordance (Lin) of valence under reverb" in words.worst(numbers)
    classes = pd.DataFrame([{**row, "metric": "kappa", "target": "all classes"}])
    assert "of its Cohen’s κ under reverb" in words.worst(classes)
    assert words.worst(pd.DataFrame()) == words.NO_LEVELS


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("emopia:/data/emopia,timbre=piano", "emopia"),
        ("csv:some/clips.csv", "clips.csv"),
        ("etudes:count=40,seconds=4", "etudes"),
        ("etudes", "etudes"),
    ],
)
def test_a_data_set_is_called_by_the_end_of_its_path_or_its_kind(name, short):
    measured = SimpleNamespace(data=SimpleNamespace(name=name))
    assert Findings(EmotionConfig(data=name), measured, {}).short_name == short
