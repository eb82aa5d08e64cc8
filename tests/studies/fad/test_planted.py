"""A comparison of planted sets: known distances, floors, rankings, files; and what is said of too few."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from wetdry.analysis.frechet import frechet_distance
from wetdry.errors import DataError
from wetdry.studies.fad.config import FadConfig
from wetdry.studies.fad.distances import analyse
from wetdry.studies.fad.rows import Layer, Rows

DIM = 4


def rows(rng, clips, shift=0.0, *, windows=1, label="", scale=1.0, name="c", actors=None):
    """Clips with `windows` windows that differ little from each other."""
    item = np.repeat(np.arange(clips), windows)
    clip = scale * rng.standard_normal((clips, DIM)) + shift
    return Rows(
        clip[item] + 0.1 * rng.standard_normal((len(item), DIM)),
        np.array([f"{name}{number:03d}" for number in item]),
        np.array([f"{name}{number:03d}" if actors is None else f"actor {number % actors}" for number in item]),
        np.full(len(item), label or ""),
    )


def joined(*parts):
    return Rows(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("vectors", "item", "group", "label"))
    )


def tables(first, second, **settings):
    return analyse(Layer("planted", "one", first, second), FadConfig(first="a", second="b", **settings))


def whole(found):
    (row,) = found["distances"][found["distances"]["label"] == "all"].to_dict("records")
    return row


def test_the_distance_is_the_definition_of_equally_many_clips():
    rng = np.random.default_rng(0)
    a, b = rows(rng, 120), rows(rng, 120, 1.0, scale=2.0, name="d")
    c, d = (np.cov(side.vectors, rowvar=False) for side in (a, b))
    shift = a.vectors.mean(axis=0) - b.vectors.mean(axis=0)
    expected = np.square(shift).sum() + np.trace(c + d - 2 * sqrtm(c @ d).real)
    found = whole(tables(a, b))
    assert found["equal"] == found["distance"] == pytest.approx(expected, rel=1e-9)
    # Moments of the two Gaussians: a shift of 1 and spreads of 1 and 2 in each of four dimensions.
    assert found["infinity_low"] < 4 * 1.0 + 4 * (2.0 - 1.0) ** 2 < found["infinity_high"]
    assert (found["n"], found["dim"], found["unit"], found["biased"], found["notes"]) == (120, DIM, "clips", False, "")


def test_sets_alike_are_at_their_floor_and_others_above_it():
    rng = np.random.default_rng(1)
    alike, apart = (whole(tables(rows(rng, 100), rows(rng, 140, by, name="d"))) for by in (0.0, 1.0))
    assert alike["between"] == pytest.approx(alike["floor"], rel=0.4)
    assert alike["kernel_low"] < 0 < alike["kernel_high"]
    assert apart["between"] > 4 * apart["floor_high"]
    assert apart["kernel_low"] > 0
    assert apart["floor_rows"] == 50
    assert (apart["rows_first"], apart["rows_second"], apart["n"]) == (100, 140, 100)
    assert apart["equal"] != apart["distance"]


def test_clip_level_pools_windows_and_frame_level_does_not():
    rng = np.random.default_rng(2)
    a, b = rows(rng, 30, windows=3), rows(rng, 30, 0.5, windows=3, name="d")
    pooled = [side.vectors.reshape(30, 3, DIM).mean(axis=1) for side in (a, b)]
    clips, windows = whole(tables(a, b, per_song=True)), whole(tables(a, b, frames=True))
    assert clips["distance"] == pytest.approx(frechet_distance(*pooled), rel=1e-12)
    assert windows["distance"] == pytest.approx(frechet_distance(a.vectors, b.vectors), rel=1e-12)
    assert [(found["unit"], found["n"], found["groups_first"]) for found in (clips, windows)] == [
        ("clips", 30, 30),
        ("windows", 90, 30),
    ]
    # Windows of one clip are no further evidence.
    width = [found["infinity_high"] - found["infinity_low"] for found in (clips, windows)]
    assert width[1] == pytest.approx(width[0], rel=0.5)


def test_labels_are_ranked_at_one_number_of_clips():
    rng = np.random.default_rng(3)
    apart = {"calm": (3.0, 40), "angry": (0.0, 20), "happy": (1.0, 40)}
    a = joined(*(rows(rng, n, label=label, name=label, actors=8) for label, (_, n) in apart.items()))
    b = joined(*(rows(rng, n, by, label=label, name=label, actors=8) for label, (by, n) in apart.items()))
    found = tables(a, b, by="emotion", halves=60)
    ranking = found["ranking"]
    assert ranking["label"].tolist() == ["angry", "happy", "calm"]
    assert ranking["rank"].tolist() == ranking["rank_high"].tolist() == [1, 2, 3]
    assert ranking["nearest"].tolist() == [1.0, 0.0, 0.0]
    assert ranking["n"].tolist() == [20, 20, 20]
    assert ranking["groups"].tolist() == [8, 8, 8]
    for row, by in zip(ranking.to_dict("records"), (0.0, 1.0, 3.0), strict=True):
        assert row["distance"] == pytest.approx(DIM * by**2, rel=0.35, abs=1.0)
    assert found["distances"]["label"].tolist() == ["all", "angry", "calm", "happy"]
    assert found["distances"]["n"].tolist() == [100, 20, 40, 40]


def test_labels_of_one_set_alone_and_of_one_clip_are_left_out():
    rng = np.random.default_rng(4)
    a = joined(rows(rng, 9, label="sad", name="s"), rows(rng, 9, label="bored", name="b"), rows(rng, 1, label="odd"))
    b = joined(rows(rng, 9, label="sad", name="t"), rows(rng, 9, label="odd", name="o"))
    assert tables(a, b, by="emotion", halves=20)["ranking"]["label"].tolist() == ["sad"]
    with pytest.raises(DataError, match='No value of "emotion" has 2 clips or more in both sets'):
        tables(a.of(a.label != "sad"), b, by="emotion")


def test_files_are_held_against_all_of_b_and_beside_its_own():
    rng = np.random.default_rng(5)
    b = rows(rng, 30, windows=6, name="b")
    alike, strange = rows(rng, 4, windows=6, name="near"), rows(rng, 3, 4.0, windows=6, name="far")
    songs = tables(joined(alike, strange), b, per_song=True)["songs"]
    of_a, of_b = (songs[songs["set"] == side] for side in "AB")
    assert [name[:-3] for name in of_a["item"]] == ["near"] * 4 + ["far"] * 3
    assert of_a["rank"].tolist() == list(range(1, 8))
    assert (of_a["nearer"].iloc[4:] == 1.0).all()
    assert of_a["nearer"].iloc[0] < 1.0
    assert len(of_b) == 30
    assert of_b["rank"].tolist() == [0] * 30
    row = of_a.iloc[-1]
    windows = strange.vectors[strange.item == row["item"]]
    assert row["distance"] == pytest.approx(frechet_distance(windows, b.vectors), rel=1e-12)
    assert row["from_means"] == pytest.approx(np.square(windows.mean(axis=0) - b.vectors.mean(axis=0)).sum())
    # One of B's own never meets itself.
    own = of_b.iloc[0]
    windows, rest = b.vectors[b.item == own["item"]], b.vectors[b.item != own["item"]]
    assert own["distance"] == pytest.approx(frechet_distance(windows, rest), rel=1e-12)


def test_few_dimensions_of_both_sets_are_kept():
    rng = np.random.default_rng(6)
    a, b = rows(rng, 50), rows(rng, 50, 2.0, name="d")
    for side in (a, b):
        side.vectors[:, 2:] *= 0.01
    found = whole(tables(a, b, project=2))
    assert (found["dim"], found["components"]) == (2, 2.0)
    assert found["variance_kept"] > 0.99
    assert found["shift_kept"] > 0.99
    assert found["equal"] == pytest.approx(whole(tables(a, b))["equal"], rel=0.02)
    with pytest.raises(DataError, match="9 components cannot be had"):
        tables(a, b, project=9)


def test_what_is_unknown_of_few_clips_is_said_and_the_rest_is_there():
    rng = np.random.default_rng(7)
    found = whole(tables(rows(rng, 3), rows(rng, 5, name="d")))
    assert found["equal"] > 0
    assert np.isnan([found["infinity"], found["floor"], found["kernel_low"]]).all()
    assert found["biased"]
    assert "3 clips are too few to tell" in found["notes"]
    assert "Clips of 3 groups cannot be dealt" in found["notes"]


def test_no_more_rows_than_were_asked_for():
    rng = np.random.default_rng(8)
    found = whole(tables(rows(rng, 60), rows(rng, 30, name="d"), rows=20))
    assert (found["rows_first"], found["rows_second"], found["n"]) == (20, 20, 20)


def test_one_clip_that_weighs_more_than_others_is_named():
    rng = np.random.default_rng(9)
    b = rows(rng, 30, name="d")
    b.vectors[7] += 100.0
    found = whole(tables(rows(rng, 30), b))
    assert found["heaviest"] > 0.9
    assert found["heaviest_item"] == "B: d007"


def test_vectors_that_do_not_differ_or_are_too_few():
    rng = np.random.default_rng(10)
    still = rows(rng, 5)
    still.vectors[:] = 1.0
    with pytest.raises(DataError, match="B in planted one: all 5 vectors are the same, as of silence"):
        tables(rows(rng, 5), still)
    with pytest.raises(DataError, match=r"A in planted one: 1 vector has no covariance; .* --frames"):
        tables(rows(rng, 1), rows(rng, 5))
    with pytest.raises(DataError, match="A in planted one: 1 vector has no covariance"):
        tables(rows(rng, 1, windows=4), rows(rng, 5, windows=4), per_song=True)
    with pytest.raises(DataError, match="No file of A has two windows"):
        tables(rows(rng, 5), rows(rng, 5), per_song=True)


def test_the_distance_of_all_rows_stands_beside_that_of_the_drawn_ones():
    rng = np.random.default_rng(11)
    parts = {"calm": (0.5, 90), "angry": (2.0, 30)}
    a = joined(*(rows(rng, n, label=label, name=label) for label, (_, n) in parts.items()))
    b = joined(*(rows(rng, n, by, label=label, name=label) for label, (by, n) in parts.items()), rows(rng, 5, name="x"))
    found = tables(a, b, rows=40, by="mood", halves=20)["distances"].set_index("label")
    drawn = (
        np.sort(np.random.default_rng(0).permutation(120)[:40]),
        np.sort(np.random.default_rng(0).permutation(125)[:40]),
    )
    assert found.loc["all", "distance"] == frechet_distance(*(s.vectors[d] for s, d in zip((a, b), drawn, strict=True)))
    assert found.loc["all", "distance_all"] == pytest.approx(frechet_distance(a.vectors, b.vectors), rel=1e-9)
    assert found.loc["all", ["all_first", "all_second"]].tolist() == [120, 125]
    calm = [side.vectors[side.label == "calm"] for side in (a, b)]
    assert found.loc["calm", "distance_all"] == pytest.approx(frechet_distance(*calm), rel=1e-9)
    # Of the 30 rows of a label all were drawn, and its distance is told already.
    assert np.isnan(found.loc["angry", "distance_all"])
    assert "distance_all" not in tables(a, b)["distances"]


def test_components_of_many_rows_are_those_of_the_rows(monkeypatch):
    rng = np.random.default_rng(12)
    a, b = rows(rng, 60, scale=3.0), rows(rng, 70, 1.0, name="d")
    few, many = (whole(tables(a, b, project=2, rows=most)) for most in (20, 100))
    for name in ("variance_kept", "shift_kept"):
        assert few[name] == pytest.approx(many[name], rel=1e-9)
    assert few["distance_all"] == pytest.approx(many["distance"], rel=1e-9)
    monkeypatch.setattr("wetdry.studies.fad.distances.MOST_DIMENSIONS", 3)
    assert "distance_all" not in whole(tables(a, b, project=None, rows=20))
