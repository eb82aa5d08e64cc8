import numpy as np
import pytest

from wetdry.audio import Clip
from wetdry.effects import Chain, Gain, Reverb, builtin_chains, effect, load_chains
from wetdry.errors import EffectError

BUILT_IN = builtin_chains()


def write(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_chain_applies_its_effects_in_order(music):
    chain = effect("gain(gain_db=20) | distortion(drive_db=0)")
    np.testing.assert_allclose(chain(music).samples, np.tanh(10 * music.samples), atol=1e-6)
    other = effect("distortion(drive_db=0) | gain(gain_db=20)")
    np.testing.assert_allclose(other(music).samples, 10 * np.tanh(music.samples), atol=1e-5)


def test_chains_within_chains_are_dissolved():
    inner = Chain((Gain(), Reverb()), label="inner")
    assert Chain((Gain(), inner)).effects == (Gain(), Gain(), Reverb())
    assert Chain((Gain(), inner)) == effect(Chain((Gain(), inner)).key)


def test_label_and_reason_are_not_part_of_what_a_chain_is():
    plain, named = Chain((Gain(), Reverb())), Chain((Gain(), Reverb()), label="x", reason="y")
    assert plain == named
    assert hash(plain) == hash(named)
    assert plain.key == named.key == "gain | reverb"
    assert plain.revision == "1 | 1"


def test_an_empty_chain_is_refused():
    with pytest.raises(EffectError, match="at least one effect"):
        Chain(())


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_chains_work_and_say_why(name, music):
    chain = BUILT_IN[name]
    assert chain.label == name
    assert chain.reason.endswith(".")
    assert effect(chain.key) == chain == effect(name)
    clip = music.excerpt(0, 1)
    wet = chain(clip)
    assert wet.samples.shape == clip.samples.shape
    assert np.linalg.norm(wet.samples - clip.samples) > 0.1 * np.linalg.norm(clip.samples)
    assert chain(Clip(clip.mono, 8000)).frames == clip.frames


def test_there_are_ten_or_more_chains_and_no_two_alike():
    assert len(BUILT_IN) >= 10
    assert len({chain.key for chain in BUILT_IN.values()}) == len(BUILT_IN)


def test_a_file_of_chains(tmp_path):
    path = write(
        tmp_path,
        """
        [chains.cathedral]
        reason = "stone"
        effects = ["reverb(room_size=1)", "telephone"]
        [chains.plain]
        effects = ["gain@2"]
        """,
    )
    chains = load_chains(path)
    assert list(chains) == ["cathedral", "plain"]
    assert chains["cathedral"].effects == (Reverb(room_size=1), *BUILT_IN["telephone"].effects)
    assert (chains["cathedral"].label, chains["cathedral"].reason) == ("cathedral", "stone")
    assert chains["plain"].effects == (Gain(gain_db=-8),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[chains.a\n", "mine.toml: is not valid TOML ("),
        ("", r"mine.toml: holds [chains.NAME] tables and nothing else."),
        ("[chain.a]\neffects=['gsm']", r"mine.toml: holds [chains.NAME] tables and nothing else."),
        ("[chains.a]\neffects=['revreb']", 'mine.toml, chain "a": Unknown effect "revreb": did you mean "reverb"?'),
        ("[chains.a]\nefects=['gsm']", 'mine.toml, chain "a": has no field "efects": did you mean "effects"?'),
        ("[chains.a]\neffects=[]", 'mine.toml, chain "a": effects takes a list of effect keys'),
        ("[chains.a]\neffects='gsm'", 'mine.toml, chain "a": effects takes a list of effect keys'),
        ("[chains.a]\neffects=[3]", 'mine.toml, chain "a": effects takes a list of effect keys'),
        ("[chains.a]\nreason=3\neffects=['gsm']", 'mine.toml, chain "a": reason takes text.'),
        ("[chains]\na=3", 'mine.toml, chain "a": must be a table, [chains.a].'),
        ("[chains.reverb]\neffects=['gsm']", 'mine.toml, chain "reverb": an effect has this name'),
        ("[chains.'a b']\neffects=['gsm']", 'mine.toml, chain "a b": a name starts with a letter'),
    ],
)
def test_trouble_in_a_file_names_file_and_chain(tmp_path, text, message):
    with pytest.raises(EffectError) as raised:
        load_chains(write(tmp_path, text))
    assert message in str(raised.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(EffectError, match=r"none\.toml: chains cannot be read \(No such file"):
        load_chains(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EffectError, match="is not a text file"):
        load_chains(binary)


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 3000, "{a=" * 3000])
def test_numbers_and_nesting_without_end_get_one_sentence(tmp_path, value):
    with pytest.raises(EffectError, match=r"mine\.toml: is not valid TOML \((a number has|nested) too"):
        load_chains(write(tmp_path, f"[chains.x]\neffects = {value}"))
