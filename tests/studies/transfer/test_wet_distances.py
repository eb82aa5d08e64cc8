"""An effect that brings one domain nearer to the other is found to do so, for the classes that it does it to."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import planted_domains
import pytest

from wetdry.analysis.frechet import frechet_distance
from wetdry.analysis.pooled_components import pooled_components
from wetdry.effects import Step, effect
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.transfer import distances, wet_distances
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.wet_distances import Clips, Wetness

CONFIG = TransferConfig(data="ravdess:PATH", halves=20)
DIM, APART = 6, 2.0
NEARER, NONE = Wetness("nearer", 3.0, "nearer(3)"), Wetness("none", np.nan, "none")
ABOUT = {"encoder": "ear", "layer": "last", "position": 4}


def _study(groups=12, each=3, seed=0):
    """Clips, and vectors (3, n, dim): dry, song `APART` from speech in every dimension; `nearer`; and dry again."""
    rng = np.random.default_rng(seed)
    table = planted_domains.clips_of(groups, each)
    first = (table["domain"] == "speech").to_numpy()
    clips = Clips(first, table["group"].to_numpy(str), table["label"].to_numpy(str))
    voice = rng.standard_normal((groups, DIM))[table["group"].str[-2:].astype(int)]
    dry = rng.standard_normal((len(table), DIM)) + voice + np.where(first, 0.0, APART)[:, np.newaxis]
    # Sad clips go half the way to speech, wherever they start.
    nearer = dry - np.where(clips.label == "sad", APART / 2, 0.0)[:, np.newaxis]
    return table, clips, np.stack([dry, nearer, dry])


def _table(vectors, clips, effects=(NEARER, NONE), project=None):
    found = wet_distances.effect_distances(
        vectors, clips, effects, ABOUT, names=planted_domains.DOMAINS, project=project, seed=0
    )
    return found["effect_distances"]


@pytest.fixture(scope="module")
def study():
    return _study()


@pytest.fixture(scope="module")
def rows(study):
    _, clips, vectors = study
    return _table(vectors, clips).set_index(["effect", "wet", "label"]).sort_index()


def test_what_comes_nearer_is_told_from_what_goes_away_and_what_stays(rows):
    nearer, away, together = (rows.loc["nearer", wet, "sad"] for wet in ("song", "speech", "both"))
    # All dimensions lie 2 apart, and then 1 or 3.
    assert nearer["high"] < 0 < away["low"]
    assert nearer["low"] < DIM * (1.0 - 4.0) < nearer["high"]
    assert away["low"] < DIM * (9.0 - 4.0) < away["high"]
    assert together["change"] == pytest.approx(0.0, abs=1e-9)
    for label in ("angry", "calm"):
        assert rows.loc[("nearer", "song", label), ["change", "low", "high"]].tolist() == [0.0, 0.0, 0.0]
    # A third of all clips moved.
    assert rows.loc[("nearer", "song", "all"), "high"] < 0


def test_what_does_nothing_changes_nothing(rows):
    still = rows.loc["none"]
    assert len(still) == 3 * 4
    assert (still[["change", "low", "high"]] == 0.0).all(axis=None)
    assert (still["distance"] == still["dry"]).all()


def test_distances_are_those_of_the_clips_of_a_class(study, rows):
    _, clips, vectors = study
    for wet, (i, j) in {"speech": (1, 0), "song": (0, 1), "both": (1, 1)}.items():
        for label in ("all", "sad"):
            own = np.ones(len(clips.label), bool) if label == "all" else clips.label == "sad"
            a, b = vectors[i, own & clips.in_first], vectors[j, own & ~clips.in_first]
            row = rows.loc["nearer", wet, label]
            assert row["distance"] == pytest.approx(frechet_distance(a, b), rel=1e-12)
            assert row["change"] == pytest.approx(row["distance"] - row["dry"], rel=1e-9, abs=1e-12)
            assert (row["clips_first"], row["clips_second"]) == (len(a), len(b))


def test_dry_is_the_distance_of_the_study_also_along_few_axes(study):
    table, clips, vectors = study
    for project in (None, 2):
        config = CONFIG.model_copy(update={"project": project})
        measured = planted_domains.planted(table, {("last", "identity"): vectors[0]}, baselines=())
        (part,) = (job()["distances"] for job in distances.jobs(config, measured, Checkpoints(None)))
        dry = part.set_index("label")["distance"]
        # As the store has them.
        found = _table(vectors.astype(np.float32), clips, project=project)
        for label, own in found.groupby("label"):
            assert own["dry"].tolist() == pytest.approx([dry[label]] * 6, rel=1e-12)
    axes = pooled_components(vectors[0, clips.in_first], vectors[0, ~clips.in_first], 2).axes
    expected = frechet_distance(vectors[1, clips.in_first] @ axes, vectors[0, ~clips.in_first] @ axes)
    speech = found.set_index(["effect", "wet", "label"]).loc[("nearer", "speech", "all"), "distance"]
    assert speech == pytest.approx(expected, rel=1e-5)


def test_a_clip_that_an_effect_failed_on_is_left_out_wet_and_dry(study, rows):
    _, clips, vectors = study
    lost = int(np.flatnonzero((clips.label == "sad") & ~clips.in_first)[4])
    broken = vectors.copy()
    broken[1, lost] = np.nan
    found = _table(broken, clips).set_index(["effect", "wet", "label"]).sort_index()
    kept = np.arange(len(clips.label)) != lost
    without = _table(vectors[:, kept], clips.of(kept)).set_index(["effect", "wet", "label"]).sort_index()
    pd.testing.assert_frame_equal(found.loc[["nearer"]], without.loc[["nearer"]])
    pd.testing.assert_frame_equal(found.loc[["none"]], rows.loc[["none"]])


def test_a_class_that_an_effect_left_one_clip_of_has_no_distance(study):
    _, clips, vectors = study
    broken = vectors.copy()
    broken[1, np.flatnonzero((clips.label == "sad") & ~clips.in_first)[1:]] = np.nan
    found = _table(broken, clips).set_index(["effect", "wet", "label"]).sort_index()
    for wet in ("speech", "song", "both"):
        row = found.loc["nearer", wet, "sad"]
        assert np.isnan(row[["distance", "dry", "change", "low", "high"]].astype(float)).all()
        assert (row["clips_first"], row["clips_second"]) == (36, 1)
    assert np.isfinite(found.loc[("nearer", "song", "all"), "change"])
    assert np.isfinite(found.loc[("none", "song", "sad"), "change"])


def test_three_groups_have_no_limits():
    _, clips, vectors = _study(groups=3, each=8)
    found = _table(vectors, clips)
    assert np.isfinite(found["change"]).all()
    assert found[["low", "high"]].isna().all(axis=None)


def test_a_part_is_an_effect_at_all_its_levels_in_a_layer_of_what_is_no_baseline(tmp_path):
    table, _, vectors = _study(groups=4, each=2)
    steps = [Step("gain", level, effect(f"gain(gain_db={level})")) for level in (1.0, 2.0)]
    steps.append(Step("phone", None, effect("lowpass(cutoff_hz=3000.0)")))
    known = {("last", "identity"): vectors[0], **{("last", step.effect.key): vectors[1] for step in steps}}
    measured = planted_domains.planted(table, known, steps=steps)
    kept = Checkpoints(tmp_path)
    parts = [pickle.loads(pickle.dumps(job))() for job in wet_distances.jobs(CONFIG, measured, kept)]  # noqa: S301
    assert len(parts) == wet_distances.count(CONFIG, measured) == 2
    gain, phone = (part["effect_distances"] for part in parts)
    assert gain["key"].tolist() == [steps[0].effect.key] * 12 + [steps[1].effect.key] * 12
    assert gain["level"].tolist() == [1.0] * 12 + [2.0] * 12
    assert phone["level"].isna().all()
    assert set(gain["encoder"]) == {"ear"}
    assert gain["label"].tolist()[:12] == [label for label in ("all", "angry", "calm", "sad") for _ in range(3)]
    assert gain["wet"].tolist()[:3] == ["speech", "song", "both"]
    measured.known.clear()
    again = [job()["effect_distances"] for job in wet_distances.jobs(CONFIG, measured, kept)]
    pd.testing.assert_frame_equal(again[0], gain)
    assert wet_distances.count(CONFIG, replace(measured, steps=())) == 0
