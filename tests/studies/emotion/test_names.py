"""What may be called what."""

import pytest

from wetdry.errors import DataError, EffectError
from wetdry.probes import Task
from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.emotions import check_names, class_names, emotions, read_emotions
from wetdry.studies.emotion.steps import steps_of


@pytest.mark.parametrize("names", [("e1", "e2", "e3", "e4"), ("E1", "E2", "E3", "E4"), ("q1", "q2", "q3", "q4")])
def test_quadrants_are_known_by_their_usual_names(names):
    task = Task(names, classes=True)
    assert emotions(task) == ("Excitement", "Anger", "Sadness", "Calmness", "valence", "arousal")
    assert read_emotions(task, [[0.1, 0.2, 0.3, 0.4]])[0, 4:].tolist() == pytest.approx([0.0, -0.4])


def test_quadrants_in_another_order_have_their_own_place_in_the_plane():
    task = Task(("Anger", "Calmness", "Excitement", "Sadness"), classes=True)
    assert class_names(task) == ("Anger", "Calmness", "Excitement", "Sadness")
    assert read_emotions(task, [1.0, 0.0, 0.0, 0.0])[4:].tolist() == [-1.0, 1.0]


def test_three_of_four_quadrants_have_emotions_but_no_plane():
    assert emotions(Task(("Q1", "Q2", "Q4"), classes=True)) == ("Excitement", "Anger", "Calmness")


@pytest.mark.parametrize("classes", [True, False])
def test_no_emotion_is_called_like_a_column(classes):
    with pytest.raises(DataError, match='"level"'):
        check_names(Task(("level", "sad"), classes=classes))
    check_names(Task(("dry", "sad"), classes=classes))


@pytest.mark.parametrize(
    ("chain", "effects", "words"), [("dry", "gain", '"dry"'), ("telephone", "telephone", "Two different")]
)
def test_a_chain_that_would_be_taken_for_another_is_refused(tmp_path, chain, effects, words):
    place = tmp_path / "chains.toml"
    place.write_text(f'[chains.{chain}]\nreason = "short"\neffects = ["gsm"]\n')
    with pytest.raises(EffectError, match=words):
        steps_of(EmotionConfig(data="x", effects=effects, chains=str(place)))


def test_steps_are_counted_as_what_they_are(tmp_path):
    place = tmp_path / "chains.toml"
    place.write_text(
        '[chains.one]\nreason = "short"\neffects = ["gsm"]\n'
        '[chains.twice]\nreason = "twice"\neffects = ["gain(gain_db=3)", "gain(gain_db=3)", "gsm"]\n'
    )
    steps = steps_of(EmotionConfig(data="x", effects="gain,gsm", chains=str(place)))
    assert steps.sweeps == ["gain"]
    assert steps.others == (2, 1)
    # A chain of one effect has no parts to add up; one that holds an effect twice counts it twice.
    assert steps.chains == {"twice": [0, 0, 1]}
    assert [step.effect.key for step in steps.parts] == ["gain(gain_db=3)", "gsm"]


def test_each_step_is_followed_by_its_controls():
    variants = steps_of(EmotionConfig(data="x", effects="bitcrush", levels="3-5", chains="none")).variants
    assert variants["control"].tolist() == ["raw", "matched", "gain"] * 4
    assert variants["level"].tolist() == [level for level in (0, 3, 4, 5) for _ in range(3)]
    raw, matched, gain = (variants.query(f"control == '{control}'")["effect"] for control in ("raw", "matched", "gain"))
    assert not raw.str.contains("match|gain").any()
    assert matched.iloc[1:].str.contains("match").all()
    assert gain.iloc[1:].str.contains("gain").all()


def test_two_levels_make_no_trend():
    with pytest.raises(EffectError, match="at least 3"):
        steps_of(EmotionConfig(data="x", effects="bitcrush", levels="3,6", chains="none"))
