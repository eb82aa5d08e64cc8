"""Distances of planted domains, class by class; a class or layer of which none can be told does not end the study."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import planted_domains
import pytest

from wetdry.analysis.frechet import frechet_distance
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.distances import analyse
from wetdry.studies.fad.rows import Layer, Rows
from wetdry.studies.transfer import distances
from wetdry.studies.transfer.config import TransferConfig

CONFIG = TransferConfig(data="ravdess:PATH", halves=20)
DIM = 4
ABOUT = {"baseline": False, "position": 2}
APART = {"angry": 0.0, "calm": 4.0, "sad": 2.0}


def _layer(groups=10, each=2, spread=2.0, seed=0):
    """Standard normal first domain; the second is `spread` times as wide, and shifted by what the class is `APART`."""
    rng = np.random.default_rng(seed)
    clips = planted_domains.clips_of(groups, each)
    first = (clips["domain"] == "speech").to_numpy()
    vectors = rng.standard_normal((len(clips), DIM)) * np.where(first, 1.0, spread)[:, np.newaxis]
    vectors += np.where(first, 0.0, clips["label"].map(APART))[:, np.newaxis]
    sides = [
        Rows(vectors[own], *(clips.loc[own, name].to_numpy(str) for name in ("item", "group", "label")))
        for own in (first, ~first)
    ]
    return Layer("ear", "last", *sides)


def _tables(layer, config=CONFIG):
    return distances.layer_distances(layer, planted_domains.CLASSES, ABOUT, config)


def test_distances_are_those_of_the_moments_that_were_planted():
    found = _tables(_layer(groups=30, each=3))["distances"].set_index("label")
    assert list(found.index) == ["all", "angry", "calm", "sad"]
    for label, shift in APART.items():
        # ‖shift‖² and (1 − 2)² in each dimension; infinitely many clips, as the line has it.
        row, expected = found.loc[label], DIM * shift**2 + DIM * 1.0
        assert row["infinity_low"] < expected < row["infinity_high"]
        assert row["distance"] == pytest.approx(expected, rel=0.4)
    assert found[["rows_first", "rows_second", "groups_first", "n"]].loc["calm"].tolist() == [90, 90, 30, 90]
    assert not found["biased"].any()


def test_tables_are_those_of_fad_under_the_name_of_the_layer():
    layer = _layer()
    ours = _tables(layer)
    of_fad = analyse(layer, FadConfig(first="a", second="b", by="emotion", halves=20))
    for name in ("distances", "ranking"):
        assert list(ours[name].columns[:5]) == ["encoder", "layer", "baseline", "position", "label"]
        assert set(ours[name]["baseline"]) == {False}
        assert set(ours[name]["position"]) == {2}
        pd.testing.assert_frame_equal(ours[name].drop(columns=list(ABOUT)), of_fad[name])


def test_classes_are_ranked_by_what_they_are_apart():
    ranking = _tables(_layer())["ranking"]
    assert ranking["label"].tolist() == ["angry", "sad", "calm"]
    assert ranking["rank_low"].tolist() == ranking["rank_high"].tolist() == [1, 2, 3]
    assert ranking["n"].tolist() == [20] * 3
    assert ranking["groups"].tolist() == [10] * 3


def _without(layer, label, but):
    """The layer with `but` clips of a class left in the second domain."""
    places = np.flatnonzero(layer.second.label == label)[but:]
    return replace(layer, second=layer.second.of(np.setdiff1d(np.arange(len(layer.second)), places)))


def test_a_class_of_one_clip_has_a_row_that_says_so_and_the_others_go_on():
    layer = _without(_layer(), "calm", 1)
    tables = _tables(layer)
    found = tables["distances"].set_index("label")
    assert found.loc["calm", "notes"] == "“calm” has 20 and 1 clips, and fewer than 2 have no covariance."
    assert np.isnan(found.loc["calm", "distance"])
    assert found.loc["calm", ["rows_first", "rows_second", "n"]].tolist() == [20, 1, 1]
    assert np.isfinite(found.loc[["all", "angry", "sad"], "distance"]).all()
    sad = [rows.vectors[rows.label == "sad"] for rows in (layer.first, layer.second)]
    assert found.loc["sad", "distance"] == pytest.approx(frechet_distance(*sad), rel=1e-12)
    assert tables["ranking"]["label"].tolist() == ["angry", "sad"]


def test_where_no_class_has_clips_enough_all_together_have_a_distance():
    layer = _layer()
    for label in APART:
        layer = _without(layer, label, 1)
    tables = _tables(layer)
    found = tables["distances"].set_index("label")
    expected = frechet_distance(layer.first.vectors, layer.second.vectors)
    assert found.loc["all", "distance"] == pytest.approx(expected, rel=1e-12)
    assert found["distance"].notna().tolist() == [True, False, False, False]
    assert tables["ranking"].empty


def test_a_layer_that_says_the_same_of_everything_is_told_and_not_raised():
    layer = _layer()
    dead = Layer("ear", "last", layer.first, replace(layer.second, vectors=np.ones_like(layer.second.vectors)))
    tables = _tables(dead)
    (row,) = tables["distances"].to_dict("records")
    assert (row["label"], row["rows_first"], row["rows_second"]) == ("all", 60, 60)
    assert "B in ear last: all 60 vectors are the same" in row["notes"]
    assert tables["ranking"].empty


@pytest.mark.parametrize(("wanted", "kept"), [(2, 2), (300, DIM)])
def test_axes_are_those_asked_for_or_all_that_there_are(wanted, kept):
    layer = _layer()
    found = _tables(layer, CONFIG.model_copy(update={"project": wanted}))["distances"].set_index("label")
    whole = _tables(layer)["distances"].set_index("label")
    assert found["components"].tolist() == [kept] * 4
    assert found["dim"].tolist() == [kept] * 4
    smaller = found["distance"] < whole["distance"] - 0.1
    assert smaller.tolist() == [kept < DIM] * 4


def test_a_part_a_layer_is_sent_out_and_read_back(tmp_path):
    clips = planted_domains.clips_of(5, 2)
    rng = np.random.default_rng(7)
    known = {(layer, "identity"): rng.standard_normal((len(clips), 3)) for layer in ("one", "two")}
    measured = planted_domains.planted(clips, known)
    kept = Checkpoints(tmp_path)
    first = [pickle.loads(pickle.dumps(job))() for job in distances.jobs(CONFIG, measured, kept)]  # noqa: S301
    assert len(first) == distances.count(CONFIG, measured) == 4
    names = [tuple(each["distances"].loc[0, ["encoder", "baseline", "layer", "position"]]) for each in first]
    assert names == [
        ("ear", False, "one", 0),
        ("ear", False, "two", 1),
        ("noise", True, "one", 0),
        ("noise", True, "two", 1),
    ]
    own = measured.domain == "speech"
    for tables, layer in zip(first, ("one", "two", "one", "two"), strict=True):
        vectors = known[layer, "identity"].astype(np.float32).astype(np.float64)
        expected = frechet_distance(vectors[own], vectors[~own])
        assert tables["distances"].loc[0, "distance"] == pytest.approx(expected, rel=1e-12)
    measured.known.clear()
    for again, before in zip(distances.jobs(CONFIG, measured, kept), first, strict=True):
        for name, table in again().items():
            pd.testing.assert_frame_equal(table, before[name])
