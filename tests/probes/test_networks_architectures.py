import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from wetdry.probes.networks import NETWORKS
from wetdry.probes.networks.architectures import Excitation, started

SEEDED = torch.Generator().manual_seed(440)


@pytest.fixture(scope="module")
def chunks():
    return torch.randn(3, 128, 128, generator=torch.Generator().manual_seed(440))


def shaken(name, targets=2):
    """A network none of whose weights, constants or running figures is what it began as."""
    network = started(name, targets, seed=3)
    with torch.no_grad():
        for key, each in network.state_dict().items():
            step = 0.1 * torch.randn(each.shape, generator=SEEDED)
            each.add_(step.abs() if key.endswith("running_var") else step)
    return network


def block(weights, i, maps, training):
    """One block as the report writes it: convolution, batch norm, rectifier, pooling, squeeze and excitation."""
    of = {name.removeprefix(f"blocks.{i}."): each for name, each in weights.items() if name.startswith(f"blocks.{i}.")}
    maps = functional.conv2d(maps, of["convolution.weight"], of["convolution.bias"], padding=1)
    if training:
        mean, variance = maps.mean(dim=(0, 2, 3)), maps.var(dim=(0, 2, 3), unbiased=False)
    else:
        mean, variance = of["norm.running_mean"], of["norm.running_var"]
    across = (slice(None), None, None)
    maps = (maps - mean[across]) / (variance[across] + 1e-5).sqrt()
    maps = torch.relu(maps * of["norm.weight"][across] + of["norm.bias"][across])
    maps = maps.reshape(*maps.shape[:2], maps.shape[2] // 2, 2, maps.shape[3] // 2, 2).amax(dim=(3, 5))
    if "excitation.squeeze.weight" not in of:
        return maps
    squeezed = torch.relu(maps.mean(dim=(2, 3)) @ of["excitation.squeeze.weight"].T + of["excitation.squeeze.bias"])
    gate = 1 / (1 + torch.exp(-(squeezed @ of["excitation.excite.weight"].T + of["excitation.excite.bias"])))
    return maps * gate[:, :, None, None]


def recurred(weights, steps):
    """States (batch, time, hidden) of a gated recurrent unit, written out."""
    of = {name.removeprefix("body.recurrence."): each for name, each in weights.items()}
    state, states = torch.zeros(len(steps), 64), []
    for step in steps.unbind(dim=1):
        given = (step @ of["weight_ih_l0"].T + of["bias_ih_l0"]).split(64, dim=1)
        kept = (state @ of["weight_hh_l0"].T + of["bias_hh_l0"]).split(64, dim=1)
        reset, update = (torch.sigmoid(given[i] + kept[i]) for i in (0, 1))
        state = (1 - update) * torch.tanh(given[2] + reset * kept[2]) + update * state
        states.append(state)
    return torch.stack(states, dim=1)


def rewritten(name, weights, chunks, training=False):
    """Outputs of the four networks from their weights alone, and the attention of the last."""
    maps = chunks[:, None]
    for i in range(3):
        maps = block(weights, i, maps, training)
    frames = maps.permute(0, 3, 1, 2)
    attention = None
    if name == "cnn":
        seen = maps.reshape(len(maps), -1)
    elif name == "se-conv":
        row = maps.permute(0, 1, 3, 2).reshape(len(maps), 64, 256)
        seen = functional.conv1d(row, weights["body.convolution.weight"], weights["body.convolution.bias"], padding=1)
        seen = torch.relu(seen).reshape(len(maps), -1)
    else:
        states = recurred(weights, frames.reshape(len(maps), 16, 1024))
        seen = states[:, -1]
        if name == "se-gru-attention":
            relevance = torch.exp(states @ weights["body.relevance.weight"][0] + weights["body.relevance.bias"])
            attention = relevance / relevance.sum(dim=1, keepdim=True)
            seen = torch.einsum("bt,bth->bh", attention, states)
    dense = torch.relu(seen @ weights["dense.weight"].T + weights["dense.bias"])
    return dense @ weights["answer.weight"].T + weights["answer.bias"], attention


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("training", [False, True])
def test_outputs_are_those_of_the_report_written_out(name, training, chunks):
    network = shaken(name).train(training)
    weights = {key: each.clone() for key, each in network.state_dict().items()}
    with torch.inference_mode():
        expected, attention = rewritten(name, weights, chunks, training)
        if not training:
            found = network.attention(chunks)
            assert (found is None) == (attention is None) == (name != "se-gru-attention")
            if found is not None:
                torch.testing.assert_close(found, attention, atol=1e-5, rtol=1e-4)
                assert found.std() > 1e-3
        torch.testing.assert_close(network(chunks), expected, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("targets", [1, 2])
def test_numbers_learnt(name, targets):
    convolutions = (9 * 1 + 1) * 16 + (9 * 16 + 1) * 32 + (9 * 32 + 1) * 64 + 2 * (16 + 32 + 64)
    excitations = sum(2 * c * (c // 8) + c // 8 + c for c in (16, 32, 64))
    recurrence = 3 * 64 * (1024 + 64 + 2)
    body, width = {
        "cnn": (0, 16384),
        "se-conv": (excitations + 64 * 64 * 3 + 64, 16384),
        "se-gru": (excitations + recurrence, 64),
        "se-gru-attention": (excitations + recurrence + 65, 64),
    }[name]
    expected = convolutions + body + (width + 1) * 128 + 129 * targets
    assert sum(each.numel() for each in started(name, targets, seed=0).parameters()) == expected


@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_is_learnt(name, chunks):
    network = shaken(name).train()
    network(chunks).square().sum().backward()
    sizes = {key: float(each.grad.abs().max()) for key, each in network.named_parameters()}
    # Batch norm takes away what a constant before it adds, and softmax what all relevances have in common.
    of_no_effect = {f"blocks.{i}.convolution.bias" for i in range(3)} | {"body.relevance.bias"}
    largest = max(sizes.values())
    assert np.isfinite(largest)
    assert {key for key, size in sizes.items() if size < 1e-5 * largest} == of_no_effect & sizes.keys()


@settings(deadline=None, max_examples=25)
@given(st.floats(-1e3, 1e3), st.floats(0.0, 30.0), st.sampled_from([16, 32, 64]), st.integers(0, 100))
def test_gates_lie_between_0_and_1(offset, spread, channels, seed):
    drawn = torch.Generator().manual_seed(seed)
    maps = offset + spread * torch.randn(2, channels, 4, 4, generator=drawn)
    excitation = Excitation(channels).double()
    gate = excitation.gate(maps.double())
    assert gate.shape == (2, channels)
    assert ((gate >= 0) & (gate <= 1)).all()
    torch.testing.assert_close(excitation(maps.double()), maps.double() * gate[:, :, None, None])


def test_the_last_axis_is_time(chunks):
    network = shaken("se-gru-attention").eval()
    later, higher = chunks.clone(), chunks.clone()
    later[:, :, 96:] += 3.0
    higher[:, 96:] += 3.0
    with torch.inference_mode():
        states, after_later, after_higher = (
            network.body.states(_excitement_held(network, each)) for each in (chunks, later, higher)
        )
    # Three convolutions and poolings let a map's column see 14 frames to either side of its own 8.
    torch.testing.assert_close(after_later[:, :10], states[:, :10])
    assert (after_later[:, 13:] - states[:, 13:]).abs().amax(dim=2).min() > 1e-3
    assert (after_higher - states).abs().amax(dim=2).min() > 1e-3


def _excitement_held(network, chunks):
    """Maps as if all gates were open: these look at all frames at once."""
    maps = chunks[:, None]
    for each in network.blocks:
        maps = functional.relu(functional.max_pool2d(each.norm(each.convolution(maps)), 2))
    return maps


def test_dropout_multiplies_the_dense_units(chunks):
    network = shaken("se-gru").eval()
    with torch.inference_mode():
        whole, silent = network(chunks), network(chunks, torch.zeros(3, 128))
        doubled = network(chunks, torch.full((3, 128), 2.0))
    torch.testing.assert_close(silent, network.answer.bias.detach().expand(3, 2))
    torch.testing.assert_close(doubled - silent, 2.0 * (whole - silent))


def test_the_seed_decides_and_torch_keeps_its_own_stream():
    torch.manual_seed(5)
    expected = torch.rand(4)
    torch.manual_seed(5)
    first, again, other = (started("se-gru", 1, seed).state_dict()["dense.weight"].numpy() for seed in (0, 0, 1))
    assert torch.equal(torch.rand(4), expected)
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.01
