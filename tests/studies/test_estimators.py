"""An encoder's own estimates and those of a probe, through one door."""

from dataclasses import replace

import numpy as np
import pytest
from planted_probe import DIM, trained_numbers, trained_quadrants

from wetdry.audio import Clip, Windows
from wetdry.encoders import Encoder, EncoderSpec, Layer, encoder
from wetdry.errors import EncoderError
from wetdry.studies import cards
from wetdry.studies.estimators import ProbeEstimator, estimator

RATE = 8000


class Ear(Encoder):
    """Vectors are the first samples of a window."""

    spec = EncoderSpec(
        name="ear",
        revision="3",
        sample_rate=RATE,
        windows=Windows(0.5),
        layers=(Layer("last", DIM),),
        default_layer="last",
        licence="none",
        about="for tests",
    )

    def forward(self, prepared, layers):
        return dict.fromkeys(layers, prepared[:, :DIM])


@pytest.fixture
def ear(monkeypatch):
    found = Ear()
    monkeypatch.setattr(cards, "encoder", lambda *_, **__: found)
    return found


@pytest.fixture
def clip(rng):
    return Clip(rng.standard_normal(25 * RATE).astype(np.float32), RATE)


def test_estimates_of_the_encoder_itself_are_means_over_its_windows(music):
    found = estimator()
    logits = encoder("vibenet").embed(music, ["logits"])["logits"][0]
    labels = encoder("vibenet").spec.layer("logits").labels
    assert (found.name, found.targets, found.scales) == ("vibenet", ("energy", "valence"), ((0.0, 1.0), (0.0, 1.0)))
    np.testing.assert_allclose(found.of_clip(music), [logits[labels.index(name)] for name in found.targets], rtol=1e-6)
    assert found.novelty(np.zeros((1, len(labels)))) is None


def test_an_encoder_that_estimates_nothing_is_refused_with_the_remedy():
    with pytest.raises(EncoderError, match=r"handcrafted estimates no energy or valence.*--probe"):
        estimator("handcrafted")


def test_a_probe_is_asked_of_each_window(ear, clip, tmp_path):
    trained = trained_numbers()
    trained.save(tmp_path / "va.safetensors")
    found = estimator(probe=tmp_path / "va.safetensors")
    assert (found.encoder, found.layer, found.windows) == (ear, "last", Windows(10.0))
    starts = [0, 10 * RATE, 15 * RATE]  # the rest of 5 s is half a window, so it makes one that ends with the clip
    vectors = np.stack([clip.mono[start : start + DIM] for start in starts])
    assert found.targets == ("valence", "arousal")
    np.testing.assert_allclose(found.of_clip(clip), trained.probe.estimate(vectors).mean(axis=0), rtol=1e-9)
    np.testing.assert_array_equal(found.novelty(vectors), trained.probe.novelty(vectors))


def test_scales_of_numbers_are_those_of_the_labels():
    trained = trained_numbers()
    (low, high), _ = trained.scales
    assert (low, high) == (trained.card.outputs[0].lowest, trained.card.outputs[0].highest)
    assert low < -2 < 2 < high


@pytest.mark.usefixtures("ear")
def test_quadrants_also_give_valence_and_arousal(rng):
    trained = trained_quadrants()
    found = ProbeEstimator.of(trained)
    assert found.targets == ("Excitement", "Anger", "Sadness", "Calmness", "valence", "arousal")
    assert found.scales[0] == (0.0, 1.0)
    assert found.scales[4:] == ((-1.0, 1.0), (-1.0, 1.0))
    said = found.estimate(rng.standard_normal((5, 3, DIM)))
    assert said.shape == (5, 3, 6)
    q1, q2, q3, q4 = np.moveaxis(said[..., :4], -1, 0)
    np.testing.assert_allclose(q1 + q2 + q3 + q4, 1.0)
    np.testing.assert_allclose(said[..., 4], q1 + q4 - q2 - q3)
    np.testing.assert_allclose(said[..., 5], q1 + q2 - q3 - q4)


def test_another_revision_of_the_encoder_is_refused(ear):
    ear.spec = replace(ear.spec, revision="4")
    with pytest.raises(EncoderError, match="probe was fitted on ear@3, and this is ear@4"):
        ProbeEstimator.of(trained_numbers())


def test_an_encoder_without_the_layer_is_refused(ear):
    ear.spec = replace(ear.spec, layers=(Layer("first", DIM),), default_layer="first")
    with pytest.raises(EncoderError, match='ear has no layer "last"'):
        ProbeEstimator.of(trained_numbers())


def test_an_encoder_that_is_not_called_by_its_name_has_to_be_named():
    with pytest.raises(
        EncoderError, match=r"fitted on ear@3, and no encoder is called ear here: name it with --encoder"
    ):
        ProbeEstimator.of(trained_numbers())
    with pytest.raises(EncoderError, match='Unknown encoder "eer"'):
        ProbeEstimator.of(trained_numbers(), "eer")
