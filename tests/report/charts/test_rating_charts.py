"""The charts of how clips are rated: as a whole, and while they play."""

import math

import numpy as np
import pandas as pd
import pytest
from chart_specs import Picture, layer_with, rows_of, spec_of
from scipy.integrate import trapezoid
from scipy.stats import gaussian_kde

from wetdry.report import charts
from wetdry.report.charts.rating_curves import MOST_SONGS
from wetdry.report.charts.rating_histograms import MOST_BARS, kernel_density
from wetdry.report.charts.thinning import MOST_MARKS

LONG = "a song with a name that is far too long to be written above a panel of a narrow page"


def rated(*places):
    frame = pd.DataFrame(places, columns=["valence", "arousal"])
    return frame.assign(item=[f"song {index}" for index in range(len(places))])


def corners(chart):
    """What is written into each corner of the plane."""
    texts = [layer["mark"] for layer in spec_of(chart)["layer"] if layer["mark"]["type"] == "text"]
    return {(mark["baseline"], mark["align"]): mark["text"] for mark in texts}


def test_plane_tells_the_share_of_each_quadrant():
    happy, angry, sad, calm = (8, 7), (2, 8), (2, 2), (7, 3)
    ratings = rated(*[happy] * 4, *[angry] * 2, *[sad] * 2, calm, (5, 5), (3, math.nan))
    chart = charts.rated_plane(ratings, scale=(1, 9))
    shares = {
        ("top", "right"): "40 %",
        ("top", "left"): "20 %",
        ("bottom", "left"): "20 %",
        ("bottom", "right"): "10 %",
    }
    assert corners(chart) == shares
    picture = Picture(chart)
    assert picture.marks("symbol") == {2: 10}
    assert set(shares.values()) <= set(picture.texts)


def test_plane_holds_the_scale_and_nothing_beyond_it():
    chart = charts.rated_plane(rated((4, 6), (5, 5)), scale=(1, 9))
    spec = spec_of(chart)
    point = layer_with(spec, "point")["encoding"]
    assert [point[axis]["scale"]["domain"] for axis in "xy"] == [[1, 9], [1, 9]]
    upright, level = (layer["encoding"] for layer in spec["layer"] if layer["mark"]["type"] == "rule")
    assert (upright["x"]["datum"], level["y"]["datum"]) == (5, 5)
    assert "0" not in Picture(chart).texts


def test_plane_of_any_two_targets_without_a_scale_is_parted_at_the_medians():
    ratings = pd.DataFrame({"tension": [0.0, 0.1, 0.9], "power": [10.0, 30.0, 20.0]})
    chart = charts.rated_plane(ratings, x="tension", y="power")
    upright, level = (layer["encoding"] for layer in spec_of(chart)["layer"] if layer["mark"]["type"] == "rule")
    assert (upright["x"]["datum"], level["y"]["datum"]) == (0.1, 20.0)
    assert {"tension →", "power →"} <= set(Picture(chart).texts)
    assert "item" not in {tip["field"] for tip in layer_with(spec_of(chart), "point")["encoding"]["tooltip"]}


def test_plane_of_many_clips_draws_some_and_counts_all():
    count = 3 * MOST_MARKS
    places = np.column_stack([np.linspace(1, 9, count), np.linspace(1, 9, count)])
    chart = charts.rated_plane(rated(*places), scale=(1, 9))
    spec = spec_of(chart)
    assert len(rows_of(spec, spec)) == MOST_MARKS
    assert corners(chart)["top", "right"] == "50 %"


def ratings(**targets):
    return pd.concat([pd.DataFrame({"target": name, "value": values}) for name, values in targets.items()])


def test_histogram_counts_every_clip_and_its_bars_stand_on_zero():
    values = [1.0] * 8 + [2.0] * 4 + [3.0] * 2 + [4.0] * 2
    chart = charts.rating_histograms(ratings(valence=[*values, math.nan]))
    spec = spec_of(chart)
    bars = pd.DataFrame(rows_of(spec, spec)).query("kind == 'bar'")
    assert bars["count"].sum() == 16
    assert (bars["from"].min(), bars["to"].max()) == (1.0, 4.0)
    bar = layer_with(spec["spec"], "bar")["encoding"]
    assert (bar["x"]["field"], bar["x2"]["field"], bar["y"]["field"]) == ("from", "to", "count")
    assert bar["y2"] == {"datum": 0}
    assert Picture(chart).marks("rect") == {0: len(bars)}


def test_histogram_of_a_far_off_rating_has_few_bars():
    spec = spec_of(charts.rating_histograms(ratings(valence=[*np.linspace(0, 1, 500), 1e6])))
    assert sum(row["kind"] == "bar" for row in rows_of(spec, spec)) == MOST_BARS


def test_density_is_that_of_an_independent_implementation_in_clips_a_bar():
    values = np.random.default_rng(0).normal(5.0, 1.2, 300)
    at = np.linspace(0, 10, 50)
    assert kernel_density(values, at) == pytest.approx(gaussian_kde(values)(at))
    spec = spec_of(charts.rating_histograms(ratings(valence=values)))
    rows = pd.DataFrame(rows_of(spec, spec))
    bars, density = (rows[rows["kind"] == kind] for kind in ("bar", "density"))
    under_bars = float((bars["count"] * (bars["to"] - bars["from"])).sum())
    assert trapezoid(density["count"], density["from"]) == pytest.approx(under_bars, rel=0.02)


def test_histograms_are_a_panel_a_target_and_one_value_has_no_density():
    chart = charts.rating_histograms(ratings(valence=[1.0, 2.0, 3.0], arousal=[5.0, 5.0]))
    spec = spec_of(chart)
    assert spec["facet"]["sort"] == ["valence", "arousal"]
    assert spec["resolve"]["scale"] == {"x": "independent", "y": "independent"}
    density = [row["target"] for row in rows_of(spec, spec) if row["kind"] == "density"]
    assert set(density) == {"valence"}


def test_correlations_are_written_into_their_cells():
    rows = [("valence", "valence", 1.0), ("arousal", "valence", -0.314), ("tension", "valence", math.nan)]
    frame = pd.DataFrame(rows, columns=["row", "column", "r"])
    chart = charts.rating_correlations(frame.assign(low=frame["r"] - 0.1, high=frame["r"] + 0.1))
    picture = Picture(chart)
    assert {"1.00", "−0.31", "–", "tension"} <= set(picture.texts)
    assert picture.marks("rect") == {0: 2}
    on_weak, on_strong = picture.marks("text")[1], picture.marks("text")[2]
    assert (on_weak, on_strong) == (2, 1)
    cell = layer_with(spec_of(chart), "rect")["encoding"]
    assert cell["color"]["scale"]["domain"] == [-1.0, 1.0]
    assert {"low", "high"} <= {tip["field"] for tip in cell["tooltip"]}


def courses(songs=("song",), heads=("ridge", "gru"), targets=("valence", "arousal")):
    """Rated 0, 0.1, 0.2 … while the song plays; estimated half as much, by the second head minus that."""
    rows = [
        (song, "vibenet", head, target, second, second / 10, (0.5 - sign) * second / 10)
        for song in songs
        for sign, head in enumerate(heads)
        for target in targets
        for second in range(6)
    ]
    return pd.DataFrame(rows, columns=["item", "encoder", "head", "target", "second", "rated", "estimated"])


def test_rating_curves_draw_the_rated_course_once_and_a_line_each_model():
    chart = charts.rating_curves(courses())
    spec = spec_of(chart)
    (part,) = spec["vconcat"]
    assert (part["title"]["text"], part["facet"]["sort"]) == ("song", ["valence", "arousal"])
    rows = pd.DataFrame(rows_of(spec, part))
    assert rows.groupby(["target", "who"]).size().to_dict() == {
        (target, who): 6 for target in ("valence", "arousal") for who in ("rated", "vibenet · ridge", "vibenet · gru")
    }
    assert rows[rows["who"] == "vibenet · gru"]["value"].min() == -0.25
    assert Picture(chart).marks("line") == {0: 2, 1: 4}
    rule, estimated = (layer["encoding"] for layer in part["spec"]["layer"])
    assert rule["y"]["scale"]["domain"] == estimated["y"]["scale"]["domain"] == [-0.25, 0.5]
    assert estimated["color"]["scale"]["domain"] == ["vibenet · ridge", "vibenet · gru"]


def test_rating_curves_are_of_the_first_six_songs_under_names_that_fit():
    songs = [LONG, *(f"song {index}" for index in range(9))]
    chart = charts.rating_curves(courses(songs, heads=["ridge"], targets=["valence"]))
    titles = [part["title"] for part in spec_of(chart)["vconcat"]]
    assert [title["text"] for title in titles] == songs[:MOST_SONGS]
    assert {title["limit"] for title in titles} == {320}


def test_model_that_hears_nothing_goes_by_the_name_of_its_head():
    (part,) = spec_of(charts.rating_curves(courses(heads=["mean"]).assign(encoder="")))["vconcat"]
    _, estimated = part["spec"]["layer"]
    assert estimated["encoding"]["color"]["scale"]["domain"] == ["mean"]


def test_rating_curves_leave_a_gap_where_nothing_was_rated():
    gap = courses()
    gap.loc[gap["second"] > 3, "rated"] = math.nan
    spec = spec_of(charts.rating_curves(gap))
    rows = pd.DataFrame(rows_of(spec, spec["vconcat"][0]))
    assert rows.groupby("who")["second"].max().to_dict() == {"rated": 3, "vibenet · gru": 5, "vibenet · ridge": 5}
