"""What a user types becomes the data and steps a study runs on."""

import pytest
import soundfile

from wetdry.effects import GainLike, Matched, builtin_chains, effects
from wetdry.errors import EffectError
from wetdry.studies.selection import leveled_effects, select_audio, select_steps, split_keys, with_controls


@pytest.fixture
def folder(tmp_path, music):
    for place in ("a/one.flac", "b/one.flac", "b/two.flac"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / place, music.samples.T, music.sample_rate)
    return tmp_path


def test_a_name_is_swept_from_its_sham_on():
    steps = select_steps("delay", None, "3,6")
    assert [(step.family, step.level) for step in steps] == [("delay", 0.0), ("delay", 3.0), ("delay", 6.0)]
    assert steps[0].effect.key == "identity"


def test_a_key_with_parameters_is_one_step():
    (step,) = select_steps("peak(gain_db=3, q=1)", None, "1-10")
    assert step.level is None
    assert step.effect.key == "peak(gain_db=3, q=1)"


def test_nothing_asked_for_is_everything():
    families = {step.family for step in select_steps(None, None, "5")}
    assert families == {*leveled_effects(), *builtin_chains()}
    assert "identity" not in families
    assert {"reverb", "pitch_shift"} <= set(leveled_effects()) < set(effects.names())


def test_chains_alone_and_beside_effects(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[chains.mine]\nreason = "x"\neffects = ["gsm"]\n')
    assert [step.family for step in select_steps(None, str(file), "5")] == ["mine"]
    assert [step.family for step in select_steps("gsm", str(file), "5")] == ["gsm", "mine"]


def test_repeated_effects_count_once():
    assert len(select_steps("reverb,reverb", None, "5")) == 2


def test_commas_within_an_effect_do_not_split():
    assert split_keys(' a(x="1,2", y=3) ,b,, ') == ['a(x="1,2", y=3)', "b"]
    with pytest.raises(EffectError, match="No effect"):
        select_steps(" , ", None, "5")


def test_controls_follow_their_effect():
    steps = with_controls(select_steps("gsm", None, "5"), [Matched, GainLike])
    assert [step.effect.key for step in steps] == ["gsm", "matched(gsm)", "gain_like(gsm)"]


def test_files_folders_and_manifests_mix(folder):
    (folder / "list.csv").write_text("path,group\na/one.flac,song\n")
    data = select_audio([str(folder / "a" / "one.flac"), f"folder:{folder / 'b'}", f"csv:{folder / 'list.csv'}"])
    assert [item.path.name for item in data] == ["one.flac", "one.flac", "two.flac"]
    assert len({item.id for item in data}) == 3


def test_one_file_goes_by_its_name_and_counts_once(folder):
    song = str(folder / "b" / "two.flac")
    data = select_audio([song, song])
    assert [(item.id, item.group) for item in data] == [("two.flac", "two.flac")]


def test_a_folder_is_taken_as_a_data_set(folder):
    assert [item.id for item in select_audio([str(folder / "b")])] == ["one.flac", "two.flac"]
