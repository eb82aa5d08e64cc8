"""What is handed out, and what happens to items whose workers die."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.datasets.base import Item
from wetdry.extract.cluster.bundles import ATTEMPTS, LARGEST, LONGEST_SECONDS, SHORTEST_SECONDS, Bundle, Bundles


def items(n: int) -> list[Item]:
    return [Item(str(i), Path(f"{i}.wav")) for i in range(n)]


@given(
    n=st.integers(0, 300),
    workers=st.integers(1, 9),
    poison=st.sets(st.integers(0, 299), max_size=5),
    accidents=st.lists(st.booleans(), max_size=20),
    seconds=st.floats(1e-6, 1e3),
)
def test_every_item_is_settled_once_and_only_poison_is_given_up(
    n: int, workers: int, poison: set[int], accidents: list[bool], seconds: float
) -> None:
    bundles, settled, given_up, struck = Bundles(items(n), n, workers), [], [], {}
    deadly = {str(i) for i in poison if i < n}
    while bundles.has_more:
        bundle = bundles.next()
        assert bundle is not None
        names = [item.id for item in bundle.items]
        by_accident = bundle.attempt == 1 and bool(accidents) and accidents.pop()
        if deadly & set(names) or by_accident:
            for name in names:
                struck[name] = struck.get(name, 0) + 1
            given_up += [item.id for item in bundles.struck(bundle)]
        else:
            settled += names
            bundles.done(bundle, seconds * len(names))
    assert bundles.next() is None
    assert sorted(settled + given_up, key=int) == [str(i) for i in range(n)]
    assert set(given_up) == deadly
    assert all(struck[name] == ATTEMPTS for name in given_up)


def test_a_bundle_is_what_takes_some_seconds() -> None:
    bundles = Bundles(items(10_000), 10_000, 2)
    assert len(bundles.next().items) == 1, "nothing is known yet"
    bundles.done(Bundle(tuple(items(1))), 0.1)
    assert len(bundles.next().items) == SHORTEST_SECONDS / 0.1
    bundles.done(Bundle(tuple(items(1))), 1e-9)
    bundles.done(Bundle(tuple(items(1))), 1e-9)
    bundles.done(Bundle(tuple(items(1))), 1e-9)
    assert 400 <= len(bundles.next().items) <= LARGEST


@pytest.mark.parametrize(
    ("count", "each", "expected"),
    [(100_000, 0.2, 50.0), (10**9, 1.0, LONGEST_SECONDS)],
    ids=["100,000 of 0.2 s are 10,000 s for either worker", "years"],
)
def test_of_a_long_run_a_bundle_is_a_share_but_none_takes_too_long(count: int, each: float, expected: float) -> None:
    bundles = Bundles(items(512), count, 2)
    bundles.next()
    bundles.done(Bundle(tuple(items(1))), each)
    assert len(bundles.next().items) * each == expected


def test_bundles_are_small_at_the_end_so_that_all_workers_end_together() -> None:
    bundles, sizes = Bundles(items(64), 64, 4), []
    bundles.done(Bundle(tuple(items(1))), 0.001)
    while bundles.has_more:
        sizes.append(len(bundles.next().items))
    assert sizes[0] == 8
    assert sizes[-1] == 1
    assert sum(sizes) == 64


def test_what_was_not_begun_comes_back_first_and_is_not_blamed() -> None:
    bundles = Bundles(items(3), 3, 1)
    first = bundles.next()
    bundles.again(first)
    assert bundles.next() is first
    assert first.attempt == 1
