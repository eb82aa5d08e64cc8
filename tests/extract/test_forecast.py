"""What a run will take, against what it then took."""

from dataclasses import replace
from pathlib import Path

import clustered
import pytest

from wetdry.errors import DataError
from wetdry.extract import Local, run
from wetdry.extract.forecast import forecast
from wetdry.store import Store

SECONDS, VARIANTS, REST = 1.5, 4, 0.05


def test_time_and_size_are_those_of_the_run(tmp_path: Path) -> None:
    songs = clustered.songs(tmp_path / "songs", 30, SECONDS)
    plan = clustered.plan(songs, encoder=clustered.Peaks(rest=REST))
    told = forecast(plan, seconds=2.0)
    assert (told.clips, told.variants, told.missing, told.unreadable) == (30, 120, 120, 0)
    assert told.audio_seconds == pytest.approx(30 * SECONDS)
    assert 2 <= told.tried_clips < 30
    assert told.pace_low <= told.pace_high
    resting = 30 * VARIANTS * REST
    assert resting < told.seconds(1) < 3 * resting
    assert told.seconds(8) == pytest.approx(told.seconds(1) / 8)
    store = Store(tmp_path / "store")
    run(clustered.plan(songs), store, engine=Local(2))
    store.compact()
    assert told.stored_bytes == pytest.approx(sum(holding.bytes for holding in store.ls()), rel=0.25)


def test_what_is_in_the_store_is_not_counted(tmp_path: Path) -> None:
    songs = clustered.songs(tmp_path / "songs", 6)
    store = Store(tmp_path / "store")
    run(clustered.plan(replace(songs, items=songs.items[:2]), levels=1), store)
    told = forecast(clustered.plan(songs), store, seconds=0.1)
    assert told.missing == 24 - 4
    whole = forecast(clustered.plan(songs), seconds=0.1)
    assert told.stored_bytes / whole.stored_bytes == pytest.approx(20 / 24, rel=0.2)
    run(clustered.plan(songs), store)
    done = forecast(clustered.plan(songs), store, seconds=0.1)
    assert (done.missing, done.seconds(1), done.stored_bytes) == (0, 0.0, 0.0)


def test_only_the_part_that_is_used_counts(tmp_path: Path) -> None:
    songs = clustered.songs(tmp_path / "songs", 4)
    for start, seconds, each in ((0.0, 0.5, 0.5), (1.2, 0.5, 0.3), (None, 1.0, 1.0), (0.0, None, 1.5)):
        plan = replace(clustered.plan(songs), start=start, seconds=seconds)
        assert forecast(plan, seconds=0.1).audio_seconds == pytest.approx(4 * each)


def test_clips_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    songs = clustered.songs(tmp_path / "songs", 5)
    songs.items[1].path.write_bytes(b"no audio")
    told = forecast(clustered.plan(songs), seconds=60.0)
    assert (told.unreadable, told.tried_clips) == (1, 3), "the first that can be read is not counted"
    for item in songs.items[2:]:
        item.path.write_bytes(b"no audio")
    alone = forecast(clustered.plan(songs), seconds=60.0)
    assert (alone.unreadable, alone.tried_clips) == (4, 1), "unless it is the only one"
    for item in songs.items:
        item.path.write_bytes(b"no audio")
    with pytest.raises(DataError, match=r"none of the clips that were tried can be embedded: .*not a readable"):
        forecast(clustered.plan(songs))
    with pytest.raises(DataError, match="has no items"):
        forecast(clustered.plan(replace(songs, items=())))


def test_the_command_tells_it(tmp_path: Path, run_wetdry) -> None:
    clustered.songs(tmp_path / "songs", 3)
    options = ["plan", "--data", f"folder:{tmp_path / 'songs'}", "--encoders", "handcrafted", "--try-for", 0.1]
    code, out, _ = run_wetdry(*options, "--workers", "1,64", "--price", 3600)
    assert code == 0
    assert "3 clips, 4.5 s of audio, 3 variants, all missing; the store grows by about" in out
    first, last = (line.split() for line in out.splitlines()[-2:])
    assert (first[0], last[0]) == ("1", "64")
    assert float(first[-1]) == pytest.approx(float(first[1]), abs=0.06), "a second costs 1"
    assert float(first[-1]) == pytest.approx(float(last[-1]), abs=0.011), "what two do takes half as long"
    code, _, err = run_wetdry(*options, "--workers", "1,many")
    assert code == 2
    assert '"1,many" is no list of numbers of workers' in err
    code, out, _ = run_wetdry(*options, "--json")
    assert '"missing": 3' in out
