"""Directions from fit to check: planted ones, and one of gain on an encoder that hears levels."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from planted_direction import DIM, VIEW, planted

from wetdry.analysis.effect_scale_fit import fit_scale
from wetdry.analysis.reading_accuracy import accuracy
from wetdry.audio import load
from wetdry.cli.printing import print_table
from wetdry.effects import effect
from wetdry.errors import AudioError, DataError, EffectError
from wetdry.studies.cards import fingerprint
from wetdry.studies.deformations import Deformation
from wetdry.studies.direction import check_direction, fit_direction, read_audio
from wetdry.studies.direction.check import accuracies, response
from wetdry.studies.direction.fit import direction_of


def test_the_card_states_what_was_planted(direction):
    card = direction.card
    assert card.training.clips == card.training.groups == 20
    assert card.effect.keys[0] == "gain(gain_db=-4)"
    assert card.held_out.r2.estimate > 0.9
    assert card.held_out.r2.low < card.held_out.r2.estimate < card.held_out.r2.high
    assert card.held_out.mae.estimate < 1.0 < card.held_out.mae_of_middle == 2.5
    assert 0.85 < card.held_out.coverage.estimate <= 1.0
    # The direction points where the effect goes, and the path starts at the dry clips.
    assert direction.scale.direction[1] > 0.95
    assert card.dry.low <= card.dry.median < 2.0
    assert not any("span" in limit for limit in card.limits)


def test_the_card_says_so_where_nothing_can_be_vouched_for():
    few = direction_of(planted(6), VIEW, "few", blindness="It cannot hear a gain.")
    assert "With 6 groups of clips no error can be vouched for, and every interval spans the grid." in few.card.limits
    assert few.card.limits[-1] == "It cannot hear a gain."


def test_noise_has_no_held_out_r2():
    card = direction_of(planted(40, sway=0.0), VIEW, "noise").card
    assert abs(card.held_out.r2.estimate) < 0.01
    assert card.held_out.mae.estimate > 0.95 * card.held_out.mae_of_middle


def recordings(seed, sizes):
    """Noise that clips of one recording have in common, of so many clips each."""
    one = planted(len(sizes), seed=seed, sway=0.0)
    rng = np.random.default_rng(seed)
    dim = 60
    shape = (len(sizes), len(one.strengths), dim)
    wet = rng.standard_normal(shape).repeat(sizes, axis=0)
    wet += 0.01 * rng.standard_normal(wet.shape)
    names = [f"{k}.wav" for k in range(len(wet))]
    groups = [f"g{k}" for k in np.repeat(np.arange(len(sizes)), sizes)]
    table = pd.DataFrame({"item": names, "clip": names, "label": "", "group": groups, "split": ""})
    return Deformation("ear", "last", one.grid, table, wet[:, 0] + rng.standard_normal((len(wet), dim)), wet)


def test_clips_of_one_recording_do_not_vouch_for_each_other_on_the_card():
    found = recordings(0, [3] * 16)
    card = direction_of(found, VIEW, "noise").card
    assert (card.training.clips, card.training.groups) == (48, 16)
    assert abs(card.held_out.r2.estimate) < 0.1 < 0.15 < card.in_sample_r2
    alone = replace(found, clips=found.clips.assign(group=found.clips["item"]))
    assert direction_of(alone, VIEW, "noise").card.held_out.r2.estimate > 0.15


def test_the_card_records_what_is_held_out_with_its_groups():
    found = recordings(1, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4])
    groups, strengths = found.clips["group"].to_numpy(str), found.strengths
    fitted = fit_scale(found.dry, found.wet, strengths, groups)
    truth, owners = np.tile(strengths, len(groups)), np.repeat(groups, len(strengths))
    expected = accuracy(fitted.held_out, truth, strengths, owners)
    held_out = direction_of(found, VIEW, "noise").card.held_out
    for name in ("r2", "mae", "rmse", "coverage"):
        figure, interval = getattr(held_out, name), getattr(expected, name)
        given = [float(value) for value in (interval.estimate, interval.low, interval.high)]
        assert [figure.estimate, figure.low, figure.high] == pytest.approx(given, rel=1e-3, abs=1e-6)


def test_what_moves_a_reading_is_the_change_from_the_same_clip(direction):
    found = planted(16, seed=5)
    reading = direction.read(found.wet.reshape(-1, DIM)).position.reshape(16, -1)
    moved = np.abs(reading - direction.read(found.dry).position[:, np.newaxis])
    assert response(direction, found)["moved"] == pytest.approx(moved.mean())


def test_the_fingerprint_is_of_the_clips_and_not_of_their_order():
    assert fingerprint(["b", "a"]) == fingerprint(["a", "b"]) != fingerprint(["ab"])


def test_accuracy_is_of_all_and_of_each_label(direction):
    table = accuracies(direction, planted(12, seed=1)).set_index("label")
    assert list(table.index) == ["all", "even", "odd"]
    assert table["clips"].tolist() == [12, 6, 6]
    assert (table["r2"] > 0.85).all()
    assert table.loc["all", "mae"] == pytest.approx(table.loc[["even", "odd"], "mae"].mean())
    assert table.loc["all", "dry"] < 2.0


def test_a_label_of_too_few_clips_has_no_bounds(direction):
    one = planted(6, seed=4).of(np.array([0, 1, 2, 4]))
    table = accuracies(direction, one).set_index("label")
    assert table["clips"].to_dict() == {"all": 4, "even": 3, "odd": 1}
    assert table.loc["odd", ["r2_low", "mae_low", "coverage_low"]].isna().all()
    assert table.loc["odd", ["r2", "mae", "coverage"]].notna().all()


def test_another_effect_that_goes_elsewhere_is_not_heard(direction):
    same = response(direction, planted(30, seed=2))
    other = planted(30, effect="lowpass", seed=3)
    elsewhere = np.linspace(0, 12, 10)[:, np.newaxis] * (np.eye(DIM)[3] - np.eye(DIM)[1])
    still = response(direction, _moved(other, elsewhere))
    assert (same["own"], still["own"]) == (True, False)
    assert same["moved"] > 0.3 > 0.15 > still["moved"]
    assert abs(still["r2"]) < 0.1 < 0.9 < same["r2"]
    assert still["unlike"] > 0.3 > same["unlike"]


def _moved(deformation, way):
    """The deformation with `way` (strength, dim) added to its path."""
    return replace(deformation, wet=(deformation.wet + way).astype(np.float32))


@pytest.fixture
def fitted(bands, music_of):
    return fit_direction(music_of("train", 24, seed=0), "gain", encoder=bands().spec.name, levels="1-10:3")


def test_the_gain_of_a_clip_is_read_off_its_vector(fitted, tmp_path):
    assert fitted.card.view.encoder == "bands@1"
    assert (fitted.card.view.start, fitted.card.view.seconds) == (None, 30.0)
    assert fitted.card.training.clips == 24
    assert fitted.card.held_out.r2.estimate > 0.9
    dry = load(sorted((tmp_path / "train" / "dark").glob("*.wav"))[0])
    wet = effect("gain(gain_db=-28)")(dry)
    soundfile.write(tmp_path / "wet.wav", wet.samples.T, wet.sample_rate, subtype="FLOAT")
    found = read_audio(fitted, [str(tmp_path / "wet.wav")]).clips.iloc[0]
    assert found["strength"] == pytest.approx(7.0, abs=1.5)
    assert found["low"] <= 7.0 <= found["high"]
    assert not found["unlike"]


def test_a_file_is_seen_as_the_training_clips_were(fitted, tmp_path, rng):
    noise = 0.03 * rng.standard_normal(8000 * 40)
    soundfile.write(tmp_path / "long.wav", noise, 8000, subtype="FLOAT")
    soundfile.write(tmp_path / "middle.wav", noise[8000 * 5 : 8000 * 35], 8000, subtype="FLOAT")
    long, middle = (read_audio(fitted, [str(tmp_path / name)]).clips for name in ("long.wav", "middle.wav"))
    assert long["strength"].tolist() == middle["strength"].tolist()
    assert long["strangeness"].tolist() == middle["strangeness"].tolist()


def test_it_holds_on_another_data_set_and_responds_to_little_else(fitted, music_of, tmp_path):
    other = music_of("other", 16, seed=9)
    found = check_direction(fitted, other, against="gain,bitcrush", levels="1,2,3", store=tmp_path / "store")
    everything = found.accuracy.set_index("label").loc["all"]
    assert everything["r2"] > 0.9
    assert everything["mae"] < 1.0 < everything["mae_of_middle"] == 3.0
    assert everything["coverage"] > 0.75
    assert found.accuracy["label"].tolist() == ["all", "bright", "dark"]
    # Its own effect is not checked against itself.
    assert found.others["effect"].tolist() == ["gain", "bitcrush"]
    assert found.others["moved"].iloc[0] > 3 * found.others["moved"].iloc[1]


def test_the_clips_that_it_was_fitted_on_are_no_check(fitted, tmp_path):
    with pytest.raises(DataError, match="holds the clips that the direction was fitted on"):
        check_direction(fitted, f"classes:{tmp_path / 'train'}")


def test_clips_that_fail_or_repeat_another_are_counted(bands, music_of, tmp_path):
    data = music_of("train", 8, seed=0)
    (tmp_path / "train" / "dark" / "broken.wav").write_bytes(b"no audio")
    first = tmp_path / "train" / "dark" / "0.wav"
    (tmp_path / "train" / "dark" / "copy.wav").write_bytes(first.read_bytes())
    training = fit_direction(data, "gain", encoder=bands().spec.name, levels="1-3").card.training
    assert (training.clips, training.groups, training.left_out) == (8, 8, 2)


@pytest.mark.usefixtures("bands")
def test_what_cannot_be_fitted_gets_one_sentence(music_of):
    data = music_of("few", 4, seed=0)
    with pytest.raises(DataError, match="4 groups of clips are too few"):
        fit_direction(data, "gain", encoder="bands", levels="1-3")
    with pytest.raises(DataError, match="that of one effect, not of 2"):
        fit_direction(data, "gain,reverb", encoder="bands")
    with pytest.raises(EffectError, match='Unknown preset "deng"'):
        fit_direction(data, "gain", encoder="bands", preset="deng")


@pytest.mark.usefixtures("bands")
def test_the_command_fits_reads_and_checks(wetdry, music_of, tmp_path):
    train, other = music_of("train", 24, seed=0), music_of("other", 12, seed=9)
    asked = ("--data", train, "--encoder", "bands", "--effect", "gain", "--levels", "1-10:3")
    code, printed, errors = wetdry("fit", *asked, "--out", "gain.safetensors")
    assert (code, errors) == (0, "")
    assert "gain (level)" in printed
    assert "bands@1, layer levels" in printed
    code, card, _ = wetdry("fit", *asked, "--out", "again.safetensors", "--json")
    assert code == 0
    assert json.loads(card) == json.loads((tmp_path / "gain.json").read_text())
    assert (tmp_path / "gain.safetensors").read_bytes() == (tmp_path / "again.safetensors").read_bytes()

    (tmp_path / "broken.wav").write_bytes(b"no audio")
    clip = tmp_path / "other" / "dark" / "0.wav"
    code, printed, errors = wetdry("read", "gain.safetensors", clip, "broken.wav")
    assert code == 0
    assert "0.wav" in printed
    assert errors.startswith("broken.wav: ")
    read = json.loads(wetdry("read", "gain.safetensors", clip, "--json")[1])
    assert (read["effect"], read["parameter"], read["encoder"], read["level"]) == ("gain", "level", "bands@1", 0.9)
    assert read["clips"][0]["low"] <= read["clips"][0]["strength"] <= read["clips"][0]["high"]

    checked = ("check", "gain.safetensors", "--data", other, "--against", "bitcrush", "--levels", "1-3")
    code, printed, errors = wetdry(*checked)
    assert (code, errors) == (0, "")
    assert "gain (its own)" in printed
    assert [row["label"] for row in json.loads(wetdry(*checked, "--json")[1])["accuracy"]] == ["all", "bright", "dark"]


@pytest.mark.usefixtures("bands")
def test_the_command_says_what_is_wrong_before_it_computes(wetdry, music_of):
    data = music_of("train", 6, seed=0)
    code, _, errors = wetdry("fit", "--data", data, "--encoder", "bands", "--effect", "gain", "--out", "gain.npz")
    assert (code, errors) == (2, "wetdry: gain.npz: a direction is a safetensors file; name it gain.safetensors\n")
    assert wetdry("read", "gone.safetensors", "a.wav")[0] == 2
    Path("file").touch()
    # Known before the data set is opened, which does not exist.
    code, _, errors = wetdry("fit", "--data", "classes:gone", "--effect", "gain", "--out", "file/gain.safetensors")
    assert (code, errors) == (
        2,
        "wetdry: file/gain.safetensors: cannot be written (Not a directory); choose another place.\n",
    )


def test_what_a_file_says_cannot_steer_the_terminal(capsys):
    print_table("\x1b[31mred\nname (level)", [{"effect": "\x1b[2J\u202egniag"}])
    printed = capsys.readouterr().out
    assert " [31mred name (level)\n" in printed
    assert " [2J gniag" in printed


def test_audio_that_is_all_broken_is_an_error(fitted, tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"no audio")
    with pytest.raises(AudioError, match=r"broken\.wav"):
        read_audio(fitted, [str(tmp_path / "broken.wav")])
