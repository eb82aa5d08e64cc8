"""The audio towers of Microsoft's CLAP against the original, whose results lie in golden/msclap.npz."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torchlibrosa_checkpoint import (
    FILTERS,
    NARROW,
    audio_tower,
    cnn14,
    drawn,
    front_end,
    htsat,
    htsat_tables,
    save,
    signal,
)

from wetdry.audio import Clip, Windows
from wetdry.encoders import encoder
from wetdry.encoders.clap.htsat import HtsatShape
from wetdry.encoders.clap.htsat_network import Htsat, renamed
from wetdry.encoders.panns.cnn14 import Cnn14Shape
from wetdry.encoders.panns.network import Cnn14
from wetdry.errors import EncoderError

GOLDEN = np.load(Path(__file__).parent / "golden" / "msclap.npz")
RATE = 44_100
SAMPLES = {"full": {"2022": 220_500, "2023": 308_700}, "short": {"2022": 50_001, "2023": 50_001}}
BLOCKS = {"2022": 6, "2023": 8}
YEARS = sorted(BLOCKS)
DEPTHS = (2, 2, 2, 2)
TABLES = htsat_tables(DEPTHS)


def under(prefix, arrays):
    return {f"{prefix}{name}": value for name, value in arrays.items()}


STATES = {
    "2022": {
        **under("audio_encoder.base.", front_end(RATE, 14_000)),
        **drawn(audio_tower(cnn14(NARROW, 20), 20, width_out=24)),
    },
    "2023": {
        **under("audio_encoder.base.htsat.", {**front_end(32_000, 14_000), **TABLES}),
        **drawn(audio_tower(htsat(16, DEPTHS, (2, 2, 4, 4)), 128, "htsat.", width_out=24)),
    },
}
CAPTIONS = {"caption_encoder.projection.linear1.weight": np.zeros((2, 2), np.float32), "logit_scale": np.zeros(())}


def saved(folder, year, state):
    return save(folder / f"CLAP_weights_{year}.pth", {**state, **CAPTIONS})


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return {year: saved(tmp_path_factory.mktemp(year), year, STATES[year]) for year in YEARS}


@pytest.fixture(scope="module")
def models(paths):
    return {year: encoder(f"msclap-{year}:{paths[year]}") for year in YEARS}


def clip(case, year):
    return Clip(signal(SAMPLES[case][year], RATE), RATE)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("case", SAMPLES)
def test_the_spectrogram_is_the_original_s(models, case, year):
    """Also of a short clip, which the original repeats to 5 or 7 s."""
    ours, theirs = models[year].prepare_clip(clip(case, year))[0][::8], GOLDEN[f"{year}/{case}/log_mel"]
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-3)  # dB; cells reach from -57 to 17


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("case", SAMPLES)
def test_layers_are_the_original_s(models, case, year):
    layers = [*(f"block{index}" for index in range(1, BLOCKS[year] + 1)), "embedding", "projection"]
    assert [layer.name for layer in models[year].spec.layers] == layers
    for layer, ours in models[year].embed(clip(case, year), layers).items():
        theirs = GOLDEN[f"{year}/{case}/{layer}"]
        np.testing.assert_allclose(ours[0], theirs, rtol=0, atol=1e-5 * np.abs(theirs).max(), err_msg=layer)


def test_the_published_sizes_are_the_original_s():
    published = {
        year: {name: tuple(shape) for name, shape in json.loads(str(GOLDEN[f"{year}/shapes"])).items()}
        for year in YEARS
    }
    towers = {"2022": audio_tower(cnn14(), 2048), "2023": audio_tower(htsat(), 768, "htsat.")}
    stored = ("_extractor.", "attn_mask", "relative_position_index")
    for year, shapes in towers.items():
        assert {k: v for k, v in published[year].items() if not any(part in k for part in stored)} == shapes
    with torch.device("meta"):
        networks = {"2022": Cnn14(Cnn14Shape()), "2023": Htsat(HtsatShape())}
        prefix = "audio_encoder.base.htsat."
        original = {
            name.removeprefix(prefix): torch.empty(shape)
            for name, shape in published["2023"].items()
            if name.startswith(prefix) and "_extractor." not in name
        }
    assert {k: tuple(v.shape) for k, v in networks["2022"].state_dict().items()} == cnn14()
    ours = {name: value.shape for name, value in networks["2023"].state_dict().items()}
    assert {name: value.shape for name, value in renamed(original).items()} == ours


@pytest.mark.parametrize(
    ("year", "dims"),
    [
        ("2022", [64, 128, 256, 512, 1024, 2048, 2048, 1024]),
        ("2023", [96, 96, 192, 192, *[384] * 6, 768, 768, 768, 1024]),
    ],
)
def test_the_published_layers(year, dims):
    spec = encoder(f"msclap-{year}").spec
    assert [layer.dim for layer in spec.layers] == dims
    assert (spec.windows, spec.default_layer) == (Windows(spec.longest_window), "projection")


@pytest.mark.parametrize(("year", "rate"), [("2022", RATE), ("2023", 32_000)])
def test_the_drawn_tables_are_those_that_the_original_stores(year, rate):
    np.testing.assert_allclose(front_end(rate, 14_000)[FILTERS], GOLDEN[f"{year}/filters"], rtol=0, atol=1e-9)
    for table in TABLES.values():
        assert np.array_equal(table, GOLDEN["2023/relative_position_index"])


def test_the_filters_are_those_of_the_checkpoint(models, tmp_path):
    """Published code and configuration of 2023 name different ones; what a checkpoint brings decides, as it did."""
    other = front_end(RATE, 8_000)[FILTERS]
    state = {**STATES["2023"], f"audio_encoder.base.htsat.{FILTERS}": other}
    heard = signal(308_700, RATE)[np.newaxis]
    first = encoder(f"msclap-2023:{saved(tmp_path, '2023', state)}").prepare(heard)
    assert np.abs(first - models["2023"].prepare(heard)).max() > 1
    spectrum = torch.stft(torch.from_numpy(heard), 1024, 320, window=torch.hann_window(1024), return_complex=True)
    bands = spectrum[0].abs().square().numpy().T @ other
    np.testing.assert_allclose(first[0], 10 * np.log10(np.maximum(bands, 1e-10)), rtol=0, atol=2e-3)


@pytest.mark.parametrize("year", YEARS)
def test_a_short_window_is_repeated_from_its_start(models, year):
    full = SAMPLES["full"][year]
    expected = np.resize(np.array([1.0, 2.0, 3.0], dtype=np.float32), full)
    assert np.array_equal(models[year].fill(expected[np.newaxis, :3])[0], expected)
    assert models[year].fill(np.zeros((2, full), dtype=np.float32)).shape == (2, full)


@pytest.mark.parametrize("year", YEARS)
def test_windows_longer_than_in_training_are_refused(models, year):
    with pytest.raises(EncoderError, match=r"at most [57] s"):
        models[year].embed(Clip(np.zeros(8 * RATE, dtype=np.float32), RATE), windows=Windows(7.5))


def test_channels_are_averaged_and_not_joined(models):
    """The original joins them end to end, so that a stereo clip is twice as long."""
    left, right = signal(RATE, RATE), signal(RATE, RATE)[::-1]
    stereo = models["2023"].embed(Clip(np.stack([left, right]), RATE))["projection"]
    assert np.array_equal(stereo, models["2023"].embed(Clip((left + right) / 2, RATE))["projection"])


@pytest.mark.parametrize("year", YEARS)
def test_a_truncated_file(paths, tmp_path, year):
    broken = tmp_path / paths[year].name
    broken.write_bytes(paths[year].read_bytes()[:-1000])
    with pytest.raises(EncoderError, match="is damaged"):
        encoder(f"msclap-{year}:{broken}")


@pytest.mark.parametrize("year", YEARS)
def test_no_file(tmp_path, year):
    with pytest.raises(EncoderError, match="no such file"):
        encoder(f"msclap-{year}:{tmp_path / 'none.pth'}")
    with pytest.raises(EncoderError, match=f"holds no CLAP_weights_{year}.pth; fetch it from https://huggingface.co"):
        encoder(f"msclap-{year}:{tmp_path}")


@pytest.mark.parametrize(
    ("year", "change", "message"),
    [
        ("2022", {"projection.linear1.weight": None}, "holds no projection of sounds"),
        ("2022", {"base.conv_block1.conv1.weight": None}, "holds no Cnn14"),
        ("2022", {"base.bn0.bias": None}, r"lacks base\.bn0\.bias"),
        ("2022", {f"base.{FILTERS}": None}, "holds no front end"),
        ("2023", {"base.htsat.bn0.weight": None}, "holds no HTSAT"),
        ("2023", {"base.htsat.layers.3.blocks.1.mlp.fc2.bias": None}, r"lacks base\.encoder\.layers\.3\.blocks\.1"),
        ("2023", {"base.htsat.absolute_pos_embed": np.zeros((1, 4096, 16))}, "holds .*absolute_pos_embed, of another"),
        (
            "2023",
            {"projection.linear2.weight": np.zeros((24, 23))},
            r"projection\.linear2\.weight has shape \(24, 23\)",
        ),
    ],
)
def test_a_checkpoint_of_another_network(tmp_path, year, change, message):
    state = {**STATES[year], **under("audio_encoder.", change)}
    path = saved(tmp_path, year, {name: value for name, value in state.items() if value is not None})
    with pytest.raises(EncoderError, match=message) as caught:
        encoder(f"msclap-{year}:{path}").ready()
    assert str(path) in str(caught.value)
    assert "; give " in str(caught.value)


def test_the_checkpoint_of_the_other_year(paths):
    with pytest.raises(EncoderError, match="holds no HTSAT"):
        encoder(f"msclap-2023:{paths['2022']}")
    with pytest.raises(EncoderError, match="holds no Cnn14"):
        encoder(f"msclap-2022:{paths['2023']}")
