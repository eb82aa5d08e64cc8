"""What is learnt on one set is scored on another without what both hold, and what a scale does is told from order."""

import csv
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import planted_probe
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import r2_score

from wetdry.audio import Clip
from wetdry.audio.encode import write_flac
from wetdry.datasets import dataset
from wetdry.encoders import encoder
from wetdry.errors import DataError
from wetdry.extract import Plan, run
from wetdry.probes import fit_probe
from wetdry.store import Store
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.deformations import DRY, POOL
from wetdry.studies.labelled import labelled_items
from wetdry.studies.matrix import matrix
from wetdry.studies.recognition import cross
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.transfer import Rated, said_of, transferred

NAMES = planted_probe.NAMES
ABOUT = {"encoder": "ear", "layer": "last"}


def _rated(name, seed, clips=60, answers=None, prefix=None):
    vectors = planted_probe.vectors_of(clips, seed)
    ratings = planted_probe.ratings_of(vectors, seed) if answers is None else answers(vectors)
    groups = np.array([f"{name}{n // 2}" for n in range(clips)])
    hashes = np.array([f"{prefix or name}{n}" for n in range(clips)])
    return Rated(name, "−1 to 1", vectors, ratings, groups, hashes)


def _table(sets, learnt=0, seed=0):
    found = transferred(sets, learnt, NAMES, ABOUT, seed=seed, resamples=100)["cross"]
    return found.set_index(["test", "head", "target", "metric"]).sort_index()


def test_scores_across_are_those_of_a_probe_of_the_whole_other_set():
    one, other = _rated("one", 1), _rated("other", 2)
    table = _table([one, other])
    for head in ("linear", "kernel"):
        said = fit_probe(one.vectors, one.answers, one.groups, family=head, names=NAMES).estimate(other.vectors)
        for target, name in enumerate(NAMES):
            of = table.loc["other", head, name]
            assert of.loc["r2", "value"] == pytest.approx(r2_score(other.answers[:, target], said[:, target]))
            r = pearsonr(other.answers[:, target], said[:, target]).statistic
            assert of.loc["pearson", "value"] == pytest.approx(r)
            assert of.loc["r2", "low"] < of.loc["r2", "value"] < of.loc["r2", "high"]
    assert table.loc[("other", "linear", "valence", "r2"), "value"] > 0.9


def test_another_scale_costs_r2_and_not_the_correlation():
    def twice_and_up(vectors):
        return 2.0 * planted_probe.ratings_of(vectors, 2) + 9.0

    plain, other = _rated("plain", 2), _rated("other", 2, answers=twice_and_up)
    table = _table([_rated("one", 1), plain, other])["value"]
    assert table["other", "linear", "valence", "pearson"] == pytest.approx(
        table["plain", "linear", "valence", "pearson"]
    )
    assert table["other", "linear", "valence", "r2"] < -1.0 < 0.9 < table["plain", "linear", "valence", "r2"]


def test_within_a_set_groups_are_held_out():
    """Ratings that are a matter of the song alone, which vectors tell: known if a clip of the song was learnt from."""
    rng = np.random.default_rng(3)
    of_song = rng.standard_normal((30, 40))
    vectors = (np.repeat(of_song, 2, axis=0) + 0.01 * rng.standard_normal((60, 40))).astype(np.float32)
    answers = np.repeat(rng.standard_normal((30, 2)), 2, axis=0)
    groups = np.repeat([f"song{n}" for n in range(30)], 2)
    one = Rated("one", "rating", vectors, answers, groups, np.array([f"clip{n}" for n in range(60)]))
    table = _table([one])["value"]
    assert table["one", "linear", "valence", "r2"] < 0.3
    assert table["one", "kernel", "arousal", "r2"] < 0.3


def test_clips_that_were_learnt_from_are_not_scored():
    one, other = _rated("one", 1), _rated("other", 2)
    clips, answers = other.clips.copy(), other.answers.copy()
    clips[:10], answers[:10] = one.clips[:10], 1000.0
    overlapping = replace(other, clips=clips, answers=answers)
    table = _table([one, overlapping])
    assert set(table.loc["other", "shared"]) == {10}
    assert set(table.loc["other", "clips"]) == {50}
    assert table.loc[("other", "linear", "valence", "rmse"), "value"] < 1.0
    assert set(table.loc["one", "shared"]) == {0}
    assert "10 clips are in both one and other; none is scored by what learnt from it." in list(
        said_of([one, overlapping])
    )


def test_a_set_of_few_clips_is_scored_but_not_learnt_from_and_one_of_three_is_neither():
    one, few, three = _rated("one", 1), _rated("few", 2, clips=10), _rated("three", 3, clips=3)
    assert set(_table([one, few, three]).index.get_level_values("test")) == {"one", "few"}
    assert transferred([one, few], 1, NAMES, ABOUT, seed=0, resamples=100)["cross"].empty
    remarks = list(said_of([one, few]))
    assert remarks[0].startswith("few is not learnt from: that needs 20 clips in 6 groups")
    assert remarks[1] == "few: scores on 10 clips say little."
    assert len(remarks) == 2


def test_between_different_scales_only_the_order_is_scored():
    one, other, unknown = _rated("one", 1), _rated("other", 2), replace(_rated("unknown", 2), unit="rating")
    table = _table([one, other, unknown])
    known, bare = table.loc["other", "kernel", "arousal"], table.loc["unknown", "kernel", "arousal"]
    assert bare.loc["pearson", "value"] == pytest.approx(known.loc["pearson", "value"])
    assert bare.loc[["r2", "rmse", "ccc"], ["value", "low", "high"]].isna().all(axis=None)
    assert known["value"].notna().all()
    (remark,) = said_of([one, unknown])
    assert "one (−1 to 1), unknown (rating)" in remark
    assert "only Pearson’s r is told" in remark
    assert _table([unknown]).loc["unknown", "value"].notna().all()
    (remark,) = said_of([unknown, replace(one, unit="rating")])
    assert remark.startswith("On which scales these are rated is not known")


def _folder(root, name, seed, clips=24, own_label="valence", also_of=None):
    """Noise whose level is its valence, as files and a table; perhaps with a file of another folder among them."""
    folder = root / name
    folder.mkdir()
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(clips):
        level = rng.uniform(-40.0, -10.0)
        samples = 10 ** (level / 20) * rng.standard_normal(8000)
        write_flac(folder / f"{number:02}.flac", Clip(np.clip(samples, -1, 1).astype(np.float32), 16_000))
        rows.append({"path": f"{number:02}.flac", own_label: level})
    if also_of is not None:
        rows.append({"path": str(also_of / "00.flac"), own_label: 0.0})
    with (folder / "clips.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return f"csv:{folder / 'clips.csv'}"


def _plans(config, data):
    return (Plan(data, [DRY], [encoder("melstats")], pool=POOL, start=config.start, seconds=config.seconds),)


def _measured(text, store, config):
    """What a study measures of a data set, of the plainest encoder alone."""
    labelled = labelled_items(dataset(text), "valence")
    (plan,) = _plans(config, labelled.dataset)
    run(plan, store)
    found = store.items().to_pandas()
    clips = found[found["dataset"] == labelled.dataset.name].sort_values("item").reset_index(drop=True)
    view = plan.views[0]
    return SimpleNamespace(
        data=labelled.dataset,
        targets=labelled.targets,
        names=("valence",),
        unit=labelled.unit,
        clips=clips,
        answers=labelled.targets.of(list(clips["item"])),
        groups=clips["group"].to_numpy(str),
        views=(view,),
        view=lambda name: {"melstats": view}[name],
        store=store,
        vectors=lambda _, layer: matrix(store, view, layer, list(clips["clip"]), [DRY]).vectors[:, 0],
    )


@pytest.fixture
def two_sets(tmp_path, monkeypatch):
    monkeypatch.setattr(cross, "plans", _plans)
    one = _folder(tmp_path, "one", 1)
    return one, _folder(tmp_path, "other", 2, also_of=tmp_path / "one"), Store(tmp_path / "store")


def test_sets_are_embedded_and_held_against_each_other_both_ways(two_sets, tmp_path):
    one, other, store = two_sets
    config = RecognitionConfig(data=one, also=(other,), resamples=100, start=0.0, seconds=10.0)
    measured = _measured(one, store, config)
    checkpoints = Checkpoints(tmp_path / "parts")
    found = [job() for job in cross.jobs(config, measured, checkpoints)]
    assert len(found) == cross.count(config, measured) == 3
    assert list(found[0]["remarks"]["part"]) == ["cross"] * len(found[0]["remarks"])
    assert any("1 clips are in both" in remark for remark in found[0]["remarks"]["remark"])
    table = pd.concat([tables["cross"] for tables in found[1:]])
    of = table[(table["head"] == "linear") & (table["metric"] == "r2")].set_index(["train", "test"])
    names = cross.short_names([f"csv:{tmp_path}/one/clips.csv", f"csv:{tmp_path}/other/clips.csv"])
    assert set(of.index) == {(train, test) for train in names for test in names}
    assert (of["value"].drop((names[1], names[1])) > 0.95).all()
    assert of.loc[(names[0], names[1]), ["clips", "shared"]].to_list() == [24, 1]
    assert of.loc[(names[1], names[0]), ["clips", "shared"]].to_list() == [23, 1]
    assert of.loc[(names[1], names[1]), "clips"] == 25
    again = [job() for job in cross.jobs(config, measured, checkpoints)]
    pd.testing.assert_frame_equal(pd.concat([tables["cross"] for tables in again[1:]]), table)


def test_a_set_without_the_label_is_a_sentence_before_anything_is_learnt(two_sets, tmp_path):
    one, _, store = two_sets
    another = _folder(tmp_path, "joyful", 3, clips=2, own_label="joy")
    config = RecognitionConfig(data=one, also=(another,), start=0.0, seconds=10.0)
    with pytest.raises(DataError, match='has no label "valence"'):
        cross.count(config, _measured(one, store, config))


def test_a_set_against_itself_is_a_sentence(two_sets):
    one, other, store = two_sets
    measured = _measured(one, store, RecognitionConfig(data=one, start=0.0, seconds=10.0))
    for also in ((one,), (other, other)):
        with pytest.raises(DataError, match="is given twice"):
            cross.count(RecognitionConfig(data=one, also=also), measured)


def test_without_other_sets_there_is_nothing_to_do(two_sets):
    one, _, store = two_sets
    config = RecognitionConfig(data=one, start=0.0, seconds=10.0)
    measured = _measured(one, store, config)
    assert cross.count(config, measured) == 0
    assert list(cross.jobs(config, measured, Checkpoints(None))) == []


def test_clips_of_another_set_without_a_finite_vector_are_left_out_and_said(two_sets, monkeypatch):
    one, other, store = two_sets
    config = RecognitionConfig(data=one, also=(other,), start=0.0, seconds=10.0)
    whole = cross.matrix

    def torn(*given):
        found = whole(*given)
        found.vectors[[3, 7]] = np.nan
        return found

    monkeypatch.setattr(cross, "matrix", torn)
    measured = _measured(one, store, config)
    found, remarks = cross._embedded(config, measured, labelled_items(dataset(other), "valence"), "other")
    assert len(found["melstats"]) == 23
    assert np.isfinite(found["melstats"].vectors).all()
    assert remarks == ["other: 2 of 25 rated clips could not be used, or repeat another."]
