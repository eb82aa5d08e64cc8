import json
import math

import pandas as pd
import pytest
import vl_convert
from chart_specs import layer_with, rows_of, spec_of

from wetdry.report import charts
from wetdry.report.charts.plane import plane
from wetdry.report.theme import FAMILIES


def test_dose_response_is_a_panel_a_family_and_a_row_a_target(shifts):
    spec = spec_of(charts.dose_response(shifts))
    energy, valence = spec["vconcat"]
    assert [part["title"] for part in (energy, valence)] == ["Energy, wet − dry", "Valence, wet − dry"]
    for part in (valence, energy):
        assert part["facet"]["sort"] == ["reverb", "distortion", "delay"]
        assert part["columns"] == 3
        line = layer_with(part["spec"], "line")
        assert line["encoding"]["x"]["scale"]["domain"] == [0, 10]
        assert (line["encoding"]["x"]["field"], line["encoding"]["y"]["field"]) == ("level", "shift")
        assert {line["encoding"][channel]["field"] for channel in ("color", "strokeDash")} == {"compared"}
        band = layer_with(part["spec"], "area")["encoding"]
        assert (band["y"]["field"], band["y2"]["field"]) == ("low", "high")
        assert layer_with(part["spec"], "rule")["encoding"]["y"]["datum"] == 0
        drawn = pd.DataFrame(rows_of(spec, part))
        assert set(drawn["level"]) == {0, 5, 10}
        assert set(drawn["compared"]) == {"raw", "loudness-matched", "gain only"}
    for part, target in ((valence, "valence"), (energy, "energy")):
        low, high = layer_with(part["spec"], "line")["encoding"]["y"]["scale"]["domain"]
        own = shifts[(shifts["target"] == target) & shifts["level"].notna()]
        assert low <= min(0.0, own[["shift", "low"]].min().min())
        assert high >= max(0.0, own[["shift", "high"]].max().max())


def test_targets_of_dose_response_keep_their_own_scales(shifts):
    """A target of large numbers does not flatten one of small ones."""
    large = shifts.assign(target="tempo", **{name: shifts[name] * 100 for name in ("shift", "low", "high")})
    domains = {
        part["title"]: layer_with(part["spec"], "line")["encoding"]["y"]["scale"]["domain"]
        for part in spec_of(charts.dose_response(pd.concat([shifts, large])))["vconcat"]
    }
    alone = spec_of(charts.dose_response(shifts))["vconcat"][0]
    assert domains["Energy, wet − dry"] == layer_with(alone["spec"], "line")["encoding"]["y"]["scale"]["domain"]
    assert max(domains["Tempo, wet − dry"]) > 20 * max(domains["Energy, wet − dry"])


def test_effect_bars_show_what_has_no_levels(shifts):
    spec = spec_of(charts.effect_bars(shifts))
    drawn = pd.DataFrame(rows_of(spec, spec))
    assert set(drawn["family"]) == {"tape"}
    assert spec["facet"]["sort"] == ["energy", "valence"]
    encoding = layer_with(spec["spec"], "point")["encoding"]
    assert (encoding["x"]["field"], encoding["y"]["field"]) == ("shift", "family")
    assert encoding["color"]["field"] == encoding["shape"]["field"] == encoding["yOffset"]["field"] == "compared"


def test_ranking_is_ordered_by_the_raw_shift_at_the_strongest_level(shifts):
    spec = spec_of(charts.ranking(shifts, "energy"))
    point = layer_with(spec, "point")["encoding"]
    assert point["y"]["sort"] == ["distortion", "delay", "reverb", "tape"]
    assert point["x"]["title"] == ["← calmer   ·   more energetic →", "energy, wet − dry"]
    drawn = pd.DataFrame(rows_of(spec, spec))
    assert set(drawn["control"]) == {"raw", "matched"}
    assert set(drawn["level"].dropna()) == {10}
    assert set(drawn["target"]) == {"energy"}
    assert spec["width"] == "container"
    flipped = layer_with(spec_of(charts.ranking(shifts, "valence")), "point")["encoding"]["y"]["sort"]
    assert flipped == ["tape", "reverb", "delay", "distortion"]


def test_rows_of_several_clips_are_not_mixed(shifts):
    two = pd.concat([shifts.assign(clip="a"), shifts.assign(clip="b", shift=9.0)])
    with pytest.raises(ValueError, match="not of 2"):
        charts.dose_response(two)
    over = charts.ranking(pd.concat([two, shifts]), "energy").to_dict()
    assert max(row["shift"] for row in rows_of(over, over)) == pytest.approx(0.28)


def test_plane_goes_from_dry_to_the_strongest_level(points):
    spec = spec_of(plane(points({"song": (0.5, 0.4)})))
    path = layer_with(spec, "line")
    rows = pd.DataFrame(rows_of(spec, path))
    distortion = rows[rows["family"] == "distortion"].sort_values("step")
    assert list(distortion["level"]) == [0, 5, 10]
    assert list(distortion["energy"]) == pytest.approx([0.4, 0.54, 0.68])
    assert path["encoding"]["order"]["field"] == "step"
    heads = next(layer for layer in spec["layer"] if layer["mark"].get("shape") == "triangle")
    tips = pd.DataFrame(rows_of(spec, heads)).set_index("family")
    assert tips.loc["distortion", ["toward_x", "toward_y"]].tolist() == pytest.approx([-0.07, 0.14])
    assert heads["encoding"]["angle"] == {"field": "turn", "scale": None, "type": "quantitative"}
    x, y = (path["encoding"][axis]["scale"]["domain"] for axis in "xy")
    assert x[1] - x[0] == pytest.approx(y[1] - y[0]) == pytest.approx(1.3 * 0.38)
    assert y[0] <= 0.3
    assert y[1] >= 0.68
    corners = [layer["mark"]["text"] for layer in spec["layer"] if "text" in layer["mark"]]
    assert corners == ["excited ↗", "↖ tense", "↙ sad", "calm ↘"]


def test_arrowheads_point_along_their_path(points):
    """An arrow up and to the left: the triangle is turned by minus the angle from upright, in pixels."""
    chart = plane(points({"song": (0.5, 0.4)}))
    spec = chart.to_dict()
    spec["width"] = 460
    spec.pop("config")
    svg = vl_convert.vegalite_to_svg(spec)
    turn = math.degrees(math.atan2(-0.07, 0.14))
    assert f"rotate({turn:.4f}"[:14] in svg


def test_plane_does_not_magnify_noise(points):
    still = points({"song": (0.5, 0.4)})
    still = still.assign(valence=0.5, energy=0.4)
    spec = spec_of(plane(still))
    assert layer_with(spec, "line")["encoding"]["x"]["scale"]["domain"] == [0.4, 0.6]
    heads = next(layer for layer in spec["layer"] if layer["mark"].get("shape") == "triangle")
    assert rows_of(spec, heads) == []


def test_plane_of_many_clips_is_their_mean(points):
    spec = spec_of(plane(points({f"clip {i}": (0.3 + 0.1 * i, 0.4) for i in range(5)})))
    rows = pd.DataFrame(rows_of(spec, layer_with(spec, "line")))
    assert set(rows["clip"]) == {"mean of 5 clips"}
    strongest = rows[(rows["family"] == "distortion") & (rows["level"] == 10)].iloc[0]
    assert (strongest["valence"], strongest["energy"]) == pytest.approx((0.5 - 0.14, 0.68))


def test_plane_of_many_families_colours_the_ten_that_move_it_furthest(points):
    start = points({"song": (0.5, 0.4)})
    crowd = [start.iloc[:1]]
    for i in range(1, 13):
        tip = start[(start["family"] == "distortion") & (start["level"] == 10)]
        crowd.append(tip.assign(family=f"effect {i}", valence=0.5 + 0.03 * i))
    spec = spec_of(plane(pd.concat(crowd)))
    lines = [layer for layer in spec["layer"] if layer["mark"]["type"] == "line"]
    faint, coloured = ({row["family"] for row in rows_of(spec, line)} for line in lines)
    assert faint == {"effect 1", "effect 2"}
    assert coloured == {f"effect {i}" for i in range(3, 13)}
    assert lines[0]["mark"]["style"] == "faint"
    assert "color" not in lines[0]["encoding"]
    assert spec["title"]["text"] == "In colour: the 10 effects that move it furthest"


def test_plane_needs_the_dry_point(points):
    wet = points({"song": (0.5, 0.4)}).query("family != 'dry'")
    with pytest.raises(ValueError, match='clip "song" has no point of family "dry"'):
        plane(wet)


def test_gain_share_draws_the_determined_and_says_the_rest(shares):
    spec = spec_of(charts.gain_share(shares))
    rows = pd.DataFrame(rows_of(spec, spec)).set_index("family")
    assert rows.loc["reverb", "level"] == 10
    assert rows.loc["distortion", ["drawn", "drawn_low", "drawn_high"]].tolist() == [1.5, -0.5, 1.5]
    point = layer_with(spec["spec"], "point")
    assert point["transform"] == [{"filter": "datum.determined"}]
    assert point["encoding"]["x"]["field"] == "drawn"
    words = next(layer for layer in spec["spec"]["layer"] if layer["mark"].get("text"))
    assert words["transform"] == [{"filter": "!datum.determined"}]
    spec["data"] = {"values": rows_of(spec, spec)}
    svg = vl_convert.vegalite_to_svg(spec)
    assert svg.count(">undetermined<") == 1
    assert ">400%</text>" in svg


def test_displacement_has_lines_points_and_a_floor(displacements):
    spec = spec_of(charts.displacement(displacements))
    lines, single = spec["vconcat"]
    marks = pd.DataFrame(rows_of(spec, lines))
    assert set(marks.loc[marks["kind"] == "line", "family"]) == {"reverb", "distortion"}
    assert marks.loc[marks["kind"] == "floor", "displacement"].tolist() == [0.03]
    labels = marks[marks["kind"] == "label"].set_index("family")
    assert labels.loc["distortion", "label_at"] == pytest.approx(1.8)
    assert labels.loc["identity", "label_at"] == pytest.approx(0.03)
    assert layer_with(lines["spec"], "rule")["encoding"]["y"]["datum"] == 1
    assert lines["spec"]["layer"][2]["encoding"]["color"]["scale"]["domain"] == list(FAMILIES)
    assert {row["family"] for row in rows_of(spec, single)} == {"tape"}


def test_displacement_labels_do_not_cover_each_other(displacements):
    same = displacements.assign(
        displacement=displacements["displacement"].where(
            displacements["family"] != "reverb", displacements["level"] * 0.18
        )
    )
    lines = spec_of(charts.displacement(same))
    marks = pd.DataFrame(rows_of(lines, lines["vconcat"][0]))
    heights = marks[marks["kind"] == "label"].set_index("family")["label_at"]
    assert abs(heights["reverb"] - heights["distortion"]) > 0.08


def test_displacement_of_many_families_is_a_panel_each(displacements):
    reverb = displacements[displacements["family"] == "reverb"]
    crowd = pd.concat([reverb.assign(family=f"effect {i}") for i in range(11)] + [displacements.tail(1)])
    spec = spec_of(charts.displacement(crowd))
    (panels,) = spec["vconcat"]
    assert panels["facet"]["field"] == "family"
    assert len(panels["facet"]["sort"]) == 11
    rules = [layer["encoding"]["y"]["datum"] for layer in panels["spec"]["layer"] if layer["mark"]["type"] == "rule"]
    assert rules == [1, 0.03]


def test_displacement_without_numbers_says_so(displacements):
    spec = spec_of(charts.displacement(displacements.assign(displacement=math.nan)))
    assert rows_of(spec, spec["vconcat"][0])[0]["text"] == "No displacement could be measured."


def test_missing_intervals_leave_the_points(shifts):
    """A clip of one window has shifts but no intervals."""
    bare = shifts.assign(low=math.nan, high=math.nan)
    for chart in (charts.dose_response(bare), charts.ranking(bare, "energy"), charts.effect_bars(bare)):
        spec = spec_of(chart)
        rows = [row for rows in spec["datasets"].values() for row in rows]
        assert {row["low"] for row in rows} == {row["high"] for row in rows} == {None}
        assert all(math.isfinite(row["shift"]) for row in rows)
        json.dumps(spec, allow_nan=False)


def test_displacement_intervals_are_cut_at_the_edge_of_the_scale(displacements):
    spec = spec_of(charts.displacement(displacements.assign(high=500.0)))
    drawn = [row for part in spec["vconcat"] for row in rows_of(spec, part) if row.get("kind", "line") == "line"]
    assert {row["level"] is None for row in drawn} == {True, False}
    assert max(row["high"] for row in drawn) <= 1.4 * max(1.0, displacements["displacement"].max())
