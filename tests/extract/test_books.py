"""What a run tells of how far it is."""

import time
from pathlib import Path

import clustered
import pytest

from wetdry.extract.books import Books
from wetdry.extract.opening import unusable
from wetdry.store import Store


def test_what_is_done_and_what_it_costs_is_told_beside_the_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    songs = clustered.songs(tmp_path / "songs", 3)
    plan, told = clustered.plan(songs, levels=2), clustered.Told()
    books = Books(plan, Store(tmp_path / "store"), told)
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    books.settle(unusable(songs.items[0], plan, "decode", "no such file"))
    books.advance(4, 0.0)
    books.costs(36.0)
    books.advance(2, 0.0)
    assert told.words == ["1 of 3 clips", "1 of 3 clips"], "nothing was computed that the rest could be told from"
    now += 50.0
    books.advance(2, 3.0)
    # Two variants took fifty seconds at a hundredth each, and four are left.
    assert told.words[-1] == "1 of 3 clips, cost 0.50 of about 1.50"
    now += 50.0
    books.advance(4, 6.0)
    assert told.words[-1] == "1 of 3 clips, cost 1.00 of about 1.00"
