"""The charts of how embeddings deform under effects."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from chart_specs import Picture, layer_with, rows_of, spec_of

from wetdry.report import charts
from wetdry.report.charts.correlation import LOWER

ENCODERS = ("one", "two")
SETTINGS = {"gain": ("−40 dB", "−20 dB", "5 dB"), "lowpass": ("18 kHz", "6 kHz", "1.6 kHz")}


def along_strengths(**columns):
    """A row a strength of each effect and encoder; `columns` gives functions of the position."""
    rows = [
        {"encoder": encoder, "effect": effect, "position": position, "setting": setting}
        for encoder in ENCODERS
        for effect, settings in SETTINGS.items()
        for position, setting in enumerate(settings)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(**{name: frame["position"].map(value) for name, value in columns.items()})


@pytest.fixture
def projected():
    rows = along_strengths(middle=float, low=lambda p: p - 0.5, high=lambda p: p + 0.5)
    return rows.assign(held_out_r2=np.where(rows["effect"] == "gain", 0.934, math.nan))


@pytest.fixture
def correlations():
    columns = ["encoder", "effect", "r2", "held_out_r2", "low", "high", "noise_r2", "noise_held_out_r2", "published"]
    rows = [
        ("one", "gain", 1.0, 0.9, 0.85, 0.93, 1.0, -0.02, 0.97),
        ("one", "reverb", 1.0, -0.6, -0.9, -0.1, 1.0, -0.03, math.nan),
        ("two", "gain", 0.99, math.nan, math.nan, math.nan, 0.5, 0.01, math.nan),
    ]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def points():
    """Two clips a panel: a dry point and three wet ones each; the strongest and the dry one of clip a have a sound."""
    wet = along_strengths(x=float, y=lambda p: p**2).assign(dry=False)
    dry = wet[wet["position"] == 0].assign(dry=True, position=-1, setting="dry", x=-1.0)
    rows = pd.concat([wet, dry], ignore_index=True)
    both = pd.concat([rows.assign(clip=clip) for clip in "ab"], ignore_index=True)
    heard = (both["clip"] == "a") & both["position"].isin([-1, 2])
    return both.assign(sound=np.where(heard, "key", ""))


def test_correlation_draws_in_sample_and_held_out_of_embeddings_and_of_noise(correlations):
    spec = spec_of(charts.correlation(correlations))
    drawn = pd.DataFrame(rows_of(spec, spec)).set_index(["encoder", "effect", "source", "fit"])["r2"].sort_index()
    assert drawn["one", "gain", "embeddings"].to_dict() == {"published": 0.97, "in-sample": 1.0, "held out": 0.9}
    assert drawn["two", "gain", "embeddings"].to_dict() == {"in-sample": 0.99}
    assert drawn["one", "gain", "noise of the same shape"].to_dict() == {"in-sample": 1.0, "held out": -0.02}
    point = layer_with(spec["spec"], "point")["encoding"]
    assert (point["x"]["field"], point["shape"]["field"], point["color"]["field"]) == ("drawn", "fit", "source")
    assert point["y"]["field"] == "effect"
    assert point["yOffset"]["field"] == "source"
    assert point["x"]["scale"]["domain"] == [-0.2, 1]
    assert len(set(point["shape"]["scale"]["range"])) == 4


def test_correlation_of_nothing_is_a_sentence(correlations):
    numbers = correlations.columns.difference(["encoder", "effect"])
    picture = Picture(charts.correlation(correlations.assign(**dict.fromkeys(numbers, math.nan))))
    assert "Nothing could be measured." in picture.texts


def test_correlation_marks_what_lies_below_the_axis(correlations):
    chart = charts.correlation(correlations)
    spec = spec_of(chart)
    rows = pd.DataFrame(rows_of(spec, spec))
    (below,) = rows[rows["fit"] == LOWER].to_dict("records")
    assert (below["r2"], below["drawn"], below["drawn_low"], below["drawn_high"]) == (-0.6, -0.2, -0.2, -0.1)
    picture = Picture(chart)
    assert "held out, below −0.2" in picture.texts
    assert picture.marks("rule")[1] == 2
    above = Picture(charts.correlation(correlations[correlations["effect"] == "gain"]))
    assert "held out" in above.texts
    assert "held out, below −0.2" not in above.texts


def test_a_panel_grid_has_a_row_an_encoder_and_a_panel_an_effect_named_at_their_ends(projected):
    chart = charts.projections(projected.sample(frac=1.0, random_state=1))
    spec = spec_of(chart)
    assert sorted(part["title"] for part in spec["vconcat"]) == ["one", "two"]
    picture = Picture(chart)
    for settings in SETTINGS.values():
        assert [picture.texts.count(text) for text in settings] == [2, 0, 2]
    at = {text: index for index, text in enumerate(picture.texts)}
    assert at["−40 dB"] < at["5 dB"]
    assert at["18 kHz"] < at["1.6 kHz"]
    assert picture.marks("line") == {1: 4}
    assert picture.marks("symbol") == {2: 12}


def test_projections_write_r2_once_into_each_panel(projected):
    picture = Picture(charts.projections(projected))
    assert picture.texts.count("R² 0.93") == 2
    assert picture.texts.count("R² –") == 2
    band = layer_with(spec_of(charts.projections(projected))["vconcat"][0]["spec"], "area")["encoding"]
    assert (band["y"]["field"], band["y2"]["field"]) == ("low", "high")


def test_two_strengths_of_one_name_are_refused(projected):
    same = projected.assign(setting=projected["setting"].replace("−20 dB", "5 dB"))
    with pytest.raises(ValueError, match='effect "gain" has not one setting a position: "5 dB" is there twice'):
        charts.projections(same)


def test_trajectories_join_wet_points_and_let_those_with_a_sound_be_pressed(points):
    chart = charts.trajectories(points)
    picture = Picture(chart)
    panels, clips = 4, 2
    assert picture.marks("line") == {1: panels * clips}
    silent, heard, dry, heard_dry = (picture.marks("symbol")[layer] for layer in (2, 3, 4, 5))
    assert (silent, heard, dry, heard_dry) == (panels * 5, panels, panels, panels)
    spec = spec_of(chart)
    layers = spec["vconcat"][0]["spec"]["layer"]
    assert [layer["mark"].get("cursor") for layer in layers[2:]] == [None, "pointer", None, "pointer"]
    assert layers[3]["mark"]["size"] > layers[2]["mark"]["size"]
    assert layers[5]["mark"]["size"] > layers[4]["mark"]["size"]
    assert layers[1]["encoding"]["order"]["field"] == "position"
    drawn = pd.DataFrame(rows_of(spec, spec["vconcat"][0]))
    wet = drawn[~drawn["dry"].astype(bool)]
    assert dict(zip(wet["position"], wet["progress"], strict=True)) == {0: 0.0, 1: 0.5, 2: 1.0}
    assert drawn.loc[drawn["dry"].astype(bool), "progress"].isna().all()
    for part in spec["vconcat"]:
        assert part["resolve"]["scale"] == {"x": "independent", "y": "independent"}


def test_spectra_have_a_line_a_kind_on_a_logarithmic_axis():
    rows = pd.DataFrame(
        [
            {"encoder": "one", "effect": effect, "kind": kind, "rank": rank, "value": 1 / rank}
            for effect in SETTINGS
            for kind in ("directions of single clips", "dry embeddings", "shuffled strengths")
            for rank in range(1, 513)
        ]
    )
    chart = charts.spectra(rows)
    spec = spec_of(chart)
    x = layer_with(spec["vconcat"][0]["spec"], "line")["encoding"]["x"]
    assert x["scale"] == {"type": "log", "domain": [1, 512], "nice": False}
    assert x["axis"]["values"] == [1, 3, 10, 30, 100, 300]
    ranks = sorted({row["rank"] for row in rows_of(spec, spec["vconcat"][0])})
    assert ranks[:5] == [1, 2, 3, 4, 5]
    assert ranks[-1] == 512
    assert len(ranks) <= 80
    assert max(np.diff(np.log(ranks))) <= math.log(2) + 1e-12
    picture = Picture(chart)
    assert picture.marks("line") == {0: 6}
    assert "shuffled strengths" in picture.texts
    with pytest.raises(ValueError, match="tells 3 kinds apart, not 4"):
        charts.spectra(pd.concat([rows, rows.assign(kind="another")]))


def robustness_rows(methods):
    """Each method loses 0.1 a strength from 0.9 − 0.01 times its place on."""
    pieces = []
    for index, method in enumerate(methods):
        rows = along_strengths(auc=lambda p, start=0.9 - 0.01 * index: start - 0.1 * p).assign(method=method)
        pieces.append(rows.assign(low=rows["auc"] - 0.05, high=rows["auc"] + 0.02))
    return pd.concat(pieces, ignore_index=True)


def test_robustness_sets_the_embeddings_as_they_are_apart():
    chart = charts.robustness(robustness_rows(["LEACE", "none", "random"]))
    picture = Picture(chart)
    assert picture.marks("area") == {0: 4}
    assert picture.marks("line") == {1: 8, 2: 4}
    assert "LEACE" in picture.texts
    assert "none" not in picture.texts
    area, thin, thick = spec_of(chart)["vconcat"][0]["spec"]["layer"][:3]
    assert area["encoding"]["y"]["scale"]["domain"] == pytest.approx([0.64, 0.91])
    assert thick["mark"]["style"] == "ink"
    assert thick["mark"]["strokeWidth"] > thin["mark"]["strokeWidth"]


def test_robustness_shows_chance_where_it_comes_into_sight():
    low = robustness_rows(["none"])
    chart = charts.robustness(low.assign(auc=low["auc"] - 0.3, low=low["low"] - 0.3, high=low["high"] - 0.3))
    rule = layer_with(spec_of(chart)["vconcat"][0]["spec"], "rule")
    assert rule["encoding"]["y"]["datum"] == 0.5
    assert Picture(chart).marks("rule") == {0: 4}


def test_many_methods_differ_in_colour_or_dash():
    methods = [f"method {i}" for i in range(25)]
    thin = layer_with(spec_of(charts.robustness(robustness_rows(methods)))["vconcat"][0]["spec"], "line")["encoding"]
    assert thin["color"]["scale"]["domain"] == thin["strokeDash"]["scale"]["domain"] == methods
    dashes = thin["strokeDash"]["scale"]["range"]
    looks = {(i % 10, tuple(dash)) for i, dash in enumerate(dashes)}
    assert len(looks) == 25


@pytest.fixture
def changes():
    rows = [
        (encoder, effect, method, rank, -0.01 * rank, -0.01 * rank - 0.004, -0.01 * rank + 0.004, 0.02, 0.01, 0.03)
        for encoder in ENCODERS
        for effect in SETTINGS
        for rank, method in enumerate(("mean displacement", "LEACE", "random"), 1)
    ]
    sides = ["clean", "clean_low", "clean_high", "wet", "wet_low", "wet_high"]
    return pd.DataFrame(rows, columns=["encoder", "effect", "method", "rank", *sides])


def test_desensitised_puts_loss_on_dry_beside_gain_on_wet(changes):
    chart = charts.desensitised(changes)
    spec = spec_of(chart)
    one = spec["vconcat"][0]
    assert one["facet"]["sort"] == ["on dry clips", "on wet clips"]
    drawn = pd.DataFrame(rows_of(spec, one)).set_index(["side", "method", "family"]).sort_index()
    assert drawn.loc[("on dry clips", "random", "gain"), ["change", "low", "high"]].tolist() == pytest.approx(
        [-0.03, -0.034, -0.026]
    )
    assert set(drawn.loc["on wet clips", "change"]) == {0.02}
    point = layer_with(one["spec"], "point")["encoding"]
    assert point["y"]["sort"] == ["mean displacement", "LEACE", "random"]
    assert point["color"]["field"] == point["yOffset"]["field"] == "family"
    picture = Picture(chart)
    encoders, sides, methods, effects = 2, 2, 3, 2
    assert picture.marks("symbol") == {3: encoders * sides * methods * effects}
    assert picture.marks("rule") == {0: encoders * sides * methods, 1: encoders * sides, 2: 24}
    assert picture.texts.count("gain") == picture.texts.count("lowpass") == 1


def test_desensitised_leaves_out_what_could_not_be_measured(changes):
    spec = spec_of(charts.desensitised(changes.assign(wet=math.nan)))
    assert {row["side"] for part in spec["vconcat"] for row in rows_of(spec, part)} == {"on dry clips"}


def test_layer_heat_orders_layers_and_writes_each_value():
    rows = pd.DataFrame(
        [
            ("deep", "layer 10", 10, "gain", 0.456),
            ("deep", "layer 9", 9, "gain", -0.31),
            ("deep", "layer 9", 9, "reverb", math.nan),
            ("deep", "layer 10", 10, "reverb", 0.98),
            ("flat", "embedding", 0, "gain", 0.2),
        ],
        columns=["encoder", "layer", "order", "effect", "value"],
    )
    chart = charts.layer_heat(rows)
    picture = Picture(chart)
    layers = [text for text in picture.texts if text.startswith("layer")]
    assert layers == ["layer 9", "layer 10"]
    assert sorted(set(picture.texts) & {"0.46", "−0.31", "–", "0.98", "0.20"}) == ["0.20", "0.46", "0.98", "–", "−0.31"]
    assert picture.marks("rect") == {0: 4}
    spec = spec_of(chart)
    drawn = {row["text"]: row["drawn"] for row in rows_of(spec, spec)}
    assert drawn["−0.31"] == 0
    assert drawn["–"] is None
    colour = layer_with(spec["spec"], "rect")["encoding"]["color"]
    assert colour["scale"]["domain"] == [0, 1]
    assert spec["resolve"]["scale"]["y"] == "independent"


def readings(true):
    rows = [
        (f"{effect} {i}", effect, value, value + error, value + error - 1, value + error + 1, unit)
        for effect, unit in (("reverb", "level"), ("gain", "dB"))
        for i, (value, error) in enumerate(itertools.product((0.0, 8.0), (-0.5, 3.0)))
    ]
    frame = pd.DataFrame(rows, columns=["item", "effect", "true", "estimate", "low", "high", "unit"])
    return frame if true else frame.assign(true=math.nan)


def test_readings_lie_about_a_diagonal_where_the_truth_is_known():
    chart = charts.effect_reading(readings(true=True))
    spec = spec_of(chart)
    (part,) = spec["vconcat"]
    rows = pd.DataFrame(rows_of(spec, part))
    ends = rows[(rows["kind"] == "diagonal") & (rows["panel"] == "gain (dB)")]
    assert sorted(ends["true"]) == sorted(ends["estimate"]) == [-1.5, 12.0]
    picture = Picture(chart)
    assert {"reverb (level)", "gain (dB)"} <= set(picture.texts)
    assert picture.marks("symbol") == {2: 8}
    assert picture.marks("rule") == {1: 8}
    assert picture.marks("line") == {0: 2}


def test_readings_without_truth_are_listed_by_item():
    unknown = readings(true=False)
    (part,) = spec_of(charts.effect_reading(unknown))["vconcat"]
    point = layer_with(part["spec"], "point")["encoding"]
    assert point["y"]["field"] == "item"
    assert point["y"]["sort"] == list(unknown["item"])
    both = pd.concat([readings(true=True), unknown], ignore_index=True)
    spec = spec_of(charts.effect_reading(both))
    known, listed = (rows_of(spec, part) for part in spec["vconcat"])
    assert sum(row["kind"] == "reading" for row in known) == len(listed) == 8


def test_a_chart_of_nothing_says_so(projected, points, changes):
    empty = [
        charts.projections(projected.assign(middle=math.nan)),
        charts.robustness(robustness_rows(["none"]).assign(auc=math.nan)),
        charts.trajectories(points.assign(x=math.nan)),
        charts.spectra(pd.DataFrame(columns=["encoder", "effect", "kind", "rank", "value"])),
        charts.desensitised(changes.assign(clean=math.nan, wet=math.nan)),
        charts.effect_reading(readings(true=True).head(0)),
    ]
    said = [next(text for text in Picture(chart).texts if text.startswith("No")) for chart in empty]
    assert said == [*["Nothing could be measured."] * 4, "No change could be measured.", "No clip was read."]
