"""The charts of how well emotion is recognised: models against each other, against ratings and against data sets."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from chart_specs import Picture, rows_of, spec_of

from wetdry.report import charts
from wetdry.report.charts.leaderboard import BELOW, HELD_OUT, LEAKS, LEAST, PUBLISHED
from wetdry.report.charts.learning_curves import LEAST as LEAST_LEARNT
from wetdry.report.charts.thinning import MOST_MARKS

LONG = "handcrafted · a selection with a very long name indeed + a head with one"


def scores(*models):
    """Phase, model, R² of valence and of arousal, published R², leaks; each interval is 0.1 either way."""
    rows = [
        (phase, model, target, metric, value, value - 0.1, value + 0.1, published, leaks, 1744)
        for phase, model, values, published, leaks in models
        for target, value in zip(("valence", "arousal"), values, strict=True)
        for metric in ("rmse", "r2")
    ]
    columns = ["phase", "model", "target", "metric", "value", "low", "high", "published", "leaks", "clips"]
    return pd.DataFrame(rows, columns=columns)


MODELS = (
    (0, "baseline", (-0.01, -0.02), math.nan, ""),
    (1, LONG, (0.30, 0.40), math.nan, ""),
    (1, "handcrafted · pearson", (0.60, 0.50), math.nan, "selected on all songs"),
    (2, "se-gru", (0.45, 0.70), 0.46, ""),
    (2, "cnn", (-3.0, 0.2), math.nan, ""),
)


@pytest.fixture(scope="module")
def board():
    """The leaderboard of `MODELS`: its specification and its picture."""
    chart = charts.leaderboard(scores(*MODELS))
    return spec_of(chart), Picture(chart)


def layers(spec, mark):
    return [layer for layer in spec["spec"]["layer"] if layer["mark"]["type"] == mark]


def test_leaderboard_has_the_best_model_on_average_at_the_top(board):
    spec, _ = board
    assert spec["facet"]["sort"] == ["valence", "arousal"]
    places = {tuple(layer["encoding"]["y"]["sort"]) for layer in layers(spec, "point")}
    assert places == {("se-gru", "handcrafted · pearson", LONG, "baseline", "cnn")}
    rows = pd.DataFrame(rows_of(spec, spec))
    assert len(rows) == 2 * (len(MODELS) + 1)
    assert rows["value"].max() == 0.7


def test_leaderboard_cuts_what_is_far_below_a_guess(board):
    spec, picture = board
    rows = pd.DataFrame(rows_of(spec, spec)).query("model == 'cnn'").set_index("target")
    assert rows["drawn"].to_dict() == {"valence": LEAST, "arousal": 0.2}
    assert rows["sign"].to_dict() == {"valence": BELOW, "arousal": HELD_OUT}
    assert {"−3.00", BELOW} <= set(picture.texts)
    low, high = layers(spec, "point")[0]["encoding"]["x"]["scale"]["domain"]
    assert -0.25 < low < LEAST
    assert 0.8 < high < 0.85


def test_leaderboard_tells_phases_apart_and_greys_what_leaks(board):
    spec, picture = board
    ground, zero, intervals, leaking, *_ = range(10)
    assert picture.marks("rect")[ground] == 2
    assert picture.marks("rule") == {zero: 2, intervals: 2 * 4, leaking: 2}
    assert picture.marks("symbol") == {4: 2 * 4, 5: 2, 6: 2}
    assert picture.texts.count("selected on all songs") == 2
    honest, grey, published = layers(spec, "point")
    assert honest["encoding"]["color"]["legend"]["values"] == [
        "baseline",
        "handcrafted features",
        "log-mel networks",
    ]
    assert "color" not in grey["encoding"]
    assert "color" not in published["encoding"]
    assert honest["encoding"]["shape"]["legend"]["values"] == [
        HELD_OUT,
        LEAKS,
        PUBLISHED,
        BELOW,
    ]


def test_published_figure_is_drawn_at_its_own_value_where_there_is_one(board):
    spec, _ = board
    published = [row for row in rows_of(spec, spec) if row["kind"] == "published"]
    assert {(row["model"], row["target"], row["drawn"]) for row in published} == {
        ("se-gru", "valence", 0.46),
        ("se-gru", "arousal", 0.46),
    }


def test_words_of_what_leaks_stand_where_there_is_room():
    leaking = [(1, name, (value, value), math.nan, "leaks") for name, value in (("low", 0.1), ("high", 0.8))]
    spec = spec_of(charts.leaderboard(scores(*leaking)))
    rows = pd.DataFrame(rows_of(spec, spec)).drop_duplicates("model").set_index("model")
    assert rows["to_the_right"].to_dict() == {"low": True, "high": False}
    assert rows["beside"].to_dict() == pytest.approx({"low": 0.2, "high": 0.7})


def test_leaderboard_has_a_line_each_part_of_a_name():
    texts = Picture(
        charts.leaderboard(
            scores((0, "mean", (0.0, 0.0), math.nan, ""), (1, "handcrafted · ridge", (0.1, 0.2), math.nan, ""))
        )
    ).texts
    # Lines of one text are read one after the other.
    assert "handcraftedridge" in texts
    assert "mean" in texts


def test_leaderboard_knows_the_phases_it_colours():
    with pytest.raises(ValueError, match="not 7"):
        charts.leaderboard(scores((7, "model", (0.1, 0.2), math.nan, "")))


def test_model_without_an_interval_is_a_point_alone():
    bare = scores((0, "baseline", (0.0, 0.0), math.nan, ""), (3, "vibenet", (0.5, 0.5), math.nan, ""))
    bare.loc[bare["model"] == "baseline", ["low", "high"]] = math.nan
    picture = Picture(charts.leaderboard(bare))
    assert picture.marks("rule")[2] == 2
    assert picture.marks("symbol")[4] == 4


def curves(models=("cnn", "se-gru"), epochs=5, start=-4.0):
    """R² rises from `start` to 0.6 and falls in the last epoch; the last but one is kept."""
    rows = [
        (model, seed, fold, epoch + 1, value, epoch == epochs - 2)
        for model, seed, fold in itertools.product(models, (0, 1), range(3))
        for epoch, value in enumerate([*np.linspace(start, 0.6, epochs - 1), 0.5])
    ]
    return pd.DataFrame(rows, columns=["model", "seed", "fold", "epoch", "r2", "kept"])


def test_learning_curves_are_a_line_a_fold_and_seed_with_a_point_where_kept():
    chart = charts.learning_curves(curves())
    spec = spec_of(chart)
    assert spec["facet"]["sort"] == ["cnn", "se-gru"]
    picture = Picture(chart)
    assert picture.marks("line") == {1: 2 * 6}
    assert picture.marks("symbol") == {2: 2 * 6}
    rows = pd.DataFrame(rows_of(spec, spec))
    assert set(rows.loc[rows["kept"], "drawn"]) == {0.6}


def test_learning_curves_cut_what_is_far_below_a_guess_and_say_so():
    chart = charts.learning_curves(curves())
    spec = spec_of(chart)
    rows = pd.DataFrame(rows_of(spec, spec))
    assert (rows["drawn"].min(), rows["r2"].min()) == (LEAST_LEARNT, -4.0)
    assert "values below −0.5 are drawn there" in spec["title"]["text"]
    assert "below" not in spec_of(charts.learning_curves(curves(start=0.1)))["title"]["text"]


def weights(encoder, *values):
    rows = [(encoder, f"block {position}", position, value) for position, value in enumerate(values)]
    frame = pd.DataFrame(rows, columns=["encoder", "layer", "position", "weight"])
    return frame.assign(low=frame["weight"] * 0.9, high=frame["weight"] * 1.1)


def test_layer_weights_stand_from_input_to_output_beside_equal_weights():
    reversed_table = pd.concat([weights("vibenet", 0.1, 0.2, 0.7), weights("panns", 0.5, 0.5)]).iloc[::-1]
    chart = charts.layer_weights(reversed_table)
    spec = spec_of(chart)
    rows = pd.DataFrame(rows_of(spec, spec))
    assert rows.groupby("encoder")["alike"].unique().map(list).to_dict() == {"panns": [0.5], "vibenet": [1 / 3]}
    picture = Picture(chart)
    assert picture.marks("rect") == {0: 5}
    assert picture.marks("rule") == {1: 5, 2: 2}
    order = [text for text in picture.texts if text.startswith("block")]
    assert order == ["block 0", "block 1", "block 0", "block 1", "block 2"]


def cross(sets=("deam", "pmemo"), within=0.5, across=-3.21, heads=("kernel",)):
    rows = [
        (train, test, "vibenet", "pooled", head, target, metric, within if train == test else across, 300, 12)
        for head, target, train, test, metric in itertools.product(
            heads, ("valence", "arousal"), sets, sets, ("r2", "rmse")
        )
    ]
    columns = ["train", "test", "encoder", "layer", "head", "target", "metric", "value", "clips", "shared"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(low=frame["value"] - 0.1, high=frame["value"] + 0.1)


def test_cross_matrix_writes_every_r2_and_frames_those_within_a_set():
    chart = charts.cross_matrix(cross(heads=("kernel", "linear")))
    spec = spec_of(chart)
    assert [part["title"]["text"] for part in spec["vconcat"]] == ["vibenet, pooled, kernel", "vibenet, pooled, linear"]
    picture = Picture(chart)
    panels = 4
    assert picture.marks("rect") == {0: panels * 4, 3: panels * 2}
    assert picture.texts.count("0.50") == picture.texts.count("−3.21") == panels * 2
    cell, _ = layers(spec["vconcat"][0], "rect")
    assert (cell["encoding"]["y"]["field"], cell["encoding"]["x"]["field"]) == ("train", "test")
    assert cell["encoding"]["color"]["scale"]["domain"] == [-1.0, 1.0]
    assert {row["drawn"] for row in rows_of(spec, spec["vconcat"][0])} == {0.5, -1.0}


def test_cross_matrix_writes_a_dash_where_nothing_could_be_tested():
    some = cross(across=0.1)
    some.loc[(some["train"] == "deam") & (some["test"] == "pmemo"), "value"] = math.nan
    picture = Picture(charts.cross_matrix(some))
    assert picture.texts.count("–") == 2
    assert picture.marks("rect") == {0: 2 * 3, 3: 2 * 2}


def estimates(count, models=("handcrafted", LONG), seeds=1):
    """Rated from 1 to 9; estimated half as far from 5, and 0.1 more for each seed after the first."""
    truth = np.linspace(1, 9, count)
    pieces = [
        pd.DataFrame({"model": model, "seed": seed, "target": target, "truth": truth}).assign(
            item=[f"song {index}" for index in range(count)], estimate=5 + (truth - 5) / 2 + 0.1 * seed
        )
        for model, seed, target in itertools.product(models, range(seeds), ("valence", "arousal"))
    ]
    return pd.concat(pieces, ignore_index=True)


def test_scatter_is_a_panel_a_model_with_the_diagonal_from_end_to_end():
    chart = charts.estimate_scatter(estimates(5))
    spec = spec_of(chart)
    assert [part["title"] for part in spec["vconcat"]] == ["Valence", "Arousal"]
    for part in spec["vconcat"]:
        assert part["facet"]["sort"] == ["handcrafted", LONG]
        (diagonal,), (point,) = layers(part, "rule"), layers(part, "point")
        ends = point["encoding"]["x"]["scale"]["domain"]
        assert ends == point["encoding"]["y"]["scale"]["domain"] == pytest.approx([0.68, 9.32])
        assert [diagonal["encoding"][channel]["datum"] for channel in ("x", "x2", "y", "y2")] == ends + ends
    picture = Picture(chart)
    assert picture.marks("symbol") == {1: 2 * 2 * 5}
    # Zero is no rating.
    assert "0" not in picture.texts


def test_scatter_takes_the_mean_over_seeds():
    spec = spec_of(charts.estimate_scatter(estimates(2, models=("cnn",), seeds=3)))
    rows = pd.DataFrame(rows_of(spec, spec["vconcat"][0]))
    assert rows["estimate"].tolist() == pytest.approx([3.1, 7.1])


def test_scatter_of_many_songs_draws_the_same_songs_for_each_model():
    spec = spec_of(charts.estimate_scatter(estimates(MOST_MARKS)))
    drawn = pd.concat([pd.DataFrame(rows_of(spec, part)).assign(target=part["title"]) for part in spec["vconcat"]])
    assert len(drawn) == MOST_MARKS
    songs = {name: set(own["item"]) for name, own in drawn.groupby(["target", "model"])}
    assert len(songs) == 4
    assert len({frozenset(chosen) for chosen in songs.values()}) == 1


EMPTY = {
    "rated_plane": ["item", "valence", "arousal"],
    "rating_histograms": ["target", "value"],
    "rating_correlations": ["row", "column", "r", "low", "high"],
    "feature_ranking": ["target", "feature", "r", "low", "high", "rank"],
    "shap_summary": ["target", "feature", "item", "shap", "value"],
    "leaderboard": ["phase", "model", "target", "metric", "value", "low", "high", "published", "leaks"],
    "learning_curves": ["model", "seed", "fold", "epoch", "loss", "r2", "kept"],
    "emotion_maps": ["encoder", "method", "item", "x", "y", "target", "value"],
    "layer_weights": ["encoder", "layer", "position", "weight", "low", "high"],
    "cross_matrix": ["train", "test", "encoder", "layer", "head", "target", "metric", "value", "low", "high"],
    "rating_curves": ["item", "encoder", "head", "target", "second", "rated", "estimated"],
    "estimate_scatter": ["model", "item", "target", "truth", "estimate"],
}
NAMES = {"target": "valence", "metric": "r2", "leaks": "", "model": "cnn", "method": "umap", "kept": True, "phase": 2}
WORDS = {"item", "row", "column", "feature", "encoder", "layer", "train", "test", "head"}


@pytest.mark.parametrize("name", EMPTY)
def test_empty_table_is_a_sentence(name):
    (text,) = Picture(getattr(charts, name)(pd.DataFrame(columns=EMPTY[name]))).texts
    assert text.startswith("No ")
    assert text.endswith(".")


@pytest.mark.parametrize("name", EMPTY)
def test_single_row_is_drawn_and_drawn_the_same_again(name):
    row = {column: NAMES.get(column, column if column in WORDS else 0.25) for column in EMPTY[name]}
    table = pd.DataFrame([row])
    before = table.copy()
    picture = Picture(getattr(charts, name)(table))
    drawn = sum(sum(picture.marks(kind).values()) for kind in ("symbol", "rect", "line"))
    assert drawn >= 1
    pd.testing.assert_frame_equal(table, before)
    assert getattr(charts, name)(table).to_dict() == getattr(charts, name)(table).to_dict()
