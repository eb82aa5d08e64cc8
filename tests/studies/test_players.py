"""Players: the right seconds, equally loud, never clipped, and not too many."""

import io

import numpy as np
import pytest
import soundfile

from wetdry.audio import Clip, loudness
from wetdry.effects import Step, effect, sweep
from wetdry.studies.players import MOST_PLAYERS, SECONDS, audible_steps, loudest, player_group


def heard(mp3: bytes) -> Clip:
    samples, rate = soundfile.read(io.BytesIO(mp3), always_2d=True)
    return Clip(samples.T, rate)


@pytest.fixture(scope="module")
def song(music) -> Clip:
    """Twelve seconds, of which the third four are loudest."""
    return Clip(np.concatenate([music.samples * g for g in (0.3, 0.3, 1.0)], axis=1), music.sample_rate)


def test_the_loudest_stretch_is_found(song, music):
    assert loudest(song) == 6.0
    assert loudest(music) == 0.0


def test_players_are_equally_loud_and_none_clips(song):
    steps = [Step("distortion", 10.0, effect("distortion@10")), Step("gain", None, effect("gain(gain_db=30)"))]
    group = player_group("song", song, steps, match=True, workers=2)
    dry, *wet = (heard(player.mp3) for player in (group.dry, *group.wet))
    assert dry.seconds == pytest.approx(SECONDS, abs=0.1)
    assert loudness(wet[1]) == pytest.approx(loudness(dry), abs=0.3)
    assert all(np.abs(clip.samples).max() < 1.0 for clip in (dry, *wet))
    assert "30.0 LU louder" in group.wet[1].detail
    assert group.wet[0].level == 10.0


def test_unmatched_players_keep_their_difference(song):
    steps = [Step("gain", None, effect("gain(gain_db=-12)"))]
    group = player_group("song", song, steps, match=False, workers=1)
    difference = loudness(heard(group.wet[0].mp3)) - loudness(heard(group.dry.mp3))
    assert difference == pytest.approx(-12.0, abs=0.3)


def test_too_many_levels_are_thinned_from_the_middle():
    names = ("reverb", "delay", "distortion", "eq", "chorus", "phaser")
    steps = [step for name in names for step in sweep(name, range(11))]
    assert len(audible_steps(steps, 1)) == 60
    few = audible_steps(steps, 3)
    assert len(few) * 3 <= MOST_PLAYERS
    assert {step.level for step in few} == {2.0, 4.0, 6.0, 8.0, 10.0}
    assert {step.level for step in audible_steps(steps, 10)} == {10.0}


def test_the_caption_says_which_part_is_heard(song, music):
    captions = [player_group("", clip, [], match=True, workers=1).caption for clip in (song, music)]
    assert captions[0].startswith("6 s from 6.0 s on.")
    assert captions[1].startswith("All of the clip.")
