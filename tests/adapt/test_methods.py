import importlib
from dataclasses import replace

import numpy as np
import pytest
from adaptable import make, tones

from wetdry.adapt import (
    METHODS,
    AdaptSettings,
    Bottleneck,
    Frozen,
    Full,
    Gated,
    Lora,
    WeightedSum,
    adapt,
    method_called,
)
from wetdry.encoders import encoder
from wetdry.errors import DataError, EncoderError

WIDTH, INNER, BLOCKS, CLASSES = 32, 64, 3, 3
HEAD = CLASSES * (WIDTH + 1)
SETTINGS = AdaptSettings(epochs=10, patience=10, batch=6, head_rate=0.02, body_rate=0.005, device="cpu")
HELD_OUT = [f"speaker {place}" for place in range(3)]
EVERY = [Frozen(), WeightedSum(), Lora(), Bottleneck(width=8), Gated(width=8), Full(), Full(front_end=True)]
ATTENTION, NORM, FEED_FORWARD = 4 * WIDTH * (WIDTH + 1), 2 * WIDTH, 2 * WIDTH * INNER + WIDTH + INNER
NARROW = 2 * WIDTH * 8 + WIDTH + 8


@pytest.fixture(scope="module")
def torch():
    return importlib.import_module("torch")


@pytest.fixture(scope="module")
def hubert(tmp_path_factory):
    return make("hubert", tmp_path_factory.mktemp("tiny") / "hubert")


@pytest.fixture(scope="module")
def planted():
    return tones()


def fitted(base, planted, method, **options):
    clips, labels, groups, _ = planted
    return adapt(
        base, clips, labels, groups, method=method, **{"settings": SETTINGS, "validation": HELD_OUT, **options}
    )


def fresh(base, method, outputs=CLASSES, seed=0):
    """The network before training."""
    from wetdry.adapt.loop import device_of, network_of

    return network_of(base, method, outputs, device_of(SETTINGS), seed)


def layers_of(network, base, clips):
    import torch

    from wetdry.adapt.features import Computed

    with torch.no_grad():
        source = Computed(network, base, clips, None)
        return torch.cat([network.layers(source.of([place])) for place in range(len(clips))]).numpy()


@pytest.mark.parametrize("method", EVERY, ids=str)
def test_each_method_learns_a_pitch_and_leaves_the_encoder_as_it_was(torch, hubert, planted, method):
    before = {name: each.clone() for name, each in hubert.module.state_dict().items()}
    adapted = fitted(hubert, planted, method)
    curve = adapted.curve
    kept = curve[curve["kept"]].squeeze()
    assert kept["score"] == curve["score"].max() > 0.85
    assert curve["score"][0] < 0.6
    assert kept["validation_loss"] < 0.5 * curve["validation_loss"][0]
    clips, labels, groups, _ = planted
    estimates = adapted.estimate(clips)
    assert np.allclose(estimates.sum(axis=1), 1.0)
    held_out = np.isin(groups, adapted.held_out)
    right = adapted.task.labels(estimates) == np.array(labels)
    assert right[held_out].mean() == pytest.approx(kept["score"])  # Of as many clips of each class.
    after = hubert.module.state_dict()
    assert all(torch.equal(each, after[name]) for name, each in before.items())
    assert not any(each.requires_grad for each in hubert.module.parameters())
    # Nor has what the copy does not train changed by a bit.
    trained = {name for name, _ in adapted.network.trained()}
    rest = {name: each for name, each in adapted.network.named_parameters() if name not in trained}
    named = {name.removeprefix("network.").replace(".base_layer", ""): each for name, each in rest.items()}
    assert isinstance(method, Full) or named.keys() == dict(hubert.module.named_parameters()).keys()
    assert all(torch.equal(each, before[name]) for name, each in named.items())


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Frozen(), 0),
        (WeightedSum(), BLOCKS + 1),
        (Lora(), BLOCKS * 2 * 8 * 2 * WIDTH),
        (Lora(r=3, first_block=2), 2 * 3 * 2 * WIDTH),
        (Lora(r=2, modules=("output_dense",)), BLOCKS * 2 * (INNER + WIDTH)),
        (Bottleneck(), BLOCKS * (2 * WIDTH * 64 + WIDTH + 64)),
        (Bottleneck(width=8, first_block=1), 2 * NARROW),
        (Gated(width=8), BLOCKS * (NARROW + 1) + BLOCKS + 1),
        (Full(), BLOCKS * (ATTENTION + 2 * NORM + FEED_FORWARD) + NORM),
        (Full(first_block=2), ATTENTION + 2 * NORM + FEED_FORWARD + NORM),
    ],
    ids=str,
)
def test_parameters_are_counted_exactly(hubert, method, expected):
    assert sum(each.numel() for _, each in fresh(hubert, method).trained()) == expected + HEAD


def test_full_with_the_front_end_trains_all_that_the_checkpoint_has(hubert):
    learnt = sum(each.numel() for _, each in fresh(hubert, Full(front_end=True)).trained())
    assert learnt == sum(each.numel() for each in hubert.module.parameters()) + HEAD


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "mert", "wavlm", "whisper", "padded"])
def test_before_training_every_method_hears_what_the_encoder_hears_to_the_last_bit(kind, tmp_path):
    base = make(kind, tmp_path / kind)
    clips = tones(speakers=1)[0]
    last = base.embed(clips)[base.spec.default_layer]
    every = base.embed(clips, [layer.name for layer in base.spec.layers]).stack()
    lora = Lora(modules=("output_dense",)) if kind == "wavlm" else Lora()
    for method in (Frozen(), lora, Bottleneck(), Full(), Full(front_end=True)):
        assert np.array_equal(layers_of(fresh(base, method), base, clips)[:, 0], last), method
    for method in (WeightedSum(), Gated(), Gated(first_block=1)):
        heard = layers_of(fresh(base, method), base, clips)
        # Whisper's inner states lie in another order of memory there, so their sums over frames are rounded otherwise.
        inner = 1e-6 if base.spec.name.startswith("whisper") else 0.0
        assert np.array_equal(heard[:, -1], every[:, -1])
        assert np.abs(heard - every).max() <= inner, method


@pytest.mark.parametrize("method", [Lora(), Bottleneck(width=8)], ids=str)
def test_the_adapted_network_is_that_of_transformers_with_something_put_in(torch, hubert, planted, method):
    """The whole network in one call, by its own definition, rather than block by block."""
    adapted = fitted(hubert, planted, method)
    clips = planted[0][:4]
    with torch.no_grad():
        batch = torch.from_numpy(np.concatenate([hubert.prepare_clip(clip) for clip in clips]))
        whole = adapted.network.network(batch).last_hidden_state.mean(dim=1).numpy()
    assert np.abs(adapted.vectors(clips) - whole).max() < 1e-5 * np.abs(whole).max()
    assert np.abs(whole - hubert.embed(clips)["hidden3"]).max() > 1e-2 * np.abs(whole).max()
    assert adapted.network.centre.shape == (1, WIDTH)


@pytest.mark.parametrize("kind", ["wavlm", "padded", "mert"])
def test_other_kinds_of_transformers_learn_too(kind, tmp_path, planted):
    assert fitted(make(kind, tmp_path / kind), planted, Bottleneck(width=8)).curve["score"].max() > 0.85


def test_a_gate_opens_for_a_network_that_helps_and_closes_for_one_that_harms(torch, hubert):
    network = fresh(hubert, Gated(width=8))
    state = torch.randn(4, 20, WIDTH, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for narrow in network.inserted.networks:
            narrow.up.weight.normal_(std=0.1, generator=torch.Generator().manual_seed(1))
        # The truth has gates 0 and 2 open, and adds the opposite of what network 1 gives.
        gates = network.inserted.gates
        gates.copy_(torch.tensor([10.0, -10.0, 10.0]))
        network.inserted.networks[1].up.weight.mul_(-1)
        truth = list(network.chain.onwards(state, 0))[-1]
        network.inserted.networks[1].up.weight.mul_(1)
        gates.fill_(np.log(0.1 / 0.9))
    adam = torch.optim.Adam([gates], lr=0.2)
    for _ in range(60):
        loss = (list(network.chain.onwards(state, 0))[-1] - truth).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    opened = torch.sigmoid(gates).tolist()
    assert opened[0] > 0.9
    assert opened[2] > 0.9
    assert opened[1] < 0.05


def test_gates_start_as_told_and_open_in_training(hubert, planted):
    assert np.allclose(fresh(hubert, Gated(opening=0.2)).inserted.gates.sigmoid().detach(), 0.2)
    adapted = fitted(hubert, planted, Gated(width=8))
    assert adapted.gates.max() > 0.5
    assert fitted(hubert, planted, Frozen()).gates is None


def test_the_layer_that_tells_is_weighed_most(torch, hubert):
    """Features with noise in all layers but one, whose sign is the class."""
    from wetdry.adapt.loop import Training
    from wetdry.adapt.material import Material
    from wetdry.adapt.network import ClipFeatures

    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], 80)
    layers = rng.standard_normal((80, BLOCKS + 1, WIDTH)).astype(np.float32)
    layers[:, 1, :4] += 1.5 * signs[:, None]
    network = fresh(hubert, WeightedSum(), 2)
    network.standardise(torch.from_numpy(layers))
    assert np.allclose(network.centre.numpy(), layers.mean(axis=0), atol=1e-6)

    class Planted:
        def of(self, places):
            return [ClipFeatures(torch.from_numpy(layers[place]), None, None) for place in places]

    labels = np.where(signs > 0, "up", "down")
    material = Material.of(labels, np.arange(80) // 10, validation=None, names=None, seed=0)
    settings = AdaptSettings(epochs=15, patience=15, head_rate=0.01, device="cpu")
    Training(network, material, Planted(), settings, 1e-3, "").run(None, None)
    weights = network.layer_logits.softmax(dim=0).tolist()
    assert weights[1] > 0.6
    assert max(weights[:1] + weights[2:]) < 0.2


def test_a_dimension_that_hardly_moved_until_one_clip_wakes_it_counts_ten_deviations(torch, hubert):
    network = fresh(hubert, WeightedSum())
    layers = torch.randn(20, BLOCKS + 1, WIDTH, generator=torch.Generator().manual_seed(0))
    layers[:, 0, 0] = 0.02 + 1e-5 * layers[:, 0, 0]
    network.standardise(layers)
    awake = layers[:1].clone()
    awake[0, 0, 0] = 0.03
    moved = (network.mixture(awake) - network.mixture(layers[:1]))[0]
    assert 0 < moved[0] <= 20.0 / (BLOCKS + 1)
    assert torch.equal(moved[1:], torch.zeros(WIDTH - 1))


def test_lora_needs_modules_that_are_there_and_says_which(hubert):
    with pytest.raises(DataError, match=r"HubertModel has no linear modules called nowhere .* attention\.k_proj,.*_d"):
        fresh(hubert, Lora(modules=("nowhere",)))
    with pytest.raises(DataError, match="Block 3 cannot be trained, for the encoder has 3"):
        fresh(hubert, Lora(first_block=3))


def test_lora_refuses_modules_whose_weights_are_read_past_them(tmp_path, planted):
    base = make("wavlm", tmp_path / "wavlm")
    with pytest.raises(DataError, match=r"WavLMModel reads the weights of .*(q|v)_proj without calling it"):
        fresh(base, Lora())
    adapted = fitted(base, planted, Lora(modules=("intermediate_dense", "output_dense")))
    assert adapted.curve["score"].max() > 0.85


def test_dropout_of_lora_is_on_in_training_alone(hubert, planted):
    one = replace(SETTINGS, epochs=1)
    base, dropped = (fitted(hubert, planted, Lora(dropout=share), settings=one) for share in (0.0, 0.5))
    assert abs(base.curve["loss"][1] - dropped.curve["loss"][1]) > 1e-4
    clips = planted[0]
    assert np.array_equal(dropped.estimate(clips), dropped.estimate(clips))


def test_blocks_below_the_first_trained_one_are_done_with_once(hubert, planted):
    from wetdry.adapt.features import Computed

    network = fresh(hubert, Lora(first_block=2))
    clip = planted[0][0]
    (features,) = Computed(network, hubert, [clip], None).of([0])
    assert np.array_equal(features.state.mean(dim=1).numpy(), hubert.embed(clip, ["hidden2"])["hidden2"])
    assert features.lower.shape == (0, WIDTH)


def test_encoders_that_are_no_transformers_are_refused(planted, tmp_path):
    with pytest.raises(EncoderError, match="melstats is no transformer in torch"):
        fitted(encoder("melstats"), planted, Frozen())
    from tiny import panns

    cnn = encoder(f"panns-cnn14:{panns.make('panns-cnn14', tmp_path)}", device="cpu")
    with pytest.raises(EncoderError, match="cannot be run block by block"):
        fitted(cnn, planted, Frozen())


def test_methods_by_name():
    assert list(METHODS) == ["frozen", "weighted-sum", "lora", "bottleneck", "gated", "full"]
    assert Lora() == Lora(r=8, alpha=16.0, dropout=0.1, first_block=0, modules=())
    for each in EVERY:
        assert method_called(each.name, each.options()) == each
    assert Lora(modules="fc1").modules == ("fc1",)
    for wrong, words in [
        (lambda: method_called("lorra"), 'did you mean "lora"'),
        (lambda: method_called("frozen", {"r": 3}), 'frozen has no "r": it takes nothing'),
        (lambda: Lora(r=0), "rank of 0"),
        (lambda: Lora(dropout=1.0), "dropout of 1.0"),
        (lambda: Gated(opening=1.0), "gate cannot start at 1.0"),
        (lambda: Full(first_block=1, front_end=True), "leave one of both out"),
        (lambda: Bottleneck(first_block=-1), "first block to train is -1"),
        (lambda: AdaptSettings(warm_up=2.0), "warm-up over 2.0"),
        (lambda: AdaptSettings(head_rate=0.0), "learning rate of the head of 0.0"),
    ]:
        with pytest.raises(DataError, match=words):
            wrong()
