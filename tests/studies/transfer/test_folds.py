"""Which clips are held out together."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.errors import DataError
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.folds import folds

CONFIG = TransferConfig(data="ravdess:somewhere")


def clips(actors: int, takes: int = 2) -> pd.DataFrame:
    """Speech and song of the same actors in two classes."""
    return pd.DataFrame(
        [
            {"domain": domain, "label": label, "group": f"actor {actor}", "take": take}
            for domain in ("speech", "song")
            for actor in range(actors)
            for label in ("calm", "angry")
            for take in range(takes)
        ]
    )


@given(st.integers(4, 12), st.integers(1, 3), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_a_group_is_in_one_part_whichever_its_domain_and_every_part_has_all(actors, takes, seed):
    table = clips(actors, takes)
    found = folds(table, CONFIG.model_copy(update={"seed": seed}))
    for parts in (found.probes, found.splits):
        assert table.groupby("group").apply(lambda own, parts=parts: len(set(parts[own.index]))).eq(1).all()
        for part in range(parts.max() + 1):
            assert len(table[parts == part].drop_duplicates(["domain", "label"])) == 4


def test_the_three_sides_of_an_adaptation_share_no_group_and_leave_out_nothing():
    table = clips(8)
    found = folds(table, CONFIG)
    assert found.split_count == 4
    tested = []
    for split in range(4):
        learn, stop, test = found.sides(split)
        assert sorted([*learn, *stop, *test]) == list(range(len(table)))
        groups = [set(table["group"].iloc[side]) for side in (learn, stop, test)]
        assert len(set.union(*groups)) == sum(map(len, groups))
        tested += test.tolist()
    assert sorted(tested) == list(range(len(table)))


def test_a_random_split_tears_groups_apart():
    table = clips(6)
    found = folds(table, CONFIG)
    torn = table.groupby("group").apply(lambda own: len(set(found.random[own.index])))
    assert (torn > 1).any()
    assert np.bincount(found.random).min() > 0


def test_one_group_is_a_sentence():
    table = clips(4)
    table.loc[table["domain"] == "song", "group"] = "actor 1"
    with pytest.raises(DataError, match=r"All clips of song are of one group.*wetdry fad"):
        folds(table, CONFIG)
