import importlib
import importlib.util
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tiny import waveform as tiny

from wetdry.audio import Clip
from wetdry.encoders import encoder, encoders
from wetdry.encoders.waveform import encoder as waveform
from wetdry.encoders.waveform.checkpoint import Architecture, load_network, read_architecture
from wetdry.encoders.waveform.encoder import MODELS, normalised
from wetdry.encoders.weights.files import Found
from wetdry.errors import EncoderError

GOLDEN = Path(__file__).parent / "golden"
GROUP, LAYER = {}, tiny.STABLE
BUILDS = pytest.mark.parametrize(
    ("kind", "options"), [("wav2vec2", GROUP), ("wav2vec2", LAYER), ("hubert", GROUP), ("hubert", LAYER)]
)


@pytest.fixture(scope="module")
def torch():
    """Imported where it is used, so that collecting the tests stays quick."""
    return importlib.import_module("torch")


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def chord(rng):
    """One second at 16 kHz with an offset and a rising level, neither of which a normalised window keeps."""
    time = np.arange(16_000) / 16_000
    tones = sum(np.sin(2 * np.pi * f * time) for f in (196.0, 247.0, 1480.0))
    return Clip((0.2 * time * tones + 0.01 * rng.standard_normal(time.size) + 0.02).astype(np.float32), 16_000)


def encoder_of(folder, name="wav2vec2-base", **options):
    return encoders.get(name)(where=str(folder), device="cpu", **options)


def all_layers(model):
    return [layer.name for layer in model.spec.layers]


def relative(ours, theirs):
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


@BUILDS
@pytest.mark.parametrize("do_normalize", [True, False])
def test_hidden_states_equal_those_of_transformers(torch, folder, chord, kind, options, do_normalize):
    """The same parameters, through the front end and the model of transformers, one window at a time."""
    import transformers

    tiny.write(folder, kind, do_normalize=do_normalize, **options)
    model = encoder_of(folder)
    extractor = transformers.Wav2Vec2FeatureExtractor.from_pretrained(folder)
    inputs = extractor(chord.mono, sampling_rate=16_000, return_tensors="pt")
    assert np.array_equal(model.prepare(chord.mono[np.newaxis]), inputs.input_values.numpy())
    with torch.no_grad():
        output = tiny.build(kind, **options)(inputs.input_values, output_hidden_states=True)
    expected = [state[0].mean(dim=0).numpy() for state in (*output.hidden_states[:-1], output.last_hidden_state)]
    ours = model.embed(chord, all_layers(model))
    assert list(ours) == ["hidden0", "hidden1", "hidden2", "hidden3"]
    for layer, vector in zip(ours, expected, strict=True):
        np.testing.assert_allclose(ours[layer][0], vector, rtol=0, atol=1e-6 * np.abs(vector).max())


@pytest.mark.parametrize("variant", ["group", "layer"])
def test_mert_equals_its_own_definition(torch, folder, variant):
    """Golden states of MusicHubert.py under transformers 4.46.3, frame by frame, for parameters drawn by name."""
    golden, maker = np.load(GOLDEN / "mert.npz"), make_mert()
    config = maker.SMALL | maker.VARIANTS[variant] | {"model_type": "mert_model"}
    config |= {"attention_relax": 32.0, "conv_pos_batch_norm": True}  # The definition heeds neither here.
    (folder / "config.json").write_text(json.dumps(config))
    network = tiny.build("hubert", **maker.VARIANTS[variant])
    names = {tiny.old_name(name): value.shape for name, value in network.state_dict().items()}
    torch.save(
        {name: torch.from_numpy(maker.values(name, shape)) for name, shape in names.items()},
        folder / "pytorch_model.bin",
    )
    np.testing.assert_array_equal(normalised(maker.windows()), golden["input_values"])
    with torch.no_grad():
        output = load_network(folder).eval()(torch.from_numpy(golden["input_values"]), output_hidden_states=True)
    ours = torch.stack([*output.hidden_states[:-1], output.last_hidden_state], dim=1).numpy()
    assert ours.shape == golden[variant].shape == (2, 4, 37, 32)
    np.testing.assert_allclose(ours, golden[variant], rtol=0, atol=1e-5)


@cache
def make_mert():
    specification = importlib.util.spec_from_file_location("make_mert", GOLDEN / "make_mert.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_last_hidden_state_alone_has_gone_through_the_final_norm(torch, folder, chord):
    """Leaving out the last blocks instead would put the final norm on an inner layer, another vector altogether."""
    model = encoder_of(tiny.write(folder, "hubert", **LAYER))
    ours = model.embed(chord, ["hidden2", "hidden3"])
    module = model.module
    with torch.no_grad():
        states = module(torch.from_numpy(model.prepare_clip(chord)), output_hidden_states=True).hidden_states
        normed = {f"hidden{index}": module.encoder.layer_norm(states[index]).mean(dim=1).numpy() for index in (2, 3)}
    assert relative(ours["hidden3"], normed["hidden3"]) < 1e-6
    assert relative(ours["hidden2"], states[2].mean(dim=1).numpy()) < 1e-6
    assert relative(ours["hidden2"], normed["hidden2"]) > 0.1


def test_nothing_of_training_is_left_even_in_training_mode(torch, folder, chord):
    training = {"mask_time_prob": 0.5, "mask_feature_prob": 0.5, "mask_feature_length": 4, "layerdrop": 0.9}
    tiny.write(folder, "wav2vec2", **training)
    model = encoder_of(folder)
    assert not any(module.training for module in model.module.modules())
    ours = model.embed(chord)["hidden3"]
    batch = torch.from_numpy(model.prepare_clip(chord))
    still = {"hidden_dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0}
    theirs = tiny.build("wav2vec2", **training, **still).train()
    assert relative(theirs(batch).last_hidden_state.mean(dim=1).detach().numpy(), ours) > 0.05
    for dropout in [module for module in model.module.modules() if isinstance(module, torch.nn.Dropout)]:
        dropout.p = 0.0
    model.module.config.attention_dropout = 0.0
    for block in model.module.train().encoder.layers:
        block.attention.dropout = 0.0
    assert relative(model.forward(batch.numpy(), ["hidden3"])["hidden3"], ours) < 1e-6


@BUILDS
def test_padding_would_be_heard_and_does_not_happen(torch, folder, chord, kind, options):
    """What the invariance to neighbours guards against: a short clip filled up to a longer one is another vector."""
    model = encoder_of(tiny.write(folder, kind, **options))
    short, long = chord.excerpt(0.25, 0.5), chord
    batch = model.prepare_clip(short)
    assert batch.shape == (1, 8_000)
    alone = model.forward(batch, ["hidden3"])["hidden3"]
    assert np.array_equal(model.embed([short, long])["hidden3"][:1], alone)
    frames = model.module(torch.from_numpy(batch)).last_hidden_state.shape[1]
    with torch.no_grad():
        padded = model.module(torch.from_numpy(np.pad(batch, ((0, 0), (0, 8_000))))).last_hidden_state
    assert relative(padded[:, :frames].mean(dim=1).numpy(), alone) > 1e-3


@pytest.mark.parametrize("samples", [1, 399])
def test_too_short_a_window_is_filled_up_to_one_frame_after_normalising(torch, folder, rng, samples):
    model = encoder_of(tiny.write(folder, "wav2vec2"))
    window = rng.standard_normal((1, samples)).astype(np.float32) + 3
    prepared = model.prepare(window)
    assert prepared.shape == (1, 400)
    assert np.array_equal(prepared[:, :samples], normalised(window))
    assert not prepared[:, samples:].any()
    assert model.module(torch.from_numpy(prepared)).last_hidden_state.shape[1] == 1
    assert model.prepare(np.ones((1, 401), np.float32)).shape == (1, 401)


def test_a_gain_is_inaudible_where_the_window_is_normalised_or_the_first_convolution_is(folder, chord):
    def moved(**options):
        target = folder / str(len(list(folder.iterdir())))
        target.mkdir()
        model = encoder_of(tiny.write(target, "wav2vec2", **options))
        assert not model.spec.normalisation.endswith(".")
        dry = model.embed(chord)["hidden3"]
        return relative(model.embed(chord.scaled(-12.0))["hidden3"], dry), model.spec.hears_level

    by_window, heard_by_window = moved(do_normalize=True, **LAYER)
    by_convolution, heard_by_convolution = moved(do_normalize=False)
    by_none, heard_by_none = moved(do_normalize=False, **LAYER)
    assert by_window < 1e-4
    assert not heard_by_window
    assert by_convolution < 0.1 * by_none, "inaudible but for the floor under the variance of faint channels"
    assert not heard_by_convolution
    assert by_none > 0.1
    assert heard_by_none


@pytest.mark.parametrize("norm", ["group", "layer"])
@pytest.mark.parametrize("conv_bias", [False, True])
def test_only_a_norm_over_channels_of_what_has_a_bias_leaves_the_level(torch, folder, rng, norm, conv_bias):
    """The norm over time subtracts a bias with the mean of its channel; the norm over channels keeps it."""
    tiny.write(folder, "wav2vec2", do_normalize=False, feat_extract_norm=norm, conv_bias=conv_bias)
    tensors = torch.load(folder / "pytorch_model.bin")
    for name in tensors:
        if "conv_layers.0.conv." in name:  # As strong as in a trained network: far above the floor of a variance.
            tensors[name] = 10 * tensors[name] if name.endswith("weight") else torch.randn_like(tensors[name])
    torch.save(tensors, folder / "pytorch_model.bin")
    model = encoder_of(folder)
    noise = Clip(0.1 * rng.standard_normal(8000).astype(np.float32), 16_000)
    moved = relative(model.embed(noise.scaled(-6.0))["hidden3"], model.embed(noise)["hidden3"])
    heard = norm == "layer" and conv_bias
    assert model.spec.hears_level is heard
    assert moved > 1e-2 if heard else moved < 1e-4
    assert ("no bias" in model.spec.normalisation) == (norm == "layer" and not conv_bias)


def test_below_the_floor_of_its_variance_a_window_is_not_brought_to_one_level(rng):
    noise = rng.standard_normal((1, 16_000)).astype(np.float32)
    assert normalised(1e-2 * noise).std() == pytest.approx(1.0, abs=1e-3), "-40 dBFS"
    assert normalised(1e-4 * noise).std() == pytest.approx(0.3, abs=0.01), "-80 dBFS"


def test_prefixes_names_and_formats_of_files_make_no_difference(torch, folder, chord):
    from safetensors.torch import save_file

    plain, prefixed, modern = (folder / name for name in ("plain", "prefixed", "modern"))
    for target, prefix in ((plain, ""), (prefixed, "hubert."), (modern, "")):
        target.mkdir()
        tiny.write(target, "hubert", prefix=prefix)
    state = torch.load(prefixed / "pytorch_model.bin")
    torch.save(state | {"lm_head.weight": torch.zeros(3, 32)}, prefixed / "pytorch_model.bin")
    save_file(
        {name: value.half() for name, value in tiny.build("hubert").state_dict().items()}, modern / "model.safetensors"
    )
    vectors = {target.name: encoder_of(target).embed(chord)["hidden3"] for target in (plain, prefixed, modern)}
    assert np.array_equal(vectors["plain"], vectors["prefixed"])
    assert 0 < relative(vectors["modern"], vectors["plain"]) < 1e-2, "half the precision, not the default parameters"


def test_the_specification_of_a_folder_is_read_from_it(folder):
    tiny.write(folder, "hubert", published_as="mert_model", sampling_rate=24_000, do_normalize=False, **tiny.CQT)
    spec = encoder_of(folder, "mert-95m", dtype="bf16").spec
    assert [layer.dim for layer in spec.layers] == [32] * 4
    assert spec.sample_rate == 24_000
    assert spec.windows.key == "5s"
    assert spec.revision.startswith("local-")
    assert spec.revision.endswith("+bf16")
    assert spec.default_layer == "hidden3"


def test_published_specifications_need_no_files():
    layers = {name: (len(encoder(name).spec.layers), encoder(name).spec.layers[0].dim) for name in MODELS}
    assert layers == {
        "wav2vec2-base": (13, 768),
        "wav2vec2-large": (25, 1024),
        "hubert-base": (13, 768),
        "hubert-large": (25, 1024),
        "mert-95m": (13, 768),
        "mert-330m": (25, 1024),
    }
    assert {encoder(name).spec.sample_rate for name in ("mert-95m", "mert-330m")} == {24_000}
    assert not any(encoder(name).spec.hears_level for name in MODELS)
    assert "in training it was not" in encoder("mert-95m").spec.normalisation
    assert len(encoder("mert-95m").spec.revision) == 12


def test_the_defaults_are_those_of_transformers(folder):
    """A configuration may leave out what transformers would fill in."""
    import transformers

    (folder / "config.json").write_text('{"model_type": "wav2vec2"}')
    (folder / "preprocessor_config.json").write_text('{"sampling_rate": 16000}')
    config, extractor = transformers.Wav2Vec2Config(), transformers.Wav2Vec2FeatureExtractor()
    assert read_architecture(folder) == Architecture(
        "wav2vec2",
        extractor.sampling_rate,
        extractor.do_normalize,
        config.hidden_size,
        config.num_hidden_layers,
        tuple(config.conv_kernel),
        tuple(config.conv_stride),
        config.feat_extract_norm == "group",
        config.conv_bias,
    )
    assert replace(Architecture(), family="hubert").hears_level is False


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def loading(folder, name="wav2vec2-base"):
    with pytest.raises(EncoderError) as caught:
        encoder_of(folder, name).ready()
    message = str(caught.value)
    assert str(folder) in message
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("option", ["feature_extractor_cqt", "deepnorm"])
def test_mert_beyond_hubert_is_refused(folder, option):
    tiny.write(folder, "hubert", published_as="mert_model")
    edit(folder / "config.json", **{option: True})
    assert option in loading(folder, "mert-95m")


def test_files_that_do_not_fit_are_refused(torch, folder):
    tiny.write(folder, "wav2vec2")
    parameters, config = folder / "pytorch_model.bin", folder / "config.json"
    whole, described = parameters.read_bytes(), config.read_text()

    edit(config, num_hidden_layers=4)
    assert "lacks encoder.layers.3" in loading(folder)
    config.write_text(described)
    edit(config, intermediate_size=48)
    assert "shape (64, 32) where (48, 32) is needed" in loading(folder)
    config.write_text(described)
    edit(config, num_attention_heads=5)
    assert "describes no network" in loading(folder)
    config.write_text(described)
    edit(config, model_type="bert")
    assert 'of type "bert"' in loading(folder)
    config.write_text(described)
    edit(config, hidden_size="wide")
    assert "describe no encoder" in loading(folder)
    config.write_text(described)
    parameters.write_bytes(whole[: len(whole) // 2])
    assert "pytorch_model.bin" in loading(folder)
    torch.save({"weight": torch.zeros(2)}, parameters)
    assert "holds not what" in loading(folder)
    parameters.unlink()
    assert "holds no file of parameters" in loading(folder)
    (folder / "preprocessor_config.json").unlink()
    assert "preprocessor_config.json" in loading(folder)


def test_published_files_of_another_shape_than_promised_are_refused(folder, monkeypatch):
    tiny.write(folder, "wav2vec2")
    monkeypatch.setattr(waveform, "locate", lambda *_: Found(folder, "cache"))
    with pytest.raises(EncoderError, match="its width is 32, not 768"):
        encoders.get("wav2vec2-base")(device="cpu").ready()


def test_a_folder_that_is_not_there_is_refused(folder):
    with pytest.raises(EncoderError, match="nowhere: no such file"):
        encoder_of(folder / "nowhere")
