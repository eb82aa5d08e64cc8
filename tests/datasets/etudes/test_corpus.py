import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from wetdry.audio import load, loudness
from wetdry.datasets import Dataset, dataset
from wetdry.errors import DataError

pytest.importorskip("tinysoundfont", reason="the corpus is made with tinysoundfont")

MAKE_SMALL = "from wetdry.datasets import dataset; dataset('etudes:count=8,seconds=4')"
SMALL = "etudes-1-count8-seed0-4s"


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _use_cache(cache, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(cache))


@pytest.fixture(scope="module")
def corpus(cache) -> Dataset:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WETDRY_CACHE", str(cache))
        return dataset("etudes:40")


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.flac")}


def onsets_a_second(clip) -> float:
    """Rises of the spectral flux above its own level, counted in frames of 23 ms."""
    frames = np.lib.stride_tricks.sliding_window_view(clip.mono, 2048)[::1024]
    spectra = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(2048), axis=1)))
    flux = np.maximum(0.0, np.diff(spectra, axis=0)).mean(axis=1)
    peaks = (flux[1:-1] > flux[:-2]) & (flux[1:-1] >= flux[2:]) & (flux[1:-1] > 0.02 + flux.mean())
    return peaks.sum() / clip.seconds


def centroid_hz(clip) -> float:
    """Mean spectral centroid of the frames within 40 dB of the loudest."""
    frames = np.lib.stride_tricks.sliding_window_view(clip.mono, 2048)[::1024]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(2048), axis=1))
    energy = np.square(spectra).sum(axis=1)
    heard = spectra[energy > 1e-4 * energy.max()]
    return float((heard @ np.fft.rfftfreq(2048, 1 / clip.sample_rate) / heard.sum(axis=1)).mean())


def test_it_says_what_it_is(corpus):
    assert corpus.synthetic
    assert "synthetic" in corpus.about
    assert corpus.name == "etudes:count=40,seed=0,seconds=10"
    assert len(corpus) == 40
    assert len({item.group for item in corpus}) == 40


def test_the_aroused_half_is_louder_denser_and_brighter(corpus):
    clips = [load(item.path) for item in corpus]
    assert {(c.sample_rate, c.channels, c.frames) for c in clips} == {(44_100, 2, 441_000)}
    arousal = np.array([item.labels["arousal"] for item in corpus])
    instrument = np.array([item.labels["instrument"] for item in corpus])
    for measure, least in ((loudness, 0.6), (onsets_a_second, 0.6), (centroid_hz, 0.3)):
        values = np.array([measure(clip) for clip in clips])
        assert np.corrcoef(values, arousal)[0, 1] > least, measure.__name__
        higher = [
            values[(instrument == name) & (arousal > 0)].mean() > values[(instrument == name) & (arousal < 0)].mean()
            for name in sorted(set(instrument))
        ]
        assert sum(higher) >= 8, measure.__name__


def test_instruments_are_about_equally_loud_and_nothing_clips(corpus):
    levels: dict[str, list[float]] = {}
    for item in corpus:
        clip = load(item.path)
        assert 0.05 < np.abs(clip.samples).max() < 0.99, item.id
        levels.setdefault(str(item.labels["instrument"]), []).append(loudness(clip))
    means = [np.mean(values) for values in levels.values()]
    assert max(means) - min(means) < 6.0


def test_a_smaller_corpus_is_the_beginning_of_a_larger_one_byte_for_byte(corpus):
    first = dataset("etudes:6")
    assert first.items == tuple(
        type(item)(item.id, first.items[0].path.parent / item.path.name, item.labels) for item in corpus.items[:6]
    )
    assert digests(first.items[0].path.parent).items() <= digests(corpus.items[0].path.parent).items()


def test_another_seed_gives_other_music(corpus):
    (other,) = dataset("etudes:1,seed=1")
    assert load(other.path).id != load(corpus.items[0].path).id


def test_the_folder_can_be_opened_as_a_manifest(corpus):
    listed = dataset(f"csv:{corpus.items[0].path.parent / 'etudes.csv'}")
    assert listed.items == corpus.items


def test_a_whole_corpus_is_reused_even_without_the_synthesiser(corpus, monkeypatch):
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    before = [item.path.stat().st_mtime_ns for item in corpus]
    assert [item.path.stat().st_mtime_ns for item in dataset("etudes:40")] == before


def test_a_corpus_with_a_file_removed_is_made_again():
    made = dataset("etudes:count=2,seconds=4")
    before = digests(made.items[0].path.parent)
    made.items[1].path.unlink()
    again = dataset("etudes:count=2,seconds=4")
    assert digests(again.items[0].path.parent) == before


def test_a_killed_process_leaves_no_corpus_and_the_next_one_makes_it_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path))
    unfinished = tmp_path / f".{SMALL}.part"
    process = subprocess.Popen([sys.executable, "-c", MAKE_SMALL])
    deadline = time.monotonic() + 30
    while len(list(unfinished.glob("*.flac"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert unfinished.exists()
    assert not (tmp_path / SMALL).exists()
    made = dataset("etudes:count=8,seconds=4")
    assert all(load(item.path).seconds == 4.0 for item in made)
    assert not unfinished.exists()


def test_processes_that_make_it_at_once_agree(tmp_path, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path))
    processes = [subprocess.Popen([sys.executable, "-c", MAKE_SMALL]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert len(digests(tmp_path / SMALL)) == 8
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [f".{SMALL}.lock", SMALL]


def test_a_cache_that_cannot_be_written_gets_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"cannot be kept here \(.+\); set WETDRY_CACHE to a folder") as caught:
        dataset("etudes:1")
    assert "\n" not in str(caught.value)


def test_a_full_disk_gets_one_sentence_and_leaves_nothing(tmp_path):
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));" + MAKE_SMALL
    )
    environment = {**os.environ, "WETDRY_CACHE": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", limited], env=environment, capture_output=True, text=True)
    assert re.search(r"DataError: .*cannot be kept here \(File too large\); set WETDRY_CACHE", run.stderr)
    assert [entry.name for entry in tmp_path.iterdir()] == [f".{SMALL}.lock"]
