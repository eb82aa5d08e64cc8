"""From a data set to arrays of dry and wet vectors."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wetdry.audio import Clip, Windows, load
from wetdry.datasets import Dataset, Item
from wetdry.effects import effect
from wetdry.encoders import encoder
from wetdry.errors import DataError, StoreError, WetdryError
from wetdry.store import Store
from wetdry.studies.deformations import Deformations, Request, measure
from wetdry.studies.grids import select_grids

SECONDS = 1.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four short tones, one of them twice under another name, and a file that is no audio."""
    import soundfile

    place = tmp_path_factory.mktemp("tones")
    time = np.arange(int(16_000 * SECONDS)) / 16_000
    for k, pitch in enumerate((220.0, 330.0, 440.0, 550.0)):
        soundfile.write(place / f"{k}.wav", 0.3 * np.sin(2 * np.pi * pitch * time), 16_000)
    (place / "repeat.wav").write_bytes((place / "1.wav").read_bytes())
    (place / "broken.wav").write_bytes(b"no audio at all")
    return place


@pytest.fixture(scope="module")
def request_(folder: Path) -> Request:
    names = [*(f"{k}.wav" for k in range(4)), "repeat.wav", "broken.wav"]
    items = tuple(Item(name, folder / name, group=f"g{k % 2}") for k, name in enumerate(names))
    labels = {"0.wav": "low", "1.wav": "low", "2.wav": "high", "3.wav": "high"}
    return Request(
        Dataset("tones", items),
        labels,
        [encoder("vibenet"), encoder("handcrafted")],
        select_grids("gain,bitcrush", "3-9:3"),
        {"handcrafted": ["mfcc", "chroma"]},
        seconds=5.0,
    )


@pytest.fixture(scope="module")
def measured(request_: Request, tmp_path_factory: pytest.TempPathFactory) -> Deformations:
    return measure(request_, tmp_path_factory.mktemp("store"), workers=2)


def test_each_audio_is_one_clip_and_the_rest_is_reported(measured: Deformations) -> None:
    assert measured.clips["item"].tolist() == ["0.wav", "1.wav", "2.wav", "3.wav"]
    assert measured.clips["label"].tolist() == ["low", "low", "high", "high"]
    assert measured.clips["group"].tolist() == ["g0", "g1", "g0", "g1"]
    reasons = dict(zip(measured.failures["item"], measured.failures["reason"], strict=True))
    assert set(reasons) == {"broken.wav", "repeat.wav"}
    assert "counted once" in reasons["repeat.wav"]


def test_every_layer_comes_under_every_effect(measured: Deformations) -> None:
    layers = [("vibenet", "pooled"), ("handcrafted", "mfcc"), ("handcrafted", "chroma")]
    assert measured.layers == layers
    found = [(each.encoder, each.layer, each.grid.effect) for each in measured]
    assert found == [(*layer, effect) for layer in layers for effect in ("gain", "bitcrush")]
    assert len(measured) == len(found)


def test_vectors_are_those_of_the_encoder_at_each_strength(measured: Deformations, folder: Path) -> None:
    model = encoder("handcrafted")
    found = measured.of("handcrafted", "mfcc", measured.request.grids[1])
    assert found.wet.shape == (4, 3, found.dry.shape[1])

    def vector(clip: Clip) -> np.ndarray:
        return model.embed(clip, ["mfcc"])["mfcc"][0]

    clip = load(folder / "2.wav")
    np.testing.assert_allclose(found.dry[2], vector(clip), rtol=1e-6)
    for column, key in enumerate(found.grid.keys):
        np.testing.assert_allclose(found.wet[2, column], vector(effect(key)(clip)), rtol=1e-6)


def test_a_clip_that_lacks_a_strength_is_left_out_of_that_effect_alone(
    measured: Deformations, request_: Request
) -> None:
    class Gap(Store):
        """The store without one variant of one clip."""

        def batches(self, *args: object, **kwargs: object) -> Iterator[pa.Table]:
            lost = measured.clips["clip"][1]
            for table in super().batches(*args, **kwargs):  # type: ignore[arg-type]
                texts = zip(table["clip"].to_pylist(), table["effect"].to_pylist(), strict=True)
                yield table.filter([not (c == lost and e == measured.request.grids[0].keys[1]) for c, e in texts])

    gapped = replace(measured, store=Gap(measured.store.root))
    assert gapped.of("vibenet", "pooled", request_.grids[0]).clips["item"].tolist() == ["0.wav", "2.wav", "3.wav"]
    whole, part = (each.of("vibenet", "pooled", request_.grids[1]) for each in (measured, gapped))
    np.testing.assert_array_equal(whole.wet, part.wet)
    kept = measured.of("vibenet", "pooled", request_.grids[0])
    np.testing.assert_array_equal(gapped.of("vibenet", "pooled", request_.grids[0]).wet, kept.wet[[0, 2, 3]])


def test_a_clip_with_a_vector_that_is_no_number_is_left_out(measured: Deformations, request_: Request) -> None:
    class Broken(Store):
        """The store with NaN for one variant of one clip."""

        def batches(self, *args: object, **kwargs: object) -> Iterator[pa.Table]:
            lost = measured.clips["clip"][2]
            for table in super().batches(*args, **kwargs):  # type: ignore[arg-type]
                texts = zip(table["clip"].to_pylist(), table["effect"].to_pylist(), strict=True)
                hit = [clip == lost and effect == measured.request.grids[1].keys[0] for clip, effect in texts]
                vectors = [
                    [float("nan")] * len(vector) if broken else vector
                    for vector, broken in zip(table["vector"].to_pylist(), hit, strict=True)
                ]
                place = table.column_names.index("vector")
                yield table.set_column(place, "vector", pa.array(vectors, type=table.schema.field("vector").type))

    broken = replace(measured, store=Broken(measured.store.root))
    found = broken.of("handcrafted", "mfcc", request_.grids[1])
    assert found.clips["item"].tolist() == ["0.wav", "1.wav", "3.wav"]
    assert np.isfinite(found.wet).all()
    assert len(broken.of("handcrafted", "mfcc", request_.grids[0]).clips) == 4


@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        (pa.array([[1.0, 2.0]], pa.list_(pa.float32(), 2)), "has vectors of 2 dimensions where the encoder gives"),
        (pa.array(["text"]), "holds string where it should hold vectors"),
    ],
)
def test_a_store_of_something_else_gets_one_sentence(measured: Deformations, vectors: pa.Array, sentence: str) -> None:
    class Other(Store):
        """The store with other things for vectors."""

        def batches(self, *args: object, **kwargs: object) -> Iterator[pa.Table]:
            for table in super().batches(*args, **kwargs):  # type: ignore[arg-type]
                repeated = vectors.take(pa.array([0] * len(table)))
                yield table.set_column(table.column_names.index("vector"), "vector", repeated)

    other = replace(measured, store=Other(measured.store.root))
    with pytest.raises(StoreError, match=sentence):
        other.of("handcrafted", "mfcc", measured.request.grids[0])


def test_a_second_measurement_computes_nothing_and_gives_the_same(measured: Deformations, request_: Request) -> None:
    again = measure(request_, measured.store)
    for one, other in zip(measured, again, strict=True):
        np.testing.assert_array_equal(one.wet, other.wet)


def test_the_order_of_the_data_set_changes_nothing(measured: Deformations, request_: Request) -> None:
    items = request_.dataset.items
    turned = Dataset("tones", (*items[3::-1], *items[4:]))
    again = measure(replace(request_, dataset=turned), measured.store)
    assert again.clips.equals(measured.clips)
    for one, other in zip(measured, again, strict=True):
        np.testing.assert_array_equal(one.wet, other.wet)


def test_some_of_the_clips(measured: Deformations) -> None:
    found = measured.of("vibenet", "pooled", measured.request.grids[0])
    for rows in (np.array([True, False, False, True]), np.array([0, 3])):
        some = found.of(rows)
        assert some.clips["item"].tolist() == ["0.wav", "3.wav"]
        np.testing.assert_array_equal(some.wet, found.wet[[0, 3]])
        np.testing.assert_array_equal(some.dry, found.dry[[0, 3]])


def test_a_data_set_without_usable_audio_is_a_sentence(request_: Request, folder: Path, tmp_path: Path) -> None:
    bad = replace(request_, dataset=Dataset("bad", (Item("broken.wav", folder / "broken.wav"),)))
    with pytest.raises(WetdryError, match="broken"):
        measure(bad, tmp_path)


def test_the_excerpt_and_windows_of_the_request_are_those_of_the_vectors(request_: Request, tmp_path: Path) -> None:
    short = replace(request_, windows=Windows(0.25), seconds=0.5, grids=request_.grids[:1])
    found = measure(short, tmp_path).of("handcrafted", "mfcc", short.grids[0])
    item = request_.dataset.items[0]
    clip = load(item.path, start=None, seconds=0.5)
    expected = encoder("handcrafted").embed(clip, ["mfcc"], windows=Windows(0.25))["mfcc"][0]
    np.testing.assert_allclose(found.dry[0], expected, rtol=1e-6)


def test_an_effect_that_no_clip_survived_is_a_sentence(measured: Deformations) -> None:
    class Empty(Store):
        def batches(self, *args: object, **kwargs: object) -> Iterator[pa.Table]:
            for table in super().batches(*args, **kwargs):  # type: ignore[arg-type]
                yield table.slice(0, 0)

    with pytest.raises(DataError, match="no clip with every strength of gain"):
        replace(measured, store=Empty(measured.store.root)).of("vibenet", "pooled", measured.request.grids[0])
