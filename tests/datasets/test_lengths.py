"""Recordings that were all cut to one length are told from those that end where they end."""

from pathlib import Path

import numpy as np
import pytest

from wetdry.audio import Clip, stated_length, write_flac
from wetdry.datasets import Item
from wetdry.datasets.auditing.lengths import lengths
from wetdry.errors import AudioError


def items(folder, samples):
    for number, length in enumerate(samples):
        write_flac(folder / f"{number}.flac", Clip(np.zeros(length, dtype=np.float32), 48_000))
    return [Item(f"{number}", folder / f"{number}.flac") for number in range(len(samples))]


def said(found):
    return [(each.verdict.value, each.sentence) for each in lengths(found)]


def test_one_length_for_nearly_all_is_a_cut(tmp_path):
    assert said(items(tmp_path, [114_688] * 19 + [120_000])) == [
        (
            "note",
            "19 of 20 files have exactly 114,688 samples (2.39 s); they were cut to that, here or by their publisher; "
            "others are: 19",
        )
    ]


def test_lengths_of_their_own_are_fine(tmp_path):
    assert said(items(tmp_path, range(48_000, 68_000, 1_000))) == [("fine", "1.0 to 1.4 s")]


def test_a_few_files_tell_nothing(tmp_path):
    assert said(items(tmp_path, [48_000] * 19)) == []


def test_what_is_no_audio_is_left_to_others(tmp_path):
    found = items(tmp_path, [48_000] * 20)
    (tmp_path / "0.flac").write_text("no audio")
    assert said(found) == []
    with pytest.raises(AudioError, match=r"0\.flac: not a readable audio file"):
        stated_length(found[0].path)


def test_whole_recordings_of_ravdess_are_not_cut(data_dir):
    files = sorted(Path(data_dir / "ravdess" / "song").rglob("*.ogg"))[:60]
    assert [verdict for verdict, _ in said([Item(file.stem, file) for file in files])] == ["fine"]
