"""Sentences of the report: true whatever was asked for and found."""

import numpy as np
import pytest
import recognised

from wetdry.studies.phrases import counted
from wetdry.studies.recognition import words

MEAN = recognised.MEAN


def worth(**of):
    """R² of every model, those named here as given and all others 0.01."""
    short = {"features": "handcrafted · xgboost", "network": "cnn", "embedding": "vibenet pooled · kernel"}
    given = {short.get(name, name): value for name, value in of.items()}
    return [given.get(name, -0.01 if name == MEAN else 0.01) for name in recognised.MODELS]


def test_the_best_of_each_kind_is_told_and_which_are_shown_to_be_worse():
    found = recognised.found(
        recognised.scores(worth(features=0.5, network=0.2, embedding=0.47), ("valence",)), ("valence",)
    )
    assert words.worth(found) == (
        "Valence: R² 0.50 [0.45, 0.55] for features (handcrafted · xgboost), 0.47 for embeddings, 0.20 for "
        "spectrograms and 0.01 for combinations; shown to be worse: spectrograms and combinations."
    )


def test_a_leaking_row_is_never_the_best():
    leaking = "handcrafted · pearson + xgboost, chosen on all clips"
    table = recognised.scores(worth(**{leaking: 0.9, "embedding": 0.3}))
    found = recognised.found(table)
    assert found.best("valence")["model"] == "vibenet pooled · kernel"
    assert leaking not in words.worth(found)
    assert words.leaks(found) == [
        f"{leaking} (features chosen on all clips, the tested ones too): R² of valence 0.90 instead of 0.01, arousal "
        "1.00 instead of 0.11."
    ]


def test_where_nothing_beats_the_mean_that_is_what_is_said():
    table = recognised.scores([0.0 if name == MEAN else -0.2 for name in recognised.MODELS], ("valence",))
    found = recognised.found(table, ("valence",))
    assert words.worth(found).startswith(
        f"Valence: no model is above the {MEAN}, R² 0.00 [−0.05, 0.05]; the best of each are −0.20 for features, −0.20"
    )
    assert words.beyond_the_mean(found) == "For valence no interval lies above 0, the R² of the mean of the labels."
    assert words.not_told_apart(found) == [f"Valence: all of 10 others are behind {MEAN}."]


def test_where_all_may_be_as_good_none_is_said_to_be_worse():
    found = recognised.found(recognised.scores(worth(features=0.04), ("valence",)), ("valence",))
    assert words.worth(found).endswith("; none of these is shown to be worse.")


def test_only_targets_that_no_model_tells_are_named():
    table = recognised.scores(worth(features=0.04))
    found = recognised.found(table)
    # Arousal is 0.1 higher: 0.14 ± 0.05 lies above 0.
    assert words.beyond_the_mean(found) == "For valence no interval lies above 0, the R² of the mean of the labels."
    assert words.beyond_the_mean(recognised.found()) == ""


def test_without_intervals_nothing_is_said_to_differ():
    table = recognised.scores(half=np.nan)
    found = recognised.found(table)
    assert "whether any model is better than the mean of the labels is not known" in words.beyond_the_mean(found)
    assert "; no interval tells whether they differ." in words.worth(found)
    assert words.not_told_apart(found)[0] == (
        "Valence: handcrafted + vibenet · kernel is first; no other model has an interval of the difference."
    )


def test_those_that_cannot_be_told_from_the_best_are_named_from_the_best_down():
    assert words.not_told_apart(recognised.found())[0] == (
        "Valence: 3 of 9 others cannot be told from handcrafted + vibenet · kernel: vibenet pooled · kernel, ensemble "
        "and vibenet pooled · linear."
    )
    many = words.not_told_apart(recognised.found(recognised.scores(half=0.5)))[0]
    assert "9 of 9 others" in many
    assert many.endswith(" and 3 more.")


def test_of_many_targets_the_range_is_told_and_the_mean_of_each_kind():
    targets = tuple(f"feeling{n}" for n in range(9))
    found = recognised.found(targets=targets)
    said = words.worth(found)
    assert said.startswith(
        "The best model of a target reaches an R² from 0.29 [0.24, 0.34] (feeling0, handcrafted + vibenet · kernel) to "
        "1.09 [1.04, 1.14] (feeling8, handcrafted + vibenet · kernel)."
    )
    # 0.20 on the first target and 0.1 more on each next one: 0.60 on average.
    assert "Highest mean R² over 9 targets: features 0.60 (handcrafted · xgboost), spectrograms 0.52" in said


def test_a_target_without_a_score_is_said_to_have_none():
    table = recognised.scores()
    table.loc[table["target"] == "valence", ["value", "low", "high", "behind", "behind_low", "behind_high"]] = np.nan
    found = recognised.found(table)
    assert words.worth(found).startswith("Valence has no R². Arousal: R² 0.39")
    assert len(words.not_told_apart(found)) == 1


def test_a_kind_that_was_not_tried_is_not_spoken_of():
    names = [name for name, about in recognised.MODELS.items() if about[0] in (0, 3)]
    models = {name: recognised.MODELS[name] for name in names}
    table = recognised.scores([0.0, 0.1, 0.3, 0.2], ("valence",), models)
    said = words.worth(recognised.found(table, ("valence",)))
    assert said == "Valence: R² 0.30 [0.25, 0.35] for embeddings (vibenet pooled · kernel)."


def test_a_study_of_the_mean_alone_says_that_no_model_has_a_figure():
    found = recognised.found(recognised.scores([0.0], models={MEAN: recognised.MODELS[MEAN]}))
    assert words.worth(found) == "No model has a figure."
    assert words.beyond_the_mean(found) == ""
    assert "; 0 models, scored" in words.who(found)


def test_one_clip_and_one_model_are_counted_in_words():
    found = recognised.found()
    assert words.who(found) == (
        "40 clips of clips.csv in 20 groups; 10 models, scored on clips that they had not learnt from."
    )
    assert counted(1, "group") == "1 group"


@pytest.mark.parametrize(("count", "columns"), [(1, {"R² feeling0"}), (9, {"mean R²", "from", "to"})])
def test_the_terminal_has_room_for_every_number_of_targets(count, columns):
    targets = tuple(f"feeling{n}" for n in range(count))
    found = recognised.found(targets=targets)
    rows = words.terminal_rows(found.tables)
    assert [row["model"].removesuffix(" (leaks)") for row in rows] == list(found.tables["leaderboard"]["model"])
    assert set(rows[0]) == {"model", *columns, "parameters", "seconds"}
    best = next(row for row in rows if row["model"] == "handcrafted + vibenet · kernel")
    assert best["parameters"] == "2,048"
    assert best["seconds"] == "12"
    if count == 1:
        assert best["R² feeling0"] == "0.29 [0.24, 0.34]"
    else:
        assert (best["mean R²"], best["from"], best["to"]) == ("0.69", "0.29", "1.09")


def test_the_terminal_says_which_row_leaks():
    rows = words.terminal_rows(recognised.found().tables)
    leaking = [row["model"] for row in rows if row["model"].endswith(" (leaks)")]
    assert leaking == ["handcrafted · pearson + xgboost, chosen on all clips (leaks)"]
