"""Probes of dry clips asked about wet ones: what an effect does to the direction they read is what they lose."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import planted_domains
import pytest
from sklearn.metrics import balanced_accuracy_score

from wetdry.effects import Step, effect
from wetdry.probes import fit_probe
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.transfer import probing, wet_scores
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.wet_distances import Wetness
from wetdry.studies.transfer.wet_scores import Asked

CONFIG = TransferConfig(data="ravdess:PATH", halves=20, resamples=100)
CLASSES = ("calm", "sad")
DIM = 5
SHARED, OF_SONG = 0, 1
"""Dimensions along which sad differs from calm in both domains, and in song alone."""

MUTED, STILL, TURNED = Wetness("muted", 9.0, "muted(9)"), Wetness("still", np.nan, "still"), Wetness("turned", 1.0, "t")
EFFECTS = (MUTED, STILL, TURNED)
ABOUT = {"encoder": "ear", "layer": "last", "position": 0, "probe": "linear"}


def _study(seed=0):
    """Clips, and vectors (4, n, dim): dry, without the shared direction, dry again, and with it the wrong way round."""
    rng = np.random.default_rng(seed)
    clips = planted_domains.clips_of(12, 2, CLASSES)
    sad = np.where(clips["label"] == "sad", 1.0, -1.0)
    song = (clips["domain"] == "song").to_numpy()
    dry = 0.8 * rng.standard_normal((len(clips), DIM))
    dry[:, SHARED] += 1.5 * sad
    dry[song, OF_SONG] += 0.9 * sad[song]
    muted, turned = dry.copy(), dry.copy()
    muted[:, SHARED] = 0.0
    turned[:, SHARED] *= -1.0
    return clips, np.stack([dry, muted, dry, turned]).astype(np.float32)


def _asked(clips):
    part = clips["group"].str[-2:].astype(int).to_numpy() % 3
    return Asked(*(clips[name].to_numpy(str) for name in ("domain", "group", "label")), part)


def _table(vectors, clips, effects=EFFECTS):
    found = wet_scores.effect_scores(
        vectors,
        clips,
        effects,
        ABOUT,
        family="linear",
        domains=planted_domains.DOMAINS,
        classes=CLASSES,
        seed=0,
        resamples=100,
    )
    return found["effect_scores"]


def _indexed(table):
    return table.set_index(["effect", "learnt", "tested", "metric"]).sort_index()


@pytest.fixture(scope="module")
def study():
    return _study()


@pytest.fixture(scope="module")
def rows(study):
    clips, vectors = study
    return _indexed(_table(vectors, _asked(clips)))


def test_what_takes_away_the_direction_takes_away_the_recall(rows):
    for learnt in planted_domains.DOMAINS:
        for tested in planted_domains.DOMAINS:
            muted, turned = (rows.loc[name, learnt, tested, "recall"] for name in ("muted", "turned"))
            assert turned["value"] < 0.35
            assert turned["change_high"] < -0.4
            assert muted["change_high"] < 0
            assert (turned["clips"], turned["groups"]) == (48, 12)
    # What is left of song without the shared direction, a probe of song has learnt too, and one of speech has not.
    of_song, of_speech = (rows.loc[("muted", learnt, "song", "recall"), "value"] for learnt in ("song", "speech"))
    assert of_song > of_speech + 0.15


def test_what_does_nothing_changes_nothing(rows):
    still = rows.loc["still"]
    assert (still["change"] == 0.0).all()
    assert still[["change_low", "change_high"]].isna().all(axis=None)


def test_scores_are_of_probes_that_heard_no_group_they_are_asked_about(study, rows):
    clips, vectors = study
    asked = _asked(clips)
    for learnt, tested in (("speech", "speech"), ("song", "speech")):
        said = np.empty(len(clips), dtype=object)
        for part in range(3):
            of = (asked.domain == learnt) & (asked.fold != part)
            probe = fit_probe(vectors[0, of], asked.label[of], asked.group[of], names=CLASSES, seed=0)
            estimates = probe.estimate(vectors[1, asked.fold == part])
            said[asked.fold == part] = np.array(CLASSES)[estimates.argmax(axis=1)]
        own = asked.domain == tested
        expected = balanced_accuracy_score(asked.label[own], said[own].astype(str))
        assert rows.loc[("muted", learnt, tested, "recall"), "value"] == pytest.approx(expected)


def test_a_change_starts_from_what_the_table_of_dry_clips_says(study, rows):
    clips, vectors = study
    measured = planted_domains.planted(clips, {("last", "identity"): vectors[0]}, baselines=())
    (part,) = (job()["probing"] for job in probing.jobs(CONFIG, measured, Checkpoints(None)))
    dry = part[part["split"] == "groups"].set_index(["learnt", "tested", "metric"])["value"]
    assert len(dry) == 12
    for place, value in dry.items():
        row = rows.loc[("muted", *place)]
        assert row["value"] - row["change"] == pytest.approx(value, abs=1e-12)


def test_clips_that_an_effect_failed_on_are_left_out_wet_and_dry(study, rows):
    clips, vectors = study
    asked = _asked(clips)
    broken = vectors.copy()
    lost = np.flatnonzero(asked.domain == "song")[:5]
    broken[1, lost] = np.nan
    broken[3, asked.domain == "speech"] = np.nan
    found = _indexed(_table(broken, asked))
    assert set(found.loc["muted", "speech", "song"]["clips"]) == {43}
    assert set(found.loc["muted", "speech", "speech"]["clips"]) == {48}
    # An effect without a clip of speech has rows of song alone; the others are as they were.
    assert set(found.loc["turned"].index.get_level_values("tested")) == {"song"}
    pd.testing.assert_frame_equal(found.loc[["still"]], rows.loc[["still"]])
    muted, known = found.loc["muted", "song", "song", "accuracy"], np.setdiff1d(np.arange(48), np.arange(5))
    kept = [*range(48), *(48 + known)]
    fewer = _scores_on(vectors, asked, np.array(kept))
    assert muted["value"] == pytest.approx(fewer[0])
    assert muted["change"] == pytest.approx(fewer[0] - fewer[1])


def _scores_on(vectors, asked, kept):
    """Accuracy, muted and dry, of song by probes of song, on some of the clips."""
    hits = {}
    for part in range(3):
        of = (asked.domain == "song") & (asked.fold != part)
        probe = fit_probe(vectors[0, of], asked.label[of], asked.group[of], names=CLASSES, seed=0)
        for place in kept[(asked.fold[kept] == part) & (asked.domain[kept] == "song")]:
            said = [CLASSES[probe.estimate(vectors[version, place]).argmax()] for version in (1, 0)]
            hits[place] = [each == asked.label[place] for each in said]
    return np.mean(list(hits.values()), axis=0)


def test_an_effect_that_failed_everywhere_has_no_row(study):
    clips, vectors = study
    broken = vectors.copy()
    broken[1:] = np.nan
    table = _table(broken, _asked(clips))
    assert table.empty
    assert table.columns.tolist()[-1] == "groups"


def test_a_part_a_layer_and_family_is_sent_out_and_read_back(study, tmp_path):
    clips, vectors = study
    steps = [Step("gain", 1.0, effect("gain(gain_db=1.0)")), Step("phone", None, effect("lowpass(cutoff_hz=3000.0)"))]
    known = {("last", "identity"): vectors[0], ("last", steps[0].effect.key): vectors[1]}
    known["last", steps[1].effect.key] = vectors[2]
    measured = planted_domains.planted(clips, known, steps=steps)
    config = CONFIG.model_copy(update={"probes": ("linear", "linear")})
    kept = Checkpoints(tmp_path)
    parts = [pickle.loads(pickle.dumps(job))() for job in wet_scores.jobs(config, measured, kept)]  # noqa: S301
    assert len(parts) == wet_scores.count(config, measured) == 2
    ear, noise = (part["effect_scores"] for part in parts)
    assert (set(ear["encoder"]), set(noise["encoder"])) == ({"ear"}, {"noise"})
    assert ear["key"].tolist() == [step.effect.key for step in steps for _ in range(12)]
    assert ear["metric"].tolist()[:3] == ["recall", "accuracy", "macro_f1"]
    measured.known.clear()
    pd.testing.assert_frame_equal(next(wet_scores.jobs(config, measured, kept))()["effect_scores"], ear)
    dry = replace(measured, steps=())
    assert wet_scores.count(config, dry) == len(list(wet_scores.jobs(config, dry, kept))) == 0
