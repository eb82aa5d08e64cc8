"""Arrows in the plane of valence and arousal, on any scale."""

import itertools
import json
import math

import pandas as pd
import pytest
import vl_convert
from chart_specs import Picture, layer_with, rows_of, spec_of

from wetdry.report import charts
from wetdry.report.charts.plane_geometry import Axes


def places(centre=(0.0, 0.0), size=1.0, controls=("raw", "matched")):
    """From the centre distortion goes up and to the left, reverb down; matched half as far."""
    rows = [("dry", 0.0, *centre, "raw")]
    for control, level in itertools.product(controls, (5.0, 10.0)):
        step = size * level / 10 * (0.5 if control == "matched" else 1.0)
        rows.append(("distortion", level, centre[0] - 0.3 * step, centre[1] + 0.8 * step, control))
        rows.append(("reverb", level, centre[0] + 0.2 * step, centre[1] - 0.4 * step, control))
    return pd.DataFrame(rows, columns=["effect", "level", "valence", "arousal", "control"])


def drawn(spec, kind):
    rows = pd.DataFrame(rows_of(spec, spec))
    return rows[rows["kind"] == kind]


def test_plane_of_emotion_sets_raw_and_matched_side_by_side_on_the_same_axes():
    chart = charts.emotion_plane(places(), unit="SD of the ratings")
    spec = spec_of(chart)
    assert spec["facet"]["sort"] == ["raw", "loudness-matched"]
    assert spec["columns"] == 2
    path = drawn(spec, "path").set_index(["compared", "family"]).sort_values("step")
    assert path.loc[("raw", "distortion"), "arousal"].tolist() == pytest.approx([0.0, 0.4, 0.8])
    assert path.loc[("loudness-matched", "distortion"), "arousal"].tolist() == pytest.approx([0.0, 0.2, 0.4])
    line = layer_with(spec["spec"], "line")["encoding"]
    x, y = (line[axis]["scale"]["domain"] for axis in "xy")
    assert x[1] - x[0] == pytest.approx(y[1] - y[0]) == pytest.approx(1.3 * 1.2)
    assert line["x"]["title"] == "valence, SD of the ratings →"
    picture = Picture(chart)
    assert [picture.texts.count(text) for text in ("distortion", "reverb", "excited ↗")] == [2, 2, 2]
    assert picture.marks("rule") == {}


def test_plane_of_emotion_has_room_for_what_moves_further_when_matched():
    far = places().assign(arousal=lambda rows: rows["arousal"] * (1 + 3 * (rows["control"] == "matched")))
    y = layer_with(spec_of(charts.emotion_plane(far))["spec"], "line")["encoding"]["y"]["scale"]["domain"]
    assert y[0] < 4 * -0.2 < 4 * 0.4 < y[1]


def test_plane_of_emotion_marks_the_middle_of_a_scale_and_stays_within_it():
    chart = charts.emotion_plane(places(centre=(5.2, 8.5), size=0.5, controls=("raw",)), scale=(1, 9), unit="1 to 9")
    spec = spec_of(chart)
    line = layer_with(spec["spec"], "line")["encoding"]
    assert line["y"]["scale"]["domain"] == pytest.approx([7.4, 9.0])
    assert line["x"]["scale"]["domain"][0] < 5 < line["x"]["scale"]["domain"][1]
    assert Picture(chart).marks("rule") == {0: 1}
    assert layer_with(spec["spec"], "rule")["encoding"]["x"]["datum"] == 5


@pytest.mark.parametrize(("factor", "offset"), [(4.0, 5.0), (0.5, 0.5)])
def test_plane_of_emotion_looks_the_same_on_any_scale(factor, offset):
    """Ratings from −1 to 1 and the same ones from 1 to 9, or 0 to 1: names and arrowheads do not move."""
    one = spec_of(charts.emotion_plane(places(), scale=(-1, 1)))
    columns = ["valence", "arousal"]
    other = spec_of(
        charts.emotion_plane(
            places().assign(**{column: places()[column] * factor + offset for column in columns}),
            scale=(offset - factor, offset + factor),
        )
    )
    for kind in ("label", "dry label"):
        here, there = (drawn(spec, kind)[["dx", "dy"]].to_numpy().tolist() for spec in (one, other))
        assert here == there
    domains = [layer_with(spec["spec"], "line")["encoding"]["y"]["scale"]["domain"] for spec in (one, other)]
    assert domains[1] == pytest.approx([end * factor + offset for end in domains[0]], abs=2e-3)


def test_a_plane_of_other_columns_is_the_same_plane(points):
    frame = points({"song": (0.5, 0.4), "other": (0.2, 0.7)})
    renamed = charts.plane(frame.rename(columns={"energy": "arousal"}), axes=Axes(y="arousal", y_title="arousal →"))
    ours, theirs = charts.plane(frame).to_dict(), json.loads(renamed.to_json().replace("arousal", "energy"))
    for one, other in zip(ours["layer"], theirs["layer"], strict=True):
        same = {**one, "data": rows_of(ours, one)}, {**other, "data": rows_of(theirs, other)}
        assert json.dumps(same[0], sort_keys=True) == json.dumps(same[1], sort_keys=True)


def test_the_middle_of_the_scale_does_not_widen_the_axes(points):
    """Vega gives an axis zero unless told otherwise by every layer, the rule in the middle among them."""
    spec = charts.plane(points({"song": (0.5, 0.4)})).to_dict()
    wanted = layer_with(spec, "line")["encoding"]["x"]["scale"]["domain"]
    assert wanted[0] > 0
    scales = {scale["name"]: scale for scale in vl_convert.vegalite_to_vega(spec)["scales"]}
    assert (scales["x"]["domain"], scales["x"]["zero"]) == (wanted, False)


def test_plane_of_emotion_needs_a_dry_point():
    with pytest.raises(ValueError, match='no point of family "dry"'):
        charts.emotion_plane(places().query("effect != 'dry'"))


def test_plane_of_emotion_without_places_is_a_sentence():
    for empty in (places().head(0), places().assign(valence=math.nan), places().query("effect == 'dry'")):
        assert Picture(charts.emotion_plane(empty)).texts == ["No effect has a place in the plane."]
