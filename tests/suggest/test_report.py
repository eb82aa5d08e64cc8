"""The report, the audio and the command, on a planted estimator and on the real one."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from wetdry.audio import load, loudness
from wetdry.effects import effect
from wetdry.report.charts.plane import DRY
from wetdry.suggest import suggest_effects
from wetdry.suggest.charts import front_chart, staircase, widest
from wetdry.suggest.page import TARGET, plane_points, study_result
from wetdry.suggest.rendered import write_audio
from wetdry.suggest.words import lead, percent, with_interval


@pytest.fixture(scope="module")
def found(planted, hiss):
    return suggest_effects(
        hiss,
        estimator=planted(scale=8.0),
        energy=-1.6,
        effects="lowpass,lowpass1,distortion",
        evaluations=30,
        workers=2,
    )


@pytest.fixture(scope="module")
def result(found):
    return study_result(found, workers=2)


def test_tables_say_what_was_found(found, result):
    candidates, trials = result.tables["candidates"], result.tables["trials"]
    winner = found.winner
    assert len(trials) == 30
    assert trials["front"].sum() == len(found.front)
    first = candidates.iloc[0]
    assert effect(first["effect"]).key == winner.trial.effect.key
    assert first["energy"] == pytest.approx(winner.estimates[:, 0].mean())
    assert first["energy_change"] == pytest.approx((winner.estimates - found.dry.estimates)[:, 0].mean())
    held_out = result.tables["windows"].query("rank == 1 and held_out")
    assert (held_out["energy_wet"] - held_out["energy_dry"]).mean() == pytest.approx(first["energy_held_out_change"])
    assert list(held_out["start"]) == [1.0, 4.0]
    assert candidates["novelty"].isna().all()


def test_the_plane_is_in_shares_of_the_scale_and_shows_the_target(found):
    points = plane_points(found).set_index("family")
    assert points.loc[DRY, "energy"] == pytest.approx(found.dry_mean[0] / 8)
    assert points.loc[TARGET, "energy"] - points.loc[DRY, "energy"] == pytest.approx(-0.2)
    assert points.loc[TARGET, "valence"] == points.loc[DRY, "valence"]
    assert points.iloc[2]["valence"] == pytest.approx(found.winner.estimates[:, 1].mean() / 8)


def test_the_front_is_a_staircase_from_the_dry_song():
    trials = pd.DataFrame(
        {"effect": list("abc"), "share": [0.5, 0.2, 0.9], "cost": [2.0, 3.0, 4.0], "front": [True, False, True]}
    )
    corners = list(staircase(trials).itertuples(index=False, name=None))
    assert corners == [(0.0, 0.0), (2.0, 0.5), (4.0, 0.9), (4.0, 0.9)]
    candidates = trials.assign(rank=[1, 2, 3], name="x", held_out_share=[np.nan, -0.5, 0.4], sound="s")
    spec = front_chart(trials, candidates, "dB").to_dict()
    drawn = [row for rows in spec["datasets"].values() for row in rows if "held_out_share" in row]
    assert min(row["held_out_share"] for row in drawn if row["held_out_share"] is not None) == 0.0


def test_what_costs_far_more_than_anything_of_use_is_not_drawn():
    trials = pd.DataFrame(
        {"effect": list("abc"), "share": [0.5, 0.2, 0.1], "cost": [2.0, 4.0, 9.0], "front": [True, False, False]}
    )
    candidates = trials[:1].assign(rank=1, name="x", held_out_share=np.nan, sound="s")
    assert widest(trials, candidates) == 4.0
    assert widest(trials.assign(front=False), candidates[:0]) == 9.0
    drawn = front_chart(trials, candidates, "dB").to_dict()["datasets"].values()
    assert max(row["cost"] for rows in drawn for row in rows if "cost" in row) == 4.0


def test_the_audio_is_the_part_that_was_judged_equally_loud_and_whole(found, tmp_path):
    paths = write_audio(found, tmp_path / "audio")
    assert [path.name for path in paths][:2] == ["0-dry.flac", f"1-{found.winner.name}.flac"]
    dry, winner = load(paths[0]), load(paths[1])
    turned_down = loudness(dry) - loudness(found.part.dry)
    assert loudness(winner) == pytest.approx(loudness(dry), abs=0.05)
    expected = found.winner.wet.scaled(turned_down)
    assert np.abs(winner.samples - expected.samples).max() < 1e-4
    assert sorted(tmp_path.rglob("*.*")) == sorted(paths)


def test_loud_candidates_are_turned_down_together(found, tmp_path):
    loud = suggest_effects(
        found.part.dry.scaled(16.0), estimator=found.estimator, energy=-1.6, effects="lowpass", evaluations=4
    )
    clips = [load(path) for path in write_audio(loud, tmp_path)]
    assert max(np.abs(clip.samples).max() for clip in clips) < 1.0
    assert loudness(clips[1]) == pytest.approx(loudness(clips[0]), abs=0.05)


def test_the_answer_is_given_with_both_figures(found, result):
    assert result.title == "clip: energy −1.6"
    assert result.lead == lead(found)
    assert "reaches the goal, energy down by at least 1.6, at a cost of" in result.lead
    assert "It does so, too, on the 2 windows that the search did not see." in result.lead
    assert result.sounds() == {f"candidate-{rank}" for rank in range(1, len(found.candidates) + 1)}
    assert [figure.name for figure in result.figures] == ["front", "plane"]
    summary = result.all_tables()["summary"].iloc[0]
    assert (summary["searched"], summary["held out"]) == ("100 %", "100 %")


def test_a_candidate_that_holds_up_is_named_where_the_winner_does_not(found):
    first, second = found.candidates[:2]
    assert second.trial.reached
    lucky = replace(found, candidates=(replace(first, held_out_share=0.434), second))
    assert "On the 2 windows that the search did not see it goes 43 % of the way." in lead(lucky)
    named = f"“{second.name}”, at {second.trial.cost:.2f}, is the cheapest candidate that does on both."
    assert named in lead(lucky)
    assert named not in lead(found)
    assert named not in lead(replace(lucky, candidates=(lucky.candidates[0], replace(second, held_out_share=0.9))))


def test_shares_are_never_rounded_up_to_a_goal_that_was_missed():
    assert [percent(v) for v in (0.9999, 1.0, 0.29, -0.01)] == ["99 %", "100 %", "29 %", "−1 %"]
    assert with_interval(-0.123, -0.2, 0.01) == "−0.12 [−0.20, +0.01]"
    assert with_interval(0.1, np.nan, np.nan) == "+0.10"


@pytest.fixture(scope="module")
def song(music, tmp_path_factory) -> Path:
    """The four seconds of music, twice."""
    path = tmp_path_factory.mktemp("songs") / "song [1].wav"
    soundfile.write(path, np.tile(music.samples, 2).T, music.sample_rate)
    return path


def test_the_command_with_vibenet(run_wetdry, song, tmp_path):
    settings = ("--toward", "subdued", "--by", 0.02, "--effects", "lowpass1,reverb", "--evaluations", 12)
    code, said, _ = run_wetdry("suggest", song, *settings, "--out", tmp_path / "out")
    assert code == 0
    candidates = pd.read_parquet(tmp_path / "out" / "tables" / "candidates.parquet")
    assert len(candidates) >= 1
    assert candidates["effect"][0] in said
    assert (candidates["effect"].map(lambda key: effect(key).key) == candidates["effect"]).all()
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert sum(run["evaluations"].values()) == 12
    assert run["windows"] == "1s"
    files = sorted((tmp_path / "out" / "audio").iterdir())
    assert len(files) == 1 + len(candidates)
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<audio") == len(files)
    again = suggest_effects(song, toward="subdued", by=0.02, effects="lowpass1,reverb", evaluations=12, workers=1)
    assert [c.trial.effect.key for c in again.candidates] == list(candidates["effect"])
    assert [c.change.estimate[0] for c in again.candidates] == list(candidates["energy_change"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--toward", "clam"], 'did you mean "calm"?'),
        (["--energy", "-5"], "would leave its scale of 0 to 1"),
        (["--toward", "calm", "--effects", "gsm"], "Nothing in gsm has levels"),
        (["--toward", "calm", "--encoder", "handcrafted"], "estimates no energy or valence"),
        (["--toward", "calm", "--cost", "euros"], "cost"),
        ([], "No change is asked for"),
    ],
)
def test_the_command_refuses_in_a_sentence(run_wetdry, song, tmp_path, arguments, said):
    code, _, error = run_wetdry("suggest", song, *arguments, "--evaluations", 2, "--out", tmp_path / "out")
    assert code == 2
    assert said in error
    assert "Traceback" not in error


def test_what_an_estimator_finds_strange_is_said(planted, hiss):
    class Wary(planted):
        def novelty(self, vectors):
            return 1.0 - np.asarray(vectors, dtype=np.float64)[:, 0]

    found = suggest_effects(
        hiss, estimator=Wary(), energy=-0.3, effects="lowpass", longest=1, evaluations=6, candidates=1
    )
    brightness = found.winner.estimates[:, 0].mean()
    assert found.winner.novelty == pytest.approx(1.0 - brightness, abs=1e-6)
    (note,) = [block for block in study_result(found).sections[0].blocks if getattr(block, "title", "") == "Novelty"]
    assert f"{1.0 - found.dry_mean[0]:.2f} dry; 1 lowpass: {1.0 - brightness:.2f}" in note.text[0]


def test_a_search_that_finds_nothing_has_a_report_too(planted, hiss, tmp_path):
    nothing = suggest_effects(hiss, estimator=planted(), energy=0.2, effects="lowpass", longest=1, evaluations=4)
    result = study_result(nothing)
    assert result.lead.startswith("Not reached so far: none of 4 settings tried goes even 5 %")
    assert [section.heading for section in result.sections] == [
        "The answer",
        "What it takes",
        "In the valence–energy plane",
        "How it was searched",
    ]
    assert len(result.tables["candidates"]) == len(result.tables["windows"]) == 0
    assert all(figure.chart.to_dict()["layer"] for figure in result.figures)
    assert [path.name for path in write_audio(nothing, tmp_path)] == ["0-dry.flac"]
