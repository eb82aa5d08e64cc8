"""CLAP against transformers' own, and against the HTSAT of laion_clap (golden/clap.npz)."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from wetdry.audio import Clip, Windows
from wetdry.encoders import EncoderSpec, encoder
from wetdry.errors import EncoderError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tiny.clap import FRONT_END, GOLDEN, RATE, network, plucks, tokenizer, write  # noqa: E402

from wetdry.encoders.clap.laion import Clap  # noqa: E402

FULL = 10 * RATE
PROMPTS = ["sad", "a happy song with drums", "Häppy?"]


@pytest.fixture(scope="module")
def reference():
    return network()


@pytest.fixture(scope="module")
def folder(reference, tmp_path_factory) -> Path:
    return write(reference, tmp_path_factory.mktemp("clap"))


@pytest.fixture(scope="module")
def clap(folder):
    return Clap("clap-music", str(folder))


@pytest.fixture
def copy(folder, tmp_path) -> Path:
    """A copy of the folder to damage."""
    return shutil.copytree(folder, tmp_path / "copy")


@pytest.fixture(scope="module")
def ten_seconds() -> Clip:
    return Clip(plucks(), RATE)


def extracted(wave, **changes):
    """What transformers' front end makes of one wave (n,): (1, frame, band), for a network without fusion."""
    from transformers import ClapFeatureExtractor

    extractor = ClapFeatureExtractor(**{**FRONT_END, **changes})
    return extractor(wave, sampling_rate=RATE, return_tensors="np")["input_features"][0]


def same_spectrogram(ours, theirs):
    """Transformers transforms in fp64: far below a frame's loudest band, agreement is as close as fp32 resolves."""
    heard = theirs > theirs.max(axis=-1, keepdims=True) - 60
    np.testing.assert_allclose(ours[heard], theirs[heard], rtol=0, atol=5e-4)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=0.1)


def near(ours, theirs, relative):
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= relative * np.abs(theirs).max()


def every_layer(model):
    return [layer.name for layer in model.spec.layers]


@pytest.mark.parametrize("n", [1, 100, 3000, RATE - 1, FULL // 2, FULL // 2 + 1, FULL - 1, FULL])
def test_the_front_end_is_that_of_transformers(clap, n):
    wave = plucks()[-n:]
    ours, theirs = clap.prepare(wave[np.newaxis])[0], extracted(wave)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape == (1, 1001, 64)
    same_spectrogram(ours, theirs)


@pytest.mark.parametrize("filling", ["repeat", "pad", "repeatpad"])
@pytest.mark.parametrize("n", [7777, FULL // 3])
def test_a_short_window_is_filled_as_the_preprocessor_says(copy, filling, n):
    change(copy / "preprocessor_config.json", padding=filling)
    wave = plucks()[-n:]
    ours = Clap("clap-music", str(copy)).prepare(wave[np.newaxis])[0]
    same_spectrogram(ours, extracted(wave, padding=filling))


def test_other_numbers_of_the_front_end_are_obeyed(copy):
    changes = {"frequency_min": 0, "frequency_max": 20_000, "hop_length": 960, "max_length_s": 2}
    change(copy / "preprocessor_config.json", **changes)
    model = Clap("clap-music", str(copy))
    assert model.spec.windows == Windows(2.0)
    assert model.spec.longest_window == 2.0
    wave = plucks()[-2 * RATE :]
    ours = model.prepare(wave[np.newaxis])[0]
    assert ours.shape == (1, 101, 64)
    same_spectrogram(ours, extracted(wave, **changes))


def test_silence_lies_at_the_floor(clap):
    np.testing.assert_allclose(clap.prepare(np.zeros((1, 50), dtype=np.float32)), -100.0, atol=1e-4)


@pytest.mark.parametrize("n", [1, 3000, FULL // 2 + 1, FULL])
def test_layers_equal_those_of_transformers(clap, reference, n):
    check_against(reference, clap, plucks()[-n:], relative=1e-5)


def test_the_published_shape_gives_the_published_layers_and_the_numbers_of_transformers(tmp_path):
    large = network(depths=(2, 2, 6, 2), width=96, projected=512, heads=(4, 8, 16, 32))
    model = Clap("clap-htsat", str(write(large, tmp_path)))
    assert model.spec.layers == encoder("clap-htsat").spec.layers
    check_against(large, model, plucks()[-3 * RATE :], relative=1e-5)


def check_against(reference, model, wave, relative):
    """Ends of stages, pooled and projected vectors of one wave, from audio to vector, against transformers' own."""
    features = torch.from_numpy(extracted(wave))[np.newaxis]
    with torch.no_grad():
        tower = reference.audio_model.audio_encoder(
            features, output_hidden_states=True, output_hidden_states_before_downsampling=True
        )
        projected = reference.audio_projection(tower.pooler_output)
        normalised = reference.get_audio_features(input_features=features).pooler_output
    ours = model.embed(Clip(wave, RATE), every_layer(model))
    depths = reference.config.audio_config.depths
    for end, stage in zip(np.cumsum(depths), tower.hidden_states[1:], strict=True):
        near(ours[f"block{end}"], stage.mean(dim=(2, 3)).numpy(), relative)
    near(ours["pooled"], tower.pooler_output.numpy(), relative)
    near(ours["projection"], projected.numpy(), relative)
    near(ours["projection"] / np.linalg.norm(ours["projection"]), normalised.numpy(), relative)


def test_front_end_and_every_block_equal_those_of_laion_clap(tmp_path, ten_seconds):
    model = Clap("clap-music", str(write(network(**GOLDEN), tmp_path)))
    with np.load(Path(__file__).parent / "golden" / "clap.npz") as golden:
        log_mel = golden["log_mel"]
        np.testing.assert_allclose(model.prepare_clip(ten_seconds)[0, 0, ::50], log_mel, rtol=0, atol=1e-3)
        ours = model.embed(ten_seconds, every_layer(model))
        assert {"log_mel", *ours} == set(golden)
        for layer, vectors in ours.items():
            near(vectors[0], golden[layer], relative=5e-6)


def test_parameters_in_half_precision_are_computed_with_in_full(tmp_path, ten_seconds):
    halved = network().half()
    model = Clap("clap-music", str(write(halved, tmp_path)))
    check_against(halved.float(), model, ten_seconds.samples[0], relative=1e-5)


@pytest.mark.parametrize(("dtype", "relative"), [("fp16", 5e-3), ("bf16", 3e-2)])
def test_computing_in_less_than_fp32_stays_near_and_has_a_name_of_its_own(folder, clap, ten_seconds, dtype, relative):
    rounded = Clap("clap-music", str(folder), dtype=dtype)
    assert rounded.spec.key == f"{clap.spec.key}+{dtype}"
    ours, exact = (model.embed(ten_seconds, every_layer(model)) for model in (rounded, clap))
    for layer, vectors in exact.items():
        near(ours[layer], vectors, relative)
        assert not np.array_equal(ours[layer], vectors)


# What goes wrong elsewhere.


def test_nothing_beyond_ten_seconds_is_drawn_at_random(clap, rng):
    clip = Clip((0.1 * rng.standard_normal(15 * RATE)).astype(np.float32), RATE)
    layers = every_layer(clap)
    first, second = clap.embed_windows(clip, layers), clap.embed_windows(clip, layers)
    whole = [clap.embed(clip.excerpt(start, 10.0), layers) for start in (0.0, 5.0)]
    for layer in layers:
        assert np.array_equal(first[layer], second[layer])
        np.testing.assert_allclose(first[layer], np.concatenate([one[layer] for one in whole]), rtol=0, atol=2e-6)


def test_a_little_more_than_ten_seconds_is_the_first_ten(clap, ten_seconds):
    longer = Clip(np.concatenate([ten_seconds.samples[0], np.ones(RATE // 2, dtype=np.float32)]), RATE)
    assert np.array_equal(clap.embed(longer)["projection"], clap.embed(ten_seconds)["projection"])


def test_a_window_longer_than_ten_seconds_is_refused(clap, ten_seconds):
    longer = Clip(np.tile(ten_seconds.samples, 2), RATE)
    with pytest.raises(EncoderError, match="at most 10 s"):
        clap.embed(longer, windows=Windows(20.0))


def test_channels_are_averaged_and_not_laid_end_to_end(clap, ten_seconds):
    wave = ten_seconds.samples[0, : 2 * RATE]
    stereo = Clip(np.stack([wave, np.zeros_like(wave)]), RATE)
    vectors = clap.embed(stereo)["projection"]
    assert np.array_equal(vectors, clap.embed(Clip(wave / 2, RATE))["projection"])
    end_to_end = clap.embed(Clip(np.concatenate([wave, np.zeros_like(wave)]), RATE))["projection"]
    assert np.abs(vectors - end_to_end).max() > 0.01 * np.abs(vectors).max()


def test_samples_are_not_rounded_to_sixteen_bits(clap, rng):
    """Noise below half a step of 16 bits is silence to the original."""
    faint = Clip(rng.uniform(-1.5e-5, 1.5e-5, RATE).astype(np.float32), RATE)
    assert np.abs(faint.samples).max() < 0.5 / 2**15
    silence = faint.with_samples(np.zeros_like(faint.samples))
    vectors, silent = clap.embed(faint)["projection"], clap.embed(silence)["projection"]
    assert np.abs(vectors - silent).max() > 1e-3 * np.abs(silent).max()


def test_peaks_above_full_scale_are_not_clipped(clap, ten_seconds):
    loud = ten_seconds.with_samples(ten_seconds.samples * 4)
    clipped = loud.with_samples(loud.samples.clip(-1, 1))
    np.testing.assert_allclose(
        clap.prepare_clip(loud).max() - clap.prepare_clip(ten_seconds).max(), 20 * np.log10(4), rtol=0, atol=1e-3
    )
    vectors = clap.embed(loud)["projection"]
    assert np.abs(vectors - clap.embed(clipped)["projection"]).max() > 1e-2 * np.abs(vectors).max()


def test_threads_that_ask_for_other_layers_do_not_mix_them_up(clap, ten_seconds):
    clips = [ten_seconds.excerpt(start, 1.0) for start in range(6)]
    asked = [["block1"], ["block4", "projection"], ["block2", "block3"]] * 2
    alone = [clap.embed(clip, layers) for clip, layers in zip(clips, asked, strict=True)]
    with ThreadPoolExecutor(6) as pool:
        threaded = list(pool.map(clap.embed, clips, asked))
    for first, second in zip(alone, threaded, strict=True):
        assert list(first) == list(second)
        assert all(np.array_equal(first[layer], second[layer]) for layer in first)


# Text.


def test_prompts_and_similarities_equal_those_of_transformers(clap, reference, ten_seconds):
    clips = [ten_seconds, ten_seconds.excerpt(4.0, 3.0)]
    tokens = tokenizer()(PROMPTS, padding=True, return_tensors="pt")
    assert tokens["attention_mask"].sum(dim=1).tolist() == [3, 23, 8]
    features = torch.from_numpy(np.stack([extracted(clip.samples[0]) for clip in clips]))
    with torch.no_grad():
        theirs = reference(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask, input_features=features)
        embeds = reference.text_projection(reference.text_model(**tokens).pooler_output).numpy()
    vectors = clap.text(PROMPTS)
    assert vectors.dtype == np.float32
    near(vectors, embeds, 1e-5)
    similarity = clap.zero_shot(clips, PROMPTS)
    assert similarity.dtype == np.float32
    np.testing.assert_allclose(similarity, (theirs.audio_embeds @ theirs.text_embeds.T).numpy(), rtol=0, atol=2e-6)
    assert np.ptp(similarity) > 0.1
    shares = clap.choose(clips, PROMPTS)
    np.testing.assert_allclose(shares, theirs.logits_per_audio.softmax(dim=1).numpy(), rtol=0, atol=2e-5)


def test_a_prompt_is_the_same_beside_any_other(clap):
    together = clap.text([*PROMPTS, "x" * 50])
    for row, prompt in enumerate(PROMPTS):
        assert np.array_equal(together[row], clap.text([prompt])[0])


def test_the_text_tower_is_loaded_when_it_is_asked_for(copy, ten_seconds):
    (copy / "tokenizer.json").unlink()
    model = Clap("clap-music", str(copy))
    assert np.isfinite(model.embed(ten_seconds.excerpt(0.0, 1.0))["projection"]).all()
    with pytest.raises(EncoderError, match=r"tokenizer\.json: no such file; prompts need it"):
        model.text(["sad"])


@pytest.mark.parametrize(
    ("prompts", "sentence"),
    [
        (["sad"] * 0, "at least one prompt"),
        ("sad", r'come in a list: \["sad"\]'),
        (["x" * 76], "has 78 tokens; CLAP takes 77: shorten it"),
    ],
)
def test_prompts_that_cannot_be_taken_are_refused(clap, prompts, sentence):
    with pytest.raises(EncoderError, match=sentence):
        clap.text(prompts)


# Weights.


def test_published_encoders_are_described_without_their_weights():
    music, general, htsat = (encoder(name).spec for name in ("clap-music", "clap-general", "clap-htsat"))
    assert music.key == "clap-music@a0b4534a14f5"
    assert [layer.dim for layer in music.layers[:18]] == [128] * 2 + [256] * 2 + [512] * 12 + [1024] * 2
    assert [(layer.name, layer.dim) for layer in music.layers[18:]] == [("pooled", 1024), ("projection", 512)]
    assert general.layers == music.layers
    assert [layer.dim for layer in htsat.layers] == [96] * 2 + [192] * 2 + [384] * 6 + [768] * 3 + [512]
    for spec in (music, general, htsat):
        assert isinstance(spec, EncoderSpec)
        assert (spec.sample_rate, spec.windows, spec.longest_window) == (48_000, Windows(10.0), 10.0)
        assert spec.default_layer == "projection"
        assert spec.hears_level


def change(path, **changes):
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **changes}))


def change_audio(path, **changes):
    change(path, audio_config={**json.loads(path.read_text())["audio_config"], **changes})


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1000])


def edit_tensors(path, edit):
    from safetensors.torch import load_file, save_file

    tensors = load_file(path)
    edit(tensors)
    save_file(tensors, path)


BROKEN = {
    "truncated": (lambda folder: truncate(folder / "model.safetensors"), "is damaged"),
    "no parameters": (lambda folder: (folder / "model.safetensors").unlink(), "holds no file of parameters"),
    "no config": (lambda folder: (folder / "config.json").unlink(), r"config\.json: no such file"),
    "no front end": (lambda folder: (folder / "preprocessor_config.json").unlink(), "preprocessor_config"),
    "another model": (
        lambda folder: change(folder / "config.json", model_type="wav2vec2"),
        r'of type "wav2vec2", not clap',
    ),
    "fusion": (lambda folder: change_audio(folder / "config.json", enable_fusion=True), "choose an unfused one"),
    "wider": (
        lambda folder: change_audio(folder / "config.json", patch_embeds_hidden_size=16, hidden_size=32),
        r"patch_embed\.proj\.weight has shape \(8, 1, 4, 4\) where \(16, 1, 4, 4\) is needed",
    ),
    "deeper": (
        lambda folder: change_audio(folder / "config.json", depths=[2, 3]),
        r"lacks audio_model\.audio_encoder\.layers\.1\.blocks\.2",
    ),
    "no stages": (lambda folder: change_audio(folder / "config.json", depths="many"), "describes no audio tower"),
    "unknown filling": (
        lambda folder: change(folder / "preprocessor_config.json", padding="mirror"),
        'by "mirror"; known: repeatpad, repeat, pad',
    ),
    "text only": (
        lambda folder: edit_tensors(folder / "model.safetensors", lambda t: t.pop("audio_projection.linear2.bias")),
        r"lacks audio_projection\.linear2\.bias",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_folder_that_is_not_whole_is_refused_in_one_sentence(copy, broken):
    damage, sentence = BROKEN[broken]
    damage(copy)
    with pytest.raises(EncoderError, match=sentence) as caught:
        Clap("clap-music", str(copy)).ready()
    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_text_tower_that_is_not_whole_is_refused_when_it_is_asked_for(copy):
    edit_tensors(copy / "model.safetensors", lambda tensors: tensors.pop("text_projection.linear1.weight"))
    model = Clap("clap-music", str(copy))
    model.ready()
    with pytest.raises(EncoderError, match=r"lacks text_projection\.linear1\.weight"):
        model.text(["sad"])


def test_a_file_instead_of_the_folder_is_refused(folder):
    with pytest.raises(EncoderError, match=r"model\.safetensors: CLAP needs the folder"):
        Clap("clap-music", str(folder / "model.safetensors"))
    with pytest.raises(EncoderError, match="no such file or folder"):
        Clap("clap-music", str(folder / "elsewhere"))


def test_other_parameters_are_another_revision(copy, clap):
    def nudge(tensors):
        tensors["audio_projection.linear2.bias"] += 1

    assert Clap("clap-music", str(copy)).spec.key == clap.spec.key
    edit_tensors(copy / "model.safetensors", nudge)
    assert Clap("clap-music", str(copy)).spec.key != clap.spec.key
