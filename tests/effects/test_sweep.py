import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.effects import (
    PUBLISHED_GRIDS,
    Chain,
    Identity,
    Reverb,
    Step,
    Sweep,
    builtin_chains,
    effect,
    parse_levels,
    sweep,
)
from wetdry.errors import EffectError


def test_a_sweep_walks_the_levels():
    steps = sweep("reverb", (0, 1, 10))
    assert steps == [
        Step("reverb", 0.0, Identity()),
        Step("reverb", 1.0, Reverb(room_size=0.18, wet_level=1)),
        Step("reverb", 10.0, Reverb(room_size=0.9, wet_level=1)),
    ]
    assert [step.level for step in Sweep("delay")] == list(range(1, 11))
    assert list(Sweep("reverb", (0, 1, 10))) == steps


def test_what_has_no_levels_is_one_step():
    assert sweep("gsm", (1, 2, 3)) == [Step("gsm", None, effect("gsm"))]
    assert sweep("telephone") == [Step("telephone", None, builtin_chains()["telephone"])]
    assert sweep("reverb(room_size=0.3)", (1, 2)) == [
        Step("reverb(room_size=0.3)", None, Reverb(room_size=0.3)),
    ]
    (step,) = sweep(" gain|gsm ")
    assert step.family == "gain | gsm"
    assert isinstance(step.effect, Chain)


def test_an_unknown_name_and_a_wrong_level_are_errors():
    with pytest.raises(EffectError, match='did you mean "reverb"'):
        sweep("revreb")
    with pytest.raises(EffectError, match="a level must lie in 0 to 10, not 12"):
        sweep("reverb", (1, 12))


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("1-10", tuple(range(1, 11))),
        ("0,2,5", (0, 2, 5)),
        ("1-10:3", (1, 4, 7, 10)),
        ("1 - 9 : 3", (1, 4, 7)),
        ("0, 4-6, 5, 10", (0, 4, 5, 6, 10)),
        ("0-0.3:0.1", (0, 0.1, 0.2, 0.3)),
        ("7", (7,)),
        ("3-3", (3,)),
    ],
)
def test_levels_from_text(text, levels):
    assert parse_levels(text) == levels
    assert all(isinstance(level, float) for level in parse_levels(text))


@pytest.mark.parametrize(
    "text", ["", "a", "1-", "-1", "1,,2", "1..3", "10-1", "0-11", "1-2:0", "5:2", "1-10:3:2", "nan"]
)
def test_levels_that_make_no_sense(text):
    with pytest.raises(EffectError) as raised:
        parse_levels(text)
    assert f'Levels "{text}"' in str(raised.value)


def test_a_ridiculous_number_of_levels_is_refused():
    with pytest.raises(EffectError, match="at most 1000"):
        parse_levels("0-10:0.000001")


@given(st.lists(st.integers(0, 100).map(lambda n: n / 10), min_size=1, max_size=8, unique=True))
def test_any_list_of_levels_reads_back(levels):
    assert parse_levels(",".join(str(level) for level in levels)) == tuple(levels)


def test_published_grids():
    rooms = [e.room_size for e in PUBLISHED_GRIDS["reverb"]]
    np.testing.assert_allclose(rooms, np.linspace(0.01, 1, 100)[::3])
    gains = [e.gain_db for e in PUBLISHED_GRIDS["gain"]]
    np.testing.assert_allclose(gains, np.arange(-40, 5.1, 1.5))
    cutoffs = [e.cutoff_hz for e in PUBLISHED_GRIDS["lowpass"]]
    np.testing.assert_allclose(cutoffs, np.geomspace(1600, 18_333, 31), rtol=4e-6)
    assert [e.bits for e in PUBLISHED_GRIDS["bitcrush"]] == list(range(4, 16))
    assert {name: len(grid) for name, grid in PUBLISHED_GRIDS.items()} == {
        "reverb": 34,
        "gain": 31,
        "lowpass": 31,
        "bitcrush": 12,
    }
    for grid in PUBLISHED_GRIDS.values():
        assert all(effect(e.key) == e for e in grid)
    assert PUBLISHED_GRIDS["reverb"][2].key == "reverb(room_size=0.07)"


def test_the_catalogue_loads_without_the_heavy_libraries():
    code = "import sys, wetdry.effects; print({'pedalboard', 'scipy.signal', 'librosa', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
