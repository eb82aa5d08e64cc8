"""The strengths at which an effect is measured."""

import pytest

from wetdry.effects import PUBLISHED_GRIDS
from wetdry.errors import EffectError
from wetdry.studies.grids import select_grids


def test_levels_become_rising_strengths_without_the_neutral_one() -> None:
    (grid,) = select_grids("delay", "10, 0, 2.5, 5")
    assert grid.strengths == (2.5, 5.0, 10.0)
    assert grid.keys[-1] == "delay(delay_seconds=0.32, feedback=0.6)"
    assert grid.setting(2.5) == "level 2.5"


def test_a_preset_takes_the_published_settings_in_the_order_of_their_parameter() -> None:
    grids = {grid.effect: grid for grid in select_grids("gain,lowpass,reverb,bitcrush", preset="deng2025")}
    assert {name: len(grid.steps) for name, grid in grids.items()} == {
        "gain": 31,
        "lowpass": 31,
        "reverb": 34,
        "bitcrush": 12,
    }
    for name, grid in grids.items():
        assert list(grid.strengths) == sorted(grid.strengths)
        assert set(grid.keys) == {effect.key for effect in PUBLISHED_GRIDS[name]}
    assert grids["lowpass"].setting(1600.0) == "1600 Hz"
    assert grids["gain"].setting(-40.0) == "−40 dB"
    assert (grids["gain"].strengths[0], grids["gain"].strengths[-1]) == (-40.0, 5.0)
    assert [step.level for step in grids["bitcrush"].steps] == list(range(4, 16))


def test_two_levels_that_are_one_setting_count_once() -> None:
    # So close to neutral the cut-off is rounded to the same hundredth of a hertz.
    (grid,) = select_grids("lowpass", "0.0000001, 0.0000002, 5, 8, 10")
    assert len(set(grid.keys)) == len(grid.keys) == len(grid.strengths) == 4


@pytest.mark.parametrize(
    ("names", "levels", "preset", "said"),
    [
        ("", "1-10", None, "No effect was given"),
        ("revreb", "1-10", None, 'did you mean "reverb"'),
        ("telephone", "1-10", None, "levels"),
        ("gsm", "1-10", None, "has no levels"),
        ("reverb", "1,2", None, "2 different settings"),
        ("reverb", "0", None, "0 different settings"),
        ("delay", "1-10", "deng2025", "has no grid of delay"),
        ("reverb", "1-10", "deng2024", "Unknown preset"),
    ],
)
def test_what_has_no_trend_is_refused_in_a_sentence(names: str, levels: str, preset: str | None, said: str) -> None:
    with pytest.raises(EffectError, match=said):
        select_grids(names, levels, preset=preset)  # type: ignore[arg-type]
