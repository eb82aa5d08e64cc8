"""The page of a transfer study: which sections it has, and that what they say is what the tables hold."""

import numpy as np
import pandas as pd
import pytest
import transferred

from wetdry.effects import builtin_chains
from wetdry.report import Note, StudyResult
from wetdry.studies.selection import select_steps
from wetdry.studies.transfer import page, words
from wetdry.studies.transfer.sections import across, layers, method, under_effects
from wetdry.studies.transfer.sections.augmentation import effect_names
from wetdry.studies.transfer.sections.confusions import best_methods
from wetdry.studies.transfer.sections.distances import agreement
from wetdry.studies.transfer.sections.gains import drawn
from wetdry.studies.transfer.sections.trust import caveats

HEADINGS = {
    "Which layers tell emotion": ("probing",),
    "What one domain tells of the other": ("probing",),
    "Adapting": ("adapted_scores",),
    "Where it was learnt": ("layer_weights", "gates", "adaptations", "adapt_curves"),
    "How far apart they are": ("ranking",),
    "Under effects": ("effect_distances", "effect_scores", "augmentation"),
}
"""Heading → tables, of which it needs one."""
ALWAYS = ["What to trust", "Method"]


def blocks(sections):
    return {
        getattr(block, "name", None) or getattr(block, "title", block): block
        for section in sections
        for block in section.blocks
    }


def page_of(tables, **settings):
    """The blocks of a study with these tables alone, by name."""
    return blocks(page.sections(transferred.found(tables, **settings)))


@pytest.fixture(scope="module")
def found():
    return transferred.found()


@pytest.fixture(scope="module")
def sections(found):
    return page.sections(found)


@pytest.fixture(scope="module")
def whole(sections):
    return blocks(sections)


def test_sections_stand_in_order_and_every_figure_tells_numbers(found, sections):
    assert [section.heading for section in sections] == [*HEADINGS, *ALWAYS]
    result = StudyResult("transfer", "Title", page.lead(found), sections, found.tables)
    for figure in result.figures:
        assert any(digit in figure.alt for digit in "0123456789"), figure.name
        assert "nan" not in figure.alt.lower().replace("(", " ").split(), figure.name
    assert len(result.figures) == 18


def test_a_section_is_there_with_one_of_its_tables_alone_and_not_without_any():
    every = transferred.every_table()
    # Curves are drawn of the best method, which scores tell.
    alone = {heading: [name for name in names if name != "adapt_curves"] for heading, names in HEADINGS.items()}
    for make, heading in zip(page.SECTIONS, HEADINGS, strict=False):
        for name in alone[heading]:
            (section,) = make(transferred.found({name: every[name]}))
            assert section.heading == heading
        without = {name: pd.DataFrame() if name in HEADINGS[heading] else table for name, table in every.items()}
        assert make(transferred.found(without)) == []


def test_nothing_measured_is_a_page_that_says_so():
    found = transferred.found({})
    assert [section.heading for section in page.sections(found)] == ALWAYS
    assert page.lead(found) == (
        "48 clips of speech and 48 clips of song (ravdess), of 12 groups, all of them in both; 6 emotions. Not "
        "measured: layers, adaptation, distances between the domains, distances under effects, probes under effects "
        "and adaptation to effects."
    )
    assert page.summary_rows({}) == []


def test_lead_tells_the_best_layer_beside_baselines_and_a_guess(found):
    assert words.layers(found) == (
        "Probes of the best layer, on groups that they had not learnt from, reach a mean recall of 0.60 [0.55, 0.65] "
        "on speech (tiny hidden2) and 0.70 [0.65, 0.75] on song (tiny hidden2); baselines reach 0.30 on speech and "
        "0.40 on song, a guess has 0.17."
    )
    assert words.across(found) == (
        "Asked in the other domain, the probes of these layers reach 0.55 [0.50, 0.60] on song and 0.45 [0.40, 0.50] "
        "on speech."
    )
    assert "Not measured" not in page.lead(found)


def test_a_baseline_as_good_as_the_best_layer_is_said_to_overlap():
    table = transferred.probing()
    table.loc[table["encoder"] == transferred.UNTRAINED, ["value", "low", "high"]] += 0.25
    assert "baselines reach 0.55 on speech (intervals overlap)" in words.layers(transferred.found({"probing": table}))


def test_a_study_without_baselines_tells_none():
    table = transferred.probing()
    found = transferred.found({"probing": table[~table["baseline"]]})
    assert "baselines" not in words.layers(found)
    assert "a guess has 0.17." in words.layers(found)


def test_curves_hold_the_random_split_the_untrained_twin_and_level_baselines(found):
    table = layers.curves(found)
    values = table.set_index(["encoder", "line", "kind", "position"])["value"].sort_index()
    assert values["tiny", "speech", layers.HELD_OUT, 2] == pytest.approx(0.6)
    assert values["tiny", "speech", layers.AT_RANDOM, 2] == pytest.approx(0.68)
    assert values["tiny", "song", layers.TWIN, 2] == pytest.approx(0.4)
    # The best layer of the other baseline is drawn along all layers.
    assert values["tiny", "speech", "melstats"].tolist() == pytest.approx([0.3] * 4)
    assert layers.TWIN not in set(table.loc[table["encoder"] == "other", "kind"])
    bare = table["kind"] != layers.HELD_OUT
    assert table.loc[bare, ["low", "high"]].isna().all(axis=None)
    assert table.loc[~bare, "high"].notna().all()


def test_several_probes_have_panels_of_their_own():
    table = transferred.probing()
    both = pd.concat([table, table.assign(probe="mlp", value=table["value"] - 0.1)])
    found = transferred.found({"probing": both})
    table = layers.curves(found)
    assert set(table["encoder"]) == {f"{name}, {probe}" for name in ("tiny", "other") for probe in ("linear", "mlp")}
    level = table[(table["encoder"] == "tiny, mlp") & (table["kind"] == "melstats") & (table["line"] == "song")]
    assert level["value"].tolist() == pytest.approx([0.3] * 4)


def test_leak_is_the_mean_gap_of_the_random_split(found):
    assert "changes mean recall by +0.080 for speech and +0.080 for song on average over layers" in layers.leak(found)
    table = transferred.probing()
    assert layers.leak(transferred.found({"probing": table[table["split"] == "groups"]})) == ""


def test_where_a_random_split_tells_no_more_no_leak_is_seen():
    table = transferred.probing()
    table.loc[table["split"] == "random", "value"] -= 0.1
    told = layers.leak(transferred.found({"probing": table}))
    assert "−0.020 for speech" in told
    assert told.endswith("no leak is seen in these clips.")


def test_lines_across_domains_stand_in_the_order_of_the_domains():
    table = transferred.probing().sort_values("learnt", kind="stable")
    found = transferred.found({"probing": table})
    assert table["learnt"].iloc[0] == "song"
    assert across.curves(found)["line"].unique().tolist() == ["speech → song", "song → speech"]
    frame = page_of({"probing": table})["across-scores"].frame
    assert list(frame)[-4:] == ["speech → speech", "speech → song", "song → speech", "song → song"]


def test_layer_table_has_both_splits_side_by_side(whole):
    row = whole["layer-scores"].frame.set_index(["encoder", "layer"]).loc[("tiny", "hidden2")]
    assert (row["speech"], row["speech at random"]) == ("0.60 [0.55, 0.65]", "0.68")
    assert "probe" not in whole["layer-scores"].columns


def test_matrix_is_at_the_best_layer_and_tells_what_is_kept_above_a_guess(found, whole):
    shown = found.shown_layer(found.probed)
    assert set(zip(shown["encoder"], shown["layer"], strict=True)) == {
        ("tiny", "hidden2"),
        ("other", "hidden2"),
        ("untrained-tiny", "hidden2"),
        ("melstats", "hidden1"),
    }
    # (0.55 − 1/6) / (0.7 − 1/6)
    assert "tiny, hidden2: speech → song 0.55 [0.50, 0.60], 72% of what song’s own" in whole["transfer-matrix"].alt


def test_where_the_own_probe_is_no_better_than_a_guess_no_share_is_told():
    table = transferred.probing()
    table.loc[table["learnt"] == table["tested"], "value"] = 1 / 6
    rows = transferred.found({"probing": table}).probed
    assert "% of what" not in across.kept(rows.assign(panel=rows["encoder"]))


def test_curves_across_domains_have_the_tested_domains_own_probe_beside(found):
    table = across.curves(found).set_index(["encoder", "line", "kind", "position"])["value"]
    assert table["tiny", "speech → song", across.ACROSS, 2] == pytest.approx(0.55)
    assert table["tiny", "speech → song", across.WITHIN, 2] == pytest.approx(0.7)


def test_probes_within_domains_alone_have_no_section_across_them():
    table = transferred.probing()
    within = table[table["learnt"] == table["tested"]]
    headings = [section.heading for section in page.sections(transferred.found({"probing": within}))]
    assert headings == ["Which layers tell emotion", *ALWAYS]


def test_adaptation_tells_the_best_way_and_the_frozen_one(whole):
    assert whole["adapted"].alt.startswith(
        "Highest mean recall: speech 0.60 [0.55, 0.65] by gated, two stages, frozen and direct 0.50 [0.45, 0.55];"
    )
    row = whole["adapted-recall"].frame.set_index(["method", "plan"]).loc[("lora", "two stages")]
    assert (row["speech"], row["song"]) == ("0.58 [0.53, 0.63]", "0.68 [0.63, 0.73]")
    assert (row["parameters"], row["runs"]) == ("2,100", "0.01")
    assert "encoder" not in whole["adapted-recall"].columns


def test_one_run_has_no_spread_and_is_said_to_be_one():
    scores = transferred.adapted_scores().assign(seeds=1, seed_sd=np.nan)
    made = page_of({"adapted_scores": scores}, seeds=1)
    assert "runs" not in made["adapted-recall"].columns
    assert "means of 1 run." in made["adapted"].caption
    (method,) = (
        text
        for text in page.sections(transferred.found({**transferred.every_table()}, seeds=1, epochs=1))[-1].blocks
        if text.startswith("Adaptation")
    )
    assert "at most 1 epoch in" in method
    assert method.endswith("One run of each.")
    assert any("run once" in text for text in made["Estimated, not felt"].text)


def test_a_control_of_more_steps_than_two_stages_is_said_to_be():
    def told(songs, **settings):
        made = transferred.found(**settings)
        made.measured.domain = np.repeat(["speech", "song"], [40, songs])
        return "more steps than two stages on song, and fewer on speech" in " ".join(method.method(made)[0].blocks)

    assert told(56)
    assert not told(40)
    assert not told(56, control=False)


def test_gains_are_counted_as_the_table_judges_them(whole):
    assert whole["stage-gains"].alt == (
        "A first stage on the other domain, against as many epochs on one domain, is shown to help in 0 of 8 "
        "comparisons, corrected for so many; the largest gain is +0.030 [−0.005, +0.065] (frozen, speech)."
    )
    assert whole["method-gains"].alt.startswith(
        "Shown to be above the frozen encoder: lora on speech, lora on song, gated on speech and gated on song; the "
        "largest gain is +0.060 [+0.025, +0.095]"
    )
    # Of six emotions 0.04, 0.06 and 0.08 are beyond 0.035, for four methods in two domains.
    assert whole["emotion-gains"].alt.startswith(
        "24 of 48 differences shown after correction; from −0.020 [−0.055, +0.015] (angry, frozen, speech) to +0.080"
    )


def test_without_a_control_two_stages_are_held_against_one():
    gains = transferred.gains()
    tables = {"gains": gains[gains["of"] != "two stages − control"], "adapted_scores": transferred.adapted_scores()}
    told = words.two_stages(transferred.found(tables))
    assert told.startswith("A first stage on the other domain, against learning directly, is shown to help in 8 of 8")


def test_intervals_are_drawn_no_wider_than_recall_can_differ():
    rows = transferred.gains().assign(low=-4.0, high=0.5)
    shown = drawn(rows)
    assert set(shown["low"]) == {-1.0}
    assert set(shown["high"]) == {0.5}
    assert set(shown["panel"]) == {"speech", "song"}


def test_what_harms_is_counted_too():
    gains = transferred.gains()
    gains.loc[(gains["of"] == "two stages − control") & (gains["tested"] == "song"), ["gain", "survives"]] = -0.1, True
    assert "shown to help in 0 and to harm in 4 of 8 comparisons" in words.two_stages(
        transferred.found({"gains": gains})
    )


def test_confusions_are_of_the_best_method_in_both_plans(found, whole):
    assert best_methods(found) == {"tiny": "gated"}
    assert whole["confusions"].alt == (
        "Most often wrong: speech, direct: angry for calm, 50% of 8 clips; speech, two stages: angry for calm, 25% of "
        "8 clips; song, direct: angry for calm, 50% of 8 clips; song, two stages: angry for calm, 25% of 8 clips."
    )


def test_published_figures_are_not_comparable(whole):
    assert "need not keep actors apart" in whole["published"].caption
    assert whole["published"].frame.equals(transferred.published())


def test_layer_weights_are_averaged_over_trainings_of_the_direct_plan(whole):
    assert whole["layer-weights"].alt == (
        "Heaviest layer: weighted-sum, speech hidden2 0.60 [0.59, 0.61], evenly it were 0.25; weighted-sum, song "
        "hidden1 0.60 [0.59, 0.61], evenly it were 0.25."
    )
    assert "over 3 trainings" in whole["layer-weights"].caption


def test_gates_are_averaged_over_trainings(whole):
    assert "tiny, song, direct: block 2 0.36 [0.35, 0.37]" in whole["gates"].alt


def test_learning_curves_are_of_the_last_stage(whole):
    # Of two stages the second is 0.1 above the first at the kept epoch.
    assert whole["learning"].alt == (
        "Mean of the epochs that were kept: speech, direct 0.33 at epoch 2; song, direct 0.33 at epoch 2; speech, two "
        "stages 0.43 at epoch 2; song, two stages 0.43 at epoch 2."
    )


def test_distances_tell_the_nearest_and_how_few_clips_there_are(whole):
    assert whole["distance-heat"].alt == "Of 7 layers. Nearest: angry in 7. Farthest: calm in 7."
    (said,) = whole["Before you believe a distance"].items
    assert said.startswith("91 of 91 comparisons have fewer clips than dimensions (fewest: 8 in 384, tiny hidden0, ang")
    row = whole["nearest-emotions"].frame.iloc[0]
    assert (row["distance"], row["95 %"], row["rank"], row["nearest in"]) == ("3", "2.4…3.6", "1 (1…2)", "70%")
    # Between 1/1.5 and floor 1/3 of the distance.
    assert "tiny hidden2 all 2, angry 2" in whole["distance-floors"].alt


def test_enough_clips_need_no_caution():
    distances = transferred.distances().assign(dim=4)
    tables = {"ranking": transferred.ranking(), "distances": distances}
    assert "Before you believe a distance" not in page_of(tables)
    noted = distances.assign(notes=["Few groups."] * len(distances))
    assert page_of(tables | {"distances": noted})["Before you believe a distance"].items == ["Few groups."]


def test_a_ranking_without_limits_says_so(whole):
    assert whole["distance-ranking"].caption.startswith("With 95 % limits")
    bare = transferred.ranking().assign(low=np.nan, high=np.nan, rank_low=np.nan, rank_high=np.nan, nearest=np.nan)
    made = page_of({"ranking": bare})
    assert made["distance-ranking"].caption.startswith("Without limits, as clips or groups are too few")
    assert made["nearest-emotions"].frame.iloc[0][["95 %", "rank", "nearest in"]].tolist() == ["–", "1", "–"]


def test_the_published_order_is_counted_in_pairs(whole):
    assert whole["The published order"].items[0].startswith("tiny hidden2: 14 of 14 pairs")
    assert agreement(["calm", "neutral", "sad", "happy", "fearful", "angry"]) == (0, 14)
    # Angry and fearful have no order of their own.
    assert agreement(["fearful", "angry", "happy"]) == (2, 2)
    assert agreement(["tension", "sadness"]) == (0, 0)


def test_the_published_order_stands_only_beside_what_it_was_published_of(found):
    tables = {name: table for name, table in found.tables.items() if name != "published"}
    assert "The published order" not in page_of(tables)


def test_baselines_beside_a_ranking_are_told_where_there_are_any(whole):
    assert whole["distance-ranking"].caption.endswith("; baselines beside.")
    ranking = transferred.ranking()
    alone = page_of({"ranking": ranking[~ranking["baseline"].astype(bool)]})
    assert alone["distance-ranking"].caption.endswith("probes tell most from.")


def test_distances_of_other_emotions_have_no_published_order():
    ranking = transferred.ranking()
    ranking["label"] = ranking["label"].map({name: f"{name} mood" for name in transferred.CLASSES})
    assert "The published order" not in page_of({"ranking": ranking})


def test_without_probes_the_last_layer_is_shown():
    made = page_of({"ranking": transferred.ranking()})
    assert set(made["nearest-emotions"].frame["layer"]) == {"hidden3", "hidden2", "hidden1"}


def test_changes_of_distances_are_parts_of_the_dry_one(whole):
    told = whole["effect-distances"].alt
    assert told.startswith("At the strongest level, tiny, hidden3: reverb 9, speech wet, +72% [+62%, +82%]")
    assert "reverb 9, both wet, −45% [−55%, −35%]" in told
    # Nearer: reverb on both, distortion on either alone; farther: reverb on either alone; of six emotions each.
    assert whole["effect-emotions"].alt.startswith("Of 36 changes with an interval 18 are nearer and 12 farther apart.")


def test_lead_tells_only_effects_whose_interval_leaves_nothing_out(found):
    assert (
        words.under_effects(found)
        == "With an effect on both, the domains come to lie nearer by reverb 9 (tiny hidden3: −45%)."
    )
    rows = transferred.effect_distances()
    none = words.under_effects(transferred.found({"effect_distances": rows.assign(low=-9.0, high=9.0)}))
    assert none == "No effect on both domains is shown to bring them nearer or take them apart."


def test_a_dry_distance_of_nothing_has_no_relative_change():
    rows = under_effects.relative(transferred.effect_distances().assign(dry=0.0))
    assert rows[["change", "low", "high"]].isna().all(axis=None)


def test_probes_under_effects_begin_at_the_dry_score_with_its_interval(found, whole):
    rows = transferred.effect_scores().assign(who="x")
    first = rows[(rows["learnt"] == "speech") & (rows["tested"] == "song")]
    shown = under_effects.with_dry(found, first)
    dry = shown[shown["level"] == 0].iloc[0]
    assert (dry["value"], dry["low"], dry["high"]) == pytest.approx((0.5, 0.45, 0.55))
    alone = under_effects.with_dry(transferred.found({}), first)
    assert alone.loc[alone["level"] == 0, "low"].isna().all()
    assert "reverb −0.090, distortion −0.090" in whole["effect-scores"].alt
    row = whole["wet-recall"].frame.iloc[0]
    assert (row["effect"], row["mean recall"], row["change"]) == (
        "reverb 9",
        "0.46 [0.41, 0.51]",
        "−0.090 [−0.110, −0.070]",
    )


def test_augmentation_is_told_by_how_effects_were_heard(whole):
    assert whole["augmentation"].alt == (
        "Mean gain: dry −0.010, on effects heard in training +0.100, on others +0.040."
    )
    assert whole["heard-effects"].frame["heard"].unique().tolist() == ["dry", "in training", "unseen"]
    assert "encoder" not in whole["heard-effects"].frame


def test_effects_are_called_by_their_names():
    config = transferred.found({}, augment="distortion,reverb(room_size=0.3)", unseen="gain@6", levels="6").config
    keys = [step.effect.key for step in select_steps("distortion", None, "6") if step.level == 6]
    names = effect_names(config)
    assert names[keys[0]] == "distortion 6"
    assert names[builtin_chains()["club_next_door"].key] == "club next door"
    assert names[select_steps("gain@6", None, "6")[0].effect.key] == "gain 6"
    assert names[""] == "dry"
    assert "reverb(room_size=0.3)" in names.values()


def test_trust_tells_what_was_left_out_and_what_to_know():
    found = transferred.found({}, failed=["no audio"] * 12, remarks=("“disgust” is not in song.",))
    notes = blocks(page.sections(found))
    assert notes["To know"].text == ["“disgust” is not in song."]
    left_out = notes["12 left out"]
    assert isinstance(left_out, Note)
    assert left_out.items[0] == "clip0: no audio"
    assert left_out.items[-1] == "and 2 more, in the table “failures”"
    assert notes["sizes"].frame[["clips of song", "groups of song"]].to_numpy().tolist() == [[8, 2]] * 6


def test_few_groups_and_two_sets_are_cautioned_of():
    found = transferred.found({})
    assert next(iter(caveats(found))).endswith("So few groups make intervals rough.")
    assert not any("two data sets" in text for text in caveats(found))
    found.measured.domains.one_set = False
    assert any(text.startswith("The domains are two data sets") for text in caveats(found))


def test_method_tells_only_of_what_was_done(sections):
    told = [text.partition(":")[0] for text in sections[-1].blocks]
    assert told[1:5] == ["Probes", "Adaptation", "Distances", "Effects"]
    assert "groups are dealt to 5 parts" in sections[-1].blocks[1]
    assert "groups are dealt to 4 parts" in sections[-1].blocks[2]
    bare = page.sections(transferred.found({}))[-1].blocks
    assert len(bare) == 2
    assert "both domains have of 3 groups or more" in bare[0]
    assert bare[1].startswith("Intervals")


def test_terminal_has_a_row_an_encoder_and_domain(found):
    rows = page.summary_rows(found.tables)
    assert [(row["encoder"], row["domain"]) for row in rows[:3]] == [
        ("tiny", "speech"),
        ("tiny", "song"),
        ("other", "speech"),
    ]
    assert rows[1] == {
        "encoder": "tiny",
        "domain": "song",
        "layer": "hidden2",
        "recall": "0.70 [0.65, 0.75]",
        "from other": "0.55",
        "direct": "0.66",
        "two stages": "0.70",
    }
    assert rows[2]["direct"] == "–"
    assert "direct" not in page.summary_rows({"probing": transferred.probing()})[0]
    alone = page.summary_rows({"adapted_scores": transferred.adapted_scores()})
    assert [(row["domain"], row["layer"], row["two stages"]) for row in alone] == [
        ("speech", "–", "0.60"),
        ("song", "–", "0.70"),
    ]
