"""Features that adaptations share: computed once, and the same to the last bit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from adaptable import make, tones

from wetdry.adapt import AdaptSettings, Bottleneck, FeatureBank, Frozen, Gated, Lora, WeightedSum, adapt
from wetdry.adapt.features import Computed
from wetdry.audio import Windows

SETTINGS = AdaptSettings(epochs=1, batch=6, head_rate=0.02, body_rate=0.005, device="cpu")
HELD_OUT = ["speaker 0"]
SPEAKERS = 3


@pytest.fixture(scope="module")
def hubert(tmp_path_factory):
    return make("hubert", tmp_path_factory.mktemp("tiny") / "hubert")


@pytest.fixture(scope="module")
def planted():
    return tones(speakers=SPEAKERS, seconds=0.2)


@pytest.fixture
def computed(monkeypatch):
    """Clips whose features are computed, as they are."""
    seen, one = [], Computed.one

    def counted(self, clip):
        seen.append(clip.id)
        return one(self, clip)

    monkeypatch.setattr(Computed, "one", counted)
    return seen


def fitted(base, planted, method, **options):
    clips, labels, groups, _ = planted
    options = {"settings": SETTINGS, "validation": HELD_OUT, **options}
    return adapt(base, clips, labels, groups, method=method, **options)


def assert_same(one, other, clips):
    pd.testing.assert_frame_equal(one.curve, other.curve, check_exact=True)
    ours, theirs = one.tensors(), other.tensors()
    assert all(np.array_equal(each, theirs[name]) for name, each in ours.items())
    assert np.array_equal(one.estimate(clips), other.estimate(clips))


class Listed(list):
    """Clips with names, which remember for which of them they were asked."""

    def __init__(self, clips):
        super().__init__(clips)
        self.ids = [f"clip {place}" for place in range(len(clips))]
        self.asked = []

    def __getitem__(self, place):
        self.asked.append(place)
        return super().__getitem__(place)


@pytest.mark.parametrize(
    ("methods", "grid"),
    [
        ((Lora(first_block=2), Bottleneck(width=8, first_block=2)), None),
        ((WeightedSum(),), None),
        ((Gated(width=8, first_block=1),), Windows(0.06)),
    ],
    ids=["states", "vectors", "both, in windows"],
)
def test_seeds_stages_and_methods_share_what_each_would_compute(hubert, planted, computed, methods, grid):
    bank, clips = FeatureBank(), planted[0]
    for method in methods:
        first = fitted(hubert, planted, method, bank=bank, windows=grid)
        other = fitted(hubert, planted, method, bank=bank, windows=grid, settings=replace(SETTINGS, seed=1))
        second = fitted(hubert, planted, method, bank=bank, windows=grid, start_from=other)
        estimates, vectors = second.estimate(clips, bank=bank), second.vectors(clips, bank=bank)
    assert sorted(computed) == sorted({clip.id for clip in clips})
    assert len(bank) == len(clips)
    plain = fitted(hubert, planted, methods[-1], windows=grid)
    assert_same(first, plain, clips)
    alone = fitted(hubert, planted, methods[-1], windows=grid, settings=replace(SETTINGS, seed=1))
    again = fitted(hubert, planted, methods[-1], windows=grid, start_from=alone)
    assert_same(second, again, clips)
    assert np.array_equal(estimates, again.estimate(clips))
    assert np.array_equal(vectors, again.vectors(clips))


def test_other_features_are_not_mistaken_for_these(hubert, planted, tmp_path):
    bank, clips = FeatureBank(), planted[0]
    given = [
        (hubert, Bottleneck(width=8, first_block=1), None),
        (hubert, Bottleneck(width=8, first_block=2), None),
        (hubert, Gated(width=8, first_block=2), None),
        (hubert, Frozen(), Windows(0.06)),
        (hubert, Frozen(), None),
        (make("wav2vec2", tmp_path / "wav2vec2"), Frozen(), None),
    ]
    for kinds, (base, method, grid) in enumerate(given, start=1):
        shared = fitted(base, planted, method, windows=grid, bank=bank)
        assert_same(shared, fitted(base, planted, method, windows=grid), clips)
        assert len(bank) == kinds * len(clips)


def test_clips_with_names_are_decoded_once(hubert, planted):
    bank, listed = FeatureBank(), Listed(planted[0])
    named = (listed, *planted[1:])
    one = fitted(hubert, named, Frozen(), bank=bank)
    assert sorted(listed.asked) == list(range(len(listed)))
    listed.asked.clear()
    other = fitted(hubert, named, Frozen(), bank=bank)
    assert_same(one, other, planted[0])
    assert np.array_equal(one.estimate(listed, bank=bank), one.estimate(planted[0]))
    assert listed.asked == []
    # Names are what a checkpoint knows clips by, whether features are kept or not.
    plain = fitted(hubert, named, Frozen(), settings=replace(SETTINGS, keep_features=False))
    assert_same(plain, one, planted[0])


def test_a_clip_that_is_given_twice_is_computed_once(hubert, planted, computed):
    clips, labels, groups, _ = planted
    twice = fitted(hubert, (clips * 2, labels * 2, groups * 2, None), Frozen())
    assert len(computed) == len(clips)
    assert twice.clips == 2 * (SPEAKERS - 1) * 3


def test_a_bank_goes_to_the_disk_beyond_what_memory_may_take(hubert, planted, tmp_path, monkeypatch):
    from wetdry.adapt import features

    whole = fitted(hubert, planted, Lora())
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(features.Kept.__init__, "__defaults__", (3000,))
    bank = FeatureBank()
    for _ in range(2):
        assert_same(fitted(hubert, planted, Lora(), bank=bank), whole, planted[0])
    assert (tmp_path / "cache").is_dir()
    assert list((tmp_path / "cache").glob("*")) == []
