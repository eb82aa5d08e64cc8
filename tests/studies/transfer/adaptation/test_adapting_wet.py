"""Augmented adaptation: which clips are heard how, and what is said of clips through effects."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from adaptable import make
from two_domains import two_domains

from wetdry.audio import load
from wetdry.effects import builtin_chains, effect
from wetdry.errors import DataError, EffectError
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.transfer.adaptation import adapting, stages
from wetdry.studies.transfer.adaptation.heard import Heard, drawn, heard_in_training, unseen
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import measure
from wetdry.studies.transfer.study import configured

HEARD, UNSEEN = ("lowpass(cutoff_hz=300)", "distortion@5"), ("highpass(cutoff_hz=800)",)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wet")
    make("wav2vec2", folder / "tiny")
    config = TransferConfig(
        data=f"csv:{two_domains(folder, actors=3, takes=1)}",
        encoders=(f"wav2vec2-base:{folder / 'tiny'}",),
        methods=("bottleneck",),
        augment=", ".join(HEARD),
        unseen=", ".join(UNSEEN),
        splits=3,
        seeds=1,
        epochs=1,
        batch=4,
        control=False,
        baselines=False,
        device="cpu",
        seed=5,
        start=0.1,
        seconds=0.3,
    )
    return config, measure(config, Store(folder / "store"), workers=1)


@pytest.fixture
def given(monkeypatch):
    """What each training was given, in order."""
    calls, real = [], stages.adapt

    def watched(encoder, clips, labels, groups, **options):
        adapted = real(encoder, clips, labels, groups, **options)
        calls.append((clips, labels, groups, options, adapted))
        return adapted

    monkeypatch.setattr(stages, "adapt", watched)
    return calls


def decoded(config, path):
    return load(path, start=config.start, seconds=config.seconds)


def first_part(config, measured):
    return next(adapting.jobs(config, measured, Checkpoints(None)))()


def test_augmented_training_hears_each_clip_dry_and_once_through_an_effect(study, given):
    config, measured = study
    found = first_part(config, measured)
    heard = heard_in_training(config)
    assert [each.key for each in heard] == [effect(text).key for text in HEARD]
    direct, augmented = given[0], given[4]
    count = len(direct[0]) // 2
    for clips, labels, groups, options, adapted in (direct, augmented):
        assert clips.paths[:count] == clips.paths[count:]
        assert (labels[:count] == labels[count:]).all()
        assert (groups[:count] == groups[count:]).all()
        assert clips.effects[:count] == (None,) * count
        assert options["start_from"] is None
        assert adapted.clips == 2 * 3
    # As many steps, on the same clips in the same order, of which the study's part is heard.
    assert [clip.id for clip in direct[0]][:count] == list(direct[0].clips[:count])
    assert direct[0].paths == augmented[0].paths
    assert direct[0].effects[count:] == (None,) * count
    assert augmented[0].effects[count:] == drawn(heard, augmented[0].clips[:count], config.seed)
    assert set(found["adaptations"].loc[found["adaptations"]["plan"] == "augmented", "learnt"]) == {"speech", "song"}
    assert (found["adaptations"]["train_clips"] == 3).all()


def test_estimates_of_wet_clips_are_those_of_the_clips_made_wet(study, given):
    config, measured = study
    found = first_part(config, measured)["adapted_estimates"]
    keys = [effect(text).key for text in (*HEARD, *UNSEEN)]
    wet = found[found["effect"] != ""]
    assert set(wet["plan"]) == {"direct", "augmented"}
    assert set(wet["effect"]) == set(keys)
    assert (wet["tested"] == wet["learnt"]).all()
    test = measured.folds.sides(0)[2]
    for (plan, tested), number in {("direct", "song"): 1, ("augmented", "speech"): 4}.items():
        places = test[measured.domain[test] == tested]
        for key in keys:
            clips = [effect(key)(decoded(config, path)) for path in measured.clips["path"].iloc[places]]
            own = wet[(wet["plan"] == plan) & (wet["tested"] == tested) & (wet["effect"] == key)]
            assert own["item"].tolist() == measured.clips["item"].iloc[places].tolist()
            assert np.array_equal(own["confidence"], given[number][-1].estimate(clips).max(axis=1))


@dataclass(frozen=True)
class Fragile:
    """Fails on one clip."""

    item: str
    key: ClassVar[str] = "fragile"
    revision: ClassVar[str] = "1"

    def __call__(self, clip):
        if clip.id == self.item:
            raise EffectError("fragile: breaks here; leave it out.")
        return clip


def test_a_clip_that_an_effect_fails_on_is_left_out_of_that_effect_alone_and_told_once(study, monkeypatch):
    config, measured = study
    place = int(measured.folds.sides(0)[2][0])
    monkeypatch.setattr(adapting, "unseen", lambda _: (Fragile(measured.clips["clip"][place]),))
    monkeypatch.setattr(adapting, "checked", lambda *_: None)
    found = first_part(config, measured)
    estimates = found["adapted_estimates"]
    broken = estimates[(estimates["effect"] == "fragile") & (estimates["tested"] == measured.domain[place])]
    assert measured.clips["item"][place] not in set(broken["item"])
    assert broken.groupby("plan").size().to_dict() == {"augmented": 2, "direct": 2}
    twice = {**found, "failures": pd.concat([found["failures"]] * 2)}
    (row,) = adapting.complete(twice, config, measured)["failures"].to_dict("records")
    assert (row["item"], row["effect"], row["stage"]) == (measured.clips["item"][place], "fragile", "effect")
    assert row["reason"] == "fragile: breaks here; leave it out."


def test_effects_that_do_not_work_are_refused_before_anything_is_trained(study, monkeypatch):
    config, measured = study
    clip = load(measured.clips["path"][0])
    monkeypatch.setattr(adapting, "unseen", lambda _: (Fragile(clip.id),))
    with pytest.raises(EffectError, match="breaks here"):
        adapting.count(config, measured)


def test_which_effects_there_are():
    plain = TransferConfig(data="ravdess:PATH")
    assert heard_in_training(plain) == unseen(plain) == ()
    chain = next(iter(builtin_chains()))
    config = TransferConfig(data="ravdess:PATH", augment=f"reverb, {chain}", levels="3,6")
    keys = [each.key for each in heard_in_training(config)]
    assert keys == [effect("reverb@3").key, effect("reverb@6").key, builtin_chains()[chain].key]
    # What is not named is every chain that comes with wetdry, but what was heard is not unseen.
    expected = {each.key for each in builtin_chains().values()} - set(keys)
    assert {each.key for each in unseen(config)} == expected


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"unseen": "phaser@6"}, "--augment, or leave out --unseen"),
        ({"augment": "reverb@6", "methods": []}, "--methods none"),
        ({"augment": "reverb@0"}, "changes nothing"),
        ({"augment": "reverb@6,eq@6", "unseen": "reverb@6"}, "No effect of --unseen is other"),
    ],
)
def test_effects_that_nothing_would_come_of_are_a_sentence(settings, said):
    with pytest.raises(DataError, match=said):
        configured(data="ravdess:PATH", **settings)


def test_draws_depend_on_clip_and_seed_alone():
    effects = tuple(effect(f"reverb@{level}") for level in range(1, 5))
    clips = [f"{number:032x}" for number in range(400)]
    one = drawn(effects, clips, 3)
    assert one[100:] == drawn(effects, clips[100:], 3)
    assert one != drawn(effects, clips, 4)
    counts = [sum(each is other for each in one) for other in effects]
    assert min(counts) > 70


def test_a_clip_has_a_name_of_its_own_through_each_effect():
    effects = (None, effect("reverb@3"), effect("reverb@4"), None)
    heard = Heard(("a", "a", "a", "b"), ("1", "1", "1", "2"), effects)
    assert len(set(heard.ids)) == len(heard) == 4
    assert heard.ids[0] == "1"
