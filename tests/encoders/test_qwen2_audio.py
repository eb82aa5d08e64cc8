"""Against transformers' own model, called as its publisher documents, on a small random checkpoint."""

import json

import numpy as np
import pytest
from tiny.qwen2_audio import AUDIO_TOKEN, POSITIONS, SECONDS, SHARDS, make

from wetdry.audio import Clip, Windows, resample
from wetdry.encoders.qwen2_audio.encoder import TOWER, WHOLE, Qwen2Audio
from wetdry.errors import EncoderError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

RATE = 16_000
LENGTHS = [321, 961, 16_000, 33_333, SECONDS * RATE - 1, SECONDS * RATE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make(WHOLE, tmp_path_factory.mktemp("qwen2_audio"))


@pytest.fixture(scope="module")
def mono(music):
    return resample(music.mono, music.sample_rate, RATE)


def every(encoder):
    return [layer.name for layer in encoder.spec.layers]


def clip_of(mono, samples):
    return Clip(mono[np.newaxis, :samples], RATE)


def original(folder, dtype):
    from transformers import Qwen2AudioForConditionalGeneration

    model, report = Qwen2AudioForConditionalGeneration.from_pretrained(
        folder, dtype=dtype, local_files_only=True, output_loading_info=True
    )
    assert not any(report.values()), report
    return model.eval()


def documented(model, samples):
    """Means over real frames and audio tokens, as the processor of transformers prepares one clip for the model."""
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor(feature_size=16, chunk_length=SECONDS)
    features = extractor(
        samples, sampling_rate=RATE, return_attention_mask=True, padding="max_length", return_tensors="pt"
    )
    mask = features["attention_mask"]
    frames, tokens = model.model.audio_tower._get_feat_extract_output_lengths(mask.sum(-1))
    seen = {}
    tower = model.model.audio_tower
    hooks = [
        block.register_forward_hook(
            lambda _module, inputs, output, index=index: seen.update(
                {f"tower{index}": inputs[0][:, :frames], f"tower{index + 1}": output[:, :frames]}
            )
        )
        for index, block in enumerate(tower.layers)
    ]
    hooks += [
        tower.register_forward_hook(lambda *call: seen.update(tower=call[-1].last_hidden_state[:, :tokens])),
        model.model.multi_modal_projector.register_forward_hook(
            lambda *call: seen.update(projected=call[-1][:, :tokens])
        ),
    ]
    prompt = torch.tensor([[AUDIO_TOKEN + 1, *[AUDIO_TOKEN] * int(tokens), AUDIO_TOKEN + 2]])
    with torch.inference_mode():
        output = model.model(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            input_features=features["input_features"],
            feature_attention_mask=mask,
        )
    for hook in hooks:
        hook.remove()
    seen["decoder"] = output.last_hidden_state[:, 1:-1]
    assert seen["decoder"].shape[1] == tokens
    return {name: state.float().mean(dim=1).numpy() for name, state in seen.items()}


@pytest.mark.parametrize("samples", LENGTHS)
def test_layers_are_those_of_the_original_with_its_mask(folder, mono, samples):
    encoder = Qwen2Audio(WHOLE, str(folder))
    ours = encoder.embed(clip_of(mono, samples), every(encoder))
    theirs = documented(original(folder, torch.float32), mono[:samples])
    assert list(ours) == ["tower0", "tower1", "tower2", "tower", "projected", "decoder"]
    assert ours.keys() == theirs.keys()
    for layer, vectors in ours.items():
        np.testing.assert_allclose(vectors, theirs[layer], rtol=0, atol=2e-5 * np.abs(theirs[layer]).max())


def test_bf16_is_that_of_the_original(folder, mono):
    """Parameters in bf16 as they are read, frequencies of the positions in fp32."""
    encoder = Qwen2Audio(WHOLE, str(folder), dtype="bf16")
    assert {parameter.dtype for parameter in encoder.load().parameters()} == {torch.bfloat16}
    model = original(folder, torch.bfloat16)
    frequencies = encoder.module.decoder.rotary_emb.inv_freq
    assert frequencies.dtype == torch.float32
    assert torch.equal(frequencies, model.model.language_model.rotary_emb.inv_freq)
    ours = encoder.embed(clip_of(mono, 33_333), every(encoder))
    theirs = documented(model, mono[:33_333])
    exact = documented(original(folder, torch.float32), mono[:33_333])
    for layer, vectors in ours.items():
        rounding = np.abs(theirs[layer] - exact[layer]).max()
        assert 0 < np.abs(vectors - exact[layer]).max() < 3 * rounding


def test_the_tower_alone_gives_what_the_tower_of_the_whole_gives(folder, mono):
    whole, tower = Qwen2Audio(WHOLE, str(folder)), Qwen2Audio(TOWER, str(folder))
    assert every(tower) == every(whole)[:-1]
    assert tower.spec.default_layer == "tower"
    assert whole.spec.default_layer == "decoder"
    first, second = (encoder.embed(clip_of(mono, 20_000), every(tower)) for encoder in (whole, tower))
    for layer in second:
        np.testing.assert_array_equal(first[layer], second[layer])
    assert tower.module.decoder is None
    held = {name.partition(".")[0] for name in tower.module.state_dict()}
    assert held == {"tower", "projector"}


def test_the_decoder_hears_the_audio(folder, mono):
    """An input that the model is never given makes all clips alike."""
    encoder = Qwen2Audio(WHOLE, str(folder))
    clips = [clip_of(mono, 30_000), clip_of(mono[::-1].copy(), 30_000), clip_of(np.zeros(30_000, np.float32), 30_000)]
    vectors = encoder.embed(clips)["decoder"]
    for first, second in [(0, 1), (0, 2), (1, 2)]:
        assert np.abs(vectors[first] - vectors[second]).max() > 1e-3 * np.abs(vectors).max()


def test_layers_behind_the_last_one_asked_for_are_not_computed(folder, mono):
    encoder = Qwen2Audio(WHOLE, str(folder))
    encoder.module.decoder.forward = None
    encoder.module.tower.layers[1].forward = None
    assert list(encoder.embed(clip_of(mono, 20_000), ["tower0", "tower1"])) == ["tower0", "tower1"]
    with pytest.raises(TypeError):
        encoder.embed(clip_of(mono, 20_000), "tower")


@pytest.mark.parametrize("samples", [1, 320])
def test_a_window_of_less_than_a_token_is_one_token(folder, mono, samples):
    """Heard as if zeros followed up to two frames of 20 ms."""
    encoder = Qwen2Audio(WHOLE, str(folder))
    longer = np.pad(mono[:samples], (0, 640 - samples))
    first, second = (encoder.embed(clip, every(encoder)) for clip in (clip_of(mono, samples), clip_of(longer, 640)))
    for layer in first:
        np.testing.assert_array_equal(first[layer], second[layer])


def test_published_models_need_no_file_to_be_described():
    whole, tower = Qwen2Audio(WHOLE).spec, Qwen2Audio(TOWER).spec
    assert len(whole.layers) == 36
    assert len(tower.layers) == 35
    assert [whole.layer(name).dim for name in ("tower0", "tower32", "tower")] == [1280] * 3
    assert [whole.layer(name).dim for name in ("projected", "decoder")] == [4096] * 2
    assert whole.revision == tower.revision
    assert whole.longest_window == 30.0


def test_a_longer_window_is_refused(folder):
    with pytest.raises(EncoderError, match="takes windows of at most 4 s, not 5 s"):
        Qwen2Audio(TOWER, str(folder)).embed(
            Clip(np.zeros((1, 5 * RATE), dtype=np.float32), RATE), windows=Windows(5.0)
        )


def altered(folder, target, change):
    """A copy of a checkpoint whose config.json is changed."""
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    change(config)
    (target / "config.json").write_text(json.dumps(config))
    return str(target)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda config: config.update(model_type="whisper"),
            r'config\.json: describes a model of type "whisper"; give',
        ),
        (lambda config: config.update(audio_config=[1]), r"config\.json: describes no audio tower and decoder; fetch"),
        (
            lambda config: config["audio_config"].update(d_model="24"),
            r"config\.json: a width of '24' is no size; fetch",
        ),
        (lambda config: config["text_config"].update(hidden_size=0), r"config\.json: a hidden_size of 0 is none"),
    ],
)
def test_a_config_of_no_use_is_refused(folder, tmp_path, change, message):
    with pytest.raises(EncoderError, match=message):
        Qwen2Audio(WHOLE, altered(folder, tmp_path, change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda config: config["text_config"].update(intermediate_size=50), r"has shape .* is needed; give weights"),
        (
            lambda config: config["text_config"].update(num_hidden_layers=3, layer_types=None),
            r"lacks layers\.2\.",
        ),
        (lambda config: config["audio_config"].update(encoder_layers=3), r"lacks layers\.2\."),
        (
            lambda config: config["text_config"].update(num_attention_heads="many"),
            r"config\.json: describes no Qwen2-Audio",
        ),
    ],
)
def test_parameters_that_do_not_fit_the_config_are_refused(folder, tmp_path, change, message):
    with pytest.raises(EncoderError, match=message):
        Qwen2Audio(WHOLE, altered(folder, tmp_path, change)).ready()


def test_the_published_config_leaves_out_what_is_usual(folder, tmp_path):
    where = altered(folder, tmp_path, lambda config: config.update(audio_config={}, text_config={}))
    spec = Qwen2Audio(WHOLE, where).spec
    assert len(spec.layers) == 36
    assert spec.layer("decoder").dim == 4096


@pytest.mark.parametrize("shard", SHARDS)
def test_a_truncated_file_is_refused(folder, tmp_path, shard):
    where = altered(folder, tmp_path, dict.copy)
    (tmp_path / shard).write_bytes((folder / shard).read_bytes()[:-10])
    with pytest.raises(EncoderError, match=rf"{shard}: is damaged"):
        Qwen2Audio(WHOLE, where).ready()


def test_a_missing_file_is_refused(folder, tmp_path):
    where = altered(folder, tmp_path, dict.copy)
    (tmp_path / SHARDS[1]).unlink()
    with pytest.raises(EncoderError, match=rf"{SHARDS[1]}: no such file"):
        Qwen2Audio(WHOLE, where).ready()


def test_positions_are_those_of_the_checkpoint(folder):
    assert Qwen2Audio(WHOLE, str(folder)).spec.longest_window == POSITIONS / 50
