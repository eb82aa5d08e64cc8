import shutil

import numpy as np
import pytest
from rated_sets import midi

from wetdry.audio import load, loudness
from wetdry.datasets.reading.performances import PIANO, TIMBRES, performances, read_notes
from wetdry.datasets.sets.etudes.notes import Note
from wetdry.errors import DataError

pytest.importorskip("tinysoundfont", reason="MIDI files are played with tinysoundfont")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("WETDRY_CACHE", str(folder))
    return folder


def made(cache) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.name != ".lock")


def test_notes_last_as_long_as_key_or_pedal(tmp_path):
    file = midi(
        tmp_path / "a.mid",
        notes=[(0.0, 0.5, 60), (0.5, 1.0, 62), (1.5, 2.0, 64), (2.5, 3.0, 65)],
        pedal=[(0.25, 127), (0.3, 80), (0.75, 63), (1.9, 64), (2.25, 0), (2.9, 127)],
    )
    ends = {note.pitch: note.start + note.length for note in read_notes(file)}
    # 60 ends under the pedal, 62 after it was released, 64 under the next press, 65 under one that never ends.
    assert ends == pytest.approx({60: 0.75, 62: 1.0, 64: 2.25, 65: 3.0}, abs=0.002)
    assert all(note.part == "solo" for note in read_notes(file))


def test_a_performance_sounds_when_the_notes_do(tmp_path):
    file = midi(tmp_path / "a.mid", [(0.5, 1.0, 69)])
    clip = load(performances([file], PIANO)[file])
    assert (clip.channels, clip.sample_rate) == (2, 44_100)
    assert clip.seconds == pytest.approx(2.5, abs=0.01)
    part = clip.excerpt(0.55, 0.4).mono
    spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size)))
    assert np.argmax(spectrum) * 44_100 / part.size == pytest.approx(440, abs=4)
    assert np.abs(clip.excerpt(0.0, 0.49).samples).max() == 0.0


def test_timbres_are_about_equally_loud(tmp_path):
    file = midi(tmp_path / "a.mid", [(k / 4, k / 4 + 0.5, 48 + 3 * k % 25) for k in range(16)])
    levels = {timbre: loudness(load(performances([file], timbre)[file])) for timbre in TIMBRES}
    assert max(levels.values()) - min(levels.values()) < 7.0, levels
    assert len({load(performances([file], timbre)[file]).samples.tobytes() for timbre in TIMBRES}) == len(TIMBRES)


def test_what_was_made_is_reused_and_only_what_is_missing_is_made(tmp_path, cache, monkeypatch):
    files = [midi(tmp_path / f"{k}.mid", [(0.0, 0.2, 60 + k)]) for k in range(3)]
    first = performances(files[:2], PIANO)
    times = {path: path.stat().st_mtime_ns for path in first.values()}
    (next(iter(first.values())).parent / ".killed-1.part").write_bytes(b"half")
    whole = performances(files, PIANO)
    assert len(made(cache)) == 3
    assert {path: path.stat().st_mtime_ns for path in times} == times
    monkeypatch.setattr("wetdry.datasets.reading.performances._make", lambda *_: pytest.fail("nothing is missing"))
    assert performances(files, PIANO) == whole


def test_a_file_that_changed_is_played_anew(tmp_path):
    file = midi(tmp_path / "a.mid", [(0.0, 0.2, 60)])
    before = performances([file], PIANO)[file]
    midi(file, [(0.0, 0.2, 72)])
    after = performances([file], PIANO)[file]
    assert before != after
    assert load(before).samples.tobytes() != load(after).samples.tobytes()


def test_several_processes_make_the_same_bytes_as_one(tmp_path, cache, monkeypatch):
    files = [midi(tmp_path / f"{k}.mid", [(0.0, 0.1, 60 + k)]) for k in range(4)]
    alone = {file: path.read_bytes() for file, path in performances(files, PIANO).items()}
    shutil.rmtree(cache)
    monkeypatch.setattr("wetdry.datasets.reading.performances.WORTH_A_PROCESS", 2)
    assert {file: path.read_bytes() for file, path in performances(files, PIANO).items()} == alone


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read as MIDI"),
        (b"RIFF....", "cannot be read as MIDI"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk", "cannot be read as MIDI"),
    ],
)
def test_a_file_that_is_no_midi_is_named_and_leaves_nothing(tmp_path, cache, content, said):
    file = tmp_path / "broken.mid"
    file.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        performances([file], PIANO)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)
    assert made(cache) == []


def test_a_file_without_notes_or_without_end_is_named(tmp_path):
    with pytest.raises(DataError, match="has no note to play"):
        read_notes(midi(tmp_path / "drums.mid", [(0.0, 1.0, 36)], drums=True))
    with pytest.raises(DataError, match="would last 40 minutes"):
        read_notes(midi(tmp_path / "long.mid", [(2399.0, 2400.0, 60)]))


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    file = midi(tmp_path / "a.mid", [(0.0, 0.2, 60)])
    (tmp_path / "taken").write_text("x")
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "taken"))
    with pytest.raises(DataError, match="set WETDRY_CACHE to a folder"):
        performances([file], PIANO)


def test_solo_notes_sit_in_the_middle():
    from wetdry.datasets.sets.etudes.instruments import INSTRUMENTS
    from wetdry.datasets.sets.etudes.render import render

    flute = next(instrument for instrument in INSTRUMENTS if instrument.name == "flute")
    left, right = np.square(render([Note(0.0, 1.0, 72, 90.0, "solo")], flute, 1.0).samples).sum(axis=1)
    assert left == pytest.approx(right, rel=0.05)


def test_a_length_that_a_file_states_makes_no_room(tmp_path):
    import tracemalloc

    file = midi(tmp_path / "a.mid", [(0.1, 0.5, 60)])
    content = file.read_bytes()
    file.write_bytes(content[:4] + (1 << 31).to_bytes(4, "big") + content[8:])
    tracemalloc.start()
    with pytest.raises(DataError, match=r"a\.mid: cannot be read as MIDI"):
        read_notes(file)
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def test_ticks_of_no_length_get_one_sentence(tmp_path):
    file = midi(tmp_path / "a.mid", [(0.1, 0.5, 60)])
    content = file.read_bytes()
    file.write_bytes(content[:12] + bytes(2) + content[14:])
    with pytest.raises(DataError, match=r"a\.mid: cannot be read as MIDI"):
        read_notes(file)


def test_a_key_signature_in_another_track_is_no_reason_to_warn(tmp_path):
    """Nor does it change when the notes are."""
    file = midi(tmp_path / "a.mid", [(0.1, 0.5, 60)])
    content, notes = file.read_bytes(), read_notes(file)
    second = content.rindex(b"MTrk")
    length = int.from_bytes(content[second + 4 : second + 8], "big")
    signature = b"\x00\xff\x59\x02\x00\x00"
    grown = (length + len(signature)).to_bytes(4, "big")
    file.write_bytes(content[: second + 4] + grown + signature + content[second + 8 :])
    assert read_notes(file) == notes
