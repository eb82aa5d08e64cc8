"""The palette keeps its promise, checked with Machado's model of colour-vision deficiency."""

import itertools

import numpy as np
import pytest

from wetdry.report.charts.layers import REVERSED_FROM
from wetdry.report.charts.scales import DIVERGING_REVERSED_FROM
from wetdry.report.theme import DARK, FAMILIES, LIGHT, family_colours, family_domain, vega_config

MACHADO = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(axis=1)


def linear(colour):
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    ratio = TO_XYZ @ rgb / WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one, other):
    high, low = sorted((TO_XYZ[1] @ linear(colour) for colour in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", MACHADO)
def test_families_can_be_told_apart(theme, vision):
    seen = [lab(np.clip(np.array(MACHADO[vision]) @ linear(colour), 0, 1)) for colour in theme.families]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= 15


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(theme):
    assert all(contrast(colour, theme.page) >= 3 for colour in (*theme.families, *theme.controls))
    assert all(
        contrast(text, ground) >= 4.5
        for text in (theme.ink, theme.muted, theme.accent, theme.warning)
        for ground in (theme.page, theme.panel)
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", MACHADO)
def test_the_ramp_goes_one_way_in_even_steps(theme, vision):
    ramp = [lab(np.clip(np.array(MACHADO[vision]) @ linear(colour), 0, 1)) for colour in theme.ramp]
    lightness = np.diff([colour[0] for colour in ramp])
    assert (np.sign(lightness) == np.sign(lightness[0])).all()
    away_from_the_page = np.sign(lab(linear(theme.ink))[0] - lab(linear(theme.page))[0])
    assert np.sign(lightness[0]) == away_from_the_page
    steps = np.array([np.linalg.norm(b - a) for a, b in itertools.pairwise(ramp)])
    if vision == "normal":
        assert steps == pytest.approx(np.full(len(steps), steps.mean()), rel=0.1)
    assert steps.min() >= 4


def mixed(colours, place):
    """The colour at `place` (0 to 1) of a ramp, as a browser mixes it."""
    channels = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours])
    known = np.linspace(0, 1, len(colours))
    return "#" + "".join(f"{round(float(np.interp(place, known, channel))):02x}" for channel in channels.T)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_the_ramp_can_be_read(theme):
    for place in np.linspace(0, 1, 201):
        assert contrast(theme.ink if place < REVERSED_FROM else theme.page, mixed(theme.ramp, place)) >= 3.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_the_diverging_ramp_can_be_read(theme):
    for place in np.linspace(0, 1, 201):
        weak = abs(2 * place - 1) < DIVERGING_REVERSED_FROM
        assert contrast(theme.ink if weak else theme.page, mixed(theme.diverging, place)) >= 3.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", MACHADO)
def test_the_diverging_ramp_leaves_the_ground_on_both_sides_alike(theme, vision):
    ramp = np.array([lab(np.clip(np.array(MACHADO[vision]) @ linear(colour), 0, 1)) for colour in theme.diverging])
    middle = len(ramp) // 2
    away_from_the_page = np.sign(lab(linear(theme.ink))[0] - lab(linear(theme.page))[0])
    for arm in (ramp[middle:, 0], ramp[middle::-1, 0]):
        assert (np.sign(np.diff(arm)) == away_from_the_page).all()
    # The step next to zero is faint by intent; from the second on the sides can be told apart by their hue alone.
    assert min(np.linalg.norm(ramp[middle - step] - ramp[middle + step]) for step in range(2, middle + 1)) >= 20
    if vision == "normal":
        steps = np.linalg.norm(np.diff(ramp, axis=0), axis=1)
        assert steps == pytest.approx(np.full(len(steps), steps.mean()), rel=0.1)
        assert ramp[0, 0] == pytest.approx(ramp[-1, 0], abs=2)


def test_a_family_keeps_its_colour_whoever_else_is_there():
    assert family_domain(["eq", "zzz", "tape"]) == [*FAMILIES, "tape", "zzz"]
    assert family_colours(["eq"])["eq"] == family_colours(["aaa", "eq"])["eq"]
    assert len(set(family_colours([]).values())) == len(FAMILIES) == len(LIGHT.families)


def test_themes_differ_in_colours_only():
    def shape(config):
        return {key: shape(value) if isinstance(value, dict) else type(value) for key, value in config.items()}

    assert shape(vega_config(LIGHT)) == shape(vega_config(DARK))
