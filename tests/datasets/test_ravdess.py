"""RAVDESS: what the names of its files say, the published set, and copies that are not whole."""

from collections import Counter
from pathlib import Path

import pytest

from wetdry.datasets.sets.ravdess import SHARED, open_ravdess
from wetdry.errors import DataError


@pytest.fixture
def root(tmp_path) -> Path:
    for name in (
        "Audio_Speech_Actors_01-24/Actor_12/03-01-05-02-01-01-12.wav",
        "Audio_Speech_Actors_01-24/Actor_12/03-01-08-01-02-02-12.wav",
        "Audio_Song_Actors_01-24/Actor_01/03-02-06-01-02-02-01.wav",
        "Video/Actor_01/01-02-06-01-02-02-01.wav",
        "Audio_Song_Actors_01-24/Actor_01/notes 03-02.wav",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_name_says_everything(root):
    found = {item.id: item for item in open_ravdess(str(root))}
    assert list(found) == ["03-01-05-02-01-01-12", "03-01-08-01-02-02-12", "03-02-06-01-02-02-01"]
    assert found["03-01-05-02-01-01-12"].labels == {
        "emotion": "angry",
        "intensity": "strong",
        "statement": "kids",
        "channel": "speech",
        "repetition": "first",
        "actor": "12",
        "sex": "female",
    }
    assert found["03-01-05-02-01-01-12"].group == found["03-01-08-01-02-02-12"].group == "actor 12"
    sung = found["03-02-06-01-02-02-01"].labels
    assert (sung["emotion"], sung["channel"], sung["sex"], sung["statement"]) == ("fearful", "song", "male", "dogs")


def test_channels_and_shared_emotions_can_be_chosen(root):
    assert [item.id for item in open_ravdess(f"{root},channel=song")] == ["03-02-06-01-02-02-01"]
    assert {item.labels["emotion"] for item in open_ravdess(f"{root},emotions=shared")} == {"angry", "fearful"}
    chosen = open_ravdess(f"{root},channel=speech,emotions=shared")
    assert chosen.name == f"ravdess:{root},channel=speech,emotions=shared"
    assert len(chosen) == 1


def test_a_folder_without_recordings_and_one_with_copies_are_said(root):
    for name in ("03-02-06-01-02-02-01.wav", "notes 03-02.wav"):
        (root / "Audio_Song_Actors_01-24/Actor_01" / name).unlink()
    with pytest.raises(DataError, match="holds no recording with channel=song of RAVDESS"):
        open_ravdess(f"{root},channel=song")
    (root / "again").mkdir()
    (root / "again" / "03-01-05-02-01-01-12.flac").touch()
    with pytest.raises(DataError, match="holds 03-01-05-02-01-01-12 twice"):
        open_ravdess(str(root))


def test_real_recordings_are_as_many_of_each_actor_as_published(data_dir):
    found = open_ravdess(str(data_dir / "ravdess"))
    of = Counter((item.group, item.labels["channel"], item.labels["emotion"]) for item in found)
    actors = {item.group for item in found}
    for actor in actors:
        assert of[actor, "speech", "neutral"] == 4
        assert {of[actor, "speech", emotion] for emotion in (*SHARED[1:], "disgust", "surprised")} == {8}
        sings = actor != "actor 18"
        assert of[actor, "song", "neutral"] == 4 * sings
        assert {of[actor, "song", emotion] for emotion in SHARED[1:]} == {8 * sings}
