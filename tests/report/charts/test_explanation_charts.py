"""The charts of what estimates of emotion rest on: features, moments of a song, places in a space."""

import math

import numpy as np
import pandas as pd
import pytest
from chart_specs import Picture, layer_with, rows_of, spec_of
from hypothesis import given
from hypothesis import strategies as st

from wetdry.report import charts
from wetdry.report.charts.shap_summary import MOST_FEATURES, swarm
from wetdry.report.charts.thinning import MOST_MARKS, thinned

LONG = "a song with a name that is far too long to be written above a panel of a narrow page"


def ranked(count, sign=1):
    """Features with correlations 0.9, −0.89, 0.88 …, given from the weakest to the strongest."""
    rows = [
        ("valence" if sign > 0 else "arousal", f"feature {rank}", sign * (0.91 - rank / 100) * (-1) ** rank, rank)
        for rank in range(count, 0, -1)
    ]
    frame = pd.DataFrame(rows, columns=["target", "feature", "r", "rank"])
    return frame.assign(low=frame["r"] - 0.05, high=frame["r"] + 0.05)


def test_feature_ranking_has_the_strongest_at_the_top_of_each_panel():
    chart = charts.feature_ranking(pd.concat([ranked(40), ranked(3, sign=-1).assign(rank=[1, 2, 3])]))
    spec = spec_of(chart)
    assert spec["facet"]["sort"] == ["valence", "arousal"]
    picture = Picture(chart)
    names = [text for text in picture.texts if text.startswith("feature")]
    # Panels are drawn in the order of their names.
    assert names == [
        *(f"feature {rank}" for rank in range(1, MOST_FEATURES + 1)),
        *("feature 3", "feature 2", "feature 1"),
    ]
    assert picture.marks("symbol") == {2: MOST_FEATURES + 3}
    low, high = layer_with(spec["spec"], "point")["encoding"]["x"]["scale"]["domain"]
    assert low < -0.95
    assert high > 0.94


def explained(songs, strengths, target="valence"):
    """A song's value is its place among all, and moves the estimate by up to the feature's strength either way."""
    place = np.linspace(0, 1, songs)
    pieces = [
        pd.DataFrame({"feature": name, "shap": strength * (2 * place - 1), "value": place}).assign(
            item=[f"song {index:05d}" for index in range(songs)], target=target
        )
        for name, strength in strengths.items()
    ]
    return pd.concat(pieces, ignore_index=True)


def test_shap_summary_has_the_features_that_move_estimates_most():
    strengths = {f"feature {rank}": 0.1 * (20 - rank) for rank in range(20)}
    shap = explained(9, dict(sorted(strengths.items())))
    # One song that a feature moves far does not make it strong on average.
    shap.loc[(shap["feature"] == "feature 19") & (shap["item"] == "song 00000"), "shap"] = 1.5
    spec = spec_of(charts.shap_summary(pd.concat([shap, explained(9, {"loud": 1.0}, target="arousal")])))
    valence, arousal = spec["vconcat"]
    assert (valence["title"], arousal["title"]) == ("Valence", "Arousal")
    place = layer_with(valence, "point")["encoding"]["y"]
    assert place["sort"] == [f"feature {rank}" for rank in range(MOST_FEATURES)]
    assert layer_with(arousal, "point")["encoding"]["y"]["sort"] == ["loud"]
    assert len(rows_of(spec, valence)) == 9 * MOST_FEATURES


def test_shap_summary_draws_what_does_not_vary_without_a_colour():
    shap = explained(9, {"loud": 1.0, "constant": 0.5})
    shap.loc[shap["feature"] == "constant", "value"] = math.nan
    chart = charts.shap_summary(shap)
    assert Picture(chart).marks("symbol") == {1: 9, 2: 9}
    coloured = layer_with(spec_of(chart)["vconcat"][0], "point")["encoding"]["fill"]
    assert (coloured["field"], coloured["scale"]) == ("value", {"domain": [0, 1], "range": "ramp"})


def test_shap_summary_of_many_songs_ranks_all_and_draws_some():
    shap = explained(MOST_MARKS, {"weak": 0.1, "strong": 0.2})
    # All that makes "weak" the strongest on average happens in songs that are not drawn.
    drawn = set(thinned(shap)["item"])
    shap.loc[(shap["feature"] == "weak") & ~shap["item"].isin(drawn), "shap"] = 0.5
    spec = spec_of(charts.shap_summary(shap))
    (part,) = spec["vconcat"]
    assert layer_with(part, "point")["encoding"]["y"]["sort"] == ["weak", "strong"]
    assert len(rows_of(spec, part)) == MOST_MARKS


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=60))
def test_no_point_of_a_swarm_hides_another(values):
    shap = np.array(values, dtype=np.float64)
    aside = swarm(shap, width=0.5)
    stacks = np.floor((shap - shap.min()) / 0.5)
    for stack in np.unique(stacks):
        places = sorted(aside[stacks == stack])
        assert places == [float(place) for place in range(-((len(places) - 1) // 2), len(places) // 2 + 1)]
    assert swarm(shap, width=0.5).tolist() == aside.tolist()


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60), st.integers(1, 60))
def test_thinning_keeps_whole_items_and_no_more_rows_than_asked(items, most):
    rows = pd.DataFrame({"item": items, "row": range(len(items))})
    kept = thinned(rows, most)
    assert kept["item"].isin(rows["item"]).all()
    assert len(kept) == rows["item"].isin(kept["item"]).sum()
    assert len(kept) <= most or kept["item"].nunique() == 1
    if len(rows) <= most:
        assert kept is rows


def listened(item, weights):
    rows = [(item, index * 0.5, (index + 1) * 0.5, weight) for index, weight in enumerate(weights)]
    return pd.DataFrame(rows, columns=["item", "second", "end", "weight"])


def wave(item, peaks):
    rows = [(item, index * 0.25, -peak, peak / 2) for index, peak in enumerate(peaks)]
    return pd.DataFrame(rows, columns=["item", "second", "low", "high"])


def test_attention_is_a_strip_above_the_waveform_of_its_song():
    attention = pd.concat([listened(LONG, [0.1, 0.6, 0.3]), listened("b", [0.5, 0.5])])
    waveform = pd.concat([wave("b", [0.1, 0.2]), wave(LONG, [0.4, 0.8, 0.2]), wave("not listened to", [1.0])])
    chart = charts.attention_over_time(attention, waveform)
    spec = spec_of(chart)
    assert [part["title"]["text"] for part in spec["vconcat"]] == [LONG, "b"]
    first, _ = spec["vconcat"]
    strip, envelope = layer_with(first, "rect"), layer_with(first, "area")
    assert [row["weight"] for row in rows_of(spec, strip)] == [0.1, 0.6, 0.3]
    assert [row["low"] for row in rows_of(spec, envelope)] == [-0.4, -0.8, -0.2]
    assert envelope["encoding"]["y"]["scale"]["domain"] == [-0.8, 0.8]
    assert strip["encoding"]["x"]["scale"]["domain"] == envelope["encoding"]["x"]["scale"]["domain"] == [0.0, 1.5]
    ends = [layer_with(part, "rect")["encoding"]["color"]["scale"]["domain"] for part in spec["vconcat"]]
    assert ends == [[0, 0.6], [0, 0.6]]
    picture = Picture(chart)
    assert picture.marks("rect") == {1: 5}
    assert picture.marks("area") == {0: 2}
    # The waveform keeps below the strip.
    (_, strip_height) = picture.boxes("rect", 1)[0]
    assert strip_height < envelope["encoding"]["y"]["scale"]["range"][1]


def test_song_without_a_waveform_has_its_strip():
    picture = Picture(charts.attention_over_time(listened("a", [0.4, 0.6]), wave("b", [0.5])))
    assert picture.marks("rect") == {1: 2}
    nothing = charts.attention_over_time(listened("a", []), wave("a", [0.5]))
    assert Picture(nothing).texts == ["No network attends to parts of a song."]


def places(values, encoder="vibenet", method="umap", target="valence"):
    count = len(values)
    frame = pd.DataFrame({"x": np.arange(count), "y": np.arange(count) ** 2, "value": values})
    items = [f"song {index:05d}" for index in range(count)]
    return frame.assign(encoder=encoder, method=method, target=target, item=items)


def sides(chart):
    spec = spec_of(chart)
    return [row["side"] for row in rows_of(spec, spec["vconcat"][0])]


def test_map_colours_are_about_the_middle_of_the_scale():
    values = [1.0, 2.0, 4.0, 6.0, 7.0]
    far = np.quantile([4.0, 3.0, 1.0, 1.0, 2.0], 0.95)
    expected = np.clip(np.array([-4.0, -3.0, -1.0, 1.0, 2.0]) / far, -1, 1)
    assert sides(charts.emotion_maps(places(values), scale=(1, 9))) == pytest.approx(expected, abs=1e-3)
    assert sides(charts.emotion_maps(places([0.0, 1.0, 10.0])))[1] == 0.0
    assert sides(charts.emotion_maps(places([3.0, 3.0]))) == [0.0, 0.0]


def test_maps_are_a_row_an_encoder_and_method_and_a_panel_a_target():
    tables = [
        places([1.0, 2.0, 3.0], encoder=encoder, method=method, target=target)
        for encoder in ("vibenet", "panns")
        for method in ("umap", "tsne")
        for target in ("valence", "arousal")
    ]
    chart = charts.emotion_maps(pd.concat(tables))
    spec = spec_of(chart)
    assert [part["title"] for part in spec["vconcat"]] == [
        "vibenet, umap",
        "vibenet, tsne",
        "panns, umap",
        "panns, tsne",
    ]
    assert all(part["facet"]["sort"] == ["valence", "arousal"] for part in spec["vconcat"])
    assert Picture(chart).marks("symbol") == {1: 4 * 2 * 3}


def test_maps_leave_out_what_has_no_place_and_are_not_too_heavy():
    gap = places([1.0, 2.0, math.nan, 4.0]).assign(x=[0.0, math.nan, 2.0, 3.0])
    assert len(sides(charts.emotion_maps(gap))) == 2
    many = pd.concat([places(np.arange(4000.0), target=target) for target in ("valence", "arousal")])
    assert len(sides(charts.emotion_maps(many))) == MOST_MARKS
