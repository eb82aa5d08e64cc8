"""The charts of what layers and domains tell, of what training adds, and of how effects change it."""

import itertools
import math

import pandas as pd
import pytest
from chart_specs import Picture, layer_with, rows_of, spec_of

from wetdry.report import charts


def drawn(chart):
    """The specification and what is drawn of it, as a table."""
    spec = spec_of(chart)
    return spec, pd.DataFrame(rows_of(spec, spec))


def marks(picture, kind):
    """How many marks of a kind each layer has that has any."""
    return {layer: count for layer, count in picture.marks(kind).items() if count}


def curves(kinds=("held out", "at random"), encoders=("one", "two"), layers=4):
    """Intervals of the first kind alone."""
    rows = [
        (
            encoder,
            line,
            kind,
            f"hidden{place}",
            place,
            0.3 + place / 10,
            low,
            low + 0.2 if kind == kinds[0] else low,
            0.25,
        )
        for encoder, line, kind, place in itertools.product(encoders, ("speech", "song"), kinds, range(layers))
        for low in [0.2 + place / 10 if kind == kinds[0] else math.nan]
    ]
    columns = ["encoder", "line", "kind", "layer", "position", "value", "low", "high", "chance"]
    return pd.DataFrame(rows, columns=columns)


def test_layer_curves_are_a_line_a_domain_and_kind_in_a_panel_an_encoder():
    chart = charts.layer_curves(curves())
    spec, rows = drawn(chart)
    assert spec["facet"]["sort"] == ["one", "two"]
    assert rows.groupby("kind")["main"].first().to_dict() == {"held out": True, "at random": False}
    picture = Picture(chart)
    chance, band, single, line, point, unseen = range(6)
    assert marks(picture, "rule")[chance] == 2
    assert marks(picture, "area") == {band: 2 * 2}
    assert single not in marks(picture, "rule")
    assert marks(picture, "line")[line] == 2 * 4
    assert marks(picture, "symbol")[point] == marks(picture, "symbol")[unseen] == 2 * 2 * 4
    assert {"speech", "song", "held out", "at random", "mean recall"} <= set(picture.texts)


def test_layer_curves_name_whole_layers_alone():
    texts = Picture(charts.layer_curves(curves(encoders=("one",), layers=3))).texts
    assert [text for text in texts if text in "0123" and text] == ["0", "1", "2"]
    spec, _ = drawn(charts.layer_curves(curves(encoders=("one",), layers=26)))
    assert layer_with(spec["spec"], "line")["encoding"]["x"]["axis"]["values"] == list(range(0, 26, 3))


def test_a_single_layer_is_a_point_with_its_interval_and_one_kind_has_no_legend():
    picture = Picture(charts.layer_curves(curves(kinds=("held out",), encoders=("one",), layers=1)))
    assert marks(picture, "rule")[2] == 2
    assert 1 not in marks(picture, "area")
    assert "held out" not in picture.texts


def test_layer_curves_without_intervals_or_chance_and_of_another_axis():
    bare = curves().drop(columns=["low", "high", "chance", "layer"])
    picture = Picture(charts.layer_curves(bare, "gate", along="block"))
    assert {"gate", "block"} <= set(picture.texts)
    assert marks(picture, "area") == {}
    assert marks(picture, "rule") == {}


def test_layer_curves_have_no_more_kinds_than_dashes():
    with pytest.raises(ValueError, match="4 kinds, not for 5"):
        charts.layer_curves(curves(kinds=tuple("abcde")))


def cells(value=0.5):
    rows = [
        (panel, learnt, tested, value if learnt == tested else 0.25, 0.2, 0.3, 1 / 6)
        for panel, learnt, tested in itertools.product(("one, hidden2",), ("speech", "song"), ("speech", "song"))
    ]
    return pd.DataFrame(rows, columns=["panel", "learnt", "tested", "value", "low", "high", "chance"])


def test_transfer_matrix_frames_what_is_within_a_domain_and_writes_intervals():
    rows = cells()
    rows.loc[1, ["low", "high"]] = math.nan
    rows.loc[2, ["value", "low", "high"]] = math.nan
    chart = charts.transfer_matrix(rows)
    spec, table = drawn(chart)
    assert table["text"].tolist() == ["0.50\n[0.20, 0.30]", "0.25", "–", "0.50\n[0.20, 0.30]"]
    picture = Picture(chart)
    cell, frame = range(2)
    assert marks(picture, "rect") == {cell: 3, frame: 2}
    # Lines of one text are read one after the other.
    assert {"onehidden2", "–", "speech", "song", "learnt on", "tested on"} <= set(picture.texts)
    assert spec["usermeta"]["panel"] >= 180


def gains(**more):
    rows = [
        (panel, row, of, gain, gain - 0.1, gain + 0.1)
        for panel, row in itertools.product(("speech", "song"), ("frozen", "lora"))
        for of, gain in (("two stages − direct", 0.2), ("two stages − control", 0.05))
    ]
    return pd.DataFrame(rows, columns=["panel", "row", "of", "gain", "low", "high"]).assign(**more)


def test_gains_are_full_where_they_survive_and_hollow_where_they_do_not():
    table = gains()
    chart = charts.stage_gains(table.assign(survives=table["gain"] > 0.1), corrected="Holm")
    picture = Picture(chart)
    zero, interval, full, hollow = range(4)
    assert marks(picture, "rule") == {zero: 2, interval: 8}
    assert marks(picture, "symbol") == {full: 4, hollow: 4}
    assert "Full: shown after Holm; hollow: not shown" in picture.texts
    spec, _ = drawn(chart)
    low, high = spec["spec"]["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low <= -0.05
    assert 0.3 <= high < 0.35


def test_gains_that_were_not_judged_are_all_full_and_one_series_has_no_legend():
    table = gains()
    picture = Picture(charts.stage_gains(table[table["of"] == "two stages − direct"], "change of distance"))
    assert marks(picture, "symbol") == {2: 4}
    assert "two stages − direct" not in picture.texts
    assert not [text for text in picture.texts if text.startswith("Full:")]
    assert "change of distance" in picture.texts


def test_a_gain_without_an_interval_is_a_dot_alone():
    table = gains()
    table.loc[0, ["low", "high"]] = math.nan
    picture = Picture(charts.stage_gains(table))
    assert marks(picture, "rule")[1] == 7
    assert marks(picture, "symbol") == {2: 8}


def test_plans_stand_below_each_other_in_the_row_of_their_method():
    rows = [
        ("speech", method, plan, value, value - 0.1, value + 0.1, 1 / 6)
        for method, plan, value in itertools.product(("frozen", "lora"), ("direct", "two stages"), (0.5,))
    ]
    table = pd.DataFrame(rows, columns=["panel", "method", "plan", "value", "low", "high", "chance"])
    chart = charts.plan_scores(table)
    spec, _ = drawn(chart)
    encoding = layer_with(spec["spec"], "point")["encoding"]
    assert (encoding["y"]["field"], encoding["yOffset"]["field"]) == ("row", "plan")
    assert encoding["y"]["sort"] == ["frozen", "lora"]
    assert encoding["yOffset"]["scale"]["domain"] == ["direct", "two stages"]
    picture = Picture(chart)
    chance, interval, dots = range(3)
    assert marks(picture, "rule") == {chance: 1, interval: 4}
    assert marks(picture, "symbol") == {dots: 4}
    assert marks(Picture(charts.plan_scores(table.drop(columns="chance"))), "rule") == {0: 4}


def test_there_are_no_more_dots_in_a_row_than_shapes():
    table = pd.concat([gains().assign(of=f"difference {place}") for place in range(8)])
    with pytest.raises(ValueError, match="7 dots a row, not for 8"):
        charts.stage_gains(table)


def test_confusion_writes_per_cent_of_the_row():
    rows = [
        ("speech, direct", "calm", "calm", 0.75, 8),
        ("speech, direct", "calm", "sad", 0.25, 8),
        ("speech, direct", "sad", "calm", math.nan, 0),
        ("speech, direct", "sad", "sad", math.nan, 0),
    ]
    chart = charts.confusion(pd.DataFrame(rows, columns=["panel", "truth", "estimate", "share", "clips"]))
    _, table = drawn(chart)
    assert table["text"].tolist() == ["75", "25", "–", "–"]
    picture = Picture(chart)
    cell, right = range(2)
    assert marks(picture, "rect") == {cell: 2, right: 2}
    assert {"is", "taken for", "speech, direct"} <= set(picture.texts)


def changes():
    rows = [
        ("one, hidden2", effect, level, who, change * level, change * level - 0.1, change * level + 0.1)
        for effect, level in itertools.product(("reverb", "eq"), (3.0, 6.0, 9.0))
        for who, change in (("speech wet", 0.1), ("both wet", -0.05))
    ]
    return pd.DataFrame(rows, columns=["panel", "effect", "level", "who", "change", "low", "high"])


def test_effect_changes_begin_dry_at_nothing():
    chart = charts.effect_changes(changes(), "change of distance")
    spec = spec_of(chart)
    (part,) = spec["vconcat"]
    rows = pd.DataFrame(rows_of(spec, part))
    dry = rows[rows["level"] == 0]
    assert len(dry) == 4
    assert (dry[["change", "low", "high"]] == 0).all(axis=None)
    encoding = layer_with(part["spec"], "line")["encoding"]
    assert encoding["x"]["axis"]["values"] == [0, 3, 6, 9]
    low, high = encoding["y"]["scale"]["domain"]
    assert -0.7 < low < -0.55
    assert 1.0 < high < 1.2
    picture = Picture(chart)
    assert {"0", "+50%", "change of distance", "reverb", "eq", "one, hidden2"} <= set(picture.texts)
    zero, band, line, point = range(4)
    assert marks(picture, "rule") == {zero: 2}
    assert marks(picture, "area")[band] == marks(picture, "line")[line] == 4
    assert marks(picture, "symbol")[point] == 16


def test_effect_changes_of_many_levels_name_the_ends_of_the_scale():
    rows = pd.concat([changes().assign(level=float(level)) for level in range(1, 11)])
    spec = spec_of(charts.effect_changes(rows.drop_duplicates(["effect", "level", "who"])))
    encoding = layer_with(spec["vconcat"][0]["spec"], "line")["encoding"]
    assert encoding["x"]["axis"]["values"] == [0, 5, 10]


@pytest.mark.parametrize(
    ("chart", "rows", "value", "said"),
    [
        (charts.layer_curves, curves(), "value", "No layer has a figure."),
        (charts.transfer_matrix, cells(), "value", "No domain was asked what another one taught."),
        (charts.stage_gains, gains(), "gain", "No gain could be measured."),
        (charts.plan_scores, gains(), "value", "Nothing was adapted."),
        (charts.effect_changes, changes(), "change", "No change could be measured along the levels of an effect."),
        (charts.effect_changes, changes(), "level", "No change could be measured along the levels of an effect."),
    ],
)
def test_nothing_to_draw_is_said(chart, rows, value, said):
    assert said in Picture(chart(rows.assign(**{value: math.nan}))).texts


def test_no_clips_is_said():
    empty = pd.DataFrame([("speech", "calm", "calm", math.nan)], columns=["panel", "truth", "estimate", "share"])
    assert "No clip was classified." in Picture(charts.confusion(empty)).texts


def test_learning_curves_are_of_whatever_score_training_stops_by():
    rows = [("speech", 0, 0, epoch, epoch / 10, epoch == 3) for epoch in range(5)]
    table = pd.DataFrame(rows, columns=["model", "seed", "fold", "epoch", "r2", "kept"])
    assert "validation recall" in Picture(charts.learning_curves(table, "validation recall")).texts
    assert "R² on validation songs" in Picture(charts.learning_curves(table)).texts
