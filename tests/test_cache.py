"""The cache folder: where the environment says, and one process at a time in a place of it."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wetdry.cache import cache_folder, locked
from wetdry.errors import CacheError


@pytest.fixture(autouse=True)
def no_choice_made(monkeypatch):
    for name in ("WETDRY_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == tmp_path / ".cache" / "wetdry"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "wetdry"
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "chosen"))
    assert cache_folder() == tmp_path / "chosen"


def test_without_a_home_one_sentence_says_what_to_set(monkeypatch):
    def nowhere(_cls=Path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(nowhere))
    with pytest.raises(CacheError, match="no home folder to keep a cache in; set WETDRY_CACHE to a folder"):
        cache_folder()


def test_a_lock_admits_one_at_a_time(tmp_path):
    inside = tmp_path / "inside"
    met = []

    def visit(_):
        with locked(tmp_path / "lock"):
            met.append(inside.exists())
            os.close(os.open(inside, os.O_CREAT))
            time.sleep(0.01)
            inside.unlink()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(visit, range(8)))
    assert met == [False] * 8
