import numpy as np
import pytest

from wetdry.audio import Clip, Windows
from wetdry.encoders import Embeddings, Encoder, EncoderSpec, Layer, encoder, encoders
from wetdry.encoders.pooling import pool_named
from wetdry.errors import AudioError, EncoderError

SPEC = EncoderSpec(
    name="moments",
    revision="1",
    sample_rate=8000,
    windows=Windows(1.0),
    layers=(Layer("first", 1), Layer("both", 2)),
    default_layer="both",
    licence="GPL-3.0-or-later",
    about="mean, and mean with mean square",
)


class Moments(Encoder):
    spec = SPEC

    def forward(self, prepared, layers):
        mean = prepared.mean(axis=1, keepdims=True)
        square = np.square(prepared).mean(axis=1, keepdims=True)
        values = {"first": mean, "both": np.concatenate([mean, square], axis=1)}
        return {layer: values[layer] for layer in layers}


class WrongWidth(Moments):
    def forward(self, prepared, layers):
        return {layer: np.zeros((len(prepared), 5), dtype=np.float32) for layer in layers}


class NotFinite(Moments):
    def forward(self, prepared, layers):
        return {layer: values * np.nan for layer, values in super().forward(prepared, layers).items()}


@pytest.fixture
def steps():
    """Three seconds: 1, then 2, then 3 in both channels' mean."""
    values = np.repeat(np.array([1, 2, 3], dtype=np.float32), 8000)
    return Clip(np.stack([values - 1, values + 1]), 8000)


def test_mean_pools_over_windows_of_the_mean_of_channels(steps):
    assert Moments().embed(steps)["both"] == pytest.approx(np.array([[2.0, 14 / 3]]))


def test_mean_and_sd_stand_side_by_side(steps):
    assert Moments().embed(steps, "first", pool="mean+sd")["first"] == pytest.approx(np.array([[2.0, np.sqrt(2 / 3)]]))


def test_windows_can_be_replaced(steps):
    assert Moments().embed_windows(steps, windows=Windows(1.5))["both"][:, 0] == pytest.approx([4 / 3, 8 / 3])


def test_layers_come_in_the_encoders_order(steps):
    assert list(Moments().embed(steps, ["both", "first"])) == ["first", "both"]


def test_more_windows_than_a_batch_keep_their_order():
    ramp = Clip(np.repeat(np.arange(19, dtype=np.float32), 8000), 8000)
    assert Moments().embed_windows(ramp, "first")["first"][:, 0].tolist() == list(range(19))


def test_an_unknown_layer_is_answered_with_the_nearest(steps):
    with pytest.raises(EncoderError, match='moments has no layer "frist": did you mean "first"'):
        Moments().embed(steps, "frist")


def test_an_unknown_pooling_is_refused(steps):
    with pytest.raises(EncoderError, match='Unknown pooling "median": known: none, mean, mean\\+sd'):
        Moments().embed(steps, pool="median")


def test_no_clips_are_refused():
    with pytest.raises(EncoderError, match="at least one clip"):
        Moments().embed([])


@pytest.mark.parametrize(("broken", "message"), [(WrongWidth, "gave shape"), (NotFinite, "gave NaN")])
def test_what_an_encoder_gives_is_checked(steps, broken, message):
    with pytest.raises(EncoderError, match=f"moments@1 {message}"):
        broken().embed(steps)


def test_a_clip_without_samples_is_refused():
    with pytest.raises(AudioError, match="without samples"):
        Moments().embed(Clip(np.zeros((1, 0), dtype=np.float32), 8000))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(bad):
    with pytest.raises(AudioError, match="NaN or infinite"):
        Moments().embed(Clip(np.array([0.0, bad], dtype=np.float32), 8000))


def test_stack_joins_layers_of_one_width_and_refuses_others():
    ones, twos = np.ones((3, 4), dtype=np.float32), np.full((3, 4), 2, dtype=np.float32)
    assert Embeddings({"a": ones, "b": twos}).stack()[:, :, 0].tolist() == [[1, 2]] * 3
    with pytest.raises(EncoderError, match=r"\[2, 4\] cannot be stacked"):
        Embeddings({"a": ones, "b": twos[:, :2]}).stack()


def test_a_small_spread_about_a_large_mean_survives_thousands_of_batches(rng):
    """In float32 the running mean alone would be off by more than a thousandth of the spread."""
    values = (1000 + 0.01 * rng.standard_normal((20_000, 3))).astype(np.float32)
    pool = pool_named("mean+sd")
    for first in range(0, len(values), 7):
        pool.add(values[first : first + 7])
    exact = values.astype(np.float64)
    mean, spread = np.split(pool.result()[0], 2)
    np.testing.assert_array_equal(mean, exact.mean(axis=0).astype(np.float32))
    np.testing.assert_allclose(spread, exact.std(axis=0), rtol=1e-6)


def test_a_device_that_cannot_be_one_is_refused_by_every_encoder():
    with pytest.raises(EncoderError, match=r'Unknown device "gpu": known: auto, cpu, cuda, cuda:0, …'):
        encoder("vibenet", device="gpu")
    assert encoder("vibenet", device="cuda:1").spec.name == "vibenet"  # Heeded by those that have the choice.


def test_an_encoder_is_loaded_once():
    assert encoder("handcrafted") is encoder("handcrafted")


def test_an_unknown_encoder_is_answered_with_the_nearest():
    with pytest.raises(EncoderError, match='Unknown encoder "vibnet": did you mean "vibenet"'):
        encoders.get("vibnet")
