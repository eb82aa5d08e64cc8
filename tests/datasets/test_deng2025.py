"""The split against the published one, on the names of the whole archive, and against an independent deal."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.datasets import dataset
from wetdry.datasets.splits.deng2025 import folds, split
from wetdry.errors import DataError

SOURCES = Path(__file__).parent / "irmas_sources.txt"

PUBLISHED_TEST_COUNTS = {
    "cel": 100,
    "cla": 125,
    "flu": 118,
    "gac": 157,
    "gel": 193,
    "org": 164,
    "pia": 181,
    "sax": 158,
    "tru": 137,
    "vio": 144,
    "voi": 189,
}
PUBLISHED_TEST_SOURCES = "21b741cd90f69114ac2efbb166cdedea9c1e4a51edf997b1fdcccc69419244bf"
"""SHA-256 of the 562 source ids of the published test part, sorted, with a space between."""


@pytest.fixture(scope="module")
def archive() -> tuple[list[str], list[str]]:
    """Instrument and source id of the 6663 excerpts."""
    instruments, sources = [], []
    for line in SOURCES.read_text().splitlines()[1:]:
        instrument, first, counts = line.split()
        for source, count in enumerate(map(int, counts), start=int(first)):
            instruments += [instrument] * count
            sources += [f"{source:04d}"] * count
    return instruments, sources


@pytest.fixture(scope="module")
def sides(archive) -> list[str]:
    return split(*archive)


def test_the_test_part_is_the_published_one(archive, sides):
    instruments, sources = archive
    assert len(sources) == 6663
    tested = [k for k, side in enumerate(sides) if side == "test"]
    assert Counter(instruments[k] for k in tested) == PUBLISHED_TEST_COUNTS
    listed = " ".join(sorted({sources[k] for k in tested}))
    assert hashlib.sha256(listed.encode()).hexdigest() == PUBLISHED_TEST_SOURCES


def test_the_data_set_gives_that_split(archive, sides, tmp_path):
    names: Counter[tuple[str, str]] = Counter()
    expected = {}
    for instrument, source, side in zip(*archive, sides, strict=True):
        names[instrument, source] += 1
        file = tmp_path / instrument / f"[{instrument}][cla]{source}__{names[instrument, source]}.wav"
        file.parent.mkdir(exist_ok=True)
        file.touch()
        if side:
            expected[file.relative_to(tmp_path).as_posix()] = side
    opened = dataset(f"irmas:{tmp_path},preset=deng2025")
    assert {item.id: item.split for item in opened} == expected


def test_training_has_288_excerpts_of_each_instrument(archive, sides):
    instruments, _ = archive
    trained = Counter(instrument for instrument, side in zip(instruments, sides, strict=True) if side == "train")
    assert trained == dict.fromkeys(PUBLISHED_TEST_COUNTS, 288)


def test_no_source_is_on_both_sides(archive, sides):
    _, sources = archive
    by_side = {s: {source for source, side in zip(sources, sides, strict=True) if side == s} for s in ("train", "test")}
    assert not by_side["train"] & by_side["test"]


def test_the_draw_leaves_out_some_excerpts_and_not_simply_the_last(archive, sides):
    instruments, _ = archive
    of_voice = [side for instrument, side in zip(instruments, sides, strict=True) if instrument == "voi"]
    left_out = [k for k, side in enumerate(of_voice) if side == ""]
    assert len(left_out) == len(of_voice) - 189 - 288
    assert min(left_out) < 50


def test_order_of_other_instruments_does_not_change_a_draw(archive, sides):
    instruments, sources = archive
    order = sorted(range(len(sources)), key=lambda k: (instruments[k][::-1], k))
    moved = split([instruments[k] for k in order], [sources[k] for k in order])
    assert moved == [sides[k] for k in order]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=120),
)
def test_a_source_is_never_cut_and_every_excerpt_has_a_fold(excerpts):
    instruments = [name for name, _ in excerpts]
    sources = [f"{source:04d}" for _, source in excerpts]
    fold = folds(instruments, sources)
    assert fold.shape == (len(excerpts),)
    assert set(fold) <= {0, 1, 2, 3}
    assert all(len({f for f, s in zip(fold, sources, strict=True) if s == source}) == 1 for source in set(sources))


@pytest.mark.parametrize("size", [1, 3])
def test_sources_alike_are_dealt_in_the_same_number_to_each_fold(size):
    # With equal sources it does not matter that counts are dealt under other names: 40 of each are 10 a fold.
    sources = [f"{k:04d}" for k in range(40) for _ in range(size)]
    dealt = np.bincount(folds(["a"] * len(sources), sources), minlength=4)
    assert dealt.tolist() == [10 * size] * 4


def test_an_instrument_on_one_side_only_is_named():
    with pytest.raises(
        DataError, match=r"finds no source of oboe for (training|testing); give the whole training archive"
    ):
        split(["oboe"] * 3 + ["viola"] * 40, ["0000"] * 3 + [f"{k:04d}" for k in range(1, 41)])
