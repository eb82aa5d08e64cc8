import pytest

from wetdry.errors import EffectError
from wetdry.registry import Registry


def test_registered_things_are_found_and_unknown_ones_get_a_hint():
    colours: Registry[int] = Registry("colour", EffectError)
    colours.register("crimson")(1)
    colours.register("teal")(2)
    assert colours.names() == ["crimson", "teal"]
    assert colours.get("teal") == 2
    with pytest.raises(EffectError, match=r'Unknown colour "crimsn": did you mean "crimson"\?'):
        colours.get("crimsn")
    with pytest.raises(EffectError, match="known: crimson, teal"):
        colours.get("xyzzy")


def test_one_name_cannot_mean_two_things():
    colours: Registry[int] = Registry("colour", EffectError)
    colours.register("teal")(2)
    with pytest.raises(ValueError, match="twice"):
        colours.register("teal")(3)
