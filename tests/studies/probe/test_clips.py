"""Labelled clips out of audio: in order, each audio once, as the view says."""

import numpy as np
import pytest
import soundfile

from wetdry.audio import Windows, load
from wetdry.datasets import dataset
from wetdry.encoders import encoder
from wetdry.errors import AudioError, EncoderError
from wetdry.studies.probe.clips import labelled_clips, view_of
from wetdry.studies.targets import targets_of

RATE = 16_000


@pytest.fixture
def manifest(tmp_path, rng):
    """Three sounds out of order, one of them twice, one without a label, and one that is no audio."""
    sounds = {name: 0.1 * rng.standard_normal(3 * RATE) for name in "abcd"}
    for name, sound in (*sounds.items(), ("copy", sounds["a"])):
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE, subtype="FLOAT")
    (tmp_path / "broken.wav").write_bytes(b"no audio")
    rows = ["c.wav,3,s2,test", "a.wav,1,s1,train", "copy.wav,9,s9,train", "b.wav,2,s1,train", "d.wav,,s3,"]
    lines = ["path,valence,group,split", *rows, "broken.wav,5,s4,train"]
    (tmp_path / "set.csv").write_text("\n".join(lines), encoding="utf-8")
    return f"csv:{tmp_path / 'set.csv'}"


@pytest.fixture
def found(manifest):
    data, model = dataset(manifest), encoder("vibenet")
    view = view_of(model, "trunk", window=1.0, start=None, seconds=2.0)
    return labelled_clips(data, targets_of(data), model, view)


def test_clips_are_in_the_order_of_their_ids_with_all_that_is_known_of_them(found):
    assert [item.id for item in found.items] == ["a.wav", "b.wav", "c.wav"]
    assert found.labels.tolist() == [[1.0], [2.0], [3.0]]
    assert found.groups.tolist() == ["s1", "s1", "s2"]
    assert sorted(found.failures["item"]) == ["broken.wav", "copy.wav"]


def test_vectors_are_means_over_the_windows_of_the_part(found, tmp_path):
    model = encoder("vibenet")
    clips = [load(tmp_path / f"{name}.wav", start=None, seconds=2.0) for name in "abc"]
    assert found.hashes == tuple(clip.id for clip in clips)
    windows = [model.embed_windows(clip, ["trunk"], windows=Windows(1.0))["trunk"] for clip in clips]
    assert {len(each) for each in windows} == {2}
    np.testing.assert_allclose(found.vectors, [each.mean(axis=0) for each in windows], rtol=1e-5, atol=1e-6)


def test_some_of_them(found):
    kept = found.of(np.array([False, True, True]))
    assert [item.id for item in kept.items] == ["b.wav", "c.wav"]
    assert kept.hashes == found.hashes[1:]
    np.testing.assert_array_equal(kept.vectors, found.vectors[1:])
    assert kept.labels.tolist() == [[2.0], [3.0]]


def test_a_view_is_the_encoders_own_unless_told():
    model = encoder("vibenet")
    own = view_of(model, None, window=None, start=None, seconds=None)
    assert (own.encoder, own.layer, own.dim) == (model.spec.key, "pooled", 1280)
    assert own.windows == model.spec.windows
    assert own.start == 0.0
    with pytest.raises(EncoderError, match='did you mean "pooled"'):
        view_of(model, "poold", window=None, start=None, seconds=None)


def test_files_that_are_no_audio_are_named(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.wav").write_bytes(b"no audio")
    (tmp_path / "set.csv").write_text("path,valence\na.wav,1\nb.wav,2", encoding="utf-8")
    data, model = dataset(f"csv:{tmp_path / 'set.csv'}"), encoder("vibenet")
    with pytest.raises(AudioError, match=r"a\.wav"):
        labelled_clips(data, targets_of(data), model, view_of(model, None, window=None, start=None, seconds=None))
