import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.effects import (
    Chain,
    Convolution,
    GainLike,
    Matched,
    Reverb,
    Ring,
    Wrapper,
    builtin_chains,
    effect,
    effects,
    parse,
)
from wetdry.effects.key import parse_settings
from wetdry.errors import EffectError


def value_of(parameter):
    if isinstance(parameter.default, bool):
        return st.booleans()
    if isinstance(parameter.default, str):
        return st.text(min_size=1)
    if isinstance(parameter.default, int):
        return st.integers(parameter.low, parameter.high)
    return st.floats(parameter.low, parameter.high)


@st.composite
def single_effects(draw):
    cls = effects.get(draw(st.sampled_from([n for n in effects.names() if not issubclass(effects.get(n), Wrapper)])))
    values = {p.name: draw(value_of(p)) for p in cls.parameters() if p.name != "settings"}
    return cls(**values)


any_effect = st.recursive(
    single_effects(),
    lambda inner: st.one_of(
        st.builds(Ring, inner),
        st.builds(Matched, inner),
        st.builds(GainLike, inner),
        st.lists(inner, min_size=2, max_size=4).map(lambda members: Chain(tuple(members))),
    ),
    max_leaves=6,
)


@given(any_effect)
def test_a_key_parses_to_what_it_came_from(one):
    again = effect(one.key)
    assert again == one
    assert hash(again) == hash(one)
    assert again.key == one.key


@given(st.text(alphabet="reverb(),=|@ \"'\\.0123456789gsmaxi_-", max_size=40))
def test_any_text_is_an_effect_or_a_clear_error(text):
    trouble, one = None, None
    try:
        one = effect(text)
    except EffectError as error:
        trouble = str(error)
    if one is None:
        assert re.search(r"\(at position \d+ of .*\)\.$", trouble)
    else:
        assert effect(one.key) == one


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("reverb", "reverb"),
        ("reverb()", "reverb"),
        (" reverb (\n room_size = .25 , wet_level=0.33 ) ", "reverb(room_size=0.25)"),
        ("reverb@7", "reverb(room_size=0.66, wet_level=1)"),
        ("reverb @ 2.5", "reverb(room_size=0.3, wet_level=1)"),
        ("reverb@0", "identity"),
        ("gain(gain_db=-1e1)", "gain(gain_db=-10)"),
        ("gain(gain_db=+3.5)", "gain(gain_db=3.5)"),
        ("gsm|gsm  |  gain", "gsm | gsm | gain"),
        ("convolution(ir='a \"b\".wav')", 'convolution(ir="a \\"b\\".wav")'),
        ("matched(reverb)", "matched(reverb)"),
        ("ring( highpass(cutoff_hz=300)|gsm ) | gain", "ring(highpass(cutoff_hz=300) | gsm) | gain"),
        ("game_console", builtin_chains()["game_console"].key),
        ("gain | game_console", "gain | " + builtin_chains()["game_console"].key),
    ],
)
def test_keys_are_canonical(text, key):
    assert effect(text).key == key
    assert str(effect(text)) == key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected the name of an effect, found the end (at position 1 of"),
        ("revreb", 'Unknown effect "revreb": did you mean "reverb"? (at position 1 of'),
        ("gain | telephon", 'Unknown effect "telephon": did you mean "telephone"? (at position 8 of'),
        ("matched(revreb(a=1))", 'Unknown effect "revreb": did you mean "reverb"? (at position 9 of'),
        ("gain(gain_bd=1)", 'gain has no parameter "gain_bd": did you mean "gain_db"? (at position 1 of'),
        ("gain | reverb(room_size=2)", "reverb: room_size must lie in 0 to 1, not 2 (at position 8 of"),
        ("noise(seed=1.5)", "noise: seed takes a whole number, not 1.5 (at"),
        ("convolution(ir=3)", "convolution: ir takes text in quotes, not 3 (at"),
        ("reverb(", "Expected the name of a parameter, found the end (at position 8 of"),
        ("reverb(0.5)", "Expected the name of a parameter, found 0.5 (at position 8 of"),
        ("reverb(room_size 1)", 'Expected "=" and a value, found 1 (at position 18 of'),
        ("reverb(room_size=1", 'Expected "," or ")", found the end (at position 19 of'),
        ("reverb(room_size=1, room_size=1)", "room_size is given twice (at position 21 of"),
        ("reverb(room_size=big)", "Expected a number, true, false or text in quotes, found big (at position 18 of"),
        ("reverb) gsm", 'Expected "|" or the end, found ) (at position 7 of'),
        ("gsm | ", "Expected the name of an effect, found the end (at position 7 of"),
        ("gsm || gsm", "Expected the name of an effect, found | (at position 6 of"),
        ("convolution(ir=room.wav)", "found room (at position 16 of"),
        ('convolution(ir="room.wav)', "Text in quotes is not closed (at position 16 of"),
        ("reverb % 3", "'%' means nothing here; text needs quotes (at position 8 of"),
        ("reverb@11", "reverb: a level must lie in 0 to 10, not 11 (at position 1 of"),
        ("reverb@", "Expected a level from 0 to 10, found the end (at position 8 of"),
        ("gsm@3", 'Effect "gsm" has no levels; give its parameters instead (at position 1 of'),
        ("telephone@3", 'Expected "|" or the end, found @ (at position 10 of'),
        ("matched", "matched wraps another effect: write matched(reverb) (at position 1 of"),
        ("ring()", "ring wraps another effect: write ring(reverb) (at position 1 of"),
        ("ring(inner=reverb)", 'Unknown effect "inner"'),
        ("ring(" * 17 + "gsm" + ")" * 17, "Effects can be nested 16 deep, no deeper (at position"),
        ("gain(gain_db=" + "9" * 5000 + ")", "gain: gain_db takes a number, not inf (at position 1 of"),
    ],
)
def test_errors_say_what_and_where(text, message):
    with pytest.raises(EffectError) as raised:
        effect(text)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 700


def test_named_chains_can_be_given():
    mine = {"mine": Chain((Reverb(), effect("gsm")), label="mine")}
    assert parse("mine", mine).label == "mine"
    assert parse("gain | mine", mine).key == "gain | reverb | gsm"
    with pytest.raises(EffectError, match='Unknown effect "telephone"'):
        parse("telephone", mine)


def test_settings():
    assert parse_settings("") == {}
    assert parse_settings(" mix = 0.5,mode=\"a, 'b'\" , on=true") == {"mix": 0.5, "mode": "a, 'b'", "on": True}
    with pytest.raises(EffectError, match="Expected"):
        parse_settings("mix=0.5 mode=1")


def test_an_effect_is_a_value():
    one, other = Reverb(room_size=0.5), effect("reverb(room_size=0.50)")
    assert one == other
    assert len({one, other, one.with_params(damping=0.1)}) == 2
    with pytest.raises(AttributeError):
        one.room_size = 1.0
    assert Convolution(ir="a.wav") != Convolution(ir="b.wav")
