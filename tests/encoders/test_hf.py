import importlib
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident

import numpy as np
import pytest
from tiny import hf as tiny
from tiny import waveform as tiny_waveform

from wetdry.audio import Clip, Windows
from wetdry.encoders import complete, encoder, encoders
from wetdry.encoders.hf import audio
from wetdry.encoders.hf.encoder import FAMILIES
from wetdry.errors import EncoderError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def torch():
    """Imported where it is used, so that collecting the tests stays quick."""
    return importlib.import_module("torch")


@pytest.fixture
def chord(rng):
    """1.2 seconds at 16 kHz."""
    time = np.arange(19_200) / 16_000
    tones = sum(np.sin(2 * np.pi * f * time) for f in (196.0, 247.0, 1480.0))
    return Clip((0.1 * time * tones + 0.01 * rng.standard_normal(time.size)).astype(np.float32), 16_000)


def opened(folder, **options):
    return encoders.get("hf")(where=str(folder), device="cpu", **options)


def all_layers(model):
    return [layer.name for layer in model.spec.layers]


def of_transformers(torch, folder, clip, positions=slice(None)):
    """Mean hidden states, the last one being the model's output, by the library's own two lines."""
    import transformers

    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    inputs = extractor(clip.mono, sampling_rate=16_000, return_tensors="pt")
    with torch.no_grad():
        output = transformers.AutoModel.from_pretrained(folder).eval()(**inputs, output_hidden_states=True)
    return [state[0][positions].mean(dim=0).numpy() for state in (*output.hidden_states[:-1], output.last_hidden_state)]


def assert_equal(ours, theirs):
    assert list(ours) == ["hidden0", "hidden1", "hidden2"]
    for vectors, vector in zip(ours.values(), theirs, strict=True):
        np.testing.assert_allclose(vectors[0], vector, rtol=0, atol=1e-6 * np.abs(vector).max())


@pytest.mark.parametrize("do_normalize", [True, False])
def test_wavlm_equals_transformers(torch, tmp_path, chord, do_normalize):
    model = opened(tiny.wavlm(tmp_path, do_normalize=do_normalize))
    assert_equal(model.embed(chord, all_layers(model)), of_transformers(torch, tmp_path, chord))
    assert model.spec.name == f"hf:{tmp_path.name}"
    assert model.spec.longest_window is None
    assert not model.spec.hears_level, "the first convolution takes away what the front end may have left"
    assert ("first convolution" in model.spec.normalisation) == (not do_normalize)


@pytest.mark.filterwarnings("ignore:At least one mel filter has all zero values")
@pytest.mark.parametrize("seconds", [1.2, 0.3])
def test_a_spectrogram_transformer_equals_transformers_where_there_is_sound(torch, tmp_path, chord, seconds):
    """Patches of 16 bands and frames every ten: two rows, and in each as many as begin within the sound."""
    clip = chord.excerpt(0.0, seconds)
    frames = 1 + (clip.frames - 400) // 160
    columns = -(-frames // 10) if seconds == 0.3 else 12
    patches = [2 + row * 12 + column for row in range(2) for column in range(columns)]
    model = opened(tiny.spectrogram_transformer(tmp_path))
    ours = model.embed(clip, all_layers(model))
    assert_equal(ours, of_transformers(torch, tmp_path, clip, patches))
    everywhere = of_transformers(torch, tmp_path, clip)[-1]
    assert np.abs(ours["hidden2"][0] - everywhere).max() > 1e-3 * np.abs(everywhere).max()
    assert model.spec.hears_level


def test_silence_is_sound_to_a_spectrogram_transformer(tmp_path):
    model = opened(tiny.spectrogram_transformer(tmp_path))
    silence = Clip(np.zeros(8000, np.float32), 16_000)
    assert np.isfinite(model.embed(silence)["hidden2"]).all()


def test_a_window_that_a_front_end_would_cut_off_is_refused(tmp_path, chord):
    model = opened(tiny.spectrogram_transformer(tmp_path))
    longest = model.spec.longest_window
    assert longest == pytest.approx(127 * 0.01 + 0.025)
    assert model.spec.windows.seconds == longest
    samples = round(longest * 16_000)
    window = np.resize(chord.mono, (1, samples + 160))
    changed = window.copy()
    changed[0, samples - 160 : samples] = 1.0
    assert not np.array_equal(model.prepare(window[:, :samples]), model.prepare(changed[:, :samples]))
    changed = window.copy()
    changed[0, samples:] = 1.0
    assert np.array_equal(model.prepare(window), model.prepare(changed)), "so a longer one would not be heard whole"
    with pytest.raises(EncoderError, match=r"at most 1\.295 s"):
        model.embed(Clip(np.resize(chord.mono, samples + 1600), 16_000), windows=Windows(1.35))


def test_frames_that_a_front_end_pads_with_never_reach_the_network(tmp_path, rng):
    import transformers

    options = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 32}
    tiny.save("Wav2Vec2Bert", options, tmp_path)
    transformers.SeamlessM4TFeatureExtractor().save_pretrained(tmp_path)
    model = opened(tmp_path)
    clip = rng.standard_normal((1, 400 + 160 * 10)).astype(np.float32)
    assert model.prepare(clip).shape[1] == 5, "eleven frames are five pairs and one without a partner"
    assert model.prepare(clip[:, :-160]).shape[1] == 5
    assert not model.spec.hears_level
    assert np.isfinite(model.embed(Clip(clip, 16_000))["hidden1"]).all()


@pytest.mark.parametrize(
    ("norm", "conv_bias", "heard"),
    [("group", False, False), ("group", True, False), ("layer", False, False), ("layer", True, True)],
)
def test_what_a_first_convolution_leaves_of_level_is_said(tmp_path, norm, conv_bias, heard):
    import transformers

    tiny.save("WavLM", {**tiny.WAVLM, "feat_extract_norm": norm, "conv_bias": conv_bias}, tmp_path)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(tmp_path)
    assert opened(tmp_path).spec.hears_level is heard


def test_a_model_without_a_choice_of_norms_has_the_one_over_channels(tmp_path):
    import transformers

    tiny.save("Data2VecAudio", {**tiny.WAVLM, "num_conv_pos_embeddings": 3}, tmp_path)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(tmp_path)
    assert "normalised over its channels" in opened(tmp_path).spec.normalisation


def test_rotary_positions_are_not_rounded_with_the_parameters(torch, tmp_path, chord):
    """Of 449 frames, bf16 has a number of its own for the first 256."""
    import transformers

    options = {**tiny.WAVLM, "position_embeddings_type": "rotary", "initializer_range": 0.6}
    del options["num_buckets"]
    tiny.save("Wav2Vec2Conformer", options, tmp_path)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    nine_seconds = Clip(np.resize(chord.mono, 144_000), 16_000)
    states = {}
    for dtype in ("fp32", "bf16"):
        model = opened(tmp_path, dtype=dtype)
        module = model.reader.module
        assert module.encoder.embed_positions.inv_freq.dtype == torch.float32
        batch = torch.from_numpy(model.prepare_clip(nine_seconds)).to(model.reader.dtype)
        states[dtype] = module(batch).last_hidden_state.float()[0]
    assert {parameter.dtype for parameter in module.parameters()} == {torch.bfloat16}
    difference = (states["bf16"] - states["fp32"]).norm(dim=1) / states["fp32"].norm(dim=1)
    assert 1e-4 < difference.mean() < 0.15, "0.5 with rounded positions"


@pytest.mark.parametrize(("positions", "one_at_a_time"), [("rotary", True), ("relative", False)])
def test_a_network_that_remembers_a_length_is_run_by_one_thread_at_a_time(
    tmp_path, chord, monkeypatch, positions, one_at_a_time
):
    """The rotary positions of the last length are kept; another thread would find them while they are changed."""
    import transformers

    options = {**tiny.WAVLM, "position_embeddings_type": positions}
    del options["num_buckets"]
    tiny.save("Wav2Vec2Conformer", options, tmp_path)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    rounded = opened(tmp_path, dtype="bf16")
    assert [len(rounded.embed(chord.excerpt(0.0, seconds))) for seconds in (0.2, 0.1)] == [1, 1]
    model = opened(tmp_path)
    clips = [chord.excerpt(0.0, 0.1 + 0.05 * i) for i in range(8)]
    alone = [model.embed(clip)["hidden2"] for clip in clips]
    inside, most = set(), []

    def watched(module, batch):
        inside.add(get_ident())
        most.append(len(inside))
        time.sleep(0.02)
        try:
            return states(module, batch)
        finally:
            inside.discard(get_ident())

    states = audio._states
    monkeypatch.setattr(audio, "_states", watched)
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(lambda clip: model.embed(clip)["hidden2"], clips))
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(threaded, alone, strict=True))
    assert (max(most) == 1) == one_at_a_time


def test_a_model_of_a_known_family_is_read_by_it(tmp_path, chord):
    tiny_waveform.write(tmp_path, "hubert", published_as="mert_model", sampling_rate=24_000, **tiny_waveform.CQT)
    ours, theirs = opened(tmp_path, dtype="bf16"), encoders.get("mert-95m")(str(tmp_path), "cpu", "bf16")
    assert np.array_equal(ours.embed(chord)["hidden3"], theirs.embed(chord)["hidden3"])
    assert ours.spec.revision == theirs.spec.revision
    assert ours.spec.windows.key == "5s"
    assert ours.spec.name == f"hf:{tmp_path.name}"
    assert ours.spec.licence == "as its publisher says"
    assert ours.weights is None


def test_the_families_are_there_to_read():
    assert set(FAMILIES.values()) <= set(encoders.names())


def test_hf_alone_is_no_encoder():
    assert not complete("hf")
    assert complete("wav2vec2-base")
    assert complete("vibenet")
    with pytest.raises(EncoderError, match="hf:ID or hf:/folder"):
        encoder("hf")


def refusal(where):
    with pytest.raises(EncoderError) as caught:
        opened(where).ready()
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def describe(folder, config, front_end=None):
    (folder / "config.json").write_text(json.dumps(config))
    if front_end is not None:
        (folder / "preprocessor_config.json").write_text(json.dumps(front_end))


def test_code_of_a_checkpoint_is_never_run(tmp_path):
    ran = tmp_path / "ran"
    code = f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n"
    (tmp_path / "definition.py").write_text(code)
    auto_map = {name: f"definition.{name}" for name in ("AutoConfig", "AutoModel", "AutoFeatureExtractor")}
    front_end = {"sampling_rate": 16_000, "auto_map": auto_map, "feature_extractor_type": "Own"}
    describe(tmp_path, {"model_type": "own", "auto_map": auto_map}, front_end)
    message = refusal(tmp_path)
    assert "its publisher's own code, and no code of a checkpoint is run here" in message
    describe(tmp_path, {"model_type": "wavlm", "auto_map": auto_map}, front_end)
    assert "no encoder of audio" in refusal(tmp_path)
    assert not ran.exists()


def test_what_is_no_encoder_of_audio_is_refused(tmp_path):
    describe(tmp_path, {"model_type": "bert"})
    assert "no front end for audio" in refusal(tmp_path)
    describe(tmp_path, {"model_type": "vit"}, {"image_processor_type": "ViTImageProcessor", "size": 224})
    assert "no front end for audio" in refusal(tmp_path)
    describe(tmp_path, {"vocabulary": 3})
    assert "names no model_type" in refusal(tmp_path)
    (tmp_path / "config.json").write_text("{")
    assert "is no JSON" in refusal(tmp_path)
    (tmp_path / "config.json").unlink()
    assert "config.json: no such file" in refusal(tmp_path)


def test_a_codec_has_no_hidden_states_to_give(tmp_path):
    import transformers

    options = {"hidden_size": 16, "num_filters": 4, "num_hidden_layers": 1, "num_attention_heads": 2}
    options |= {"intermediate_size": 16, "codebook_size": 8, "codebook_dim": 8, "upsample_groups": 16}
    options |= {"num_quantizers": 2, "num_semantic_quantizers": 1, "vector_quantization_hidden_dimension": 8}
    tiny.save("Mimi", options, tmp_path)
    transformers.EncodecFeatureExtractor(sampling_rate=24_000).save_pretrained(tmp_path)
    assert "gives no hidden states" in refusal(tmp_path)


def test_parameters_that_do_not_fit_are_refused(torch, tmp_path):
    from safetensors.torch import load_file, save_file

    parameters = tiny.wavlm(tmp_path) / "model.safetensors"
    tensors = load_file(parameters)
    lacking = {name: value for name, value in tensors.items() if name != "encoder.layers.1.attention.out_proj.weight"}
    save_file(lacking, parameters)
    assert "lacks encoder.layers.1.attention.out_proj.weight" in refusal(tmp_path)
    save_file(tensors | {"feature_projection.projection.bias": torch.zeros(31)}, parameters)
    assert "feature_projection.projection.bias" in refusal(tmp_path)
    save_file({name: value for name, value in tensors.items() if name != "masked_spec_embed"}, parameters)
    opened(tmp_path).ready()
    parameters.write_bytes(parameters.read_bytes()[:1000])
    assert "model.safetensors: is damaged" in refusal(tmp_path)
    parameters.unlink()
    assert "holds no file of parameters" in refusal(tmp_path)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub of one model; a list of what was asked of it, and what it has."""
    published, cache, asked = tmp_path / "published", tmp_path / "cache" / COMMIT, []
    published.mkdir()
    cache.mkdir(parents=True)

    def snapshot_download(repository, *, revision, allow_patterns, **_):
        asked.append((repository, revision, allow_patterns[0]))
        for pattern in allow_patterns:
            for path in published.glob(pattern):
                shutil.copy(path, cache)
        return str(cache)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    return published, cache, asked


def test_an_id_is_fetched_once_its_configuration_is_known_to_be_readable(hub, chord):
    published, cache, asked = hub
    tiny.wavlm(published)
    (published / "pytorch_model.bin").write_bytes(b"the same again")
    model = opened("someone/wavlm-tiny@v1.0")
    assert model.spec.key == f"hf:someone/wavlm-tiny@{COMMIT[:12]}"
    assert np.isfinite(model.embed(chord)["hidden2"]).all()
    assert asked == [
        ("someone/wavlm-tiny", "v1.0", "config.json"),
        ("someone/wavlm-tiny", COMMIT, "model.safetensors"),
    ]
    assert not (cache / "pytorch_model.bin").exists()


def test_the_older_format_is_fetched_where_there_is_no_other(hub):
    published, _, asked = hub
    tiny_waveform.make("wav2vec2-base", published)
    opened("someone/wav2vec2").ready()
    assert [patterns for *_, patterns in asked] == ["config.json", "model.safetensors", "pytorch_model.bin"]
    assert asked[0][1] == "main"


def test_nothing_large_is_fetched_of_a_model_that_is_refused(hub):
    published, _, asked = hub
    describe(published, {"model_type": "own", "auto_map": {"AutoModel": "own.Own"}})
    assert "someone/own: a model of type" in refusal("someone/own")
    assert len(asked) == 1


def test_a_repository_without_parameters_is_refused(hub):
    describe(hub[0], {"model_type": "wav2vec2"})
    assert "hf download someone/empty" in refusal("someone/empty")


def test_an_id_without_a_connection_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    message = refusal("someone/wavlm-tiny")
    assert "someone/wavlm-tiny: is not on this machine" in message
    assert "hf download someone/wavlm-tiny" in message
    assert "nowhere: is neither a folder here nor an id of the hub; write hf:owner/name" in refusal("nowhere")
