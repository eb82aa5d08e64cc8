"""What is written: one loudness, exact copies, a page that gives nothing away."""

import hashlib
import json
import re
from collections import Counter

import numpy as np
import pytest
import soundfile

from wetdry.audio import Clip, load, loudness, true_peak
from wetdry.effects import effect
from wetdry.errors import AudioError, DataError, EffectError, ReportError
from wetdry.listening import make_listening_test
from wetdry.listening.key import read_key

SETTINGS = {"effects": "distortion,lowpass", "levels": "4,8", "pairs": 4, "seconds": 0.5}


def test_every_sound_has_one_length_and_one_loudness_and_none_clips(test):
    for sound in test.key.sounds:
        clip = load(test.folder / sound.file)
        assert clip.seconds == 0.5
        assert loudness(clip) == pytest.approx(test.key.loudness_lufs, abs=0.1)
        assert true_peak(clip) <= 10 ** (-1 / 20) + 1e-3
    assert test.bytes == sum(p.stat().st_size for p in [test.page, *(test.folder / "sounds").iterdir()])


def test_wet_sounds_are_the_effect_on_what_led_up_to_them(pieces, tmp_path):
    made = make_listening_test(
        pieces / "piece0.wav", tmp_path, effects="lowpass", levels="8", pairs=1, seconds=0.5, repeats=0, anchors=False
    )
    dry, wet = sorted(made.key.sounds, key=lambda sound: sound.wet)
    whole = load(pieces / "piece0.wav")
    for sound, expected in ((dry, whole), (wet, effect(wet.effect)(whole))):
        middle = expected.excerpt(0.5, 0.5).samples[0]
        heard = load(made.folder / sound.file).samples[0]
        inside = slice(400, -400)
        gain = np.dot(heard[inside], middle[inside]) / np.dot(middle[inside], middle[inside])
        np.testing.assert_allclose(heard[inside], gain * middle[inside], atol=1e-4)
        assert abs(heard[0]) < 1e-4
        assert abs(heard[-1]) < 1e-4


def test_repeats_and_the_identity_pair_are_exact_copies_and_the_spoilt_sound_is_not(test):
    sounds = {sound.id: sound for sound in test.key.sounds}
    dry = {sound.clip: sound for sound in sounds.values() if not sound.wet and sound.purpose == "pair"}
    purposes = Counter(sound.purpose for sound in sounds.values())
    assert purposes == {"pair": 8 + 14, "repeat": 2, "identity": 1, "degraded": 1}
    for sound in sounds.values():
        assert hashlib.sha256((test.folder / sound.file).read_bytes()).hexdigest() == sound.sha256
        if sound.purpose == "repeat":
            assert sound.sha256 == sounds[sound.repeats].sha256
        if sound.purpose == "identity":
            assert sound.sha256 == dry[sound.clip].sha256
        if sound.purpose == "degraded":
            assert sound.sha256 != dry[sound.clip].sha256


def test_the_page_gives_nothing_away(test):
    page = test.page.read_text("utf-8")
    told_of = page.partition("</style>")[2].partition('"use strict"')[0]
    secrets = {"dry", "wet", "repeat", "identity", "degraded", "anchor"}
    for sound in test.key.sounds:
        assert page.count(sound.id) == 1
        secrets |= {sound.clip, sound.family, sound.effect, sound.sha256}
    assert [secret for secret in secrets if re.search(rf"\b{re.escape(secret)}\b", told_of)] == []
    told = json.loads(re.search(r'id="test">(.*?)</script>', page)[1])
    ids = [sound["id"] for sound in told["sounds"]]
    assert ids == sorted(ids)
    assert set(told["sounds"][0]) == {"id", "clip"}


def test_the_page_needs_nothing_but_the_sounds_beside_it(test):
    page = test.page.read_text("utf-8")
    for reach in ("fetch(", "XMLHttpRequest", "http://", "https://", "@import", "url(", " src="):
        assert reach not in page


def test_same_settings_same_test_and_another_is_not_overwritten(pieces, tmp_path):
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    tests = [make_listening_test(pieces, folder, **SETTINGS) for folder in (first, second)]
    assert tests[0].key == tests[1].key
    for file in first.rglob("*.*"):
        assert file.read_bytes() == (second / file.relative_to(first)).read_bytes()
    assert make_listening_test(pieces, other, seed=1, **SETTINGS).key.test != tests[0].key.test
    assert make_listening_test(pieces, first, **SETTINGS).key == tests[0].key
    with pytest.raises(DataError, match="holds another listening test"):
        make_listening_test(pieces, first, seed=1, **SETTINGS)
    assert read_key(first) == tests[0].key


def test_a_folder_that_will_not_do_is_known_before_anything_is_rendered(pieces, tmp_path, monkeypatch):
    def rendered(*_):
        raise AssertionError("rendered")

    monkeypatch.setattr("wetdry.listening.making.render", rendered)
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="Not a directory"):
        make_listening_test(pieces, tmp_path / "file" / "test", **SETTINGS)
    (tmp_path / "key.json").write_text("{}")
    with pytest.raises(DataError, match="no key of a listening test"):
        make_listening_test(pieces, tmp_path, **SETTINGS)


def test_practice_is_on_a_piece_of_its_own_where_there_is_one(pieces, tmp_path):
    spare = make_listening_test(pieces, tmp_path / "spare", **SETTINGS).key
    assert spare.practice not in {sound.clip for sound in spare.sounds}
    few = make_listening_test([pieces / "piece0.wav", pieces / "piece1.wav"], tmp_path / "few", **SETTINGS).key
    assert {sound.clip for sound in few.sounds} == {"piece0.wav", "piece1.wav"}
    assert few.practice in {"piece0.wav", "piece1.wav"}


def test_pairs_can_share_few_clips(pieces, tmp_path):
    settings = SETTINGS | {"pairs": 8, "clips": 2, "repeats": 0, "anchors": False}
    key = make_listening_test(pieces, tmp_path, **settings).key
    assert Counter(sound.wet for sound in key.sounds) == {True: 8, False: 2}
    assert key.practice not in {sound.clip for sound in key.sounds}


def test_pieces_of_other_groups_come_before_a_second_one_of_a_group(pieces, tmp_path):
    table = tmp_path / "songs.csv"
    rows = [f"{pieces}/piece{k}.wav,{'one' if k < 6 else k}" for k in range(8)]
    table.write_text("path,group\n" + "\n".join(rows) + "\n")
    settings = SETTINGS | {"effects": "distortion", "levels": "5", "pairs": 3}
    key = make_listening_test(f"csv:{table}", tmp_path / "out", **settings).key
    assert len({sound.group for sound in key.sounds}) == 3


def test_where_one_sound_would_clip_all_are_turned_down_alike(pieces, tmp_path):
    clicks = np.zeros(24_000)
    clicks[::4_000] = 0.5
    soundfile.write(tmp_path / "clicks.wav", clicks, 16_000)
    made = make_listening_test([tmp_path / "clicks.wav", pieces / "piece0.wav"], tmp_path / "out", **SETTINGS)
    clips = [load(made.folder / sound.file) for sound in made.key.sounds]
    assert made.key.loudness_lufs < -24
    assert [loudness(clip) for clip in clips] == pytest.approx([made.key.loudness_lufs] * len(clips), abs=0.1)
    assert max(map(true_peak, clips)) == pytest.approx(10 ** (-1 / 20), abs=1e-3)


def test_surround_at_a_high_rate_becomes_what_browsers_play(tmp_path, rng):
    soundfile.write(tmp_path / "wide.wav", 0.1 * rng.standard_normal((96_000, 4)), 96_000)
    made = make_listening_test(tmp_path / "wide.wav", tmp_path / "out", **SETTINGS)
    clip = load(made.folder / made.key.sounds[0].file)
    assert (clip.sample_rate, clip.channels) == (44_100, 1)


def test_audio_that_cannot_be_used_is_left_out_and_named(pieces, tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    soundfile.write(tmp_path / "short.wav", np.full(1000, 0.1), 16_000)
    files = [tmp_path / name for name in ("broken.wav", "silent.wav", "short.wav")]
    made = make_listening_test([*files, pieces / "piece0.wav"], tmp_path / "out", **SETTINGS)
    assert {sound.clip for sound in made.key.sounds} == {"piece0.wav"}
    reasons = dict(zip(made.failures["path"], made.failures["reason"], strict=True))
    assert "middle 0.5 s are silent" in reasons[str(files[1])]
    assert "lasts 0.1 s" in reasons[str(files[2])]
    assert len(reasons) == 3
    with pytest.raises(AudioError, match="silent"):
        make_listening_test(files[1], tmp_path / "none", **SETTINGS)
    assert not (tmp_path / "none").exists()


def test_an_effect_that_leaves_nothing_is_refused(tmp_path):
    soundfile.write(tmp_path / "hum.wav", 1e-3 * np.sin(np.arange(16_000) * 0.05), 16_000)
    with pytest.raises(EffectError, match="leaves nothing of hum"):
        make_listening_test(tmp_path / "hum.wav", tmp_path / "out", effects="bitcrush(bits=4)", pairs=1, seconds=0.5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"levels": "0"}, "Every effect is neutral"),
        ({"pairs": 3}, "at least 4 pairs"),
        ({"pairs": 0}, "listening test: pairs"),
        ({"seconds": 0.1}, "listening test: seconds"),
        ({"loudness": 1}, "listening test: loudness"),
    ],
)
def test_settings_that_fit_no_test_are_refused_in_one_sentence(pieces, tmp_path, settings, said):
    with pytest.raises(DataError, match=said):
        make_listening_test(pieces, tmp_path / "out", **(SETTINGS | settings))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('"lowpass"', '"reverb"', 1), "has been changed"),
        (lambda text: text[:100], "is no key of a listening test"),
        (lambda text: text.replace('"wetdry listening test 1"', '"wetdry listening test 9"'), "format"),
        (
            lambda text: re.sub(r'"clip": "piece\d.wav"', '"clip": "x"', text, count=1),
            "has no dry partner|has been changed",
        ),
    ],
)
def test_a_key_that_was_tampered_with_is_refused(test, tmp_path, change, said):
    (tmp_path / "key.json").write_text(change((test.folder / "key.json").read_text()))
    with pytest.raises(DataError, match=said):
        read_key(tmp_path)


def test_a_folder_without_a_key_is_named(tmp_path):
    with pytest.raises(DataError, match="give the folder that `wetdry listen make` wrote"):
        read_key(tmp_path)


def test_loudness_follows_what_is_heard_not_the_whole_file(tmp_path):
    rate = 16_000
    tone = np.sin(2 * np.pi * 440 * np.arange(rate * 3) / rate)
    envelope = np.repeat([0.5, 0.01, 0.5], rate)
    soundfile.write(tmp_path / "soft_middle.wav", tone * envelope, rate)
    key = make_listening_test(tmp_path / "soft_middle.wav", tmp_path / "out", **SETTINGS)
    clips: list[Clip] = [load(key.folder / sound.file) for sound in key.key.sounds]
    assert np.ptp([loudness(clip) for clip in clips]) < 0.1
