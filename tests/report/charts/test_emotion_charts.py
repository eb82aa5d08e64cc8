"""The charts of how effects shift estimated emotion."""

import itertools
import math

import pandas as pd
import pytest
from chart_specs import Picture, layer_with, rows_of, spec_of

from wetdry.report import charts
from wetdry.report.charts.survival import VERDICTS
from wetdry.report.theme import FAMILIES

QUADRANTS = ("Q1 Excitement", "Q2 Anger", "Q3 Sadness", "Q4 Calmness")
LONG = "a chain of effects with a very long name indeed"


def shifts(controls=("raw", "matched")):
    """Distortion grows by 0.1 a level, half of it matched; the longly named effect does nothing and has a gap."""
    rows = []
    for (target, unit, size), control in itertools.product(
        (("valence", "SD", -1.0), ("arousal", "SD", 2.0), ("Anger", "probability", 0.3)), controls
    ):
        for level in range(1, 11):
            shift = size * level / 10 * (0.5 if control == "matched" else 1.0)
            q = 0.01 if level >= 6 else 0.2
            rows.append(("distortion", float(level), target, shift, q, unit, control))
            rows.append((LONG, float(level), target, math.nan if level == 10 else 0.0, math.nan, unit, control))
        rows.append(("tape", math.nan, target, 99.0, 0.0, unit, control))
    frame = pd.DataFrame(rows, columns=["effect", "level", "target", "shift", "q", "unit", "control"])
    return frame.assign(low=frame["shift"] - 0.1, high=frame["shift"] + 0.1)


def test_heat_has_a_panel_a_target_and_control_and_a_symmetric_scale_a_unit():
    matched_first = shifts().sort_values("control", kind="stable")
    spec = spec_of(charts.effect_heat(matched_first))
    deviations, probabilities = spec["vconcat"]
    assert deviations["facet"]["sort"] == [
        "valence, raw",
        "valence, loudness-matched",
        "arousal, raw",
        "arousal, loudness-matched",
    ]
    assert probabilities["facet"]["sort"] == ["Anger, raw", "Anger, loudness-matched"]
    assert deviations["columns"] == probabilities["columns"] == 2
    colours = [layer_with(part["spec"], "rect")["encoding"]["color"] for part in (deviations, probabilities)]
    assert [colour["scale"]["domain"] for colour in colours] == [[-2.0, 2.0], [-0.3, 0.3]]
    assert {colour["scale"]["range"] for colour in colours} == {"diverging"}
    assert [colour["legend"]["title"] for colour in colours] == ["wet − dry, in SD", "wet − dry, in probability"]
    assert spec["resolve"]["scale"]["color"] == "independent"


def test_heat_marks_what_is_significant_and_writes_what_is_not_known():
    chart = charts.effect_heat(shifts())
    picture = Picture(chart)
    panels = 6
    assert picture.marks("rect") == {0: panels * (10 + 9)}
    on_weak, on_strong = picture.marks("symbol")[1], picture.marks("symbol")[2]
    assert on_weak + on_strong == panels * 5
    # Of each unit the largest shift ends the scale; in colour of the page from 0.62 of it: levels 7 to 10.
    assert on_strong == 2 * 4
    assert picture.marks("text")[3] == panels
    assert LONG[:8] in " ".join(picture.texts)
    assert not any(row["effect"] == "tape" for rows in spec_of(chart)["datasets"].values() for row in rows)


def test_heat_without_controls_is_a_panel_a_target():
    (part, _) = spec_of(charts.effect_heat(shifts(("raw",)).drop(columns="control")))["vconcat"]
    assert part["facet"]["sort"] == ["valence", "arousal"]
    assert part["columns"] == 2


def test_heat_of_a_unit_without_numbers_is_dashes_beside_the_others():
    some = shifts(("raw",))
    some.loc[some["unit"] == "probability", "shift"] = math.nan
    chart = charts.effect_heat(some)
    assert Picture(chart).marks("text")[3] == 2 + 20
    assert Picture(chart).marks("rect") == {0: 2 * (10 + 9)}


def flow(classes, effects=("distortion", LONG)):
    rows = [
        (effect, float(level), name, (1 + level * (index == 1)) / (len(classes) + level))
        for effect in effects
        for level in range(11)
        for index, name in enumerate(classes)
    ]
    return pd.DataFrame(rows, columns=["effect", "level", "class", "share"])


def test_class_flow_stacks_the_classes_of_each_level():
    chart = charts.class_flow(flow(QUADRANTS))
    spec = spec_of(chart)
    area = layer_with(spec["spec"], "area")["encoding"]
    assert (area["x"]["field"], area["y"]["field"], area["y"]["stack"]) == ("level", "share", "zero")
    assert area["x"]["scale"]["domain"] == [0, 10]
    assert area["color"]["legend"]["values"] == list(QUADRANTS)
    assert area["order"] == {"field": "rank", "sort": "descending", "type": "quantitative"}
    sums = pd.DataFrame(rows_of(spec, spec)).groupby(["effect", "level"])["share"].sum()
    assert sums.to_numpy() == pytest.approx(1.0)
    picture = Picture(chart)
    assert picture.marks("area") == {0: 2 * len(QUADRANTS)}
    assert picture.marks("rect") == {1: 2 * len(QUADRANTS) * 11}
    assert {"dry", "10", *QUADRANTS} <= set(picture.texts)


def colours(classes):
    """The place in the palette of each class."""
    spec = charts.class_flow(flow(classes, effects=("distortion",))).to_dict()
    domain = layer_with(spec["spec"], "area")["encoding"]["color"]["scale"]["domain"]
    return [domain.index(name) for name in classes]


def test_quadrants_have_their_own_colours_under_any_name():
    excitement, anger, sadness, calmness = colours(QUADRANTS)
    assert sorted((excitement, anger, sadness, calmness)) == [0, 1, 2, 3]
    assert colours(("Q4", "Q2", "Q1", "Q3")) == [calmness, anger, excitement, sadness]
    assert colours(("Anger", "Calmness")) == [anger, calmness]
    assert colours([f"class {index}" for index in range(9)]) == list(range(9))


def moves():
    """Half of the sad clips turn angry, all others stay; no clip was excited; "Q4" is only ever arrived at."""
    rows = [
        ("distortion", "Q2", "Q2", 1.0, 8),
        ("distortion", "Q3", "Q2", 0.5, 3),
        ("distortion", "Q3", "Q3", 0.375, 3),
        ("distortion", "Q3", "Q4", 0.125, 1),
        ("distortion", "Q1", "Q1", math.nan, 0),
    ]
    return pd.DataFrame(rows, columns=["effect", "from", "to", "share", "count"])


def test_transitions_are_a_matrix_of_per_cent_of_the_row():
    chart = charts.transitions(pd.concat([moves(), moves().assign(effect=LONG)]))
    picture = Picture(chart)
    assert [picture.texts.count(text) for text in ("100", "50", "38", "12", "–")] == [2] * 5
    assert picture.marks("rect") == {0: 2 * 4, 1: 2 * 3}
    spec = spec_of(chart)
    assert spec["facet"]["sort"] == ["distortion", LONG]
    encoding = layer_with(spec["spec"], "rect")["encoding"]
    assert (encoding["y"]["field"], encoding["x"]["field"]) == ("from", "to")
    assert encoding["x"]["sort"] == encoding["y"]["sort"] == ["Q2", "Q3", "Q1", "Q4"]
    assert encoding["color"]["scale"] == {"domain": [0, 1], "range": "heatmap"}


def profile(values, effects=("dry", "distortion", "reverb"), axes=QUADRANTS):
    rows = [(effect, axis, value) for effect in effects for axis, value in zip(axes, values[effect], strict=True)]
    return pd.DataFrame(rows, columns=["effect", "axis", "value"])


PROFILES = {"dry": (0.25, 0.25, 0.25, 0.25), "distortion": (0.1, 0.6, 0.2, 0.1), "reverb": (0.2, 0.0, 0.4, 0.4)}


def test_radar_puts_values_at_their_part_of_the_radius_in_the_quadrants():
    spec = spec_of(charts.radar(profile(PROFILES)))
    assert spec["facet"]["sort"] == ["distortion", "reverb"]
    rows = pd.DataFrame(rows_of(spec, spec))
    wet = rows[(rows["kind"] == "wet") & (rows["effect"] == "distortion")].set_index("axis")
    radius = dict(zip(wet.index, (wet["right"] ** 2 + wet["up"] ** 2) ** 0.5, strict=True))
    assert radius == pytest.approx(dict(zip(QUADRANTS, (1 / 6, 1.0, 1 / 3, 1 / 6), strict=True)))
    signs = [(math.copysign(1, wet["right"][axis]), math.copysign(1, wet["up"][axis])) for axis in QUADRANTS]
    assert signs == [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    assert set(rows.loc[rows["kind"] == "ring value", "text"]) == {"0.3", "0.6"}


def test_radar_draws_the_dry_profile_into_every_panel():
    picture = Picture(charts.radar(profile(PROFILES)))
    rings, spokes, filled, wet, dry = (picture.marks("line")[layer] for layer in range(5))
    assert (rings, spokes, filled, wet, dry) == (2 * 2, 2 * 4, 2, 2, 2)
    assert picture.marks("symbol") == {5: 2 * 4, 6: 2 * 4}
    assert picture.texts.count("Dashed: dry clips") == 1


def test_radar_has_no_outline_where_a_value_is_missing():
    gap = profile({**PROFILES, "reverb": (0.2, math.nan, 0.4, 0.4)})
    picture = Picture(charts.radar(gap))
    assert picture.marks("line")[3] == 1
    assert picture.marks("symbol")[6] == 4 + 3


def test_radar_of_negative_values_has_its_middle_below_zero():
    signed = {"dry": (0.0, 0.0, 0.0), "distortion": (-0.5, 1.0, 0.0)}
    spec = spec_of(charts.radar(profile(signed, effects=signed, axes=("valence", "arousal", LONG))))
    rows = pd.DataFrame(rows_of(spec, spec))
    assert set(rows.loc[rows["kind"] == "ring value", "text"]) == {"0", "0.25", "1"}
    wet = rows[rows["kind"] == "wet"].set_index("axis")
    assert math.hypot(wet["right"]["valence"], wet["up"]["valence"]) == pytest.approx(0.0)
    assert math.hypot(wet["right"]["arousal"], wet["up"]["arousal"]) == pytest.approx(1.0)


@pytest.mark.parametrize("width", [180, 500])
def test_radar_stays_round_in_panels_of_any_width(width):
    chart = charts.radar(profile(PROFILES)).copy(deep=True)
    chart.spec.width = width
    boxes = Picture(chart).boxes("line", layer=0)
    assert len(boxes) == 4
    for across, down in boxes:
        assert across == pytest.approx(down, abs=0.01)
    assert max(across for across, _ in boxes) <= min(width, 210)


def test_radar_needs_three_axes():
    two = profile({"dry": (0.1, 0.2)}, effects=["dry"], axes=("valence", "arousal"))
    assert "A radar takes 3 axes or more; there are 2." in Picture(charts.radar(two)).texts


def verdicts():
    rows = []
    encoders, effects, targets = ("vibenet", "whisper"), ("distortion", LONG), ("valence", "Anger")
    for encoder, effect, target in itertools.product(encoders, effects, targets):
        for check, verdict in zip(("survives", "matched", "probes", "tests"), VERDICTS, strict=True):
            rows.append((encoder, effect, target, check, verdict, 0.12, "0.12 of 0.3"))
    return pd.DataFrame(rows, columns=["encoder", "effect", "target", "check", "verdict", "shift", "detail"])


def test_survival_is_a_grid_with_the_summary_last_and_filled():
    chart = charts.survival(verdicts())
    spec = spec_of(chart)
    assert [part["title"] for part in spec["vconcat"]] == ["Valence", "Anger"]
    assert all(part["facet"]["sort"] == ["vibenet", "whisper"] for part in spec["vconcat"])
    ground = layer_with(spec["vconcat"][0]["spec"], "rect")["encoding"]
    assert ground["x"]["sort"] == ["matched", "probes", "tests", "survives"]
    assert ground["y"]["sort"] == ["distortion", LONG]
    assert "detail" in {tip["field"] for tip in ground["tooltip"]}
    picture = Picture(chart)
    rows = 2 * 2 * 2
    assert picture.marks("rect") == {0: 4 * rows, 1: rows}
    assert picture.marks("symbol") == {2: 3 * rows, 3: 0, 4: rows}
    assert [picture.texts.count(verdict) for verdict in VERDICTS] == [1] * 4


def test_survival_tells_verdicts_apart_by_sign_and_colour():
    sign = layer_with(spec_of(charts.survival(verdicts()))["vconcat"][0]["spec"], "point")["encoding"]
    shapes = dict(zip(sign["shape"]["scale"]["domain"], sign["shape"]["scale"]["range"], strict=True))
    assert len({shapes[verdict] for verdict in VERDICTS}) == len(VERDICTS)
    places = [sign["color"]["scale"]["domain"].index(verdict) for verdict in VERDICTS]
    assert len(set(places)) == len(VERDICTS)
    assert max(places) < len(FAMILIES)


def test_survival_does_not_fill_what_was_not_tested():
    untested = verdicts()
    untested.loc[untested["check"] == "survives", "verdict"] = "not tested"
    picture = Picture(charts.survival(untested))
    assert picture.marks("rect").get(1, 0) == 0
    assert picture.marks("symbol")[3] == 8


def test_survival_refuses_other_verdicts():
    with pytest.raises(ValueError, match='a verdict is one of yes, partly, no, not tested, not "maybe"'):
        charts.survival(verdicts().assign(verdict="maybe"))


def scores():
    rows = [
        (effect, float(level), who, metric, 0.8 - slope * level, 0.25 if metric == "accuracy" else math.nan)
        for effect, slope in (("distortion", 0.3), ("reverb", 0.01))
        for metric in ("R²", "accuracy")
        for who in ("vibenet", "handcrafted")
        for level in range(11)
    ]
    frame = pd.DataFrame(rows, columns=["effect", "level", "who", "metric", "value", "chance"])
    frame.loc[frame["metric"] == "accuracy", "value"] = 0.5
    return frame.assign(low=frame["value"] - 0.1, high=frame["value"] + 0.1)


def test_performance_has_a_row_of_panels_a_metric_and_a_line_each():
    chart = charts.performance(scores())
    spec = spec_of(chart)
    assert [part["title"] for part in spec["vconcat"]] == ["R² (▼ below −1)", "accuracy"]
    determination, accuracy = spec["vconcat"]
    rows = pd.DataFrame(rows_of(spec, determination))
    assert rows["drawn"].min() == rows["drawn_low"].min() == -1
    assert rows["value"].min() == pytest.approx(-2.2)
    band = layer_with(determination["spec"], "area")["encoding"]
    assert (band["y"]["field"], band["y2"]["field"]) == ("drawn_low", "drawn_high")
    line = layer_with(accuracy["spec"], "line")["encoding"]
    assert line["color"]["field"] == line["strokeDash"]["field"] == "who"
    assert line["color"]["scale"]["domain"] == ["vibenet", "handcrafted"]
    picture = Picture(chart)
    assert picture.marks("rule") == {0: 2}
    # R² falls below −1 from level 7 on: four arrowheads a line.
    assert sum(picture.marks("symbol").values()) == 2 * 2 * 2 * 11
    below = rows[rows["below"]]
    assert (set(below["effect"]), sorted(set(below["level"]))) == ({"distortion"}, [7, 8, 9, 10])


def chains():
    columns = [f"{of}{end}" for of in ("actual", "expected") for end in ("", "_low", "_high")]
    rows = [
        ("tape", "valence", "SD", 0.1, 0.0, 0.2, 0.3, 0.2, 0.4),
        (LONG, "valence", "SD", -0.04, -0.14, 0.06, -0.4, -0.5, -0.3),
        ("tape", "Anger", "probability", 0.02, 0.0, 0.04, 0.01, 0.0, 0.02),
        ("radio", "Anger", "probability", math.nan, math.nan, math.nan, 0.01, 0.0, 0.02),
    ]
    return pd.DataFrame(rows, columns=["chain", "target", "unit", *columns])


def test_additivity_joins_a_chain_with_the_sum_of_its_parts():
    chart = charts.additivity(chains())
    spec = spec_of(chart)
    assert spec["facet"]["sort"] == ["valence (SD)", "Anger (probability)"]
    assert spec["resolve"]["scale"]["x"] == "independent"
    ends = pd.DataFrame(rows_of(spec, spec)).set_index(["target", "chain", "what"]).sort_index()
    assert ends.loc[("valence", "tape", "the chain"), ["end", "low", "high"]].tolist() == [0.1, 0.0, 0.2]
    assert ends.loc[("valence", "tape", "sum of its parts"), ["end", "low", "high"]].tolist() == [0.3, 0.2, 0.4]
    point = layer_with(spec["spec"], "point")["encoding"]
    assert point["y"]["sort"] == ["tape", LONG]
    assert point["color"]["field"] == point["shape"]["field"] == "what"
    picture = Picture(chart)
    assert picture.marks("line") == {1: 3}
    assert picture.marks("rule") == {0: 2, 2: 3, 3: 3}
    assert picture.marks("symbol") == {4: 6}


def test_alignment_stands_beside_random_directions_largest_first():
    rows = pd.DataFrame(
        [
            ("vibenet", "EQ", 0.02, 0.01, 0.03, 0.01, 0.05),
            ("vibenet", LONG, 0.2, 0.1, 0.3, 0.01, 0.05),
            ("whisper", "EQ", 0.04, 0.03, 0.05, 0.01, 0.05),
            ("whisper", LONG, math.nan, math.nan, math.nan, 0.01, 0.05),
        ],
        columns=["who", "effect", "share", "low", "high", "chance_low", "chance_high"],
    )
    chart = charts.alignment(rows)
    spec = spec_of(chart)
    assert spec["facet"]["sort"] == ["vibenet", "whisper"]
    chance, interval = (layer_with(spec["spec"], mark)["encoding"] for mark in ("bar", "rule"))
    assert (chance["x"]["field"], chance["x2"]["field"]) == ("chance_low", "chance_high")
    assert (interval["x"]["field"], interval["x2"]["field"]) == ("low", "high")
    assert interval["y"]["sort"] == [LONG, "EQ"]
    picture = Picture(chart)
    assert (picture.marks("rect"), picture.marks("symbol")) == ({0: 3}, {2: 3})


def test_small_shares_along_emotion_have_ticks_that_differ():
    rows = pd.DataFrame(
        [("vibenet", "EQ", 0.005, 0.002, 0.008, 0.002, 0.018)],
        columns=["who", "effect", "share", "low", "high", "chance_low", "chance_high"],
    )
    ticks = [text for text in Picture(charts.alignment(rows)).texts if text.endswith("%")]
    assert len(ticks) > 2
    assert len(set(ticks)) == len(ticks)


@pytest.fixture
def pairs():
    rows = [("linear", "linear", 1.0), ("linear", "mlp", -0.734), ("mlp", "xgboost", math.nan), ("mlp", "mlp", 1.0)]
    return pd.DataFrame(rows, columns=["who", "other", "value"])


def test_agreement_writes_each_pair_given(pairs):
    chart = charts.agreement(pairs)
    picture = Picture(chart)
    assert [picture.texts.count(text) for text in ("1.00", "−0.73", "–")] == [2, 1, 1]
    assert picture.marks("rect") == {0: 3}
    cell = layer_with(spec_of(chart), "rect")["encoding"]
    assert cell["x"]["sort"] == cell["y"]["sort"] == ["linear", "mlp", "xgboost"]
    assert (cell["color"]["scale"]["domain"], cell["color"]["scale"]["reverse"]) == ([-1, 1], True)


def test_agreement_of_targets_is_a_panel_each(pairs):
    spec = spec_of(charts.agreement(pd.concat([pairs.assign(target=target) for target in ("valence", "Anger")])))
    assert spec["facet"]["sort"] == ["valence", "Anger"]


@pytest.mark.parametrize(
    ("chart", "table", "sentence"),
    [
        (charts.effect_heat, shifts(), "No shift could be measured."),
        (charts.class_flow, flow(QUADRANTS), "No clip was classified."),
        (charts.transitions, moves(), "No clip was classified."),
        (charts.radar, profile(PROFILES), "No profile could be measured."),
        (charts.survival, verdicts(), "No shift was put to a check."),
        (charts.performance, scores(), "No score could be measured."),
        (charts.additivity, chains(), "No chain could be held against its parts."),
        (charts.alignment, None, "No displacement could be held against emotion."),
        (charts.agreement, None, "No agreement could be measured."),
    ],
)
def test_an_empty_table_is_a_sentence(chart, table, sentence):
    columns = ["who", "other", "effect", "share", "value"] if table is None else table.columns
    assert sentence in Picture(chart(pd.DataFrame(columns=columns))).texts


@pytest.mark.parametrize(
    ("chart", "table", "column"),
    [
        (charts.effect_heat, shifts(), "shift"),
        (charts.class_flow, flow(QUADRANTS), "share"),
        (charts.transitions, moves(), "share"),
        (charts.radar, profile(PROFILES), "value"),
        (charts.performance, scores(), "value"),
        (charts.additivity, chains(), "actual"),
    ],
)
def test_a_table_without_numbers_is_a_sentence(chart, table, column):
    texts = Picture(chart(table.assign(**{column: math.nan}))).texts
    assert len(texts) == 1
    assert texts[0].startswith("No ")
