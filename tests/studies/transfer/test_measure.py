"""From files to vectors of both domains."""

import numpy as np
import pytest
import soundfile
from two_domains import two_domains

from wetdry.errors import DataError
from wetdry.store import Store
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import measure


def measured(table, store, **settings):
    given = {"data": f"csv:{table}", "encoders": ("melstats",), "baselines": False, **settings}
    return measure(TransferConfig(**given), Store(store), workers=1)


def test_every_clip_has_its_domain_class_group_and_vectors(tmp_path):
    found = measured(two_domains(tmp_path, actors=4), tmp_path / "store", effects="gain", levels="5,10")
    assert found.clips["domain"].tolist() == ["speech"] * 24 + ["song"] * 24
    assert all(
        row.item.startswith(f"{row.domain}-") and f"-{row.label}-" in row.item for row in found.clips.itertuples()
    )
    assert [step.level for step in found.steps] == [5.0, 10.0]
    (view,) = found.views
    for _, layer, place in found.layers:
        assert view.layers[place] == layer
        dry, wet = found.vectors(view, layer), found.vectors(view, layer, found.steps[1])
        assert dry.shape == wet.shape == (48, view.encoder.spec.layer(layer).dim)
        assert np.isfinite(dry).all()
        assert not np.allclose(dry, wet)


def test_what_fails_is_told_with_its_domain_and_the_rest_goes_on(tmp_path):
    table = two_domains(tmp_path, actors=4, extra="broken.wav,calm,song,actor 1\nempty.wav,calm,song,actor 2\n")
    (tmp_path / "broken.wav").write_bytes(b"no audio")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16_000)
    found = measured(table, tmp_path / "store")
    assert len(found.clips) == 48
    assert set(zip(found.failures["domain"], found.failures["item"], strict=True)) == {
        ("song", "broken.wav"),
        ("song", "empty.wav"),
    }


def test_what_cannot_be_heard_is_left_out_and_told(tmp_path):
    table = two_domains(tmp_path, actors=4, extra="hush.wav,calm,song,actor 2\n")
    soundfile.write(tmp_path / "hush.wav", np.zeros(8_000), 16_000)
    found = measured(table, tmp_path / "store")
    assert len(found.clips) == 48
    assert found.failures[["domain", "item", "reason"]].to_numpy().tolist() == [
        ["song", "hush.wav", f"{tmp_path / 'hush.wav'}: is silent."]
    ]


def test_audio_that_is_in_both_domains_is_counted_once(tmp_path):
    table = two_domains(tmp_path, actors=4)
    (tmp_path / "song-0-calm-0.wav").write_bytes((tmp_path / "speech-0-calm-0.wav").read_bytes())
    found = measured(table, tmp_path / "store")
    assert len(found.clips) == 47
    assert found.failures["item"].tolist() == ["song-0-calm-0.wav"]
    assert (
        found.failures["reason"]
        .iloc[0]
        .startswith(f"{found.failures['path'].iloc[0]}: holds the same audio as a clip of the other domain")
    )


def test_baselines_come_last_and_a_missing_one_is_said(tmp_path):
    found = measured(two_domains(tmp_path, actors=4), tmp_path / "store", encoders=("handcrafted",), baselines=True)
    assert [view.encoder.spec.name for view in found.views] == ["handcrafted", "melstats"]
    assert found.baselines == {"melstats"}
    assert any("baseline is missing" in remark for remark in found.remarks)


def test_a_class_that_no_file_is_left_of_is_a_sentence(tmp_path):
    table = two_domains(tmp_path, actors=3, takes=1)
    (tmp_path / "song-0-calm-0.wav").write_bytes(b"no audio")
    with pytest.raises(DataError, match="Of “calm” in song fewer than 3 groups"):
        measured(table, tmp_path / "store")
