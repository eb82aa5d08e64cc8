"""The charts of how far sets are apart."""

import math

import pandas as pd
from chart_specs import Picture, layer_with, spec_of

from wetdry.report import charts


def distances(*rows):
    return pd.DataFrame(rows, columns=["encoder", "layer", "label", "distance"])


def test_heat_compares_labels_within_a_layer_and_no_layers():
    rows = distances(
        ("one", "a", "calm", 20000.0),
        ("one", "a", "angry", 10.0),
        ("two", "b", "calm", 0.02),
        ("two", "b", "angry", 0.018),
        ("two", "c", "calm", math.nan),
        ("two", "c", "angry", 0.0),
    )
    chart = charts.distance_heat(rows)
    spec = spec_of(chart)
    data = next(iter(spec["datasets"].values()))
    assert [round(row["drawn"], 4) for row in data] == [1.0, 0.0005, 1.0, 0.9, 0.0, 0.0]
    # Nearest to the left, whatever the order of the table.
    assert layer_with(spec, "rect")["encoding"]["x"]["sort"] == ["angry", "calm"]
    picture = Picture(chart)
    assert picture.marks("rect")[0] == 5
    assert {"20000", "10", "0.02", "0.018", "–", "0", "one, a", "two, b", "two, c"} <= set(picture.texts)


def test_rows_of_one_encoder_are_called_by_their_layers():
    rows = distances(("an encoder of a long name", "a", "calm", 1.0), ("an encoder of a long name", "b", "calm", 2.0))
    assert {"a", "b"} <= set(Picture(charts.distance_heat(rows)).texts)


def test_ranking_has_a_panel_a_layer_each_in_its_own_order():
    rows = distances(
        ("one", "a", "calm", 9000.0), ("one", "a", "angry", 10.0), ("two", "b", "calm", 1.0), ("two", "b", "angry", 2.0)
    ).assign(low=[8000.0, math.nan, 0.5, 1.5], high=[9500.0, math.nan, 1.5, 2.5], floor=[5000.0, 5.0, math.nan, 1.0])
    chart = charts.distance_ranking(rows)
    picture = Picture(chart)
    order = [text for text in picture.texts if text in ("calm", "angry")]
    assert order == ["angry", "calm", "calm", "angry"]
    assert {"one, a", "two, b", "0"} <= set(picture.texts)
    assert "0k" not in picture.texts
    assert picture.marks("rule")[0] == 3
    assert picture.marks("rect")[1] == 3
    assert picture.marks("symbol")[2] == 4
    assert spec_of(chart)["usermeta"] == {"panel": 210}


def test_ranking_of_distances_alone():
    picture = Picture(charts.distance_ranking(distances(("one", "a", "A and B", 3.0))))
    assert picture.marks("symbol") == {0: 1}


def test_nothing_to_draw_is_said():
    empty = distances(("one", "a", "calm", math.nan))
    for chart in (charts.distance_heat(empty), charts.distance_ranking(empty)):
        assert "No distance could be measured." in Picture(chart).texts
