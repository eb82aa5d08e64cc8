"""Which clips can be heard."""

from types import SimpleNamespace

import pandas as pd

from wetdry.studies.emotion.players import examples


def found(shifts):
    """Findings of three clips under effects, given as effect → shift of joy of each clip at its strongest level."""
    dry = {"a": 0.0, "b": 1.0, "c": 2.0}
    common = {"control": "raw", "calm": 0.5}
    rows = [{**common, "item": item, "effect": "dry", "level": 0.0, "joy": joy} for item, joy in dry.items()]
    for effect, of_clips in shifts.items():
        for level, share in ((2.0, 100.0), (9.0, 1.0)):
            rows += [
                {**common, "item": item, "effect": effect, "level": level, "joy": dry[item] + share * shift}
                for item, shift in zip(dry, of_clips, strict=True)
            ]
    table = pd.DataFrame(rows)
    return SimpleNamespace(encoders=["heard"], emotions=("joy", "calm"), main=lambda name, *, encoder: table)  # noqa: ARG005


def test_the_largest_shifts_are_heard_up_or_down_each_of_another_clip_and_effect():
    given = found({"reverb": (0.1, -0.9, 0.3), "delay": (0.2, -0.8, 0.4), "eq": (0.1, 0.7, 0.2)})
    heard = [(each.item, each.effect, each.target) for each in examples(given)]
    assert heard == [("b", "reverb", "joy"), ("c", "delay", "joy"), ("a", "eq", "joy")]
    assert examples(given)[0].dry == 1.0
    assert round(examples(given)[0].wet, 9) == 0.1


def test_what_failed_or_says_the_same_of_all_clips_is_not_heard():
    given = found({"reverb": (float("nan"), 0.1, float("nan")), "delay": (float("nan"),) * 3})
    assert [(each.item, each.effect) for each in examples(given)] == [("b", "reverb")]
