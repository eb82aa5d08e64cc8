"""Scores of simulated listeners: planted shifts, reliabilities, agreement with a model, and who is left out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from listeners import answered, planted

import wetdry as wd
from wetdry import report
from wetdry.audio import Clip
from wetdry.errors import DataError
from wetdry.listening import ScoringConfig, score, scoring
from wetdry.listening.agreement import ALPHA, AVERAGE, SHIFTS, SINGLE, SOUNDS, TWICE
from wetdry.listening.report import result, summary

SHIFTED = {
    ("distortion", 4.0): (-0.1, 0.2),
    ("distortion", 8.0): (-0.3, 0.4),
    ("lowpass", 8.0): (0.1, -0.3),
    ("degraded", None): (-0.6, 0.3),
}


class Told:
    """A model that has been told what to estimate of each sound; it knows sounds by their content."""

    name, targets = "told", ("energy", "valence")

    def __init__(self, known: dict[str, tuple[float, float]]) -> None:
        self.known = known

    def of_clip(self, clip: Clip) -> np.ndarray:
        valence, arousal = self.known[clip.id]
        return np.array([arousal, valence])


@pytest.fixture
def send(test, tmp_path, rng):
    """Write results of listeners who follow the planted shifts, and return their folder."""

    def write(count: int, *, noise: float = 0.0, names: str = "P", spread: float = 0.05) -> Path:
        truth = planted(test.key, SHIFTED)
        for k in range(count):
            content = answered(test.key, f"{names}{k}", truth, rng, bias=rng.normal(0, spread), noise=noise)
            (tmp_path / f"{names}{k}.json").write_text(json.dumps(content))
        return tmp_path

    return write


@pytest.fixture
def told(test, monkeypatch):
    """Put a model in the place of the estimator that estimates `scale` times the planted truth, plus an offset."""

    def replace(valence: float, arousal: float) -> None:
        truth = planted(test.key, SHIFTED)
        known = {
            wd.load(test.folder / sound.file).id: (0.5 + valence * truth(sound)[0], 3.0 + arousal * truth(sound)[1])
            for sound in test.key.sounds
        }
        monkeypatch.setattr(scoring, "estimator", lambda *_: Told(known))

    return replace


def cells(table: pd.DataFrame, *keys: str) -> dict:
    return {tuple(row[key] for key in keys): row for row in table.to_dict("records")}


def test_planted_shifts_are_recovered_without_noise(test, send, told):
    told(1.0, 1.0)
    tables = wd.score_listening_test(send(4), test.folder, resamples=100)
    effects = cells(tables["effects"], "setting", "target")
    for (family, level), planted_shift in SHIFTED.items():
        setting = family if level is None else f"{family}, level {level:g}"
        for target, shift in zip(("valence", "arousal"), planted_shift, strict=True):
            assert effects[setting, target]["shift"] == pytest.approx(shift, abs=0.011)
    assert effects["lowpass, level 4", "valence"]["shift"] == pytest.approx(0, abs=0.011)
    assert effects["identity", "valence"]["shift"] == 0
    assert effects["identity", "valence"]["remark"] == "one clip says nothing of others"
    both = effects["distortion, all levels", "arousal"]
    assert 0.2 < both["shift"] < 0.4
    assert (tables["raters"]["difference"] == 0).all()
    assert (tables["raters"]["same_word"] == 1).all()
    assert (tables["raters"]["unreliable"] == "").all()


def test_noisy_listeners_are_within_the_intervals_and_agree_as_their_noise_says(test, send, told):
    told(1.0, 1.0)
    tables = wd.score_listening_test(send(12, noise=0.2, spread=0.1), test.folder, resamples=200)
    effects = cells(tables["effects"], "setting", "target")
    for setting, target, shift in (
        ("distortion, level 8", "arousal", 0.4),
        ("distortion, level 8", "valence", -0.3),
        ("lowpass, level 8", "arousal", -0.3),
    ):
        row = effects[setting, target]
        assert row["low"] < shift < row["high"] < row["low"] + 0.45
    agreed = cells(tables["agreement"], "of", "target", "measure")
    table = tables["ratings"]
    first = table[table["purpose"] == "pair"]
    truth = first.groupby("sound")["arousal"].mean().var() - (0.1**2 + 0.2**2) / 12
    assert agreed[SOUNDS, "arousal", SINGLE]["estimate"] == pytest.approx(truth / (truth + 0.1**2 + 0.2**2), abs=0.12)
    moved = np.var(
        [
            planted(test.key, SHIFTED)(s)[1] - planted(test.key, {})(s)[1]
            for s in test.key.sounds
            if s.wet and s.purpose == "pair"
        ],
        ddof=1,
    )
    assert agreed[SHIFTS, "arousal", SINGLE]["estimate"] == pytest.approx(moved / (moved + 2 * 0.2**2), abs=0.15)
    assert agreed[SHIFTS, "arousal", AVERAGE]["estimate"] > agreed[SHIFTS, "arousal", SINGLE]["estimate"]
    assert 0 < agreed[SOUNDS, "quadrant", ALPHA]["estimate"] < 1
    assert agreed[TWICE, "valence", SINGLE]["items"] == 12 * 3
    retest = tables["twice"]
    apart = np.hypot(
        retest["valence_again"] - retest["valence_first"], retest["arousal_again"] - retest["arousal_first"]
    )
    assert tables["raters"]["difference"].pow(2).mean() == pytest.approx((apart**2).mean() / 2)
    assert np.sqrt((apart**2).mean() / 2) == pytest.approx(0.2 * np.sqrt(2), abs=0.08)


def test_a_model_that_knows_correlates_and_one_that_is_contrary_does_so_negatively(test, send, told):
    told(0.2, -0.5)
    folder = send(6, noise=0.05)
    tables = wd.score_listening_test(folder, test.folder, resamples=100)
    found = cells(tables["correlations"], "family", "target")
    assert found["all", "valence"]["r"] > 0.9
    assert found["all", "arousal"]["r"] < -0.9
    assert found["all", "valence"]["low"] > 0.8
    assert found["all", "arousal"]["pairs"] == 14
    assert found["distortion", "arousal"]["same_sign"] == 0
    pairs = tables["pairs"]
    for scale, factor in (("valence", 0.2), ("arousal", -0.5)):
        planted_shift = [
            SHIFTED.get((row["family"], row["level"]), (0, 0))[scale == "arousal"] for row in pairs.to_dict("records")
        ]
        np.testing.assert_allclose(pairs[f"model_{scale}"], factor * np.array(planted_shift), atol=1e-9)


def test_a_model_that_hears_nothing_has_no_correlation_and_says_why(test, send, told):
    told(0.0, 1.0)
    tables = wd.score_listening_test(send(3, noise=0.05), test.folder, resamples=100)
    found = cells(tables["correlations"], "family", "target")
    assert np.isnan(found["all", "valence"]["r"])
    assert found["all", "valence"]["remark"] == "the shifts of the model are all the same"
    assert found["all", "arousal"]["remark"] == ""


def test_listeners_who_contradict_themselves_are_named_and_left_out_on_request(test, send, told, rng):
    told(1.0, 1.0)
    folder = send(4, noise=0.02)
    send(2, noise=1.5, names="Wild")
    numb = answered(test.key, "Numb", lambda _: (0.1, 0.1), rng, noise=0.01)
    (folder / "numb.json").write_text(json.dumps(numb))
    everyone = wd.score_listening_test(folder, test.folder, resamples=100)
    raters = everyone["raters"].set_index("rater")
    assert raters["counted"].all()
    assert set(raters.index[raters["unreliable"] != ""]) == {"Wild0", "Wild1", "Numb"}
    assert "the spoilt sound lies" in raters.loc["Numb", "unreliable"]
    assert "two ratings of the same sound differ" in raters.loc["Wild0", "unreliable"]
    some = wd.score_listening_test(folder, test.folder, resamples=100, exclude=True)
    assert set(some["shifts"]["rater"]) == {"P0", "P1", "P2", "P3"}
    assert set(some["ratings"]["rater"]) == set(raters.index)
    assert (some["effects"]["listeners"] == 4).all()
    (folder / "only").mkdir()
    (folder / "only" / "numb.json").write_text(json.dumps(numb))
    with pytest.raises(DataError, match="No listener is left"):
        wd.score_listening_test(folder / "only", test.folder, resamples=100, exclude=True)


def test_one_listener_is_scored_with_remarks_in_place_of_intervals(test, send, told):
    told(1.0, 1.0)
    found = score(ScoringConfig(results=(str(send(1)),), test=str(test.folder), resamples=100))
    assert set(found.effects["remark"]) == {"one listener says nothing of others"}
    agreed = cells(found.agreement, "of", "target", "measure")
    assert "two raters" in agreed[SOUNDS, "valence", SINGLE]["remark"]
    assert np.isnan(agreed[SHIFTS, "arousal", ALPHA]["estimate"])


def test_sounds_that_are_not_those_listeners_heard_are_refused(test, send, told, tmp_path):
    told(1.0, 1.0)
    folder = send(2)
    copy = tmp_path / "copy"
    (copy / "sounds").mkdir(parents=True)
    (copy / "key.json").write_text(test.key.json_text())
    with pytest.raises(DataError, match="must lie beside the key"):
        wd.score_listening_test(folder / "P0.json", copy, resamples=100)
    for sound in test.key.sounds:
        (copy / sound.file).write_bytes(b"something else")
    with pytest.raises(DataError, match="is not the sound that listeners heard"):
        wd.score_listening_test(folder / "P0.json", copy, resamples=100)


def test_a_model_without_valence_and_arousal_is_refused(test, send, monkeypatch):
    model = Told({})
    model.targets = ("Anger", "Joy")
    monkeypatch.setattr(scoring, "estimator", lambda *_: model)
    with pytest.raises(DataError, match="told estimates Anger, Joy"):
        wd.score_listening_test(send(2), test.folder, resamples=100)


def test_settings_are_checked_in_one_sentence(test, tmp_path):
    with pytest.raises(DataError, match="listening test: resamples"):
        wd.score_listening_test(tmp_path, test.folder, resamples=1)


def test_the_report_says_what_was_found(test, send, tmp_path):
    """With the real model, so that its card is at hand."""
    config = ScoringConfig(results=(str(send(5, noise=0.1)),), test=str(test.folder), resamples=100)
    found = score(config)
    page = report.write(result(found), tmp_path / "out")
    text = page.read_text()
    assert "5 listeners rated both sides of 14 wet/dry pairs" in text
    assert "vibenet" in text
    assert "By this rule everyone can be relied on." in text
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run["test"] == test.key.test
    written = pd.read_csv(tmp_path / "out" / "tables" / "correlations.csv")
    overall = found.correlations.iloc[0]
    assert written["r"].iloc[0] == pytest.approx(overall["r"])
    assert f"r = {overall['r']:.2f}".replace("-", "−") in text
    title, rows = summary(found)
    assert title.startswith("What 5 listeners heard")
    assert [row["effect"] for row in rows] == ["all", "distortion", "lowpass", "identity", "degraded"]


def test_commands_make_and_score(pieces, tmp_path, run_wetdry, rng):
    from wetdry.listening.key import read_key

    out = tmp_path / "made"
    short = ("--effects", "distortion", "--levels", "8", "--pairs", 4, "--seconds", 0.5, "--repeats", 1)
    code, said, _ = run_wetdry("listen", "make", pieces, *short, "--out", out)
    assert code == 0
    key = read_key(out)
    assert f"Test {key.test}: 4 pairs, 11 sounds at" in said
    (tmp_path / "bad.json").write_text("{}")
    (tmp_path / "P.json").write_text(json.dumps(answered(key, "P", planted(key, SHIFTED), rng)))
    code, said, complaint = run_wetdry(
        "listen", "score", tmp_path / "P.json", tmp_path / "bad.json", "--test", out, "--out", tmp_path / "scored"
    )
    assert code == 0
    assert "What 1 listener heard" in said
    assert "1 could not be used" in complaint
    assert (tmp_path / "scored" / "report.html").exists()
    code, _, complaint = run_wetdry("listen", "score", tmp_path / "bad.json", "--test", out)
    assert (code, "is no listener's result" in complaint) == (2, True)
