"""The page of a recognition study: which sections it has, and that what they say is what the tables hold."""

import numpy as np
import pandas as pd
import pytest
import recognised

from wetdry.report import Note, StudyResult, Table
from wetdry.studies.recognition import page
from wetdry.studies.recognition.sections.combinations import combinations
from wetdry.studies.recognition.sections.embeddings import NEIGHBOURS, mean_weights, neighbour_correlation
from wetdry.studies.recognition.sections.leaderboard import errors, leaderboard, ranking
from wetdry.studies.recognition.sections.over_time import over_time
from wetdry.studies.recognition.sections.trust import caveats, trust
from wetdry.studies.tables import side_by_side

ALWAYS = ["What are they worth?", "Pretrained embeddings", "Together", "How far to trust it"]


def blocks(sections, kind=None):
    every = [block for section in sections for block in section.blocks]
    return {getattr(block, "name", block): block for block in every if kind is None or isinstance(block, kind)}


@pytest.fixture(scope="module")
def whole():
    """All sections there are."""
    return page.sections(recognised.found(more=recognised.beyond()))


def test_without_the_tables_of_a_part_its_section_is_not_there(whole):
    without = [section.heading for section in page.sections(recognised.found())]
    assert without == [ALWAYS[0], "Handcrafted features", *ALWAYS[1:]]
    assert [section.heading for section in whole] == [
        "What are they worth?",
        "What was rated?",
        "Handcrafted features",
        "Networks on spectrograms",
        "Pretrained embeddings",
        "Together",
        "Does it hold elsewhere?",
        "Emotion over time",
        "How far to trust it",
    ]


@pytest.mark.parametrize("phase", [1, 2, 3])
def test_a_study_of_one_phase_has_a_page(phase):
    models = {name: about for name, about in recognised.MODELS.items() if about[0] in (0, phase) and not about[-1]}
    table = recognised.scores(np.linspace(0, 0.3, len(models)), models=models)
    found = recognised.found(table, phases=(phase,))
    made = page.sections(found)
    assert "Together" not in [section.heading for section in made]
    assert f"Models that learn from {found.kinds[phase]}, tried" in made[0].lead
    notes = [block for section in made for block in section.blocks if isinstance(block, Note)]
    assert not [note for note in notes if note.title.startswith("What leaks")]


@pytest.mark.parametrize(
    ("targets", "half"), [(("valence",), np.nan), (("valence", "arousal"), 0.05), (("a", "b", "c", "d"), np.nan)]
)
def test_the_whole_page_holds_together_for_any_number_of_targets(targets, half):
    table = recognised.scores(targets=targets, half=half)
    found = recognised.found(table, targets, more=recognised.beyond(targets))
    result = StudyResult("recognition", "Title", page.lead(found), page.sections(found), found.tables)
    names = {figure.name for figure in result.figures}
    for figure in result.figures:
        assert any(digit in figure.alt for digit in "0123456789"), figure.name
        assert "nan" not in figure.alt.lower().split(), figure.name
    assert ("plane" in names) == ({"valence", "arousal"} <= set(targets))
    assert ("correlations" in names) == (len(targets) > 1)
    assert ("published-figures" in result.all_tables()) == ("valence" in targets)


def test_the_ranking_has_every_model_once_from_the_best_mean_down():
    found = recognised.found()
    table = ranking(found)
    assert list(table["model"]) == list(found.tables["leaderboard"]["model"])
    row = table.set_index("model").loc["vibenet pooled · kernel"]
    assert row["R² arousal"] == "0.38 [0.33, 0.43]"
    assert row["published valence"] != row["published valence"]
    assert table.set_index("model").loc["cnn", "published arousal"] == 0.4830


def test_with_many_targets_the_ranking_has_their_mean():
    targets = ("a", "b", "c", "d")
    table = ranking(recognised.found(targets=targets)).set_index("model")
    # 0.28 and 0.1 more on each next target.
    assert table.loc["vibenet pooled · kernel", "R² mean"] == pytest.approx(0.43)
    assert table.loc["vibenet pooled · kernel", "R² d"] == pytest.approx(0.58)
    assert not [name for name in table if name.startswith("published")]


def test_errors_stand_in_the_order_of_the_ranking():
    found = recognised.found()
    table = errors(found)
    assert list(table["model"]) == list(ranking(found)["model"])
    row = table.set_index("model").loc["vibenet pooled · kernel"]
    assert row["RMSE arousal"] == pytest.approx(0.62)
    assert row["MAE valence"] == pytest.approx(0.52)
    assert row["CCC valence"] == pytest.approx(0.14)


@pytest.mark.parametrize(("data", "shown"), [("deam:/d/DEAM", True), ("csv:clips.csv", False)])
def test_published_figures_are_in_the_chart_only_where_the_songs_are_the_same(data, shown):
    figure = blocks(leaderboard(recognised.found(data=data)))["leaderboard"]
    datasets = figure.chart.to_dict(validate=False)["datasets"].values()
    assert any(0.483 in row.values() for rows in datasets for row in rows) == shown
    assert ("Diamonds: published for DEAM." in figure.caption) == shown


def test_every_feature_chosen_in_all_folds_is_told_from_those_of_one(whole):
    row = blocks(whole)["stability"].frame.iloc[0]
    assert (row["a fold"], row["in any fold"], row["in every fold"], row["these"]) == (2.0, 3, 1, "mfcc_1_mean")


def test_what_choosing_on_all_clips_adds_is_said(whole):
    (said,) = [text for text in blocks(whole, str) if text.startswith("Chosen on all clips")]
    assert said.endswith("the same model seems to reach valence 0.30 instead of 0.15 and arousal 0.40 instead of 0.25.")


def test_shap_is_told_from_what_moves_most_on_average(whole):
    alt = blocks(whole)["shap"].alt
    # Alternating ±0.3: the mean is nothing, the mean size 0.3.
    assert "valence: contrast_2_mean 0.300, tonnetz_6_std 0.100, mfcc_1_mean 0.020" in alt


def test_weights_of_layers_are_averaged_over_folds_and_seeds(whole):
    mean = mean_weights(recognised.beyond()["layer_weights"]).set_index("layer")
    assert mean.loc["block2", ["weight", "low", "high"]].tolist() == pytest.approx([0.7, 0.6, 0.8])
    assert mean["weight"].sum() == pytest.approx(1.0)
    figure = blocks(whole)["layer-weights"]
    assert figure.alt == "Heaviest layer: vibenet block2 0.70 [0.60, 0.80], evenly it were 0.50."
    assert "over 2 fits" in figure.caption


def test_attention_is_told_against_its_mean(whole):
    alt = blocks(whole)["attention"].alt
    assert alt == "Heaviest moment: clip0 at 1.00 s, 1.50 times the mean."


def test_kept_epochs_are_told_with_the_r2_of_those_epochs(whole):
    alt = blocks(whole)["learning"].alt
    assert "cnn 0.25 at epoch 1 to 2" in alt


def test_scores_across_data_sets_are_told_apart_from_those_within(whole):
    assert blocks(whole)["cross"].alt == ("R²: valence within 0.40, across −0.50; arousal within 0.40, across −0.50.")


def test_over_time_the_lowest_error_is_told_and_whose_it_is(whole):
    alt = blocks(whole)["rating-curves"].alt
    assert "valence 0.20 [0.10, 0.30] by ridge on vibenet, r within songs 0.20" in alt
    tables = recognised.dynamic()
    scored = tables["dynamic"]
    scored.loc[(scored["head"] == recognised.MEAN) & (scored["metric"] == "rmse"), "value"] = 0.1
    alt = blocks(over_time(recognised.found(more=tables)))["rating-curves"].alt
    assert f"valence 0.10 [0.20, 0.40] by {recognised.MEAN};" in alt


@pytest.mark.parametrize(("songs", "said"), [(6, True), (40, False)])
def test_few_songs_are_said_to_be_few(songs, said):
    tables = recognised.dynamic()
    tables["dynamic"]["songs"] = songs
    (section,) = over_time(recognised.found(more=tables))
    assert ("say little" in section.lead) == said


def test_combinations_stand_beside_the_best_single_model_of_the_target(whole):
    (said,) = [text for text in blocks(whole, str) if "combination" in text]
    assert said.startswith(
        "A combination is above the best single model for valence, 0.29 by handcrafted + vibenet · kernel against 0.28 "
        "of vibenet pooled · kernel (not to be told from it); arousal"
    )
    worse = dict(zip(recognised.MODELS, recognised.WORTH, strict=True))
    worse |= {"handcrafted + vibenet · kernel": 0.1, "ensemble": 0.2}
    texts = blocks(combinations(recognised.found(recognised.scores(worse.values()))), str)
    assert "No combination is above the best single model." in texts


def test_errors_are_said_to_be_larger_on_the_published_scale_only_where_the_scale_is_known():
    known, unknown = (list(caveats(recognised.found(unit=unit))) for unit in ("−1 to 1", "rating"))
    assert (
        "RMSE and MAE are in units of the labels (−1 to 1); an error on a scale of 1 to 9 is four times as large."
        in (known[1])
    )
    assert unknown[1].startswith("RMSE and MAE are in units of the labels. R²")


def test_small_sets_are_warned_of_and_large_ones_are_not():
    found = recognised.found()
    assert "figures published on 1,744 songs cannot be expected" in next(caveats(found))
    found.measured.clips = pd.concat([found.measured.clips] * 50, ignore_index=True)
    assert next(caveats(found)).startswith("2,000 clips in 20 groups. The best of 10 models")


def test_one_run_of_what_starts_at_random_is_said_and_five_are_not():
    assert any("was run once" in text for text in caveats(recognised.found()))
    assert not any("was run once" in text for text in caveats(recognised.found(seeds=5)))


def test_what_was_left_out_and_what_to_know_is_told():
    found = recognised.found(more={"remarks": pd.DataFrame({"part": ["dynamic"], "remark": ["Few songs."]})})
    found.measured.remarks = ("torch is not installed.",)
    found.measured.failures = pd.DataFrame(
        [{"item": "x", "path": "x.mp3", "stage": "decode", "reason": "x.mp3: not audio."}]
    )
    found.measured.protocol.torn = ("song7",)
    (section,) = trust(found)
    notes = {block.title: block for block in section.blocks if isinstance(block, Note)}
    assert notes["To know"].text == ["torch is not installed.", "Few songs."]
    assert notes["1 left out"].items == ["x.mp3: not audio."]
    assert "song7" in notes["This split leaks"].text[0]


def test_neighbours_on_a_map_that_follows_the_rating_tell_it():
    rng = np.random.default_rng(0)
    rating = rng.uniform(-1, 1, 200)
    places = np.column_stack([rating, np.zeros(200)])
    values = np.column_stack([rating, rng.normal(size=200)])
    along, beside = neighbour_correlation(places, values)
    assert along > 0.99
    assert abs(beside) < 0.25
    nearest = np.argsort(np.abs(rating[:, np.newaxis] - rating), axis=1)[:, 1 : NEIGHBOURS + 1]
    assert along == pytest.approx(np.corrcoef(rating, rating[nearest].mean(axis=1))[0, 1], abs=1e-12)


def test_neighbours_in_one_place_and_constant_ratings_raise_nothing():
    assert np.isnan(neighbour_correlation(np.zeros((9, 2)), np.ones((9, 1)))).all()


def test_a_wide_table_keeps_the_order_and_marks_what_is_missing():
    rows = pd.DataFrame(
        {
            "who": ["b", "b", "a"],
            "metric": ["r2", "ccc", "ccc"],
            "value": [0.5, 0.25, 0.125],
            "low": [0.4, 0.2, 0.1],
            "high": [0.6, 0.3, 0.2],
        }
    )
    wide = side_by_side(rows, ["who"], "metric", ("ccc", "mae", "r2"))
    assert wide.to_dict("list") == {
        "who": ["b", "a"],
        "ccc": ["0.25 [0.20, 0.30]", "0.12 [0.10, 0.20]"],
        "r2": ["0.50 [0.40, 0.60]", "–"],
    }


def test_the_best_row_of_a_target_is_called_so_and_has_no_interval_of_a_difference():
    table = recognised.scores()
    best = (table["metric"] == "r2") & (table["behind"] == 0)
    table.loc[best, ["behind_low", "behind_high"]] = np.nan
    less = blocks(leaderboard(recognised.found(table)), Table)["spread"].frame["less the best"]
    assert sum(text == "the best" for text in less) == len(recognised.PLANE)
    assert not [text for text in less if "–" in text]


def test_the_spread_over_runs_is_shown_only_where_there_are_several():
    tables = recognised.scores(), recognised.scores().assign(seeds=5)
    one, five = (blocks(leaderboard(recognised.found(table)), Table)["spread"] for table in tables)
    assert "runs" not in one.columns
    assert "runs" in five.columns
    assert "standard deviation over 5 runs" in five.caption
