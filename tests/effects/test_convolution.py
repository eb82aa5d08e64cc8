import copy

import numpy as np
import pytest
import soundfile

from wetdry.audio import Clip, load, resample
from wetdry.effects import Convolution, Ring, effect
from wetdry.errors import EffectError


def write(path, samples, rate=44_100):
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def test_it_convolves_with_the_response_at_unit_energy(tmp_path, music):
    response = np.array([1.0, 0.0, -0.5, 0.25])
    path = write(tmp_path / "ir.wav", response)
    expected = [np.convolve(c, response / np.sqrt(np.sum(response**2)))[: music.frames] for c in music.samples]
    np.testing.assert_allclose(Convolution(ir=str(path))(music).samples, expected, atol=1e-6)


def test_a_response_of_one_impulse_changes_nothing_whatever_its_size(tmp_path, music):
    path = write(tmp_path / "ir.wav", np.array([0.01, 0.0, 0.0]))
    np.testing.assert_allclose(Convolution(ir=str(path))(music).samples, music.samples, atol=1e-6)


def test_mix_goes_from_dry_to_wet(tmp_path, music):
    path = str(write(tmp_path / "ir.wav", np.array([0.0, 1.0])))
    np.testing.assert_array_equal(Convolution(ir=path, mix=0)(music).samples, music.samples)
    wet = Convolution(ir=path)(music).samples
    np.testing.assert_allclose(
        Convolution(ir=path, mix=0.25)(music).samples, 0.75 * music.samples + 0.25 * wet, atol=1e-6
    )


def test_the_response_is_brought_to_the_rate_of_the_clip(tmp_path, rng):
    decay = np.exp(-np.arange(4800) / 480) * rng.standard_normal(4800)
    path = write(tmp_path / "ir.wav", decay.astype(np.float32), 48_000)
    samples = np.zeros(16_000, dtype=np.float32)
    samples[0] = 1.0
    wet = Convolution(ir=str(path))(Clip(samples, 16_000)).samples[0]
    expected = resample(decay.astype(np.float32), 48_000, 16_000)
    np.testing.assert_allclose(wet[:1600], expected / np.linalg.norm(expected), atol=1e-6)
    assert np.sum(np.square(wet)) == pytest.approx(1.0, abs=1e-4)


def test_ring_lets_the_whole_response_sound(tmp_path):
    path = write(tmp_path / "ir.wav", np.full(4410, 0.1))
    room = Convolution(ir=str(path))
    clip = Clip(np.full(1000, 0.1, dtype=np.float32), 44_100)
    assert room.tail_seconds() == pytest.approx(0.1)
    assert room(clip).frames == 1000
    rung = Ring(room)(clip)
    assert rung.frames == 5410
    assert np.abs(rung.samples[0, 5300:5400]).min() > 0


def test_the_revision_follows_the_content_of_the_file(tmp_path):
    room = Convolution(ir=str(write(tmp_path / "ir.wav", np.array([1.0, 0.5]))))
    same = Convolution(ir=str(write(tmp_path / "copy.wav", np.array([1.0, 0.5]))))
    before = room.revision
    assert same.revision.split(":")[0] == before.split(":")[0] == "1"
    clip = Clip(np.array([0, 0.5, 0], dtype=np.float32), 44_100)
    wet = room(clip).samples
    write(tmp_path / "ir.wav", np.array([1.0, 0.5, 0.25]))
    assert room.revision != before
    assert not np.array_equal(room(clip).samples, wet)
    assert Ring(room).revision != Ring(same).revision


def test_a_copy_is_as_good(tmp_path, music):
    room = Convolution(ir=str(write(tmp_path / "ir.wav", np.array([1.0, 0.5]))))
    again = copy.deepcopy(room)
    assert again == room
    assert again(music).id == room(music).id


def test_a_path_with_quotes_and_backslashes_survives_its_key():
    room = Convolution(ir='C:\\rooms\\"great" hall, (2) | 3.wav')
    assert effect(room.key) == room


def test_trouble_with_the_file_is_one_sentence(tmp_path, music):
    with pytest.raises(EffectError, match="needs an impulse response"):
        Convolution()
    missing = Convolution(ir=str(tmp_path / "none.wav"))
    for use in (lambda: missing(music), lambda: missing.revision, missing.tail_seconds):
        with pytest.raises(EffectError, match=r"none\.wav cannot be read \(No such file"):
            use()
    text = tmp_path / "text.wav"
    text.write_text("not audio")
    with pytest.raises(EffectError, match=r"convolution: .*text\.wav: not a readable wav"):
        Convolution(ir=str(text))(music)
    with pytest.raises(EffectError, match=r"silent\.wav is silent"):
        Convolution(ir=str(write(tmp_path / "silent.wav", np.zeros(100))))(music)


def test_real_rooms(data_dir, music):
    for path in sorted((data_dir / "impulse_responses").glob("*.wav")):
        room = Convolution(ir=str(path))
        wet = room(music)
        assert wet.samples.shape == music.samples.shape
        assert not np.allclose(wet.samples, music.samples, atol=0.01)
        assert room.tail_seconds() == pytest.approx(load(path).seconds)
